/** What values of rules fit, beside what says the same another way: Node's lists of blocks, and RE2 for templates. */
import assert from "node:assert/strict";
import net from "node:net";
import fc from "fast-check";
import { describe, it } from "mocha";
import { RE2JS } from "re2js";
import { bindNetworks, isWithin } from "../../../../proxy/net/networks";
import { bindTemplate, matchesTemplate } from "../../../../proxy/snapshot/access/path-template";
import { bindTexts, fitsText, type ComparedText } from "../../../../proxy/snapshot/access/texts";

const asIs = (text: string): string => text;
const fits = (test: ComparedText, text: string): boolean => fitsText(bindTexts([test], asIs), text);

describe("ranges of addresses", () => {
    const address4 = fc.tuple(fc.constantFrom(0, 10, 127, 255), fc.nat(3), fc.nat(255), fc.nat(255)).map((parts) => parts.join("."));
    const address6 = fc
        .tuple(fc.constantFrom("::", "2001:db8::", "fe80:1:"), fc.nat(0xffff))
        .map(([start, end]) => (start === "fe80:1:" ? `fe80:1:2:3:4:5:6:${end.toString(16)}` : `${start}${end.toString(16)}`));

    it("have in them what Node's have", () => {
        const range = fc.oneof(fc.record({ address: address4, length: fc.nat(32) }), fc.record({ address: address6, length: fc.nat(128) }));
        fc.assert(
            fc.property(fc.array(range, { maxLength: 6 }), fc.oneof(address4, address6), (ranges, address) => {
                const list = new net.BlockList();
                for (const one of ranges) list.addSubnet(one.address, one.length, net.isIPv6(one.address) ? "ipv6" : "ipv4");
                const family = net.isIPv6(address) ? "ipv6" : "ipv4";
                // To Node a range of IPv6 may have IPv4 addresses in it.
                fc.pre(family === "ipv6" || ranges.every((one) => net.isIPv4(one.address)));
                assert.equal(isWithin(bindNetworks(ranges), address), list.check(address, family));
            }),
            { numRuns: 1000 },
        );
    });

    it("keep the families apart, and know an IPv4 address in an IPv6 one", () => {
        assert.equal(isWithin(bindNetworks([{ address: "::", length: 0 }]), "10.0.0.1"), false);
        assert.equal(isWithin(bindNetworks([{ address: "0.0.0.0", length: 0 }]), "2001:db8::1"), false);
        assert.equal(isWithin(bindNetworks([{ address: "10.0.0.0", length: 8 }]), "::ffff:10.1.2.3"), true);
        assert.equal(isWithin(bindNetworks([{ address: "::ffff:10.0.0.0", length: 104 }]), "10.1.2.3"), true);
        assert.equal(isWithin(bindNetworks([{ address: "10.0.0.0", length: 8 }]), "nobody"), false);
        const cut = bindNetworks([{ address: "::ffff:10.0.0.0", length: 33 }]);
        assert.deepEqual([isWithin(cut, "10.1.2.3"), isWithin(cut, "::1"), isWithin(cut, "2001:db8::1")], [false, true, false]);
        assert.throws(() => bindNetworks([{ address: "::ffff:10.0.0.0", length: 129 }]), /no range/);
        assert.throws(() => bindNetworks([{ address: "10.0.0.0", length: 33 }]), /no range/);
    });

    it("are refused where they are none", () => {
        for (const [address, length] of [
            ["10.0.0.0", 33],
            ["::", 129],
            ["x", 8],
            ["10.0.0.0", -1],
        ] as const)
            assert.throws(() => bindNetworks([{ address, length }]), /is no range of addresses/);
    });
});

/** As Envoy makes an expression of a template. */
function expressionOf(pattern: string): string {
    const characters = "a-zA-Z0-9\\-._~%!$&'()+,;:@=*";
    return pattern
        .split(/(\{\*\*\}|\{\*\})/)
        .map((part) => (part === "{**}" ? `[${characters}/]*` : part === "{*}" ? `[${characters}]+` : part.replaceAll(/[$()+.]/g, "\\$&")))
        .join("");
}

