/** The rules that a section of fields has to keep, from its block to what the doors get. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { FieldSection, REQUEST, RESPONSE, TRAILERS } from "../../../../proxy/codec/http2/fields";
import { DECODED, HpackDecoder } from "../../../../proxy/codec/http2/hpack/decoder";

/** A block of literals; `indexed`: put into the table, so that a second block can refer to them. */
function literals(list: readonly string[], indexed: boolean): Buffer {
    const parts: Buffer[] = [];
    for (const [index, text] of list.entries()) {
        if (index % 2 === 0) parts.push(Buffer.from([indexed ? 0x40 : 0]));
        // Long ones with an integer of two octets.
        const head = text.length < 0x7f ? [text.length] : [0x7f, ((text.length - 0x7f) & 0x7f) | 0x80, (text.length - 0x7f) >> 7];
        parts.push(Buffer.from(head), Buffer.from(text, "latin1"));
    }
    return Buffer.concat(parts);
}

function read(section: number, list: readonly string[]): FieldSection {
    const decoder = new HpackDecoder(4096);
    const fields = new FieldSection();
    const plain = literals(list, false);
    fields.begin(section);
    assert.equal(decoder.decode(plain, 0, plain.length, fields, 65536, 1000), DECODED);
    // The same from the table, where what was found of a name and a value stays beside it.
    const again = new FieldSection();
    const indexed = literals(list, true);
    assert.equal(decoder.decode(indexed, 0, indexed.length, again, 65536, 1000), DECODED);
    const references = Buffer.from(Array.from({ length: list.length / 2 }, (_, index) => 0x80 | (61 + list.length / 2 - index)));
    again.begin(section);
    assert.equal(decoder.decode(references, 0, references.length, again, 65536, 1000), DECODED);
    assert.deepEqual(again, fields);
    return fields;
}

type Case = readonly [what: string, section: number, list: readonly string[], fault: RegExp];

const GET: readonly string[] = [":method", "GET", ":scheme", "https", ":authority", "a.test", ":path", "/"];
const broken = (section: number, list: readonly string[]): string => {
    const { fault } = read(section, list);
    return fault === undefined ? "" : `${fault.section}: ${fault.detail}`;
};

