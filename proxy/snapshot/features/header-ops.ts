/**
 * Header operations, compiled. One level is applied in the order remove, set, add (Envoy's HeaderParser), and Host is
 * no header but the request's authority.
 */
import { hasControl, wireText } from "../../../istio/wire-text";
import type { HeaderOpsEntry } from "../../tables";
import { parseTemplate, type ValueTemplate } from "../../../istio/semantics/value-template";

export interface HeaderOps {
    readonly remove: readonly string[];
    readonly set: readonly HeaderValue[];
    readonly add: readonly HeaderValue[];
}
export interface HeaderValue {
    readonly name: string;
    readonly value: ValueTemplate;
}

const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;

const isHost = (name: string): boolean => name === "host" || name === ":authority";
const isInternal = (name: string): boolean => name.startsWith(":") || name === "host";

/** Operations of one level, or of several merged into one; undefined: none. Throws on a name or value no header has. */
export function bindHeaderOps(...entries: readonly (HeaderOpsEntry | undefined)[]): HeaderOps | undefined {
    const given = entries.filter((entry) => entry !== undefined);
    const ops = {
        remove: given.flatMap((entry) => entry.remove).filter((name) => !isInternal(name)),
        set: given
            .flatMap((entry) => entry.set)
            .filter(([name]) => !isInternal(name))
            .map(bindValue),
        add: given
            .flatMap((entry) => entry.add)
            .filter(([name]) => !isInternal(name))
            .map(bindValue),
    };
    return ops.remove.length + ops.set.length + ops.add.length === 0 ? undefined : ops;
}

/** The authority that request operations give; empty: none. Throws on what would end its line. */
export function authorityOf(entry: HeaderOpsEntry | undefined): string {
    const found = entry?.set.find(([name]) => isHost(name)) ?? entry?.add.find(([name]) => isHost(name));
    return authorityText(found?.[1] ?? "");
}

/** An authority as it goes into a head; what is no host is the backend's to refuse, as with Istio. */
export function authorityText(authority: string): string {
    if (hasControl(authority)) throw new Error(`authority ${JSON.stringify(authority)} has a control character or a line break`);
    return wireText(authority);
}

function bindValue([name, value]: readonly [string, string]): HeaderValue {
    if (!TOKEN.test(name)) throw new Error(`header name ${JSON.stringify(name)} is not a token`);
    if (hasControl(value)) throw new Error(`value of header ${name} has a control character or a line break`);
    return { name, value: parseTemplate(wireText(value), process.env) };
}
