/**
 * As much of protobuf as the echo speaks: varints and texts (https://protobuf.dev/programming-guides/encoding/). The sample needs
 * no library so that the command that runs it needs none.
 */

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;
/** A varint of 64 bits. */
const LONGEST_VARINT = 10;

/** The fields of a message: the last of each number, as protobuf reads what is not repeated. */
export type WireFields = ReadonlyMap<number, number | Buffer>;

class Reader {
    at = 0;
    constructor(readonly bytes: Buffer) {}

    varint(): number {
        let value = 0;
        for (let count = 0; count < LONGEST_VARINT; count++) {
            const byte = this.bytes[this.at++];
            if (byte === undefined) throw new Error("the message ends within a number");
            value += (byte & 0x7f) * 2 ** (7 * count);
            if (byte < 0x80) return value;
        }
        throw new Error("the message has a number that is too long");
    }

    take(length: number): Buffer {
        const end = this.at + length;
        if (end > this.bytes.length) throw new Error("the message ends within a field");
        const taken = this.bytes.subarray(this.at, end);
        this.at = end;
        return taken;
    }
}

/** Throws an Error that says what is wrong with the message. */
export function readMessage(bytes: Buffer): WireFields {
    const fields = new Map<number, number | Buffer>();
    const reader = new Reader(bytes);
    while (reader.at < bytes.length) {
        const tag = reader.varint();
        const number = Math.floor(tag / 8);
        switch (tag % 8) {
            case VARINT:
                fields.set(number, reader.varint());
                break;
            case LENGTH:
                fields.set(number, reader.take(reader.varint()));
                break;
            case FIXED64:
                reader.take(8);
                break;
            case FIXED32:
                reader.take(4);
                break;
            default:
                throw new Error(`the message has a field of wire type ${tag % 8}`);
        }
    }
    return fields;
}

export function textAt(fields: WireFields, number: number): string {
    const value = fields.get(number);
    return Buffer.isBuffer(value) ? value.toString() : "";
}

export function numberAt(fields: WireFields, number: number): number {
    const value = fields.get(number);
    return typeof value === "number" ? value : 0;
}

function varint(value: number): number[] {
    const bytes: number[] = [];
    for (let left = value; ; left = Math.floor(left / 128)) {
        if (left < 128) return [...bytes, left];
        bytes.push((left % 128) | 0x80);
    }
}

/** WireFields in the order of their numbers; what is empty or 0 is left out, as proto3 has it. */
export function writeMessage(fields: Readonly<Record<number, string | number>>): Buffer {
    const parts = Object.entries(fields).flatMap(([number, value]): Buffer[] => {
        if (value === "" || value === 0) return [];
        const tag = (type: number): Buffer => Buffer.from(varint(Number(number) * 8 + type));
        if (typeof value === "number") return [tag(VARINT), Buffer.from(varint(value))];
        const text = Buffer.from(value);
        return [tag(LENGTH), Buffer.from(varint(text.length)), text];
    });
    return Buffer.concat(parts);
}
