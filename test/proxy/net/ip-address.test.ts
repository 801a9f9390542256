/** Addresses as numbers: what Node takes for an address is one, and its number is what it says. */
import assert from "node:assert/strict";
import net from "node:net";
import fc from "fast-check";
import { describe, it } from "mocha";
import { readAddress, writtenAddress } from "../../../proxy/net/ip-address";

function numberOf(text: string): string {
    const read = readAddress(text);
    if (read === undefined) return "none";
    return read.family === 4 ? String(read.words[3]) : `6 ${[...read.words].map((word) => word.toString(16)).join(" ")}`;
}

describe("an address", () => {
    it("is read as a number", () => {
        assert.equal(numberOf("10.0.0.1"), String(10 * 2 ** 24 + 1));
        assert.equal(numberOf("255.255.255.255"), String(2 ** 32 - 1));
        assert.equal(numberOf("2001:db8::1"), "6 20010db8 0 0 1");
        assert.equal(numberOf("::"), "6 0 0 0 0");
        assert.equal(numberOf("1::"), "6 10000 0 0 0");
        assert.equal(numberOf("fe80::1%eth0"), "6 fe800000 0 0 1");
    });

    it("of IPv4 is the same however it is written", () => {
        for (const text of ["::ffff:10.0.0.1", "::FFFF:a00:1", "0:0:0:0:0:ffff:10.0.0.1"])
            assert.equal(numberOf(text), numberOf("10.0.0.1"));
    });

    it("is written in one way", () => {
        const written = (text: string): string => writtenAddress(readAddress(text)!);
        assert.deepEqual(
            ["2001:DB8::0001", "::", "1::", "::1", "1:0:0:2:0:0:0:3", "1:0:2:3:4:5:6:7", "::ffff:a00:1", "255.0.0.1"].map(written),
            ["2001:db8::1", "::", "1::", "::1", "1:0:0:2::3", "1:0:2:3:4:5:6:7", "10.0.0.1", "255.0.0.1"],
        );
        fc.assert(
            fc.property(
                fc.ipV6().filter((text) => readAddress(text)?.family === 6),
                (text) => {
                    assert.equal(written(text), new URL(`http://[${text}]/`).hostname.slice(1, -1));
                },
            ),
        );
    });

    it("is what Node takes for one", () => {
        const text = fc.oneof(
            fc.ipV4(),
            fc.ipV6(),
            fc.string({ unit: fc.constantFrom(..."0123456789abcfF.:%x"), maxLength: 24 }),
            fc.ipV6().map((address) => address.replace(":", "::")),
        );
        fc.assert(
            fc.property(text, (address) => {
                const [plain = ""] = address.split("%");
                // Node's own taste in zones is not ours to follow.
                fc.pre(!address.includes("%"));
                assert.equal(readAddress(address) !== undefined, net.isIP(plain) !== 0, address);
            }),
            { numRuns: 1500 },
        );
    });
});
