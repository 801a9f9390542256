/**
 * Frames of HTTP/2 for the programs at either end of what is measured: no more of the protocol than they need, and
 * nothing of the codec that is measured.
 */

export const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");
export const HEADER_BYTES = 9;
/** What everybody takes without being asked (RFC 9113 §4.2). */
export const MOST_PAYLOAD = 16_384;
/** Of a connection, and of a stream until SETTINGS say otherwise (§6.9.2). */
export const FIRST_WINDOW = 65_535;

export const DATA = 0;
export const HEADERS = 1;
export const RST_STREAM = 3;
export const SETTINGS = 4;
export const PING = 6;
export const GOAWAY = 7;
export const WINDOW_UPDATE = 8;

export const ACK = 1;
export const END_STREAM = 1;
export const END_HEADERS = 4;

const SETTING_INITIAL_WINDOW = 4;
/** So much that nobody at either end ever waits for credit from here. */
const WIDE_WINDOW = 1 << 30;

export function frame(type: number, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
    const bytes = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
    bytes.writeUIntBE(payload.length, 0, 3);
    bytes[3] = type;
    bytes[4] = flags;
    bytes.writeUInt32BE(stream, 5);
    bytes.set(payload, HEADER_BYTES);
    return bytes;
}

/** A header block of literals that no table keeps, names and values as they are (RFC 7541 §6.2.2). */
export function headerBlock(fields: Readonly<Record<string, string>>): Buffer {
    const text = (value: string): Buffer => Buffer.concat([Buffer.from([value.length]), Buffer.from(value, "latin1")]);
    return Buffer.concat(Object.entries(fields).flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]));
}

export function windowUpdate(stream: number, bytes: number): Buffer {
    const payload = Buffer.alloc(4);
    payload.writeUInt32BE(bytes);
    return frame(WINDOW_UPDATE, 0, stream, payload);
}

/** What either end begins with: wide windows. */
export function opening(): Buffer {
    const setting = Buffer.alloc(6);
    setting.writeUInt16BE(SETTING_INITIAL_WINDOW);
    setting.writeUInt32BE(WIDE_WINDOW, 2);
    return Buffer.concat([frame(SETTINGS, 0, 0, setting), windowUpdate(0, WIDE_WINDOW)]);
}

/** The initial window that SETTINGS name; undefined: none. */
export function initialWindow(bytes: Buffer, from: number, to: number): number | undefined {
    for (let at = from; at + 6 <= to; at += 6) if (bytes.readUInt16BE(at) === SETTING_INITIAL_WINDOW) return bytes.readUInt32BE(at + 2);
    return undefined;
}

export type OnFrame = (type: number, flags: number, stream: number, bytes: Buffer, from: number, to: number) => void;

/** Cuts what arrives into frames. */
export class FrameCutter {
    readonly #onFrame: OnFrame;
    #rest: Buffer = Buffer.alloc(0);
    #skip: number;

    /** `skip`: so many bytes come before the first. */
    constructor(onFrame: OnFrame, skip = 0) {
        this.#onFrame = onFrame;
        this.#skip = skip;
    }

    take(chunk: Buffer): void {
        const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
        let at = 0;
        if (this.#skip > 0 && bytes.length >= this.#skip) {
            at = this.#skip;
            this.#skip = 0;
        }
        while (this.#skip === 0 && at + HEADER_BYTES <= bytes.length) {
            const from = at + HEADER_BYTES;
            const to = from + bytes.readUIntBE(at, 3);
            if (to > bytes.length) break;
            this.#onFrame(bytes[at + 3]!, bytes[at + 4]!, bytes.readUInt32BE(at + 5) & 0x7fff_ffff, bytes, from, to);
            at = to;
        }
        this.#rest = bytes.subarray(at);
    }
}
