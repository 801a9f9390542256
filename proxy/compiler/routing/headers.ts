/** Header operations as tables hold them: names lower-case and sorted, the Host among them taken out. */
import type { HeaderOperations, Headers } from "../../../istio/types";
import type { HeaderOpsEntry } from "../../tables/entries";
import { compareText } from "../../resources/model";

type Pair = readonly [name: string, value: string];

export interface HeaderOps {
    readonly request?: HeaderOpsEntry;
    readonly response?: HeaderOpsEntry;
    /** What `Host` or `:authority` is set to on the request. */
    readonly host?: string;
}

const NONE: HeaderOps = {};

export function headerOps(headers: Headers | undefined): HeaderOps {
    if (headers === undefined) return NONE;
    const request = opsEntry(headers.request, true);
    const response = opsEntry(headers.response, false);
    const host = hostOf(headers.request);
    return { ...(request ? { request } : {}), ...(response ? { response } : {}), ...(host === undefined ? {} : { host }) };
}

/** Two sets of operations, one after the other, as one set. */
export function composeOps(first: HeaderOpsEntry | undefined, second: HeaderOpsEntry | undefined): HeaderOpsEntry | undefined {
    if (first === undefined || second === undefined) return first ?? second;
    const overridden = new Set([...second.set.map(([name]) => name), ...second.remove]);
    const stays = ([name]: Pair): boolean => !overridden.has(name);
    return entryOf(
        [...new Set([...first.remove, ...second.remove])],
        [...first.set.filter(stays), ...second.set],
        [...first.add.filter(stays), ...second.add],
    );
}

function opsEntry(ops: HeaderOperations | undefined, isRequest: boolean): HeaderOpsEntry | undefined {
    if (ops === undefined) return undefined;
    const isKept = (name: string): boolean => !(isRequest && isHostName(name));
    return entryOf(
        (ops.remove ?? []).map((name) => name.toLowerCase()).filter((name) => name !== "host" && !name.startsWith(":")),
        pairs(ops.set).filter(([name]) => isKept(name)),
        pairs(ops.add).filter(([name]) => isKept(name)),
    );
}

function entryOf(remove: readonly string[], set: readonly Pair[], add: readonly Pair[]): HeaderOpsEntry | undefined {
    if (remove.length === 0 && set.length === 0 && add.length === 0) return undefined;
    return { remove: [...new Set(remove)].sort(compareText), set: [...set].sort(byName), add: [...add].sort(byName) };
}

function pairs(values: Readonly<Record<string, string>> | undefined): Pair[] {
    return Object.entries(values ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]);
}

function byName(a: Pair, b: Pair): number {
    return compareText(a[0], b[0]);
}

function isHostName(name: string): boolean {
    return name === "host" || name === ":authority";
}

function hostOf(ops: HeaderOperations | undefined): string | undefined {
    return [...pairs(ops?.set), ...pairs(ops?.add)].find(([name]) => isHostName(name))?.[1];
}
