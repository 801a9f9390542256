/**
 * Fields on their way out, of either side: what may stand in an HTTP/2 section and what is the codec's own (RFC 9113 §8.2).
 * Nothing that would be read in two ways behind us leaves, wherever it came from.
 *
 * Hot path: names are looked up once; values are looked through by one expression, as HTTP/1.1's serializer does.
 */
import type { HeaderList } from "../../http/doors";
import type { HpackEncoder } from "./hpack/encoder";

/** CTLs but HTAB, and what Latin1 would cut down to one of them. */
const NOT_IN_VALUE = /[^\t\x20-\x7e\x80-\xff]/;
const BLANK_END = /^[\t ]+|[\t ]+$/g;
/** No upper case (§8.2.1), and no pseudo-field. */
const NAME = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;

/** What a field's name means on its way out. */
const SENT = 0;
const LEFT_OUT = 1;
const FORBIDDEN = 2;

/** Of one connection (§8.2.2), or written from what was agreed on. */
const OWN = ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "host", "content-length", "http2-settings"];

const MOST_KNOWN = 1024;
const known = new Map<string, number>(OWN.map((name) => [name, LEFT_OUT]));

function meaningOf(name: string): number {
    const meaning = known.get(name);
    if (meaning !== undefined) return meaning;
    const found = NAME.test(name) ? SENT : FORBIDDEN;
    // Backends may make up names without end.
    if (known.size < MOST_KNOWN) known.set(name, found);
    return found;
}

/** Whether these fields may leave. What `mayLeave` has not seen is not encoded. */
export function mayLeave(list: HeaderList): boolean {
    for (let index = 0; index < list.length; index += 2) {
        if (meaningOf(list[index]!) === FORBIDDEN || NOT_IN_VALUE.test(list[index + 1]!)) return false;
    }
    return true;
}

/** Encodes the fields, without those that are the codec's own. Gives where the next one is written. */
export function encodeFields(encoder: HpackEncoder, list: HeaderList, into: Buffer, from: number): number {
    let at = from;
    for (let index = 0; index < list.length; index += 2) {
        const name = list[index]!;
        if (meaningOf(name) !== SENT) continue;
        at = encoder.field(name, trimmed(list[index + 1]!), into, at);
    }
    return at;
}

/** §8.2.1: no blank at either end. */
function trimmed(value: string): string {
    const first = value.charCodeAt(0);
    const last = value.charCodeAt(value.length - 1);
    return first === 0x20 || first === 0x09 || last === 0x20 || last === 0x09 ? value.replaceAll(BLANK_END, "") : value;
}

/** Trailers that may leave, or none: the message itself is whole without them. */
export function sendableTrailers(trailers: HeaderList | undefined): HeaderList | undefined {
    if (trailers === undefined || trailers.length === 0 || !mayLeave(trailers)) return undefined;
    const list = trailers.filter((_, at) => meaningOf(trailers[at - (at % 2)]!) === SENT);
    return list.length === 0 ? undefined : list;
}
