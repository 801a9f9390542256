import assert from "node:assert/strict";
import fc from "fast-check";
import { HostIndex } from "../../../proxy/tables";

function names(...entries: [string[], string][]): HostIndex<string> {
    return new HostIndex<string>().changed(
        entries.flatMap(([list, value]) => (list.length === 0 ? ["*"] : list).map((name) => [name, value] as const)),
    );
}

describe("server names", () => {
    it("prefers the exact name, then the longest wildcard, then the chain without names", () => {
        const chosen = names([["a.example.com"], "exact"], [["*.example.com"], "long"], [["*.com"], "short"], [[], "any"]);
        assert.equal(chosen.find("a.example.com"), "exact");
        assert.equal(chosen.find("b.example.com"), "long");
        assert.equal(chosen.find("x.b.example.com"), "long");
        assert.equal(chosen.find("example.com"), "short", "a wildcard does not cover its own domain");
        assert.equal(chosen.find("other.test"), "any");
        assert.equal(chosen.find(""), "any");
    });

    it("gives nothing where no chain fits", () => {
        const chosen = names([["a.test"], "a"], [["*.b.test"], "b"]);
        for (const name of ["", "c.test", "b.test", ".b.test", "test", "xa.test"]) assert.equal(chosen.find(name), undefined, name);
    });

    it("agrees with a search through all names", () => {
        const label = fc.constantFrom("a", "b", "c");
        const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join("."));
        const pattern = fc.tuple(fc.boolean(), name).map(([wild, text]) => (wild ? `*.${text}` : text));
        fc.assert(
            fc.property(fc.uniqueArray(pattern, { maxLength: 12 }), name, (patterns, asked) => {
                const chosen = names(...patterns.map((text) => [[text], text] as [string[], string]));
                const fitting = patterns.filter(
                    (text) => text === asked || (text.startsWith("*.") && asked.endsWith(text.slice(1)) && asked.length > text.length - 1),
                );
                fitting.sort((a, b) => Number(b === asked) - Number(a === asked) || b.length - a.length);
                assert.equal(chosen.find(asked), fitting[0]);
            }),
        );
    });

    it("costs the same with 10 and with 100,000 hosts", () => {
        const time = (count: number) => {
            const chosen = new HostIndex<number>().changed(
                Array.from(
                    { length: count },
                    (_, i) =>
                        [
                            [`host-${i}.example.com`, i],
                            [`*.wild-${i}.example.com`, i],
                        ] as const,
                ).flat(),
            );
            const choose = () => {
                const started = process.cpuUsage();
                for (let i = 0; i < 20_000; i++) chosen.find(i % 2 ? "x.wild-3.example.com" : "none.of.these.test");
                const { user, system } = process.cpuUsage(started);
                return user + system;
            };
            // The first ones warm up, the least one is what it costs on a machine that does nothing else.
            return Math.min(...Array.from({ length: 8 }, choose));
        };
        const few = time(10);
        const many = time(100_000);
        assert.ok(many < 20 * few, `${few} and ${many} µs`);
    });
});
