import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { Base64Reader, MessageBase64Writer } from "../../../proxy/http/base64-flow";

const RUNS = { numRuns: 100 };
const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((one) => Buffer.from(one));
const cuts = fc.array(fc.nat(400), { maxLength: 6 });

function split(all: Buffer, at: readonly number[]): Buffer[] {
    const places = [...new Set([0, ...at.map((one) => Math.min(one, all.length)), all.length])].sort((a, b) => a - b);
    return places.slice(1).map((end, index) => all.subarray(places[index], end));
}

function read(text: string, at: readonly number[] = []): string | undefined {
    const reader = new Base64Reader();
    const parts: Buffer[] = [];
    for (const chunk of split(Buffer.from(text, "latin1"), at)) {
        const part = reader.read(chunk);
        if (part === undefined) return undefined;
        parts.push(part);
    }
    return reader.isWhole ? Buffer.concat(parts).toString("hex") : undefined;
}

const framed = (message: Buffer): Buffer => {
    const head = Buffer.alloc(5);
    head.writeUInt32BE(message.length, 1);
    return Buffer.concat([head, message]);
};

describe("base64 in flow", () => {
    it("is read in any split, and with padding between parts", () =>
        fc.assert(
            fc.property(fc.array(bytes(40), { maxLength: 5 }), cuts, (parts, at) => {
                const text = parts.map((one) => one.toString("base64")).join("");
                assert.equal(read(text, at), Buffer.concat(parts).toString("hex"));
            }),
            RUNS,
        ));

    it("takes nothing else, however it is split", () =>
        fc.assert(
            fc.property(
                fc.string({ unit: fc.constantFrom("A", "b", "+", "=", "-", " ", "\n", "\u00e9"), maxLength: 12 }),
                cuts,
                (text, at) => {
                    const good = /^(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)*$/.test(text);
                    assert.equal(read(text, at) !== undefined, good, text);
                },
            ),
            { numRuns: 300 },
        ));

    it("is written message by message, each padded by itself as soon as it is there", () =>
        fc.assert(
            fc.property(fc.array(bytes(40), { maxLength: 5 }), cuts, (messages, at) => {
                const writer = new MessageBase64Writer();
                let text = "";
                for (const chunk of split(Buffer.concat(messages.map(framed)), at)) text += writer.write(chunk);
                assert.equal(text, messages.map((one) => framed(one).toString("base64")).join(""));
                assert.equal(writer.end(), "");
            }),
            RUNS,
        ));

    it("leaves nothing of a message that is not whole", () => {
        const writer = new MessageBase64Writer();
        const text = writer.write(Buffer.from("00000000ff414243", "hex"));
        assert.equal(text + writer.end(), Buffer.from("00000000ff414243", "hex").toString("base64"));
    });
});