describe("a section of HTTP/2 fields", () => {
    it("gives its pseudo-fields, and all others in their order", () => {
        const fields = read(REQUEST, [...GET, ":protocol", "websocket", "x-b", "1", "accept", "*/*", "x-b", "2", "host", "b.test"]);
        assert.deepEqual(
            [fields.method, fields.scheme, fields.authority, fields.path, fields.protocol, fields.status, fields.host],
            ["GET", "https", "a.test", "/", "websocket", undefined, "b.test"],
        );
        assert.deepEqual(fields.list, ["x-b", "1", "accept", "*/*", "x-b", "2"]);
        assert.equal(fields.fault, undefined);
        assert.equal(read(RESPONSE, [":status", "204"]).status, "204");
    });

    it("takes away the blanks around a value, whatever the field", () => {
        const fields = read(REQUEST, [
            ...GET,
            "x-a",
            " a b\t",
            "x-b",
            " \t",
            "te",
            " trailers",
            "host",
            "b.test ",
            "content-length",
            "\t5",
        ]);
        assert.deepEqual(fields.list, ["x-a", "a b", "x-b", "", "te", "trailers", "content-length", "5"]);
        assert.deepEqual([fields.fault, fields.host, fields.contentLength], [undefined, "b.test", 5]);
        assert.deepEqual(read(RESPONSE, [":status", "200", "x-a", "a "]).list, ["x-a", "a"]);
    });

    it("joins the pieces of cookie at the place of the first", () => {
        assert.deepEqual(read(REQUEST, [...GET, "cookie", "a=1", "x-a", "1", "cookie", "b=2", "cookie", ""]).list, [
            ...["cookie", "a=1; b=2; ", "x-a", "1"],
        ]);
    });

    it("has te as trailers alone, and reads content-length, expect and underscores", () => {
        const fields = read(REQUEST, [
            ...GET,
            "te",
            "Trailers",
            "te",
            "trailers",
            "content-length",
            "012",
            "expect",
            "100-Continue",
            "x_y",
            "1",
        ]);
        assert.deepEqual(fields.list, ["te", "trailers", "content-length", "012", "expect", "100-Continue", "x_y", "1"]);
        assert.deepEqual([fields.contentLength, fields.expect, fields.underscored, fields.fault], [12, "100-continue", true, undefined]);
        assert.equal(read(REQUEST, [...GET, "expect", "100-continue", "expect", "100-continue"]).expect, "unknown");
        assert.equal(read(REQUEST, GET).contentLength, -1);
    });

    it("keeps of trailers what may trail", () => {
        const fields = read(TRAILERS, [
            "grpc-status",
            "0",
            "x_y",
            "1",
            "set-cookie",
            "a=1",
            "cookie",
            "a=1",
            "te",
            "trailers",
            "expect",
            "x",
            "x-a",
            "",
        ]);
        assert.deepEqual([fields.list, fields.fault], [["grpc-status", "0", "x_y", "1", "x-a", ""], undefined]);
    });

    const BROKEN: readonly Case[] = [
        ["a capital in a name", REQUEST, [...GET, "X-a", "1"], /§8\.2\.1/],
        ["a capital in a known name", REQUEST, [...GET, "Cookie", "1"], /§8\.2\.1/],
        ["a capital in the name of a response's field", RESPONSE, [":status", "200", "Content-Type", "1"], /§8\.2\.1/],
        ["a capital in a pseudo-field's name", REQUEST, [":Method", "GET", ...GET], /§8\.3/],
        ["an empty name", REQUEST, [...GET, "", "1"], /§8\.2\.1/],
        ["a name with a space", REQUEST, [...GET, "x a", "1"], /§8\.2\.1/],
        ["a name with a space behind it", REQUEST, [...GET, "transfer-encoding ", "chunked"], /§8\.2\.1/],
        ["a name with a colon", REQUEST, [...GET, "x:a", "1"], /§8\.2\.1/],
        ["a name with a line end", REQUEST, [...GET, "x\r\ny", "1"], /§8\.2\.1/],
        ["a name with NUL", REQUEST, [...GET, "x\0", "1"], /§8\.2\.1/],
        ["a name beyond ASCII", REQUEST, [...GET, "\u00fc", "1"], /§8\.2\.1/],
        ["a value with CR", REQUEST, [...GET, "x-a", "a\rb"], /§8\.2\.1/],
        ["a value with LF", REQUEST, [...GET, "x-a", "a\nb: c"], /§8\.2\.1/],
        ["a value with NUL", REQUEST, [...GET, "x-a", "\0"], /§8\.2\.1/],
        ["a value with another control character", REQUEST, [...GET, "x-a", "\x7f"], /§8\.2\.1/],
        ["a value with NUL behind a space", REQUEST, [...GET, "x-a", " \0"], /§8\.2\.1/],
        ["a name that is none, and a value with a space before it", REQUEST, [...GET, "x a", " a"], /§8\.2\.1/],
        ["a pseudo-field with a space before it", REQUEST, [":path", " /", ...GET], /§8\.2\.1/],
        ["a status with a tab behind it", RESPONSE, [":status", "200\t"], /§8\.2\.1/],
        ["a pseudo-field with a line end", REQUEST, [":path", "/\r\nx: y", ...GET], /§8\.2\.1/],
        ["a cookie with a line end", REQUEST, [...GET, "cookie", "a\nb"], /§8\.2\.1/],
        ...["connection", "http2-settings", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"].flatMap((name): Case[] => [
            [`${name} in a request`, REQUEST, [...GET, name, "close"], /§8\.2\.2/],
            [`${name} in a response`, RESPONSE, [":status", "200", name, "close"], /§8\.2\.2/],
            [`${name} in trailers`, TRAILERS, [name, "close"], /§8\.2\.2/],
        ]),
        ["te with a coding", REQUEST, [...GET, "te", "trailers, gzip"], /§8\.2\.2/],
        ["an empty te", REQUEST, [...GET, "te", ""], /§8\.2\.2/],
        ["an unknown pseudo-field", REQUEST, [...GET, ":test", "1"], /§8\.3/],
        ["an empty pseudo-field's name", REQUEST, [...GET, ":", "1"], /§8\.3/],
        ["a response's pseudo-field in a request", REQUEST, [...GET, ":status", "200"], /§8\.3/],
        ["a request's pseudo-field in a response", RESPONSE, [":status", "200", ":path", "/"], /§8\.3/],
        ["a pseudo-field in trailers", TRAILERS, [":path", "/"], /§8\.3/],
        ["a status in trailers", TRAILERS, ["x-a", "1", ":status", "200"], /§8\.3/],
        ["a pseudo-field behind a field", REQUEST, [...GET.slice(2), "x-a", "1", ":method", "GET"], /§8\.3/],
        ["a pseudo-field behind a cookie", REQUEST, [...GET.slice(2), "cookie", "1", ":method", "GET"], /§8\.3/],
        ...[":method", ":scheme", ":authority", ":path"].map(
            (name, index): Case => [`${name} twice, the same`, REQUEST, [...GET, name, GET[2 * index + 1]!], /§8\.3/],
        ),
        [":authority twice, one of them empty", REQUEST, [":authority", "", ...GET], /§8\.3/],
        [":status twice", RESPONSE, [":status", "200", ":status", "200"], /§8\.3/],
        ["two hosts", REQUEST, [...GET, "host", "a.test", "host", "a.test"], /§8\.3\.1/],
        ["a host in trailers", TRAILERS, ["host", "a.test"], /§8\.1/],
        ["content-length in trailers", TRAILERS, ["content-length", "1"], /§8\.1/],
        ["content-length twice, the same", REQUEST, [...GET, "content-length", "1", "content-length", "1"], /§8\.1\.1/],
        ...["", "-1", "+1", "1, 1", "0x1", "1.0", "9".repeat(16), "one", "1 1"].map(
            (value) =>
                [`content-length ${JSON.stringify(value)}`, RESPONSE, [":status", "200", "content-length", value], /§8\.1\.1/] as const,
        ),
    ];

    for (const [what, section, list, fault] of BROKEN) it(`refuses ${what}`, () => assert.match(broken(section, list), fault));

    it("lets through no list that HTTP/1.1 would read in another way", () => {
        const piece = fc.constantFrom(
            "x-a",
            "host",
            "X-A",
            "cookie",
            "content-length",
            "te",
            ":path",
            "x y",
            "x:",
            "connection",
            "a\r\n",
            "x\u0000",
            "",
        );
        const value = fc.constantFrom("1", "trailers", " 1", "1 ", "a\r\nx: y", "a\nb", "a\0b", "\u00fc", "", "a b", "\t");
        fc.assert(
            fc.property(fc.array(fc.tuple(piece, value), { maxLength: 6 }), (pairs) => {
                const fields = read(REQUEST, [...GET, ...pairs.flat()]);
                if (fields.fault !== undefined) return;
                for (const [index, text] of fields.list.entries()) {
                    if (index % 2 === 0) assert.match(text, /^[!#$%&'*+\-.^_`|~0-9a-z]+$/);
                    else assert.match(text, /^([\x21-\x7e\x80-\xff]([\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?$/);
                }
                const names = fields.list.filter((_, index) => index % 2 === 0);
                assert.ok(!names.some((name) => ["host", "connection"].includes(name)));
                for (const name of ["cookie", "content-length", "te"]) assert.ok(names.filter((one) => one === name).length <= 1);
            }),
            { numRuns: 100 },
        );
    });
});