describe("path templates", () => {
    const literal = fc.string({ unit: fc.constantFrom(..."ab.-+"), minLength: 1, maxLength: 3 });
    const pattern = fc
        .tuple(
            fc.array(fc.oneof(literal, fc.constant("{*}")), { maxLength: 4 }),
            fc.constantFrom("", "{**}", "{**}/a", "{**}.a", "{*}.a", "{*}/", "/"),
        )
        .map(([segments, end]) => `/${[...segments, end].join("/")}`)
        .filter((text) => !text.includes("//"));
    const path = fc.string({ unit: fc.constantFrom(..."ab.-+/=*%2f"), maxLength: 10 }).map((rest) => `/${rest}`);

    it("match what Envoy's expression of them matches", () => {
        fc.assert(
            fc.property(pattern, path, (template, text) => {
                assert.equal(matchesTemplate(bindTemplate(template), text), RE2JS.compile(expressionOf(template)).testExact(text));
            }),
            { numRuns: 3000 },
        );
    });

    it("match by segments", () => {
        const cases: readonly [template: string, path: string, isMatch: boolean][] = [
            ["/files/{**}", "/files/", true],
            ["/files/{**}", "/files", false],
            ["/files/{**}", "/files/a/b", true],
            ["/files/{*}", "/files/", false],
            ["/files/{*}", "/files/a", true],
            ["/files/{*}", "/files/a/b", false],
            ["/files/{*}", "/files/a=b*", true],
            ["/files/{**}.jpg", "/files/a/b.jpg", true],
            ["/a/{*}/b/{**}", "/a/x/b/", true],
            ["/a/{*}/b", "/a//b", false],
        ];
        for (const [template, text, isMatch] of cases)
            assert.equal(matchesTemplate(bindTemplate(template), text), isMatch, `${template} ${text}`);
    });

    it("are refused where Envoy takes them for none", () => {
        for (const template of ["files/{*}", "/a/{**}/{*}", "/a{*}/b", "/{*}b/c", "/{name}", "/a b/{*}", "/{**}{*}", "/{*}{*}"])
            assert.throws(() => bindTemplate(template), /is no path template/, template);
    });
});

describe("texts of rules", () => {
    it("are compared as they are, or whatever the case", () => {
        assert.equal(fits({ kind: "exact", value: "Shop.test", ignoreCase: true }, "sHOP.TEST"), true);
        assert.equal(fits({ kind: "exact", value: "Shop.test", ignoreCase: false }, "shop.test"), false);
        assert.equal(fits({ kind: "prefix", value: "/admin", ignoreCase: false }, "/administrator"), true);
        assert.equal(fits({ kind: "suffix", value: ".Test", ignoreCase: true }, "a.test"), true);
        assert.equal(fits({ kind: "present" }, ""), false);
    });

    it("are found among many as among few", () => {
        const text = fc.string({ unit: fc.constantFrom(..."abAB"), minLength: 1, maxLength: 2 });
        fc.assert(
            fc.property(
                fc.array(fc.record({ kind: fc.constant("exact" as const), value: text, ignoreCase: fc.boolean() }), { maxLength: 30 }),
                text,
                (tests, asked) => {
                    const isThere = tests.some(({ value, ignoreCase }) =>
                        ignoreCase ? value.toLowerCase() === asked.toLowerCase() : value === asked,
                    );
                    assert.equal(fitsText(bindTexts(tests, asIs), asked), isThere);
                },
            ),
        );
    });

    it("hold a namespace anywhere, as the expression for it does", () => {
        const regex = ".*/ns/shop/.*";
        for (const name of ["spiffe://td/ns/shop/sa/a", "spiffe://td/ns/shopping/sa/a", "/ns/shop/", "x\n/ns/shop/"])
            assert.equal(fits({ kind: "regex", value: regex }, name), RE2JS.compile(regex).testExact(name), name);
    });
});
