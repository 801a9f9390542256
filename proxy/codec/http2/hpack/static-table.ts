/** The static table of RFC 7541 Appendix A, and what entries of both tables are. */
import { kindOf } from "../field-names";

/** What both sides take for granted until SETTINGS_HEADER_TABLE_SIZE says otherwise (RFC 9113 §6.5.2). */
export const INITIAL_TABLE_BYTES = 4096;

/** A field in one of the tables. Names and values of all that refer to it are these strings. */
export interface TableEntry {
    readonly name: string;
    readonly value: string;
    /** Of field-names.ts; BAD_VALUE may stand beside it. */
    readonly kind: number;
    /** As RFC 7541 §4.1 counts: name, value and 32. */
    readonly size: number;
}

/** What an entry costs beside its strings (§4.1); the same that RFC 9113 §6.5.2 counts for a field of a list. */
export const ENTRY_OVERHEAD = 32;

const FIELDS: readonly (readonly [name: string, value: string])[] = [
    [":authority", ""],
    [":method", "GET"],
    [":method", "POST"],
    [":path", "/"],
    [":path", "/index.html"],
    [":scheme", "http"],
    [":scheme", "https"],
    [":status", "200"],
    [":status", "204"],
    [":status", "206"],
    [":status", "304"],
    [":status", "400"],
    [":status", "404"],
    [":status", "500"],
    ["accept-charset", ""],
    ["accept-encoding", "gzip, deflate"],
    ["accept-language", ""],
    ["accept-ranges", ""],
    ["accept", ""],
    ["access-control-allow-origin", ""],
    ["age", ""],
    ["allow", ""],
    ["authorization", ""],
    ["cache-control", ""],
    ["content-disposition", ""],
    ["content-encoding", ""],
    ["content-language", ""],
    ["content-length", ""],
    ["content-location", ""],
    ["content-range", ""],
    ["content-type", ""],
    ["cookie", ""],
    ["date", ""],
    ["etag", ""],
    ["expect", ""],
    ["expires", ""],
    ["from", ""],
    ["host", ""],
    ["if-match", ""],
    ["if-modified-since", ""],
    ["if-none-match", ""],
    ["if-range", ""],
    ["if-unmodified-since", ""],
    ["last-modified", ""],
    ["link", ""],
    ["location", ""],
    ["max-forwards", ""],
    ["proxy-authenticate", ""],
    ["proxy-authorization", ""],
    ["range", ""],
    ["referer", ""],
    ["refresh", ""],
    ["retry-after", ""],
    ["server", ""],
    ["set-cookie", ""],
    ["strict-transport-security", ""],
    ["transfer-encoding", ""],
    ["user-agent", ""],
    ["vary", ""],
    ["via", ""],
    ["www-authenticate", ""],
];

/** Index 1 is the first. */
export const STATIC_TABLE: readonly (TableEntry | undefined)[] = [
    undefined,
    ...FIELDS.map(([name, value]) => ({ name, value, kind: kindOf(name), size: name.length + value.length + ENTRY_OVERHEAD })),
];

/** The first index of the dynamic table. */
export const FIRST_DYNAMIC = STATIC_TABLE.length;
