/** Frames as a case wants them, byte by byte: what no library sends must be sent to see what becomes of it. */

/** RFC 9113 §6. */
export const TYPES = {
    data: 0,
    headers: 1,
    priority: 2,
    reset: 3,
    settings: 4,
    push: 5,
    ping: 6,
    goAway: 7,
    windowUpdate: 8,
    continuation: 9,
} as const;
export const END_STREAM = 1;
export const ACK = 1;
export const END_HEADERS = 4;

export const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
/** RFC 9113 §7, by number. */
const CODES = [
    "NO_ERROR",
    "PROTOCOL_ERROR",
    "INTERNAL_ERROR",
    "FLOW_CONTROL_ERROR",
    "SETTINGS_TIMEOUT",
    "STREAM_CLOSED",
    "FRAME_SIZE_ERROR",
    "REFUSED_STREAM",
    "CANCEL",
    "COMPRESSION_ERROR",
    "CONNECT_ERROR",
    "ENHANCE_YOUR_CALM",
    "INADEQUATE_SECURITY",
    "HTTP_1_1_REQUIRED",
] as const;
export type ErrorCode = (typeof CODES)[number];

export const nameOfCode = (code: number): string => CODES[code] ?? String(code);

export function frame(type: number, flags: number, stream: number, payload: Buffer | string = ""): Buffer {
    const body = Buffer.from(payload as string, "latin1");
    const head = Buffer.alloc(9);
    head.writeUIntBE(body.length, 0, 3);
    head[3] = type;
    head[4] = flags;
    head.writeUInt32BE(stream, 5);
    return Buffer.concat([head, body]);
}

/** `[name, value, …]` as literals that are neither indexed nor in Huffman's code, whatever is in them. Text is UTF-8. */
export function headerBlock(list: readonly string[]): Buffer {
    const parts: Buffer[] = [];
    for (let i = 0; i < list.length; i += 2) parts.push(Buffer.from([0]), text(list[i] ?? ""), text(list[i + 1] ?? ""));
    return Buffer.concat(parts);
}

function text(value: string): Buffer {
    const bytes = Buffer.from(value);
    return Buffer.concat([length(bytes.length), bytes]);
}

/** RFC 7541 §5.1, with a prefix of seven bits. */
function length(value: number): Buffer {
    if (value < 127) return Buffer.from([value]);
    const out = [127];
    let rest = value - 127;
    for (; rest >= 128; rest >>= 7) out.push((rest & 127) | 128);
    return Buffer.from([...out, rest]);
}

/** A head or trailers, in as many frames as they need. */
export function headers(list: readonly string[], end: boolean, stream = 1): Buffer {
    const block = headerBlock(list);
    const parts = [block.subarray(0, MOST)];
    for (let at = MOST; at < block.length; at += MOST) parts.push(block.subarray(at, at + MOST));
    return Buffer.concat(
        parts.map((part, at) =>
            frame(
                at === 0 ? TYPES.headers : TYPES.continuation,
                (at === 0 && end ? END_STREAM : 0) | (at === parts.length - 1 ? END_HEADERS : 0),
                stream,
                part,
            ),
        ),
    );
}
const MOST = 16_384;

export function data(body: string | Buffer, end: boolean, stream = 1): Buffer {
    return frame(TYPES.data, end ? END_STREAM : 0, stream, Buffer.from(body as string));
}

export function reset(code: ErrorCode, stream = 1): Buffer {
    return frame(TYPES.reset, 0, stream, number(CODES.indexOf(code)));
}

/** By number, RFC 9113 §6.5.2. */
export function settings(values: Readonly<Record<number, number>> = {}): Buffer {
    const parts = Object.entries(values).map(([id, value]) => Buffer.concat([Buffer.from([0, Number(id)]), number(value)]));
    return frame(TYPES.settings, 0, 0, Buffer.concat(parts));
}

export function number(value: number): Buffer {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
}

export interface Frame {
    readonly type: number;
    readonly flags: number;
    readonly stream: number;
    readonly payload: Buffer;
    /** All of it. */
    readonly bytes: Buffer;
}

/** Cuts a flow of bytes into frames. */
export class FrameCutter {
    #rest: Buffer = Buffer.alloc(0);

    take(chunk: Buffer): Frame[] {
        let rest = Buffer.concat([this.#rest, chunk]);
        const frames: Frame[] = [];
        while (rest.length >= 9) {
            const end = 9 + rest.readUIntBE(0, 3);
            if (rest.length < end) break;
            const bytes = rest.subarray(0, end);
            frames.push({ type: rest[3] ?? 0, flags: rest[4] ?? 0, stream: rest.readUInt32BE(5), payload: rest.subarray(9, end), bytes });
            rest = rest.subarray(end);
        }
        this.#rest = rest;
        return frames;
    }
}
