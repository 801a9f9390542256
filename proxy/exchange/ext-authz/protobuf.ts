/** Protocol Buffers on the wire, as much of it as a question and its answer need: fields of four wire types, no groups. Pure. */

/** Of a message that somebody else wrote: this many fields at most, so that none costs more than its bytes. */
const MAX_FIELDS = 4_096;
export const VARINT = 0;
const FIXED64 = 1;
export const BYTES = 2;
const FIXED32 = 5;

/** Fields in the order in which they are written; what is empty or zero is none (proto3), but for messages. */
export class ProtoWriter {
    readonly #parts: Buffer[] = [];
    #length = 0;

    number(field: number, value: number): this {
        return value === 0 ? this : this.#add(Buffer.concat([varint(field * 8 + VARINT), varint(value)]));
    }

    bytes(field: number, value: Buffer): this {
        return value.length === 0 ? this : this.#field(field, value);
    }

    /** A text of which each character is a byte; a proto3 string is UTF-8, and what is none becomes `!`, as Envoy has it. */
    text(field: number, value: string): this {
        return value === "" ? this : this.#field(field, utf8(value));
    }

    message(field: number, fill: (writer: ProtoWriter) => unknown): this {
        const inner = new ProtoWriter();
        fill(inner);
        return this.#field(field, inner.finish());
    }

    /** One entry of a map of texts. */
    entry(field: number, key: string, value: string): this {
        return this.message(field, (inner) => inner.text(1, key).text(2, value));
    }

    finish(): Buffer {
        return Buffer.concat(this.#parts, this.#length);
    }

    #field(field: number, value: Buffer): this {
        return this.#add(varint(field * 8 + BYTES))
            .#add(varint(value.length))
            .#add(value);
    }

    #add(part: Buffer): this {
        this.#parts.push(part);
        this.#length += part.length;
        return this;
    }
}

/** `value` is a whole number that is not negative. */
function varint(value: number): Buffer {
    const bytes: number[] = [];
    let rest = value;
    while (rest >= 128) {
        bytes.push((rest % 128) + 128);
        rest = Math.floor(rest / 128);
    }
    bytes.push(rest);
    return Buffer.from(bytes);
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

function utf8(text: string): Buffer {
    const bytes = Buffer.from(text, "latin1");
    for (let at = 0; at < bytes.length; ) {
        const length = characterLength(bytes, at);
        if (length === 0) bytes[at] = 0x21;
        at += length === 0 ? 1 : length;
    }
    return bytes;
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
