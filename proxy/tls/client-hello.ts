/**
 * Reads a TLS ClientHello out of the first bytes of a connection, so that the server name chooses who answers before
 * anything is decrypted. Bytes come from strangers: the reader is fed piece by piece, does constant work a byte, holds
 * at most 64 KiB and never throws.
 *
 * RFC 8446 §4.1.2 and §5.1 (the handshake message may be spread over several records), RFC 6066 §3 (server_name),
 * RFC 7301 (ALPN). With Encrypted Client Hello the outer server name is the one that is seen.
 */

export interface ClientHello {
    /** Lower-case; empty: none was sent. */
    readonly serverName: string;
    readonly alpn: readonly string[];
    /** Wire values, `0x0304` for TLS 1.3; from supported_versions, or else the one legacy version. */
    readonly versions: readonly number[];
}

export type HelloResult =
    | { readonly kind: "more" }
    | { readonly kind: "hello"; readonly hello: ClientHello }
    /** The first bytes are no TLS handshake. */
    | { readonly kind: "not-tls" }
    /** TLS, but broken; `why` is for the log. */
    | { readonly kind: "malformed"; readonly why: string };

export const MAX_HELLO_BYTES = 64 * 1024;

const RECORD_HEADER = 5;
const HANDSHAKE_HEADER = 4;
const HANDSHAKE_RECORD = 22;
const CLIENT_HELLO = 1;
const MAX_RECORD = 16 * 1024;
const EXTENSION_SERVER_NAME = 0;
const EXTENSION_ALPN = 16;
const EXTENSION_SUPPORTED_VERSIONS = 43;

const MORE: HelloResult = { kind: "more" };
const NOT_TLS: HelloResult = { kind: "not-tls" };
const EMPTY = Buffer.alloc(0);

/** Feed it until the result is another one than `more`; `bytes()` is then all that was fed. */
export class ClientHelloReader {
    #buffer: Buffer = EMPTY;
    #length = 0;
    /** Start of the first record that is not whole yet. */
    #at = 0;
    /** Handshake bytes in the whole records before `#at`. */
    #handshakeLength = 0;
    #records = 0;

    /** All bytes fed so far, to be passed on to whoever serves the connection. */
    bytes(): Buffer {
        return this.#buffer.subarray(0, this.#length);
    }

