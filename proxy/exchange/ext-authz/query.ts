/** Parameters of a path that a check sets or takes away: what it does not name stays as it was written. Pure. */

import { withoutParameter } from "../../http/query-parameter";

/** What would end a parameter, or the path; a `%` is the escape that it was written as. */
const UNSAFE = /[^\x21\x22\x24\x25\x27-\x7e]/g;
const UNSAFE_IN_NAME = /[^\x21\x22\x24\x25\x27-\x3c\x3e-\x7e]/g;

/** Texts are bytes, a character each. A name means what it stands for, however a client writes it. */
export function changedQuery(path: string, set: readonly (readonly [name: string, value: string])[], remove: readonly string[]): string {
    const start = path.indexOf("?");
    let parts = start === -1 ? [] : path.slice(start + 1).split("&");
    for (const [name, value] of set) {
        const written = `${escaped(name, UNSAFE_IN_NAME)}=${escaped(value, UNSAFE)}`;
        const at = parts.findIndex((part) => means(part, name));
        const others = parts.filter((part, index) => index === at || !means(part, name));
        parts = at === -1 ? [...others, written] : others.map((part) => (means(part, name) ? written : part));
    }
    const rest = start === -1 ? path : path.slice(0, start);
    const changed = parts.length === 0 ? rest : `${rest}?${parts.join("&")}`;
    return remove.reduce(withoutParameter, changed);
}

function means(part: string, name: string): boolean {
    const [written = ""] = part.split("=", 1);
    return written === name || decoded(written) === decoded(name);
}

function decoded(text: string): string {
    return text.replaceAll("+", " ").replaceAll(/%([0-9a-f]{2})/gi, (_whole, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

function escaped(text: string, unsafe: RegExp): string {
    return text.replaceAll(unsafe, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
}
