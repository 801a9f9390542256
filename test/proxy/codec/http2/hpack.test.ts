/** HPACK against the examples of RFC 7541, against Node's own, against itself, and against whatever else a peer may send. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { trimBlank } from "../../../../proxy/codec/http1/fields";
import type { FieldSink } from "../../../../proxy/codec/http2/field-names";
import { BROKEN, DECODED, HpackDecoder, LIST_TOO_LARGE } from "../../../../proxy/codec/http2/hpack/decoder";
import { HpackEncoder, UNWRITABLE, encodedBound } from "../../../../proxy/codec/http2/hpack/encoder";
import { decodeHuffman, decoded, encodeHuffman, huffmanLength } from "../../../../proxy/codec/http2/hpack/huffman";
import type { HeaderList } from "../../../../proxy/http/doors";
import { APPENDIX_C } from "./support/appendix-c";
import { blocksOfNode, readByNode } from "./support/node-http2";

class Collected implements FieldSink {
    readonly list: HeaderList = [];
    add(_kind: number, name: string, value: string): void {
        this.list.push(name, value);
    }
}

/** What a block gives: its fields, or what became of it. */
function decode(decoder: HpackDecoder, block: Buffer, maxBytes = 65536, maxFields = 1000): HeaderList | string {
    const into = new Collected();
    // Within other bytes, as it stands within frames.
    const among = Buffer.concat([Buffer.from([0x82, 0xff]), block, Buffer.from([0xff, 0x7f])]);
    const outcome = decoder.decode(among, 2, 2 + block.length, into, maxBytes, maxFields);
    if (outcome === BROKEN) return `${decoder.fault!.section}: ${decoder.fault!.detail}`;
    return outcome === LIST_TOO_LARGE ? `too large: ${into.list.length / 2}` : into.list;
}

function encode(encoder: HpackEncoder, list: HeaderList): Buffer {
    const bound = encodedBound(list, 0);
    const into = Buffer.alloc(bound + 8, 0xaa);
    let end = encoder.begin(into, 4);
    for (let index = 0; index < list.length; index += 2) end = encoder.field(list[index]!, list[index + 1]!, into, end);
    assert.ok(end <= 4 + bound, `${end - 4} bytes of ${bound}`);
    assert.deepEqual([...into.subarray(0, 4), ...into.subarray(4 + bound)], new Array(8).fill(0xaa));
    return into.subarray(4, end);
}

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(" ", ""), "hex");

const token = fc.string({ unit: fc.constantFrom(..."abcxyz019-_.!#$%&'*+^`|~"), minLength: 1, maxLength: 20 });
const valueCharacter = fc
    .integer({ min: 0, max: 255 })
    .filter((code) => code === 9 || (code >= 32 && code !== 127))
    .map((code) => String.fromCharCode(code));
const value = fc.oneof(
    fc.constantFrom("", "gzip, deflate", "text/html", "0", "1", "GET"),
    fc.string({ unit: valueCharacter, maxLength: 200 }).map(trimBlank),
    fc.string({ unit: fc.constantFrom("a", "\u00ff", "~"), minLength: 100, maxLength: 1500 }),
);
const name = fc.oneof(
    fc.constantFrom("content-type", "date", "server", "content-length", "cookie", "set-cookie", "x-request-id", "accept-encoding", "x-a"),
    token,
);
const field = fc.tuple(name, value);
const lists = fc.array(
    fc.array(field, { maxLength: 12 }).map((fields) => fields.flat()),
    { minLength: 1, maxLength: 12 },
);

