/** The claims of a verified token as policies and routes compare them (Envoy's metadata of the JWT filter). */
import type { Claims } from "./authentication-token";

const NO_VALUES: readonly string[] = [];

/** What is there, through objects only; undefined: nothing. */
export function claimAt(claims: Claims, path: readonly string[]): unknown {
    let value: unknown = claims;
    for (let at = 0; at < path.length; at++) {
        if (typeof value !== "object" || value === null || Array.isArray(value) || !Object.hasOwn(value, path[at]!)) return undefined;
        value = (value as Claims)[path[at]!];
    }
    return value;
}

/** A text, or the texts of a list. Numbers and booleans are none: they never fit anything. */
export function claimValues(claims: Claims, path: readonly string[]): readonly string[] {
    const value = claimAt(claims, path);
    if (typeof value === "string") return [value];
    return Array.isArray(value) ? value.filter((one) => typeof one === "string") : NO_VALUES;
}

/** `scope` and the like, which hold several values in one text, as lists. */
export function withLists(claims: Claims, names: readonly string[]): Claims {
    let lists: Record<string, unknown> | undefined;
    for (let at = 0; at < names.length; at++) {
        const value = Object.hasOwn(claims, names[at]!) ? claims[names[at]!] : undefined;
        if (typeof value === "string") (lists ??= {})[names[at]!] = value.split(" ").filter((one) => one !== "");
    }
    return lists === undefined ? claims : { ...claims, ...lists };
}
