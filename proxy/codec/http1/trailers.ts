/** The fields behind a chunked body. Trailers are passed on, but none that would change what was decided before it. */
import type { HeaderList } from "../../http/doors";
import { FAULTS, type CodecFault } from "./fault";
import { kindOfName, PLAIN } from "./field-names";
import { HeaderFields, parseFields } from "./fields";

/** RFC 9110 §6.5.1: what frames, routes, modifies a request, authenticates, controls a response, or says what content is. */
const NOT_IN_TRAILERS = new Set([
    "age",
    "authorization",
    "cache-control",
    "cookie",
    "set-cookie",
    "date",
    "expires",
    "location",
    "max-forwards",
    "pragma",
    "proxy-authenticate",
    "proxy-authorization",
    "range",
    "retry-after",
    "trailer",
    "vary",
    "warning",
    "www-authenticate",
    "if-match",
    "if-none-match",
    "if-modified-since",
    "if-unmodified-since",
    "if-range",
]);

export function mayTrail(name: string): boolean {
    // A digest is known only when all was sent (RFC 9530 §2).
    if (name.startsWith("content-")) return name === "content-digest";
    return !NOT_IN_TRAILERS.has(name) && (kindOfName(name) ?? PLAIN) === PLAIN;
}

const fields = new HeaderFields();

/** What the last call of `parseTrailers` found; undefined: none. */
export const parsedTrailers: { list: HeaderList | undefined } = { list: undefined };

/** The first `length` bytes of the store are the section. */
export function parseTrailers(store: Buffer, length: number): CodecFault | undefined {
    parsedTrailers.list = undefined;
    // The empty line alone.
    if (length <= 2) return undefined;
    fields.reset();
    const broken = parseFields(store, 0, store.toString("latin1", 0, length), 0, fields) ?? fields.fault;
    if (broken !== undefined) return broken;
    // Framing that is said after the fact is meant for somebody who believes it.
    if (fields.contentLength >= 0 || fields.codings > 0 || fields.hosts > 0) return FAULTS.trailer;
    const found = fields.list;
    let list: HeaderList | undefined;
    for (let index = 0; index < found.length; index += 2) {
        if (mayTrail(found[index]!)) (list ??= []).push(found[index]!, found[index + 1]!);
    }
    parsedTrailers.list = list;
    return undefined;
}
