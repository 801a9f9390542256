import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
    admitsNamespace,
    hostFault,
    isSubsetOf,
    matchesHost,
    moreSpecific,
    parseServerHost,
    resolveShortName,
    validateObject,
    type KubeObject,
} from "../../istio";

const label = fc.constantFrom("a", "b", "foo", "Foo", "x-y");
const exact = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join("."));
const host = fc.oneof(
    exact,
    exact.map((name) => `*.${name}`),
    fc.constant("*"),
);

describe("host rules", () => {
    it("covers every depth below a wildcard's domain but not the domain", () => {
        assert.equal(matchesHost("*.example.com", "a.example.com"), true);
        assert.equal(matchesHost("*.example.com", "a.b.example.com"), true);
        assert.equal(matchesHost("*.example.com", "example.com"), false);
        assert.equal(matchesHost("*.example.com", "notexample.com"), false);
        assert.equal(matchesHost("*", "anything"), true);
        assert.equal(matchesHost("a.com", "b.com"), false);
    });

    it("compares whatever the case", () => {
        assert.equal(matchesHost("*.Example.COM", "A.exampLe.com"), true);
        assert.equal(moreSpecific("WWW.example.com", "*.EXAMPLE.com"), "www.example.com");
    });

    it("meets at the narrower of a VirtualService's host and a server's", () => {
        assert.equal(moreSpecific("*.example.com", "*.a.example.com"), "*.a.example.com");
        assert.equal(moreSpecific("*", "a.com"), "a.com");
        assert.equal(moreSpecific("*.a.com", "*.b.com"), undefined);
        assert.equal(moreSpecific("*.a.com", "a.com"), undefined);
    });

    it("is a partial order", () => {
        fc.assert(
            fc.property(host, host, host, (a, b, c) => {
                assert.ok(isSubsetOf(a, a));
                if (isSubsetOf(a, b) && isSubsetOf(b, a)) {
                    assert.equal(a.toLowerCase(), b.toLowerCase());
                }
                if (isSubsetOf(a, b) && isSubsetOf(b, c)) {
                    assert.ok(isSubsetOf(a, c), `${a} ⊆ ${b} ⊆ ${c}`);
                }
            }),
        );
    });

    it("finds the same narrower host from either side", () => {
        fc.assert(
            fc.property(host, host, (a, b) => {
                const narrower = moreSpecific(a, b);
                assert.equal(narrower, moreSpecific(b, a));
                if (narrower !== undefined) {
                    assert.ok(isSubsetOf(narrower, a) && isSubsetOf(narrower, b));
                }
            }),
        );
    });

    it("matches a name exactly where the name is a subset, and all that a subset matches", () => {
        fc.assert(
            fc.property(host, host, exact, (narrow, wide, name) => {
                assert.equal(matchesHost(wide, name), isSubsetOf(name, wide));
                if (isSubsetOf(narrow, wide) && matchesHost(narrow, name)) {
                    assert.ok(matchesHost(wide, name));
                }
            }),
        );
    });

    it("reads the namespace of a server's host", () => {
        assert.deepEqual(parseServerHost("a.com"), { namespace: "*", host: "a.com" });
        assert.deepEqual(parseServerHost("./A.com"), { namespace: ".", host: "a.com" });
        assert.deepEqual(parseServerHost("ns/*"), { namespace: "ns", host: "*" });
        assert.equal(admitsNamespace(parseServerHost("./*"), "gw", "gw"), true);
        assert.equal(admitsNamespace(parseServerHost("./*"), "gw", "app"), false);
        assert.equal(admitsNamespace(parseServerHost("app/*"), "gw", "app"), true);
        assert.equal(admitsNamespace(parseServerHost("*/*"), "gw", "app"), true);
    });

    it("completes a short name and leaves every other alone", () => {
        assert.equal(resolveShortName("reviews", "shop"), "reviews.shop.svc.cluster.local");
        assert.equal(resolveShortName("Reviews", "shop", "example.internal"), "reviews.shop.svc.example.internal");
        for (const name of ["a.b", "*", "*.com", "10.0.0.1", "::1", ""]) {
            assert.equal(resolveShortName(name, "shop"), name);
        }
    });

    it("says what is wrong with a host", () => {
        const all = { wildcard: true, any: true, ip: true, short: true };
        for (const [text, wanted] of [
            ["https://a.com", /URL/],
            ["a.com:80", /port/],
            ["a/b", /slash/],
            ["a..b", /empty label/],
            ["a_b.com", /`a_b`/],
            ["", /empty/],
            ["a.*.com", /wildcard/],
            [`${"a".repeat(64)}.com`, /63/],
            ["x.".repeat(130) + "com", /255/],
            ["1.2.3", /digits/],
        ] as const) {
            assert.match(hostFault(text, all) ?? "nothing", wanted, text);
        }
        assert.match(hostFault("short") ?? "", /short name/);
        assert.match(hostFault("*.a.com") ?? "", /wildcard/);
        assert.match(hostFault("*") ?? "", /not allowed/);
        assert.match(hostFault("10.0.0.1") ?? "", /IP address/);
        assert.equal(hostFault("a.example.com"), undefined);
        assert.equal(hostFault("a.example.com."), undefined);
        assert.match(hostFault("*-a.example.com", all) ?? "", /whole first label/);
        assert.equal(hostFault("*-a.example.com", { ...all, partial: true }), undefined);
    });
});

describe("hosts that are good by their shape and that nobody asks for", () => {
    const warnings = (kind: string, host: string): string[] => {
        const spec =
            kind === "Gateway"
                ? { selector: { a: "b" }, servers: [{ port: { number: 80, name: "http", protocol: "HTTP" }, hosts: [host] }] }
                : { hosts: [host], gateways: ["g"], http: [{ directResponse: { status: 200 } }] };
        const { object, findings } = validateObject({
            apiVersion: "networking.istio.io/v1",
            kind,
            metadata: { name: "x", namespace: "ns" },
            spec,
        } as unknown as KubeObject);
        assert.ok(object, "it is accepted all the same");
        return findings.filter(({ field }) => field.includes("hosts")).map(({ code, message }) => `${code} ${message}`);
    };

    for (const kind of ["Gateway", "VirtualService"]) {
        it(`are a warning in a ${kind}: labels that are no Punycode`, () => {
            for (const host of ["xn--a.example.com", "*.xn--99999999999.test", "shop.XN--99999999999.com"])
                assert.match(
                    warnings(kind, host).join(),
                    /^GH0111 the host .* has the label .* no name in Punycode[^,]*, and no browser asks for it$/,
                    host,
                );
            for (const host of ["xn--bcher-kva.example.com", "*.xn--p1ai", "XN--BCHER-KVA.com", "ab--c.com"])
                assert.deepEqual(warnings(kind, host), [], host);
        });
    }

    it("are a warning in a VirtualService: IPv6 addresses", () => {
        assert.match(
            warnings("VirtualService", "2001:db8::1").join(),
            /^GH0111 `2001:db8::1` is an IPv6 address, which clients write in brackets: no request at a gateway matches it$/,
        );
        assert.deepEqual(warnings("VirtualService", "192.0.2.1"), []);
    });
});
