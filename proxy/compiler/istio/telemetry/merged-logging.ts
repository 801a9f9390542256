/**
 * What Telemetry objects at several levels come to: which providers log, and each with which filter (Istio
 * pilot/pkg/model/telemetry.go, mergeLogs). Pure. The narrowest level that names providers says which there are; a filter is
 * that of the last entry that names the provider, so that one in an entry without providers does nothing.
 */
import type { AccessLogging } from "../../../../istio/types";

/** An entry, and where it stands. */
export interface PlacedEntry<Place> {
    readonly logging: AccessLogging;
    readonly place: Place;
}

export interface MergedLog<Place> {
    readonly provider: string;
    readonly filter: string;
    readonly filterPlace: Place | undefined;
    /** Of the entry that turned it on last; undefined: the mesh's default. */
    readonly place: Place | undefined;
}

const names = ({ providers }: AccessLogging): readonly string[] => (providers ?? []).map(({ name }) => name);

/** Levels from the widest on, those alone that have entries. */
export function mergedLogging<Place>(
    levels: readonly (readonly PlacedEntry<Place>[])[],
    defaults: readonly string[],
): readonly MergedLog<Place>[] {
    if (levels.length === 0) return defaults.map((provider) => ({ provider, filter: "", filterPlace: undefined, place: undefined }));
    let inScope: readonly string[] = defaults;
    const filters = new Map<string, PlacedEntry<Place>>();
    for (const level of levels) {
        const named = level.flatMap(({ logging }) => names(logging));
        if (named.length > 0) inScope = named;
        for (const entry of level) for (const name of names(entry.logging)) filters.set(name, entry);
    }
    const made = new Map<string, MergedLog<Place>>();
    let inherited = defaults;
    for (const entry of levels.flat()) {
        const { logging, place } = entry;
        const own = names(logging);
        if (own.length > 0) inherited = own;
        // At a gateway, and in front of an application's calls, all traffic is the client's side.
        if (logging.match?.mode === "SERVER") continue;
        for (const provider of inherited.filter((name) => inScope.includes(name))) {
            if (logging.disabled === true) {
                made.delete(provider);
                continue;
            }
            const by = filters.get(provider);
            const filter = by?.logging.filter?.expression ?? "";
            made.set(provider, { provider, filter, filterPlace: filter === "" ? undefined : by?.place, place });
        }
    }
    return [...made.values()];
}
