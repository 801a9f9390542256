import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { proxyHeader, type ConnectionEnds } from "../../../proxy/net/proxy-header";

const ends = (remoteAddress: string, localAddress: string, remotePort = 40_000, localPort = 443): ConnectionEnds => ({
    remoteAddress,
    remotePort,
    localAddress,
    localPort,
});
const SIGNATURE = "0d0a0d0a000d0a515549540a";

describe("the header of the PROXY protocol", () => {
    it("says in version 1 on a line whose the connection is", () => {
        const rows: [ConnectionEnds | undefined, string][] = [
            [ends("10.0.0.1", "10.0.0.2"), "PROXY TCP4 10.0.0.1 10.0.0.2 40000 443\r\n"],
            [ends("::ffff:10.0.0.1", "10.0.0.2"), "PROXY TCP4 10.0.0.1 10.0.0.2 40000 443\r\n"],
            [ends("fd00::1", "fd00::2"), "PROXY TCP6 fd00::1 fd00::2 40000 443\r\n"],
            [ends("fe80::1%eth0", "10.0.0.2"), "PROXY TCP6 fe80::1 ::ffff:10.0.0.2 40000 443\r\n"],
            [ends("", ""), "PROXY UNKNOWN\r\n"],
            [ends("10.0.0.1\r\nx", "10.0.0.2"), "PROXY UNKNOWN\r\n"],
            [undefined, "PROXY UNKNOWN\r\n"],
        ];
        for (const [given, text] of rows) assert.equal(proxyHeader("V1", given).toString("latin1"), text);
    });

    it("says the same in version 2 in binary", () => {
        const rows: [ConnectionEnds | undefined, string][] = [
            [ends("10.0.0.1", "10.0.0.2"), "2111000c0a0000010a0000029c4001bb"],
            [ends("fd00::1", "fd00::a:b"), `21210024${"fd000000000000000000000000000001"}${"fd0000000000000000000000000a000b"}9c4001bb`],
            [ends("::ffff:1.2.3.4", "::1"), `21210024${"00000000000000000000ffff01020304"}${"00000000000000000000000000000001"}9c4001bb`],
            [undefined, "20000000"],
        ];
        for (const [given, hex] of rows) assert.equal(proxyHeader("V2", given).toString("hex"), SIGNATURE + hex);
    });

    it("is as long as it says, for every address", () => {
        fc.assert(
            fc.property(fc.oneof(fc.ipV4(), fc.ipV6()), fc.oneof(fc.ipV4(), fc.ipV6()), fc.nat(65_535), (remote, local, port) => {
                const header = proxyHeader("V2", ends(remote, local, port, port));
                assert.equal(header.length, 16 + header.readUInt16BE(14), `${remote} ${local}`);
                assert.equal(header.readUInt16BE(header.length - 2), port);
                assert.match(proxyHeader("V1", ends(remote, local, port, port)).toString("latin1"), /^PROXY TCP[46] \S+ \S+ \d+ \d+\r\n$/);
            }),
            { numRuns: 100 },
        );
    });
});
