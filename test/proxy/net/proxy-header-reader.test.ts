import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { crc32c } from "../../../proxy/net/crc32c";
import { inOneForm } from "../../../proxy/net/ip-address";
import { proxyHeader, type Tlv } from "../../../proxy/net/proxy-header";
import { MAX_ANNOUNCED_BYTES, readProxyHeader, type HeaderResult } from "../../../proxy/net/proxy-header-reader";

const SIGNATURE = Buffer.from("0d0a0d0a000d0a515549540a", "hex");
const IPV4 = "0a0000010a0000029c4001bb";

/** A header of version 2 of its parts in hexadecimal. */
function binary(command: string, family: string, body: string, announced = body.length / 2): Buffer {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(announced);
    return Buffer.concat([SIGNATURE, Buffer.from(command + family, "hex"), length, Buffer.from(body, "hex")]);
}

function tlv(type: string, value: string): string {
    return type + (value.length / 2).toString(16).padStart(4, "0") + value;
}

function said(bytes: Buffer | string): string {
    const result = readProxyHeader(Buffer.from(bytes as string, "latin1"));
    if (result.kind === "malformed") return `malformed: ${result.why}`;
    if (result.kind !== "header") return result.kind;
    const { ends, tlvs, version } = result.header;
    const whose = ends ? `${ends.remoteAddress} ${ends.remotePort} ${ends.localAddress} ${ends.localPort}` : "own";
    return [`v${version} ${whose}`, ...tlvs.map(({ type, value }) => `${type.toString(16)}=${value.toString("latin1")}`)].join(" ");
}

