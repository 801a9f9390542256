import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { HostIndex, hostOf } from "../../../proxy/tables/host-index";
import { SharedMap } from "../../../proxy/tables/shared-map";

const label = fc.constantFrom("a", "b", "c", "web");
const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join("."));
const domain = fc.oneof(
    name,
    name.map((text) => `*.${text}`),
    fc.constant("*"),
);

/** Exact, then the longest suffix, then `*`, by looking at every domain. */
function naive(domains: readonly string[], host: string): string | undefined {
    if (domains.includes(host)) return host;
    const covering = domains.filter((one) => one.startsWith("*.") && host.endsWith(one.slice(1)) && host.length >= one.length);
    return covering.sort((a, b) => b.length - a.length)[0] ?? (domains.includes("*") ? "*" : undefined);
}

describe("the choice of what serves a host", () => {
    it("is what a search through all domains finds", () => {
        fc.assert(
            fc.property(fc.array(domain, { maxLength: 12 }), name, (domains, host) => {
                const index = new HostIndex<string>().changed(domains.map((one) => [one, one] as const));
                assert.equal(index.find(host), naive(domains, host));
            }),
            { numRuns: 500 },
        );
    });

    it("forgets a domain that was removed", () => {
        const index = new HostIndex<number>().changed([
            ["a.test", 1],
            ["*.test", 2],
            ["*", 3],
        ]);
        assert.equal(index.changed([["a.test", undefined]]).find("a.test"), 2);
        assert.equal(
            index
                .changed([
                    ["a.test", undefined],
                    ["*.test", undefined],
                ])
                .find("a.test"),
            3,
        );
        assert.equal(index.changed([["*", undefined]]).find("other"), undefined);
        assert.equal(index.find("a.test"), 1);
    });

    it("does not take a suffix for its own wildcard", () => {
        const index = new HostIndex<number>().changed([["*.example.com", 1]]);
        assert.equal(index.find("example.com"), undefined);
        assert.equal(index.find(".example.com"), undefined);
        assert.equal(index.find("a.b.example.com"), 1);
    });

    it("looks at no more entries than the name has labels and a suffix is long, however many hosts there are", () => {
        let looked = 0;
        const index = new HostIndex<number>().changed(
            Array.from({ length: 5000 }, (_, at) => [at % 2 === 0 ? `h${at}.test` : `*.h${at}.test`, at] as const),
        );
        const { get } = SharedMap.prototype;
        SharedMap.prototype.get = function (key) {
            looked++;
            return get.call(this, key);
        };
        try {
            index.find("x.y.none.example.org");
            assert.equal(looked, 2, "no suffix is as long as .example.org");
            index.find("x.y.z.h1.test");
            assert.equal(looked, 2 + 3, "exact, .z.h1.test, .h1.test");
        } finally {
            SharedMap.prototype.get = get;
        }
    });
});

describe("the host of an authority", () => {
    const cases: readonly (readonly [string, string])[] = [
        ["web.test", "web.test"],
        ["WEB.Test", "web.test"],
        ["web.test:8080", "web.test"],
        ["web.test.", "web.test"],
        ["web.test.:80", "web.test"],
        ["web.test..", "web.test."],
        ["127.0.0.1:80", "127.0.0.1"],
        ["[::1]", "[::1]"],
        ["[::1]:8443", "[::1]"],
        [".", "."],
        ["", ""],
    ];
    for (const [authority, host] of cases) {
        it(`of ${JSON.stringify(authority)} is ${JSON.stringify(host)}`, () => assert.equal(hostOf(authority), host));
    }
});
