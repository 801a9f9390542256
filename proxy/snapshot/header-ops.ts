/**
 * Header operations, compiled. One level is applied in the order remove, set, add (Envoy's HeaderParser), and Host is
 * no header but the request's authority.
 */
import type { HeaderOpsEntry } from "../tables";
import { parseTemplate, type ValueTemplate } from "./value-template";

export interface HeaderOps {
    readonly remove: readonly string[];
    readonly set: readonly HeaderValue[];
    readonly add: readonly HeaderValue[];
}
export interface HeaderValue { readonly name: string; readonly value: ValueTemplate }

const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

const isHost = (name: string): boolean => name === "host" || name === ":authority";
const isInternal = (name: string): boolean => name.startsWith(":") || name === "host";

/** Operations of one level, or of several merged into one; undefined: none. Throws on a name or value no header has. */
export function bindHeaderOps(...entries: readonly (HeaderOpsEntry | undefined)[]): HeaderOps | undefined {
    const given = entries.filter((entry) => entry !== undefined);
    const ops = {
        remove: given.flatMap((entry) => entry.remove).filter((name) => !isInternal(name)),
        set: given.flatMap((entry) => entry.set).filter(([name]) => !isInternal(name)).map(bindValue),
        add: given.flatMap((entry) => entry.add).filter(([name]) => !isInternal(name)).map(bindValue),
    };
    return ops.remove.length + ops.set.length + ops.add.length === 0 ? undefined : ops;
}

/** The authority that request operations give; empty: none. */
export function authorityOf(entry: HeaderOpsEntry | undefined): string {
    const found = entry?.set.find(([name]) => isHost(name)) ?? entry?.add.find(([name]) => isHost(name));
    const authority = found?.[1] ?? "";
    if (authority !== "") checkAuthority(authority);
    return authority;
}

/** An authority goes into a head as it is, so nothing may stand in it that would end its line. */
export function checkAuthority(authority: string): void {
    if (!/^[\x21-\x7e]+$/.test(authority)) throw new Error(`authority ${JSON.stringify(authority)} is not a host`);
}

function bindValue([name, value]: readonly [string, string]): HeaderValue {
    if (!TOKEN.test(name)) throw new Error(`header name ${JSON.stringify(name)} is not a token`);
    if (!FIELD_VALUE.test(value)) throw new Error(`value of header ${name} has a character that no header value may have`);
    return { name, value: parseTemplate(value) };
}
