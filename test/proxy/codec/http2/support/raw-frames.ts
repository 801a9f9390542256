/**
 * Frames and header blocks written by hand (RFC 9113 §4.1, RFC 7541 §6), for peers that do what no library lets them do. It
 * shares nothing with the codec that it is held against: numbers are written out, and header blocks are literals.
 */

export const TYPE = {
    DATA: 0,
    HEADERS: 1,
    PRIORITY: 2,
    RST_STREAM: 3,
    SETTINGS: 4,
    PUSH_PROMISE: 5,
    PING: 6,
    GOAWAY: 7,
    WINDOW_UPDATE: 8,
    CONTINUATION: 9,
    PRIORITY_UPDATE: 16,
} as const;

export const CODE = {
    NO_ERROR: 0,
    PROTOCOL_ERROR: 1,
    INTERNAL_ERROR: 2,
    FLOW_CONTROL_ERROR: 3,
    SETTINGS_TIMEOUT: 4,
    STREAM_CLOSED: 5,
    FRAME_SIZE_ERROR: 6,
    REFUSED_STREAM: 7,
    CANCEL: 8,
    COMPRESSION_ERROR: 9,
    ENHANCE_YOUR_CALM: 11,
} as const;

export const END_STREAM = 1;
export const ACK = 1;
export const END_HEADERS = 4;
export const PADDED = 8;

export const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

const NOTHING = Buffer.alloc(0);

export interface RawFrame {
    readonly type: number;
    readonly flags: number;
    readonly id: number;
    readonly payload: Buffer;
}

export function frame(type: number, flags: number, id: number, payload: Buffer = NOTHING): Buffer {
    const head = Buffer.alloc(9);
    head.writeUIntBE(payload.length, 0, 3);
    head[3] = type;
    head[4] = flags;
    head.writeUInt32BE(id, 5);
    return Buffer.concat([head, payload]);
}

export function settings(...pairs: readonly (readonly [id: number, value: number])[]): Buffer {
    const payload = Buffer.alloc(6 * pairs.length);
    pairs.forEach(([id, value], at) => {
        payload.writeUInt16BE(id, 6 * at);
        payload.writeUInt32BE(value, 6 * at + 2);
    });
    return frame(TYPE.SETTINGS, 0, 0, payload);
}

export const SETTINGS_ACK = frame(TYPE.SETTINGS, ACK, 0);

export function ping(flags = 0, text = "abcdefgh"): Buffer {
    return frame(TYPE.PING, flags, 0, Buffer.from(text));
}

export function windowUpdate(id: number, increment: number): Buffer {
    return frame(TYPE.WINDOW_UPDATE, 0, id, number32(increment));
}

export function reset(id: number, code: number = CODE.CANCEL): Buffer {
    return frame(TYPE.RST_STREAM, 0, id, number32(code));
}

export function goAway(last: number, code: number = CODE.NO_ERROR, debug = ""): Buffer {
    return frame(TYPE.GOAWAY, 0, 0, Buffer.concat([number32(last), number32(code), Buffer.from(debug)]));
}

export function data(id: number, payload: Buffer | string, flags = 0): Buffer {
    return frame(TYPE.DATA, flags, id, Buffer.from(payload));
}

/** One byte of length, the payload, and that many zeros. */
export function paddedData(id: number, payload: Buffer | string, padding: number, flags = 0): Buffer {
    return frame(TYPE.DATA, flags | PADDED, id, Buffer.concat([Buffer.of(padding), Buffer.from(payload), Buffer.alloc(padding)]));
}

export function headers(id: number, block: Buffer, flags = END_HEADERS | END_STREAM): Buffer {
    return frame(TYPE.HEADERS, flags, id, block);
}

export function continuation(id: number, block: Buffer, flags = 0): Buffer {
    return frame(TYPE.CONTINUATION, flags, id, block);
}

function number32(value: number): Buffer {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
}

// --- header blocks -------------------------------------------------------------------------------------------------

/** An integer with a prefix of so many bits, the others as in `first` (RFC 7541 §5.1). */
export function prefixed(value: number, bits: number, first = 0): Buffer {
    const most = (1 << bits) - 1;
    if (value < most) return Buffer.of(first | value);
    const bytes = [first | most];
    let rest = value - most;
    for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
    return Buffer.from([...bytes, rest]);
}

function text(value: string): Buffer {
    const bytes = Buffer.from(value, "latin1");
    return Buffer.concat([prefixed(bytes.length, 7), bytes]);
}

/** A literal with a new name that is not put into the table (§6.2.2). */
export function literal(name: string, value: string): Buffer {
    return Buffer.concat([Buffer.of(0), text(name), text(value)]);
}

/** The same, put into the table (§6.2.1): the newest entry has the index 62. */
export function indexedLiteral(name: string, value: string): Buffer {
    return Buffer.concat([Buffer.of(0x40), text(name), text(value)]);
}

/** A field of either table by its index (§6.1). */
export function indexed(index: number): Buffer {
    return prefixed(index, 7, 0x80);
}

/** §6.3 */
export function tableSize(bytes: number): Buffer {
    return prefixed(bytes, 5, 0x20);
}

export function block(fields: readonly (readonly [name: string, value: string])[]): Buffer {
    return Buffer.concat(fields.map(([name, value]) => literal(name, value)));
}

/** The header block of a request as good as any. */
export function request(path = "/", ...more: readonly (readonly [name: string, value: string])[]): Buffer {
    return block([[":method", "GET"], [":scheme", "http"], [":path", path], [":authority", "any.test"], ...more]);
}

export function upload(path = "/", ...more: readonly (readonly [name: string, value: string])[]): Buffer {
    return block([[":method", "POST"], [":scheme", "http"], [":path", path], [":authority", "any.test"], ...more]);
}
