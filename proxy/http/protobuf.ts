/** Protocol Buffers on the wire, as much of it as questions, answers and telemetry need: fields of four wire types, no groups. Pure. */

/** Of a message that somebody else wrote: this many fields at most, so that none costs more than its bytes. */
const MAX_FIELDS = 4_096;
export const VARINT = 0;
const FIXED64 = 1;
export const BYTES = 2;
const FIXED32 = 5;

/** So long is the length of a message that is written as a number of one byte. */
const SHORT = 128;
const FIRST_SIZE = 512;

/**
 * Fields in the order in which they are written; what is empty or zero is none (proto3), but for messages. All goes into one
 * buffer, the lengths of messages too: each is put in front of what it is the length of once that is known.
 */
export class ProtoWriter {
    #buffer = Buffer.allocUnsafe(FIRST_SIZE);
    #at = 0;

    /** `value` is a whole number that is not negative. */
    number(field: number, value: number): this {
        if (value === 0) return this;
        this.#room(20);
        this.#varint(field * 8 + VARINT);
        this.#varint(value);
        return this;
    }

    fixed64(field: number, value: bigint): this {
        if (value === 0n) return this;
        this.#room(20);
        this.#varint(field * 8 + FIXED64);
        this.#at = this.#buffer.writeBigUInt64LE(value, this.#at);
        return this;
    }

    fixed32(field: number, value: number): this {
        if (value === 0) return this;
        this.#room(20);
        this.#varint(field * 8 + FIXED32);
        this.#at = this.#buffer.writeUInt32LE(value, this.#at);
        return this;
    }

    bytes(field: number, value: Uint8Array): this {
        if (value.length === 0) return this;
        this.#head(field, value.length);
        this.#buffer.set(value, this.#at);
        this.#at += value.length;
        return this;
    }

    /** A text of which each character is a byte; a proto3 string is UTF-8, and what is none becomes `!`, as Envoy has it. */
    text(field: number, value: string): this {
        if (value === "") return this;
        this.#head(field, value.length);
        const from = this.#at;
        this.#at += this.#buffer.write(value, from, "latin1");
        for (let at = from; at < this.#at; at++) {
            if (this.#buffer[at]! < 0x80) continue;
            mendUtf8(this.#buffer.subarray(at, this.#at));
            break;
        }
        return this;
    }

    /** The same of a field that is one of several, whose being there says something. */
    textEvenEmpty(field: number, value: string): this {
        if (value !== "") return this.text(field, value);
        this.#head(field, 0);
        return this;
    }

    /** A text of characters, as configuration has them. */
    unicode(field: number, value: string): this {
        return this.bytes(field, Buffer.from(value));
    }

    /** A message that is written already; an empty one too. */
    embed(field: number, message: Uint8Array): this {
        this.#head(field, message.length);
        this.#buffer.set(message, this.#at);
        this.#at += message.length;
        return this;
    }

    message(field: number, fill: (writer: ProtoWriter) => unknown): this {
        const from = this.open(field);
        fill(this);
        return this.close(from);
    }

    /** Begins a message, of which all is that is written until `close`, which is given what this returns. */
    open(field: number): number {
        this.#room(20);
        this.#varint(field * 8 + BYTES);
        // Most are short.
        this.#at++;
        return this.#at;
    }

    close(from: number): this {
        const length = this.#at - from;
        if (length < SHORT) {
            this.#buffer[from - 1] = length;
            return this;
        }
        this.#room(8);
        const more = varintLength(length) - 1;
        // `room` may have made another buffer.
        this.#buffer.copyWithin(from + more, from, this.#at);
        this.#at = from - 1;
        this.#varint(length);
        this.#at += length;
        return this;
    }

    /** One entry of a map of texts. */
    entry(field: number, key: string, value: string): this {
        const from = this.open(field);
        return this.text(1, key).text(2, value).close(from);
    }

    /** A copy of all that was written since the beginning, or since it was taken last. */
    finish(): Buffer {
        const made = Buffer.from(this.#buffer.subarray(0, this.#at));
        this.#at = 0;
        return made;
    }

    #head(field: number, length: number): void {
        this.#room(length + 20);
        this.#varint(field * 8 + BYTES);
        this.#varint(length);
    }

    #varint(value: number): void {
        const buffer = this.#buffer;
        let rest = value;
        while (rest >= 128) {
            buffer[this.#at++] = (rest % 128) + 128;
            rest = Math.floor(rest / 128);
        }
        buffer[this.#at++] = rest;
    }

    #room(bytes: number): void {
        const needed = this.#at + bytes;
        if (needed <= this.#buffer.length) return;
        const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#buffer.length));
        this.#buffer.copy(larger, 0, 0, this.#at);
        this.#buffer = larger;
    }
}

function varintLength(value: number): number {
    let length = 1;
    for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) length++;
    return length;
}

export interface ProtoField {
    readonly field: number;
    /** Its wire type. */
    readonly type: number;
    /** Of a varint, as far as a number holds it; of another type 0. */
    readonly number: number;
    /** Of texts, bytes and messages. */
    readonly bytes: Buffer;
}

const NO_BYTES = Buffer.alloc(0);

/** In order; undefined: it is no message. */
export function readFields(message: Buffer): ProtoField[] | "too-many" | undefined {
    const fields: ProtoField[] = [];
    let at = 0;
    /** -1: it does not end, or is longer than any. */
    const number = (): number => {
        let value = 0;
        for (let power = 0; power < 10 && at < message.length; power++) {
            const byte = message[at++]!;
            value += (byte % 128) * 128 ** power;
            if (byte < 128) return value;
        }
        return -1;
    };
    while (at < message.length) {
        const tag = number();
        const [field, type] = [Math.floor(tag / 8), tag % 8];
        if (tag < 8) return undefined;
        if (fields.length >= MAX_FIELDS) return "too-many";
        const value = type === VARINT || type === BYTES ? number() : type === FIXED64 ? 8 : type === FIXED32 ? 4 : -1;
        if (value < 0) return undefined;
        if (type === VARINT) {
            fields.push({ field, type, number: value, bytes: NO_BYTES });
            continue;
        }
        if (value > message.length - at) return undefined;
        fields.push({ field, type, number: 0, bytes: message.subarray(at, at + value) });
        at += value;
    }
    return fields;
}

function mendUtf8(bytes: Buffer): void {
    for (let at = 0; at < bytes.length; ) {
        const length = characterLength(bytes, at);
        if (length === 0) bytes[at] = 0x21;
        at += length === 0 ? 1 : length;
    }
}

/** Bytes of the character that begins there (RFC 3629 §4); 0: none does. */
function characterLength(bytes: Buffer, at: number): number {
    const first = bytes[at]!;
    if (first < 0x80) return 1;
    const length = first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0;
    const second = bytes[at + 1] ?? 0;
    const [least, most] =
        first === 0xe0
            ? [0xa0, 0xbf]
            : first === 0xed
              ? [0x80, 0x9f]
              : first === 0xf0
                ? [0x90, 0xbf]
                : first === 0xf4
                  ? [0x80, 0x8f]
                  : [0x80, 0xbf];
    if (length === 0 || second < least || second > most) return 0;
    for (let next = 2; next < length; next++) if ((bytes[at + next] ?? 0) >> 6 !== 2) return 0;
    return length;
}
