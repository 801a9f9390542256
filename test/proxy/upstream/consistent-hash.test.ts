import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { hashText } from "../../../proxy/net/hash-text";
import { Endpoint } from "../../../proxy/upstream/endpoint";
import { HashRing } from "../../../proxy/upstream/hash-ring";
import type { HashTable } from "../../../proxy/upstream/hash-table";
import { Maglev } from "../../../proxy/upstream/maglev";

const CLIENTS = Array.from({ length: 4000 }, (_, at) => hashText(`client ${at}`));
const TABLES = {
    "a ring": (): HashTable => new HashRing(0),
    "a Maglev table": (): HashTable => new Maglev(65_537),
} as const;

const endpoint = (at: number, weight = 1): Endpoint => new Endpoint(`10.0.${at >> 8}.${at & 255}`, 8080, weight);
const endpoints = (count: number): Endpoint[] => Array.from({ length: count }, (_, at) => endpoint(at));
const everyone = (): boolean => true;

function held(make: () => HashTable, list: readonly Endpoint[]): HashTable {
    const table = make();
    table.hold(list, ({ weight }) => weight);
    return table;
}

const owners = (table: HashTable, takes: (one: Endpoint) => boolean = everyone): (string | undefined)[] =>
    CLIENTS.map((hash) => table.find(hash, takes)?.text);

function counts(found: readonly (string | undefined)[]): Map<string | undefined, number> {
    const sums = new Map<string | undefined, number>();
    for (const one of found) sums.set(one, (sums.get(one) ?? 0) + 1);
    return sums;
}

for (const [name, make] of Object.entries(TABLES))
    describe(name, () => {
        it("leads a client to one endpoint, in whatever order and by whatever way they have come", () => {
            fc.assert(
                fc.property(fc.uniqueArray(fc.nat(400), { minLength: 1, maxLength: 40 }), fc.nat(39), (numbers, cut) => {
                    const list = numbers.map((at) => endpoint(at));
                    const table = held(make, list.slice(0, Math.max(1, cut % list.length)));
                    table.hold([...list].reverse(), ({ weight }) => weight);
                    assert.deepEqual(owners(table), owners(held(make, list)));
                }),
                { numRuns: 20 },
            );
        });

        it("moves nobody but the clients of an endpoint that is left out for a time", () => {
            const list = endpoints(20);
            const table = held(make, list);
            const before = owners(table);
            const after = owners(table, (one) => one !== list[7]);
            for (const [at, owner] of before.entries())
                if (owner === list[7]!.text) assert.notEqual(after[at], owner);
                else assert.equal(after[at], owner);
            assert.ok(counts(after.filter((_, at) => before[at] === list[7]!.text)).size > 5, "they are spread over the others");
            assert.deepEqual(owners(table), before);
        });

        it("finds the one endpoint that is left of a thousand, and none where there is none", () => {
            const list = endpoints(1000);
            const table = held(make, list);
            for (const hash of CLIENTS.slice(0, 20))
                assert.equal(
                    table.find(hash, (one) => one === list[321]),
                    list[321],
                );
            assert.equal(
                table.find(1, () => false),
                undefined,
            );
            assert.equal(held(make, []).find(1, everyone), undefined);
        });

        it("gives shares by weight", () => {
            const list = [endpoint(1, 1), endpoint(2, 2), endpoint(3, 7)];
            const found = counts(owners(held(make, list)));
            for (const one of list)
                assert.ok(Math.abs((found.get(one.text) ?? 0) / CLIENTS.length - one.weight / 10) < 0.05, JSON.stringify([...found]));
        });
    });

describe("minimal movement on a ring", () => {
    it("one that comes takes clients, one that goes leaves its own, nobody else moves", () => {
        fc.assert(
            fc.property(fc.uniqueArray(fc.nat(2000), { minLength: 2, maxLength: 60 }), fc.nat(59), (numbers, which) => {
                const list = numbers.map((at) => endpoint(at));
                const one = list[which % list.length]!;
                const others = list.filter((other) => other !== one);
                const table = held(TABLES["a ring"], list);
                const whole = owners(table);
                table.hold(others, ({ weight }) => weight);
                const less = owners(table);
                for (const [at, owner] of whole.entries()) if (owner !== one.text) assert.equal(less[at], owner);
                table.hold(list, ({ weight }) => weight);
                assert.deepEqual(owners(table), whole);
            }),
            { numRuns: 30 },
        );
    });

    it("holds for a thousand endpoints, whose clients are nearly evenly theirs", () => {
        const list = endpoints(1000);
        const table = held(TABLES["a ring"], list);
        const before = owners(table);
        const gone = new Set(list.slice(100, 110));
        table.hold(
            list.filter((one) => !gone.has(one)),
            () => 1,
        );
        const texts = new Set([...gone].map(({ text }) => text));
        for (const [at, owner] of owners(table).entries()) if (!texts.has(before[at]!)) assert.equal(owner, before[at]);
        assert.ok(counts(before).size > 950);
    });

    it("moves a little more where weights differ or a least size is asked for", () => {
        for (const least of [1024, 50_000]) {
            const list = Array.from({ length: 10 }, (_, at) => endpoint(at, 1 + (at % 3)));
            const table = held(() => new HashRing(least), list);
            const before = owners(table);
            table.hold(list.slice(1), ({ weight }) => weight);
            const moved = owners(table).filter((owner, at) => before[at] !== list[0]!.text && owner !== before[at]).length;
            assert.ok(moved < CLIENTS.length * 0.06, `${moved} of ${CLIENTS.length} with ${least}`);
        }
    });
});

describe("a change of a Maglev table", () => {
    it("moves few clients of those that stay", () => {
        const list = endpoints(50);
        const before = owners(held(TABLES["a Maglev table"], list));
        const after = owners(held(TABLES["a Maglev table"], list.slice(1)));
        const moved = after.filter((owner, at) => before[at] !== list[0]!.text && owner !== before[at]).length;
        assert.ok(moved < CLIENTS.length * 0.05, `${moved} of ${CLIENTS.length}`);
    });

    it("fills tables of any prime, also smaller ones than there are endpoints", () => {
        for (const size of [2, 3, 7, 251]) assert.ok(held(() => new Maglev(size), endpoints(20)).find(12345, everyone));
    });
});
