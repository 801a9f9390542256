/** ConfigMaps that hold redirects, in the gateway's namespace: each key a table, by the end of its name. */
import type { KubeObject } from "../types";
import { isRecord } from "../validation/outline";
import { readRedirectText, type RedirectFormat } from "./redirect-tables";
import { redirectFaults, redirectKey, type BulkRedirect } from "./redirects";

/** By which they are found. */
export const REDIRECTS_LABEL = "gatehouse.dev/redirects";

export function isRedirectMap({ apiVersion, kind, metadata }: KubeObject): boolean {
    return apiVersion === "v1" && kind === "ConfigMap" && metadata.labels?.[REDIRECTS_LABEL] === "true";
}

export interface ReadRedirectMap {
    readonly redirects: readonly BulkRedirect[];
    /** What of it is no redirect and is left out: `data["a.csv"] line 3: …`. */
    readonly faults: readonly { readonly field: string; readonly message: string }[];
    /** A whole key that is no table. */
    readonly isBroken: boolean;
}

const known = new WeakMap<KubeObject, ReadRedirectMap>();

/** What is in an object never changes. */
export function readRedirectMap(configMap: KubeObject): ReadRedirectMap {
    let read = known.get(configMap);
    if (read === undefined) known.set(configMap, (read = readMap((configMap as { readonly data?: unknown }).data)));
    return read;
}

function readMap(data: unknown): ReadRedirectMap {
    const redirects: BulkRedirect[] = [];
    const faults: { field: string; message: string }[] = [];
    let isBroken = false;
    const places = new Map<string, string>();
    for (const [key, text] of Object.entries(isRecord(data) ? data : {}).sort(([a], [b]) => (a < b ? -1 : 1))) {
        const field = `data["${key}"]`;
        const format = formatOf(key);
        if (format === undefined || typeof text !== "string") {
            faults.push({ field, message: "is no table of redirects: its name ends in none of .csv, .tsv and .json" });
            continue;
        }
        const read = readRedirectText(text, format);
        if ("fault" in read) {
            faults.push({ field, message: read.fault });
            isBroken = true;
            continue;
        }
        for (const { at, fault } of read.faults) faults.push({ field, message: `${at}: ${fault}` });
        for (const { redirect, at } of read.rows) {
            const place = redirectKey(redirect.from);
            const before = places.get(place);
            if (before === undefined) {
                places.set(place, `${field} ${at}`);
                redirects.push(redirect);
            } else faults.push({ field, message: `${at}: ${redirect.from} is led elsewhere by ${before} already` });
        }
    }
    const loops = new Set(
        redirectFaults(redirects, []).map(({ index, message }) => {
            const { from } = redirects[index]!;
            faults.push({ field: "data", message: `${from} ${message}` });
            return from;
        }),
    );
    return { redirects: loops.size === 0 ? redirects : redirects.filter(({ from }) => !loops.has(from)), faults, isBroken };
}

/** By the end of a file's or a key's name. */
export function formatOf(name: string): RedirectFormat | undefined {
    const [, end] = /\.(csv|tsv|json)$/i.exec(name) ?? [];
    return end?.toLowerCase() as RedirectFormat | undefined;
}
