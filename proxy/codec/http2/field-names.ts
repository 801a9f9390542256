/**
 * Names of fields in HTTP/2: which they may be (RFC 9113 §8.2.1), and what is done with each. The common ones are the
 * strings that HTTP/1.1 knows too; what depends on a name is found once, when it is first read, and stays beside it in the
 * decoder's table.
 */
import { TOKEN } from "../http1/bytes";
import * as http1 from "../http1/field-names";

export const PLAIN = 0;
export const METHOD = 1;
export const SCHEME = 2;
export const AUTHORITY = 3;
export const PATH = 4;
export const PROTOCOL = 5;
export const STATUS = 6;
/** A pseudo-field that nobody knows. */
export const UNKNOWN_PSEUDO = 7;
export const HOST = 8;
export const CONTENT_LENGTH = 9;
export const COOKIE = 10;
export const TE = 11;
export const EXPECT = 12;
/** Has an underscore, otherwise plain. */
export const UNDERSCORED = 13;
/**
 * Of one connection: connection, keep-alive, proxy-connection, transfer-encoding, upgrade (§8.2.2), and http2-settings, which
 * belonged to an upgrade of HTTP/1.1 (RFC 7540 §3.2.1).
 */
export const CONNECTION_SPECIFIC = 14;
/** No token in lower case. */
export const BAD_NAME = 15;
/** Beside any of the others: the value is one that no field may have. */
export const BAD_VALUE = 16;

/** Takes the fields of a section, in their order. */
export interface FieldSink {
    add(kind: number, name: string, value: string): void;
}

const PSEUDO: ReadonlyMap<string, number> = new Map([
    [":method", METHOD],
    [":scheme", SCHEME],
    [":authority", AUTHORITY],
    [":path", PATH],
    [":protocol", PROTOCOL],
    [":status", STATUS],
]);

const KINDS: Readonly<Record<number, number>> = {
    [http1.PLAIN]: PLAIN,
    [http1.HOST]: HOST,
    [http1.CONTENT_LENGTH]: CONTENT_LENGTH,
    [http1.TRANSFER_ENCODING]: CONNECTION_SPECIFIC,
    [http1.CONNECTION]: CONNECTION_SPECIFIC,
    [http1.UPGRADE]: CONNECTION_SPECIFIC,
    [http1.EXPECT]: EXPECT,
    [http1.TE]: TE,
    [http1.DROPPED]: CONNECTION_SPECIFIC,
};

/** tchar without capitals. */
const LOWER_TOKEN = TOKEN.map((lower, code) => (lower === code ? code : 0));

/** Names that concern HTTP/2 alone. */
const OURS: ReadonlyMap<string, number> = new Map([
    ["cookie", COOKIE],
    ["http2-settings", CONNECTION_SPECIFIC],
]);

const COLON = 0x3a;

/** What the last call of `readName` found. */
export const foundName = { name: "", kind: PLAIN };

/** Reads a name from its bytes. */
export function readName(bytes: Buffer, from: number, to: number): void {
    let at = from;
    let hash = 0;
    let byte: number;
    while (at < to && (byte = LOWER_TOKEN[bytes[at]!]!) !== 0) {
        hash = http1.hashStep(hash, byte);
        at++;
    }
    if (at === to && at > from) {
        const known = http1.knownName(bytes, from, to, hash);
        if (known !== undefined) {
            foundName.name = known.name;
            foundName.kind = known.kind === http1.PLAIN ? (OURS.get(known.name) ?? PLAIN) : KINDS[known.kind]!;
            return;
        }
    }
    foundName.name = bytes.toString("latin1", from, to);
    foundName.kind =
        at === to && at > from ? kindOfToken(foundName.name) : at === from && bytes[at] === COLON ? pseudo(foundName.name) : BAD_NAME;
}

/** The kind of a name, as `readName` would find it. */
export function kindOf(name: string): number {
    const bytes = Buffer.from(name, "latin1");
    readName(bytes, 0, bytes.length);
    return foundName.kind;
}

function kindOfToken(name: string): number {
    const known = http1.kindOfName(name);
    if (known !== undefined) return OURS.get(name) ?? KINDS[known]!;
    return name.includes("_") ? UNDERSCORED : PLAIN;
}

function pseudo(name: string): number {
    return PSEUDO.get(name) ?? UNKNOWN_PSEUDO;
}