describe("HPACK", () => {
    for (const { title, blocks, tableBytes } of APPENDIX_C) {
        it(`reads the examples of ${title}`, () => {
            const decoder = new HpackDecoder(4096);
            if (tableBytes === 256) assert.deepEqual(decode(decoder, bytes("3fe101")), []);
            for (const { hex, fields } of blocks) assert.deepEqual(decode(decoder, bytes(hex)), fields);
        });
    }

    it("reads back what it wrote, on one connection, whatever the size of the table and its changes", () => {
        fc.assert(
            fc.property(lists, fc.array(fc.nat({ max: 6000 }), { maxLength: 12 }), (blocks, sizes) => {
                const encoder = new HpackEncoder();
                const decoder = new HpackDecoder(4096);
                for (const [index, list] of blocks.entries()) {
                    if (index % 3 === 1) encoder.setMaxTableBytes(sizes[index] ?? 4096);
                    if (index % 4 === 1) encoder.setMaxTableBytes(sizes[index - 1] ?? 0);
                    for (let again = 0; again < 3; again++) assert.deepEqual(decode(decoder, encode(encoder, list)), list);
                }
            }),
            { numRuns: 100 },
        );
    });

    const plainValue = fc.string({ unit: fc.constantFrom(...'abcXYZ019/;="\\{}\u00e9'), minLength: 1, maxLength: 60 });
    const nodeRequest = fc
        .array(fc.tuple(fc.constantFrom("x-a", "x-b", "x-c", "accept", "user-agent", "x-request-id", "via"), plainValue), { maxLength: 10 })
        .map((fields) => [
            [":method", "GET"] as const,
            [":path", `/${fields.length}`] as const,
            [":scheme", "http"] as const,
            [":authority", "node.test"] as const,
            // Node sends the lines of one name together.
            ...fields
                .toSorted(([one], [other]) => (one < other ? -1 : one > other ? 1 : 0))
                .filter(([one], at, all) => at === 0 || all[at - 1]![0] !== one || one.startsWith("x-")),
        ]);

    it("reads what Node writes, and Node what it writes", async () => {
        await fc.assert(
            fc.asyncProperty(
                fc.array(nodeRequest, { minLength: 1, maxLength: 20 }),
                fc.constantFrom(0, 64, 300, 4096),
                async (requests, tableBytes) => {
                    const expected = requests.map((fields) => fields.flat());
                    const decoder = new HpackDecoder(4096);
                    const theirs = await blocksOfNode(requests, tableBytes);
                    assert.deepEqual(
                        theirs.map((block) => decode(decoder, block)),
                        expected,
                    );
                    const encoder = new HpackEncoder();
                    if (tableBytes !== 4096) encoder.setMaxTableBytes(tableBytes);
                    const ours = expected.map((list) => encode(encoder, list));
                    assert.deepEqual(await readByNode(ours, tableBytes), expected);
                },
            ),
            { numRuns: 15 },
        );
    });

    it("codes every byte by Huffman and back, and never longer than it says", () => {
        const all = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join("");
        fc.assert(
            fc.property(fc.oneof(fc.constant(all), value), (text) => {
                const into = Buffer.alloc(4 * text.length + 4);
                const end = encodeHuffman(text, into, 0);
                assert.equal(end, huffmanLength(text));
                assert.equal(decodeHuffman(into, 0, end), text.length);
                assert.equal(decoded.bytes.toString("latin1", 0, text.length), text);
            }),
            { numRuns: 50 },
        );
    });

    const BROKEN_BLOCKS: readonly (readonly [what: string, hex: string, section: string])[] = [
        ["index 0", "80", "§6.1: index 0"],
        ["an index beyond both tables", "be", "§2.3.3"],
        ["the name of an index beyond both tables", "7e 01 61", "§2.3.3"],
        ["the name of one that would be the newest, were it there", "0f 2f 01 61", "§2.3.3"],
        ["an index cut off", "ff", "§5.1"],
        ["an index that never ends", "ff 80 80 80 80 80 80 00", "§5.1"],
        ["an index beyond 2^31", "ff ff ff ff ff 7f", "§5.1"],
        ["a length beyond 2^31", "00 7f ff ff ff ff 7f", "§5.1"],
        ["a name longer than the block", "40 0a 63", "§5.2: string longer"],
        ["a value longer than the block", "40 01 63 7f 80 02 61", "§5.2: string longer"],
        ["a literal without a value", "40 01 63", "§5.2: string longer"],
        ["a literal without a name", "00", "§5.2: string longer"],
        ["a literal of a table's name without a value", "04", "§5.2: string longer"],
        ["end-of-string within a string", "00 01 61 85 ff ff ff ff ff", "§5.2: end-of-string"],
        ["eight bits of padding", "00 01 61 82 1f ff", "§5.2: padding"],
        ["padding alone", "00 01 61 81 ff", "§5.2: padding"],
        ["padding of zeros", "00 01 61 81 18", "§5.2: padding"],
        ["a code cut off", "00 01 61 82 ff fe", "§5.2: padding"],
        ["a size update larger than was agreed", "3f e2 1f", "§6.3"],
        ["a size update cut off", "3f", "§5.1"],
        ["a size update behind a field", "82 20", "§4.2: table size update behind"],
        ["three size updates", "20 20 20", "§4.2: more than two"],
    ];

    for (const [what, hex, section] of BROKEN_BLOCKS) {
        it(`refuses ${what}`, () => {
            const answer = decode(new HpackDecoder(4096), bytes(hex));
            assert.equal(typeof answer, "string", JSON.stringify(answer));
            assert.ok((answer as string).startsWith(`RFC 7541 ${section}`), answer as string);
        });
    }

    it("takes the least size and the last in one block, sizes up to the agreed one, and up to seven bits of padding", () => {
        assert.deepEqual(decode(new HpackDecoder(4096), bytes("20 3f e1 1f 82")), [":method", "GET"]);
        assert.deepEqual(decode(new HpackDecoder(8192), bytes("3f e1 3f 82")), [":method", "GET"]);
        assert.deepEqual(decode(new HpackDecoder(4096), bytes("")), []);
        assert.deepEqual(decode(new HpackDecoder(4096), bytes("00 01 61 81 1f")), ["a", "a"]);
        assert.deepEqual(decode(new HpackDecoder(4096), bytes("00 81 1f 80")), ["a", ""]);
        // "&" has eight bits, "a" five, ":" seven: a whole byte, three bits of padding, one.
        assert.deepEqual(decode(new HpackDecoder(4096), bytes("00 81 1f 81 f8")), ["a", "&"]);
    });

    it("hands on no more than the bounds allow, and keeps the table right beyond them", () => {
        const decoder = new HpackDecoder(4096);
        // Three fields that are kept, the second and third beyond the bounds.
        assert.equal(decode(decoder, bytes("40 01 61 01 31 40 01 62 01 32 40 01 63 01 33"), 40, 100), "too large: 1");
        assert.deepEqual(decode(decoder, bytes("be bf c0")), ["c", "3", "b", "2", "a", "1"]);
        assert.equal(decode(decoder, bytes("be bf c0"), 65536, 2), "too large: 2");
        assert.deepEqual(decode(decoder, bytes("be bf c0"), 3 * 34, 3), ["c", "3", "b", "2", "a", "1"]);
        assert.equal(decode(decoder, bytes("be bf c0"), 3 * 34 - 1, 3), "too large: 2");
        // A literal of a byte more than the table holds empties it, and is nowhere.
        const huge = Buffer.concat([bytes("40 01 61 7f e1 1e"), Buffer.alloc(4064, "x")]);
        assert.equal(decode(decoder, huge, 100, 100), "too large: 0");
        assert.match(decode(decoder, bytes("be")) as string, /index beyond both/);
    });

    it("counts what a small block of references stands for, before it makes anything of it", () => {
        const decoder = new HpackDecoder(4096);
        assert.deepEqual((decode(decoder, Buffer.concat([bytes("40 01 61 7f 81 1e"), Buffer.alloc(3968, "x")])) as HeaderList).length, 2);
        assert.equal(decode(decoder, Buffer.alloc(16384, 0xbe), 60 * 1024, 100), "too large: 15");
    });

    it("takes all pieces of cookie as one field, though each counts by its bytes", () => {
        const crumbs = Buffer.concat(new Array<Buffer>(50).fill(bytes("60 01 63")));
        const cookies = (count: number): string[] => new Array<string[]>(count).fill(["cookie", "c"]).flat();
        assert.deepEqual(decode(new HpackDecoder(4096), crumbs, 65536, 1), cookies(50));
        assert.equal(decode(new HpackDecoder(4096), crumbs, 39 * 20, 1), "too large: 20");
    });

    it("gives an outcome for whatever is sent, and never an exception", () => {
        const sound = lists.map((blocks) => {
            const encoder = new HpackEncoder();
            return blocks.map((list) => encode(encoder, list));
        });
        const anything = fc.array(
            fc.uint8Array({ maxLength: 60 }).map((some) => Buffer.from(some)),
            { minLength: 1, maxLength: 5 },
        );
        const change = fc.record({ block: fc.nat(), at: fc.nat(), byte: fc.nat({ max: 255 }) });
        fc.assert(
            fc.property(fc.oneof(sound, anything), fc.array(change, { maxLength: 6 }), (blocks, changes) => {
                for (const { block, at, byte } of changes) {
                    const chosen = blocks[block % blocks.length]!;
                    if (chosen.length > 0) chosen[at % chosen.length] = byte;
                }
                const decoder = new HpackDecoder(4096);
                for (const block of blocks) {
                    const into = new Collected();
                    const outcome = decoder.decode(block, 0, block.length, into, 2000, 20);
                    assert.ok(outcome === DECODED || outcome === LIST_TOO_LARGE || outcome === BROKEN);
                    const size = into.list.reduce((sum, text) => sum + text.length, 16 * into.list.length);
                    assert.ok(size <= 2000, `${size}`);
                    if (outcome === BROKEN) return;
                }
            }),
            { numRuns: 100 },
        );
    });

    describe("written", () => {
        const RESPONSE: HeaderList = ["content-type", "text/html; charset=utf-8", "server", "gatehouse", "x-powered-by", "something"];

        it("takes one byte for each field that came before", () => {
            const encoder = new HpackEncoder();
            encode(encoder, RESPONSE);
            assert.equal(encode(encoder, RESPONSE).length, 3);
        });

        it("keeps those in the table while others change each time", () => {
            const encoder = new HpackEncoder();
            encode(encoder, RESPONSE);
            let longest = 0;
            for (let index = 0; index < 2000; index++) {
                const changing = [
                    "x-envoy-upstream-service-time",
                    String(index % 7),
                    "x-request-id",
                    `id-${index}`,
                    "x-custom",
                    `value ${index}`,
                ];
                const block = encode(encoder, [...changing, ...RESPONSE]);
                if (index > 100) longest = Math.max(longest, block.length);
            }
            // Of 2,000 blocks a few write one of the three anew, when it has fallen out.
            assert.ok(longest < 90, `${longest}`);
            assert.ok(encode(encoder, RESPONSE).length < 30);
        });

        it("never puts a secret into a table, nor what has come to us as one", () => {
            const neverIndexed = (list: HeaderList): boolean => {
                const encoder = new HpackEncoder();
                const first = encode(encoder, list);
                return (first[0]! & 0xf0) === 0x10 && first.equals(encode(encoder, list));
            };
            for (const name of ["authorization", "cookie", "set-cookie", "proxy-authorization"])
                assert.ok(neverIndexed([name, "secret"]), name);
            assert.ok(!neverIndexed(["x-secret-of-theirs", "secret"]));
            const before = new HpackEncoder();
            encode(before, ["x-secret-of-theirs", "secret"]);
            const block = Buffer.concat([bytes("10 12"), Buffer.from("x-secret-of-theirs"), bytes("06"), Buffer.from("secret")]);
            assert.deepEqual(decode(new HpackDecoder(4096), block), ["x-secret-of-theirs", "secret"]);
            assert.ok(neverIndexed(["x-secret-of-theirs", "secret"]));
            assert.equal(encode(before, ["x-secret-of-theirs", "secret"])[0]! & 0xf0, 0x10);
        });

        it("leaves out of a message's fields what is the codec's own", () => {
            const own: HeaderList = [
                ...[
                    "connection",
                    "close",
                    "transfer-encoding",
                    "chunked",
                    "keep-alive",
                    "1",
                    "proxy-connection",
                    "close",
                    "upgrade",
                    "h2c",
                ],
                ...["host", "a.test", "content-length", "7", "expect", "100-continue", ":path", "/", ":other", "x"],
            ];
            const kept: HeaderList = ["te", "trailers", "cookie", "a=1", "x_y", "1", "accept", "*/*", "x-blank", ""];
            const into = Buffer.alloc(1000);
            const encoder = new HpackEncoder();
            const end = encoder.fields([...kept, ...own, "x-blanks", "\t a b "], into, encoder.begin(into, 0));
            assert.deepEqual(decode(new HpackDecoder(4096), into.subarray(0, end)), [...kept, "x-blanks", "a b"]);
        });

        it("writes nothing that a peer would have to refuse, and goes on with the next block", () => {
            const encoder = new HpackEncoder();
            const decoder = new HpackDecoder(4096);
            const into = Buffer.alloc(1000);
            assert.deepEqual(decode(decoder, encode(encoder, RESPONSE)), RESPONSE);
            const unwritable: HeaderList = [
                ...["x-a", "a\r\nb: c", "x-a", "a\nb", "x-a", "a\0", "x-a", "\u010d", "x-a", "\u2028", "x-a", "\x7f", "x-a", "\x1b["],
                ...["X-Upper", "1", "x a", "1", "x:a", "1", "", "1", "x\r\n", "1", "x-\u0165", "1", "\u00fc", "1", "x\0", "1"],
            ];
            for (let index = 0; index < unwritable.length; index += 2) {
                const [name, value] = [unwritable[index]!, unwritable[index + 1]!];
                for (const list of [
                    [name, value],
                    ["x-new", `${index}`, name, value, "x-b", "1"],
                ]) {
                    const begun = encoder.status(200, into, encoder.begin(into, 0));
                    assert.equal(encoder.fields(list, into, begun), UNWRITABLE, JSON.stringify(list));
                    assert.equal(encoder.field("x-b", "2", into, encoder.field(name, value, into, begun)), UNWRITABLE);
                }
                assert.deepEqual(decode(decoder, encode(encoder, ["x-new", `${index}`, ...RESPONSE])), ["x-new", `${index}`, ...RESPONSE]);
            }
        });

        it("says a smaller table at the start of the next block, the least size and the last", () => {
            const encoder = new HpackEncoder();
            encode(encoder, RESPONSE);
            encoder.setMaxTableBytes(0);
            encoder.setMaxTableBytes(100);
            assert.deepEqual([...encode(encoder, []).subarray(0, 3)], [0x20, 0x3f, 100 - 31]);
            encoder.setMaxTableBytes(1 << 30);
            assert.deepEqual([...encode(encoder, [])], [0x3f, 0xe1, 0x1f]);
            assert.deepEqual([...encode(encoder, [])], []);
        });
    });
});