describe("a PROXY protocol's header that comes in", () => {
    it("says in version 1 whose the connection is", () => {
        const rows: [line: string, read: string][] = [
            ["PROXY TCP4 1.2.3.4 5.6.7.8 40000 443\r\n", "v1 1.2.3.4 40000 5.6.7.8 443"],
            ["PROXY TCP6 2001:DB8::1 2001:db8:0::2 1 2\r\nGET / HTTP/1.1\r\n", "v1 2001:db8::1 1 2001:db8::2 2"],
            ["PROXY TCP6 ::ffff:1.2.3.4 ::1 1 2\r\n", "v1 1.2.3.4 1 ::1 2"],
            ["PROXY UNKNOWN\r\n", "v1 own"],
            ["PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n", "v1 own"],
        ];
        for (const [line, read] of rows) assert.equal(said(line), read, line);
    });

    it("says it in version 2, with what else was said of it", () => {
        const padded = tlv("02", Buffer.from("a.example").toString("hex")) + tlv("04", "000000") + tlv("ea", "0176706365");
        assert.equal(said(binary("21", "11", IPV4 + padded)), "v2 10.0.0.1 40000 10.0.0.2 443 2=a.example ea=\u0001vpce");
        assert.equal(said(binary("21", "21", `${"20010db8".padEnd(32, "0")}${"1".padStart(32, "0")}00010002`)), "v2 2001:db8:: 1 ::1 2");
        assert.equal(said(binary("20", "00", "")), "v2 own");
        assert.equal(said(binary("20", "11", "00")), "v2 own", "what is behind LOCAL is skipped, whatever it is");
        assert.equal(said(binary("21", "00", tlv("02", "61"))), "v2 own 2=a");
    });

    it("is malformed where it says it otherwise", () => {
        const rows: [bytes: Buffer | string, why: RegExp][] = [
            ["PROXY TCP4 1.2.3.4 5.6.7.8 40000\r\n", /no pair of addresses/],
            ["PROXY TCP4 1.2.3.4 5.6.7.8 40000 443 1\r\n", /no pair/],
            ["PROXY TCP4 1.2.3.4  5.6.7.8 40000 443\r\n", /no pair/],
            ["PROXY TCP4 01.2.3.4 5.6.7.8 40000 443\r\n", /no pair/],
            ["PROXY TCP4 ::1 ::2 40000 443\r\n", /no pair/],
            ["PROXY TCP6 1.2.3.4 5.6.7.8 1 2\r\n", /no pair/],
            ["PROXY TCP6 fe80::1%eth0 ::2 1 2\r\n", /no pair/],
            ["PROXY TCP4 1.2.3.4 5.6.7.8 040 443\r\n", /no pair/],
            ["PROXY TCP4 1.2.3.4 5.6.7.8 65536 443\r\n", /no pair/],
            ["PROXY UDP4 1.2.3.4 5.6.7.8 1 2\r\n", /family is none/],
            ["PROXY UNKNOWNX\r\n", /family is none/],
            ["PROXY TCP4 224.0.0.1 5.6.7.8 1 2\r\n", /no single host/],
            ["PROXY TCP4 0.0.0.0 5.6.7.8 1 2\r\n", /no single host/],
            ["PROXY TCP6 ff02::1 ::1 1 2\r\n", /no single host/],
            ["PROXY TCP4 1.2.3.4 5.6.7.8 1 2\rX", /does not end with CR LF/],
            [`PROXY ${"x".repeat(101)}`, /line has no end/],
            [`PROXY ${"x".repeat(100)}\r\n`, /line is too long/],
            [binary("11", "11", IPV4), /version or command/],
            [binary("22", "11", IPV4), /version or command/],
            [binary("21", "12", IPV4), /family is none/],
            [binary("21", "31", "00".repeat(216)), /family is none/],
            [binary("21", "11", IPV4.slice(2)), /too short for its addresses/],
            [binary("21", "11", "", MAX_ANNOUNCED_BYTES + 1), /announces 16385 bytes/],
            [binary("21", "11", `${IPV4}0200`), /no length/],
            [binary("21", "11", `${IPV4}02000261`), /longer than what is left/],
            [binary("21", "11", `${IPV4}${tlv("03", "00000000")}`), /checksum is wrong/],
            [binary("21", "11", `${IPV4}${tlv("03", "00")}`), /checksum has not four bytes/],
            [binary("21", "11", `${IPV4}${tlv("ea", "").repeat(65)}`), /more than 64 TLVs/],
        ];
        for (const [bytes, why] of rows) assert.match(said(bytes), why, bytes.toString());
    });

    it("is none where the connection begins with something else", () => {
        for (const bytes of [
            "GET / HTTP/1.1\r\n",
            "PROXX",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "\x16\x03\x01",
            "\r\n\r\nG",
            "proxy TCP4",
            "PROXY\tTCP4",
        ])
            assert.equal(said(bytes), "none", bytes);
    });

    it("is checked by its checksum where it has one", () => {
        assert.equal(crc32c(Buffer.from("123456789")), 0xe3069283);
        const bytes = binary("21", "11", `${IPV4}${tlv("03", "00000000")}${tlv("05", "6964")}`);
        bytes.writeUInt32BE(crc32c(bytes), 16 + 12 + 3);
        assert.equal(said(bytes), "v2 10.0.0.1 40000 10.0.0.2 443 5=id");
        for (let at = 16; at < bytes.length; at++) {
            // The checksum's own type: without it nothing is checked.
            if (at === 16 + 12) continue;
            const other = Buffer.from(bytes);
            other[at]! ^= 1;
            assert.match(said(other), /^malformed/, `bit flipped in byte ${at}`);
        }
    });

    const address = fc.oneof(
        fc.tuple(fc.integer({ min: 1, max: 223 }), fc.nat(255), fc.nat(255), fc.nat(255)).map((octets) => octets.join(".")),
        fc.tuple(fc.integer({ min: 1, max: 0xfeff }), fc.nat(0xffff)).map(([a, b]) => `${a.toString(16)}::${b.toString(16)}`),
    );
    const tlvs = fc.array(
        fc
            .tuple(fc.constantFrom(1, 2, 5, 0x20, 0x30, 0xe0, 0xea, 0xee), fc.uint8Array({ maxLength: 40 }))
            .map(([type, bytes]): Tlv => ({ type, value: Buffer.from(bytes) })),
        { maxLength: 6 },
    );

    it("reads what we write, split at every byte, and leaves what is behind it", () => {
        const property = fc.property(
            fc.constantFrom("V1" as const, "V2" as const),
            fc.option(fc.tuple(address, address, fc.nat(65_535), fc.nat(65_535)), { nil: undefined }),
            tlvs,
            fc.uint8Array({ maxLength: 20 }),
            (version, given, parts: Tlv[], behind) => {
                const own = given && { remoteAddress: given[0], localAddress: given[1], remotePort: given[2], localPort: given[3] };
                const header = proxyHeader(version, own && { ...own, tlvs: parts });
                const whole = Buffer.concat([header, behind]);
                for (let length = 0; length < header.length; length++)
                    assert.deepEqual(readProxyHeader(whole.subarray(0, length)), { kind: "more" }, String(length));
                for (let length = header.length; length <= whole.length; length++) {
                    const result = readProxyHeader(whole.subarray(0, length));
                    assert.equal(result.kind, "header");
                    const { header: read, length: taken } = result as Extract<HeaderResult, { kind: "header" }>;
                    assert.equal(taken, header.length);
                    assert.deepEqual(read.tlvs, version === "V2" && own ? parts : []);
                    assert.equal(read.ends?.remoteAddress, own && inOneForm(own.remoteAddress));
                    assert.equal(read.ends?.localPort, own?.localPort);
                }
            },
        );
        fc.assert(property, { numRuns: 60 });
    });

    it("never takes more than it may, nor throws, whatever comes", () => {
        const beginning = fc.constantFrom(
            Buffer.alloc(0),
            SIGNATURE,
            Buffer.from("PROXY "),
            Buffer.from("PROXY TCP4 1."),
            binary("21", "11", ""),
        );
        fc.assert(
            fc.property(beginning, fc.uint8Array({ maxLength: 120 }), (start, rest) => {
                const bytes = Buffer.concat([start, rest]);
                const result = readProxyHeader(bytes);
                if (result.kind === "header") assert.ok(result.length <= bytes.length);
                if (result.kind === "more") assert.ok(bytes.length < 16 + MAX_ANNOUNCED_BYTES);
            }),
        );
    });
});
