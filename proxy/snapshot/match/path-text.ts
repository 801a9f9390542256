/**
 * Paths of a configuration in the one form that paths of requests have (http/path.ts): what no path may hold is
 * percent-encoded, in UTF-8, and what needs no encoding is decoded. So `/straße`, `/a b` and `/{id}` are found by the
 * requests that mean them, and what a rewrite puts into a request line is as good as what a client may send.
 */
import { hasControl, wireText } from "../../../istio/wire-text";
import { percentEncoded, recode } from "../../../istio/semantics/path";

const QUERY_ENDS = /[\x00-\x20\x7f-\xff#]/g;
const NOT_IN_PATH = /[\x00-\x20\x7f-\xff#\\]|%(?![0-9A-Fa-f]{2})/g;

/** What a match on the path compares with; a value that can't be brought into the form is compared as it stands. */
export function matchText(value: string): string {
    const text = wireText(value).replace(/[\x00-\x20\x7f-\xff]/g, percentEncoded);
    return recode(text, text.length) ?? text;
}

/** Escapes with capitals: `%c3` and `%C3` are one (RFC 3986 §6.2.2.1). */
export function upperEscapes(path: string): string {
    let upper = "";
    let from = 0;
    for (let at = path.indexOf("%"); at !== -1; at = path.indexOf("%", at + 3)) {
        upper += path.slice(from, at) + path.slice(at, at + 3).toUpperCase();
        from = at + 3;
    }
    return from === 0 ? path : upper + path.slice(from);
}

/** What takes the place of a path, or of a part of it, on its way to a backend. Throws on what can't stand there. */
export function targetText(value: string): string {
    if (hasControl(value)) throw new Error(`path ${JSON.stringify(value)} has a control character or a line break`);
    const wire = wireText(value);
    const query = wire.indexOf("?");
    const path = (query === -1 ? wire : wire.slice(0, query)).replace(NOT_IN_PATH, percentEncoded);
    const text = recode(path, path.length);
    if (text === undefined) throw new Error(`path ${JSON.stringify(value)} has %00, which no path may have`);
    return query === -1 ? text : text + wire.slice(query).replace(QUERY_ENDS, percentEncoded);
}
