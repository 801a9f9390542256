/**
 * Settings of whole hosts by the objects that have them; those that did not change are the same as before. Each is bound by itself:
 * one that can't be is taken for what it is where nobody can read it, so that a host that is to be kept closed is.
 */
import { EDGE_SETTING_NAMES, EDGE_SETTINGS, type EdgeSettingName } from "../../istio/semantics";
import type { EdgeEntry, EdgePart, Tables } from "../tables";
import { BoundEdges, type BoundEdge, type BoundEntry } from "./bound-edges";
import { attempt, type Changes } from "./changes";
import { bindCompression } from "./features/compression";
import { bindMaintenance } from "./features/maintenance";
import { bindRedirects } from "./features/redirects";
import { bindSecurityHeaders } from "./features/security-headers";
import type { BindFault, Snapshot } from "./snapshot";

const BINDERS: { readonly [K in EdgeSettingName]: (part: EdgePart<K>) => BoundEdge[K] } = {
    securityHeaders: bindSecurityHeaders,
    maintenance: bindMaintenance,
    redirects: bindRedirects,
    compression: bindCompression,
};

/** Undefined: there is nothing of the kind for any host. */
export function bindEdge(
    previous: Snapshot | undefined,
    { edges: entries }: Tables,
    { edges: changes }: Changes,
    faults: BindFault[],
): Snapshot["edge"] {
    if (previous !== undefined && changes.size === 0) return previous.edge;
    const bound = new Map<string, BoundEntry>();
    for (const [key, entry] of entries) {
        const present = previous?.edge?.entries.get(key);
        bound.set(key, present?.entry === entry ? present : { entry, bound: partsOf(entry, faults) });
    }
    return bound.size === 0 ? undefined : new BoundEdges(bound);
}

function partsOf(entry: EdgeEntry, faults: BindFault[]): BoundEdge {
    const bound: { -readonly [K in EdgeSettingName]?: BoundEdge[K] } = {};
    for (const name of EDGE_SETTING_NAMES) bindPart(entry, name, bound, faults);
    return bound;
}

function bindPart<K extends EdgeSettingName>(entry: EdgeEntry, name: K, bound: { [P in K]?: BoundEdge[P] }, faults: BindFault[]): void {
    const part = entry[name] as EdgePart<K> | undefined;
    if (part === undefined) return;
    const { unreadable } = EDGE_SETTINGS[name];
    const bind = BINDERS[name] as (part: EdgePart<K>) => BoundEdge[K];
    if (unreadable !== undefined) bound[name] = bind({ value: unreadable, origin: part?.origin ?? entry.origin });
    attempt("edges", { key: entry.key, origin: part?.origin ?? entry.origin }, faults, () => {
        bound[name] = bind(part);
    });
}
