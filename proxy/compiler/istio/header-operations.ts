/** Istio's header operations in the proxy's words: the Host among them taken out, pseudo-headers left alone. */
import type { HeaderOperations, Headers } from "../../../istio/types";
import { headerOpsOf } from "../routing/model/header-ops";
import type { HeaderOpsRule } from "../routing/model/rules";

export interface Operations {
    readonly request?: HeaderOpsRule;
    readonly response?: HeaderOpsRule;
    /** What `Host` or `:authority` is set to on the request. */
    readonly host?: string;
}

const NONE: Operations = {};

export function operationsOf(headers: Headers | undefined): Operations {
    if (headers === undefined) return NONE;
    const request = opsOf(headers.request, true);
    const response = opsOf(headers.response, false);
    const host = hostOf(headers.request);
    return { ...(request ? { request } : {}), ...(response ? { response } : {}), ...(host === undefined ? {} : { host }) };
}

function opsOf(ops: HeaderOperations | undefined, isRequest: boolean): HeaderOpsRule | undefined {
    if (ops === undefined) return undefined;
    const isKept = (name: string): boolean => !(isRequest && isHostName(name));
    return headerOpsOf(
        (ops.remove ?? []).map((name) => name.toLowerCase()).filter((name) => name !== "host" && !name.startsWith(":")),
        pairs(ops.set).filter(([name]) => isKept(name)),
        pairs(ops.add).filter(([name]) => isKept(name)),
    );
}

function pairs(values: Readonly<Record<string, string>> | undefined): [name: string, value: string][] {
    return Object.entries(values ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]);
}

function isHostName(name: string): boolean {
    return name === "host" || name === ":authority";
}

function hostOf(ops: HeaderOperations | undefined): string | undefined {
    return [...pairs(ops?.set), ...pairs(ops?.add)].find(([name]) => isHostName(name))?.[1];
}
