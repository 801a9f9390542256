/**
 * One parameter of a query, decoded as Envoy does for `%QUERY_PARAM(name)%` and for tokens. A client wrote it: a value that would
 * hold what no header may stays encoded. Hot path: no object, no regular expression.
 */
import { hex } from "../../istio/semantics/path";

/** Empty: there is none. One character a byte. */
export function queryParameter(path: string, name: string): string {
    return parameterIn(path, name) ?? "";
}

/** Of several the first; undefined: there is none. */
export function parameterIn(path: string, name: string): string | undefined {
    let from = path.indexOf("?") + 1;
    if (from === 0) return undefined;
    while (from <= path.length) {
        let end = path.indexOf("&", from);
        if (end === -1) end = path.length;
        let middle = path.indexOf("=", from);
        if (middle === -1 || middle > end) middle = end;
        if (decoded(path.slice(from, middle)) === name) return middle === end ? "" : decoded(path.slice(middle + 1, end));
        from = end + 1;
    }
    return undefined;
}

/** The path without any parameter of this name; all others are as they were, to the byte. */
export function withoutParameter(path: string, name: string): string {
    const query = path.indexOf("?");
    if (query === -1) return path;
    const all = path.slice(query + 1).split("&");
    const kept = all.filter((one) => decoded(one.slice(0, one.includes("=") ? one.indexOf("=") : one.length)) !== name);
    if (kept.length === all.length) return path;
    return kept.length === 0 ? path.slice(0, query) : `${path.slice(0, query)}?${kept.join("&")}`;
}

function decoded(text: string): string {
    if (text.indexOf("%") === -1) return text;
    let value = "";
    for (let at = 0; at < text.length; at++) {
        const byte = text[at] === "%" ? hex(text.charCodeAt(at + 1)) * 16 + hex(text.charCodeAt(at + 2)) : NaN;
        if (Number.isNaN(byte)) {
            value += text[at];
            continue;
        }
        if (byte < 0x20 || byte === 0x7f) return text;
        value += String.fromCharCode(byte);
        at += 2;
    }
    return value;
}