    push(chunk: Buffer): HelloResult {
        this.#append(chunk);
        const buffer = this.#buffer;
        if (this.#length > 0 && buffer[0] !== HANDSHAKE_RECORD) return NOT_TLS;
        if (this.#length > 1 && buffer[1] !== 3) return NOT_TLS;
        while (this.#length - this.#at >= RECORD_HEADER) {
            const at = this.#at;
            if (buffer[at] !== HANDSHAKE_RECORD || buffer[at + 1] !== 3) return malformed("another record inside the ClientHello");
            const size = buffer.readUInt16BE(at + 3);
            if (size === 0 || size > MAX_RECORD) return malformed("record length");
            if (at === 0 && this.#length > RECORD_HEADER && buffer[RECORD_HEADER] !== CLIENT_HELLO) {
                return malformed("handshake does not start with a ClientHello");
            }
            if (this.#length - at < RECORD_HEADER + size) break;
            this.#at = at + RECORD_HEADER + size;
            this.#handshakeLength += size;
            this.#records++;
            const message = this.#messageLength();
            if (message > MAX_HELLO_BYTES) return malformed("longer than 64 KiB");
            if (message > 0 && this.#handshakeLength >= message) return parseBody(this.#message(message));
        }
        return this.#length > MAX_HELLO_BYTES ? malformed("longer than 64 KiB") : MORE;
    }

    #append(chunk: Buffer): void {
        if (this.#length === 0) {
            this.#buffer = chunk;
            this.#length = chunk.length;
            return;
        }
        const needed = this.#length + chunk.length;
        if (needed > this.#buffer.length) {
            const grown = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#buffer.length, 1024));
            this.#buffer.copy(grown, 0, 0, this.#length);
            this.#buffer = grown;
        }
        chunk.copy(this.#buffer, this.#length);
        this.#length = needed;
    }

    /** Length of the handshake message with its header; 0 while the header is not whole. */
    #messageLength(): number {
        if (this.#handshakeLength < HANDSHAKE_HEADER) return 0;
        const header = this.#handshake(HANDSHAKE_HEADER);
        return HANDSHAKE_HEADER + header.readUIntBE(1, 3);
    }

    #message(length: number): Buffer {
        return this.#handshake(length).subarray(HANDSHAKE_HEADER);
    }

    /** The first `length` handshake bytes, out of the records they are spread over. */
    #handshake(length: number): Buffer {
        const first = Math.min(length, this.#buffer.readUInt16BE(3));
        if (first === length) return this.#buffer.subarray(RECORD_HEADER, RECORD_HEADER + length);
        const out = Buffer.allocUnsafe(length);
        let filled = 0;
        for (let at = 0; filled < length; ) {
            const size = this.#buffer.readUInt16BE(at + 3);
            const start = at + RECORD_HEADER;
            filled += this.#buffer.copy(out, filled, start, start + Math.min(size, length - filled));
            at = start + size;
        }
        return out;
    }
}

function malformed(why: string): HelloResult {
    return { kind: "malformed", why };
}

/** A reader over one whole message that remembers going past the end, so that checks stand in one place. */
class Cursor {
    readonly #bytes: Buffer;
    #at: number;
    readonly #end: number;
    failed = false;

    constructor(bytes: Buffer, start = 0, end = bytes.length) {
        this.#bytes = bytes;
        this.#at = start;
        this.#end = end;
    }

    get done(): boolean {
        return this.failed || this.#at >= this.#end;
    }

    skip(length: number): void {
        if (this.#at + length > this.#end) this.failed = true;
        else this.#at += length;
    }

    number(size: 1 | 2): number {
        if (this.#at + size > this.#end) {
            this.failed = true;
            return 0;
        }
        const value = this.#bytes.readUIntBE(this.#at, size);
        this.#at += size;
        return value;
    }

    /** A vector with its length in front. */
    vector(lengthSize: 1 | 2): Cursor {
        const length = this.number(lengthSize);
        const start = this.#at;
        this.skip(length);
        return this.failed ? new Cursor(EMPTY) : new Cursor(this.#bytes, start, start + length);
    }

    text(): string {
        return this.#bytes.toString("latin1", this.#at, this.#end);
    }
}

function parseBody(body: Buffer): HelloResult {
    const cursor = new Cursor(body);
    const legacyVersion = cursor.number(2);
    cursor.skip(32);
    cursor.vector(1);
    cursor.vector(2);
    cursor.vector(1);
    if (cursor.failed) return malformed("cut short");
    const found = { serverName: "", alpn: [] as string[], versions: [legacyVersion] };
    if (cursor.done) return { kind: "hello", hello: found };
    const extensions = cursor.vector(2);
    if (cursor.failed || !cursor.done) return malformed("length of the extensions");
    let seen = 0;
    while (!extensions.done) {
        const type = extensions.number(2);
        const data = extensions.vector(2);
        if (extensions.failed) return malformed("length of an extension");
        if (type !== EXTENSION_SERVER_NAME && type !== EXTENSION_ALPN && type !== EXTENSION_SUPPORTED_VERSIONS) continue;
        const bit = type === EXTENSION_SERVER_NAME ? 1 : type === EXTENSION_ALPN ? 2 : 4;
        if (seen & bit) return malformed(`extension ${type} twice`);
        seen |= bit;
        const fault =
            type === EXTENSION_SERVER_NAME
                ? readServerName(data, found)
                : type === EXTENSION_ALPN
                  ? readAlpn(data, found)
                  : readVersions(data, found);
        if (fault !== "") return malformed(fault);
    }
    return { kind: "hello", hello: found };
}

interface Found {
    serverName: string;
    alpn: string[];
    versions: number[];
}

/** Visible ASCII only: what goes into maps and logs cannot carry a line break or NUL. */
const HOST_NAME = /^[\x21-\x7e]{1,255}$/;

function readServerName(data: Cursor, found: Found): string {
    const list = data.vector(2);
    if (data.failed || !data.done || list.done) return "server_name";
    while (!list.done) {
        const type = list.number(1);
        const name = list.vector(2);
        if (list.failed) return "server_name";
        if (type !== 0) continue;
        const text = name.text();
        if (found.serverName !== "" || !HOST_NAME.test(text)) return "server_name";
        found.serverName = text.toLowerCase();
    }
    return "";
}

function readAlpn(data: Cursor, found: Found): string {
    const list = data.vector(2);
    if (data.failed || !data.done) return "application_layer_protocol_negotiation";
    while (!list.done) {
        const name = list.vector(1).text();
        if (list.failed || name === "") return "application_layer_protocol_negotiation";
        found.alpn.push(name);
    }
    return "";
}

function readVersions(data: Cursor, found: Found): string {
    const list = data.vector(1);
    if (data.failed || !data.done) return "supported_versions";
    const versions: number[] = [];
    while (!list.done) versions.push(list.number(2));
    if (list.failed || versions.length === 0) return "supported_versions";
    found.versions = versions;
    return "";
}
