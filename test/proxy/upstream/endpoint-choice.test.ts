import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { hashText } from "../../../proxy/net/hash-text";
import { Endpoint } from "../../../proxy/upstream/endpoint";
import { EndpointChoice } from "../../../proxy/upstream/endpoint-choice";
import type { EndpointEntry } from "../../../proxy/tables";

let made = 0;
function endpoint(more: Partial<EndpointEntry> = {}): Endpoint {
    const one = new Endpoint("10.0.0.1", ++made, 1);
    one.describe({ weight: 1, ...more });
    return one;
}
const some = (count: number, more: Partial<EndpointEntry> = {}): Endpoint[] => Array.from({ length: count }, () => endpoint(more));
const fail = (list: readonly Endpoint[]): void => list.forEach((one) => (one.health.ejected = true));

type Told = ConstructorParameters<typeof EndpointChoice>[0];
function choiceOf(list: readonly Endpoint[], told: Partial<Told> = {}): EndpointChoice {
    const choice = new EndpointChoice({ lb: "RANDOM", ...told });
    choice.hold(list);
    return choice;
}

/** Percent of picks that each group gets. */
function shares(choice: EndpointChoice, groups: readonly (readonly Endpoint[])[], hashed = false): number[] {
    const picks = 4000;
    const counts = groups.map(() => 0);
    for (let at = 0; at < picks; at++) {
        const one = choice.pick(undefined, hashed ? hashText(`c${at}`) : undefined, Math.random);
        const group = groups.findIndex((list) => one !== undefined && list.includes(one));
        if (group >= 0) counts[group]!++;
    }
    return counts.map((count) => Math.round((count / picks) * 100));
}
const near = (got: readonly number[], wanted: readonly number[]): void =>
    got.forEach((one, at) => assert.ok(Math.abs(one - wanted[at]!) <= 4, `${got.join()} for ${wanted.join()}`));

for (const lb of ["RANDOM", "LEAST_REQUEST", "ROUND_ROBIN", "RING_HASH", "MAGLEV"] as const)
    describe(`choosing by ${lb}`, () => {
        const hashed = lb === "RING_HASH" || lb === "MAGLEV";

        it("goes to the first priority while enough of it is well, then bit by bit to the next", () => {
            const [near0, far] = [some(10), some(10, { priority: 1 })];
            const choice = choiceOf([...near0, ...far], { lb });
            near(shares(choice, [near0, far], hashed), [100, 0]);
            fail(near0.slice(0, 2));
            choice.hold([...near0, ...far]);
            near(shares(choice, [near0, far], hashed), [100, 0]);
            fail(near0.slice(0, 5));
            choice.hold([...near0, ...far]);
            near(shares(choice, [near0, far], hashed), [70, 30]);
            fail(near0);
            choice.hold([...near0, ...far]);
            near(shares(choice, [near0, far], hashed), [0, 100]);
        });

        it("takes no endpoint that is not well, and none where none is", () => {
            const list = some(4);
            fail(list.slice(1));
            const choice = choiceOf(list, { lb });
            near(shares(choice, [list.slice(0, 1)], hashed), [100]);
            fail(list);
            choice.hold(list);
            assert.equal(choice.pick(undefined, 1, Math.random), undefined);
        });

        it("takes no heed of health where too few are well to carry the load", () => {
            const list = some(10);
            fail(list.slice(0, 6));
            near(shares(choiceOf(list, { lb, panicPercent: 50 }), [list.slice(0, 6)], hashed), [60]);
            near(shares(choiceOf(list, { lb, panicPercent: 30 }), [list.slice(0, 6)], hashed), [0]);
            // Nine of ten carry all of it: whatever the bound is, that is no panic.
            const most = some(10);
            fail(most.slice(0, 1));
            near(shares(choiceOf(most, { lb, panicPercent: 95 }), [most.slice(0, 1)], hashed), [0]);
        });

        it("spreads the load over all by number where every priority is in panic", () => {
            const [near0, far] = [some(3), some(9, { priority: 1 })];
            fail([...near0, ...far]);
            near(shares(choiceOf([...near0, ...far], { lb, panicPercent: 50 }), [near0, far], hashed), [25, 75]);
        });

        it("gives localities their shares, of which one with few that are well gets less", () => {
            const [a, b] = [some(8, { locality: "r/a", localityWeight: 80 }), some(2, { locality: "r/b", localityWeight: 20 })];
            const choice = choiceOf([...a, ...b], { lb, localityWeights: true });
            near(shares(choice, [a, b], hashed), [80, 20]);
            if (hashed) return;
            fail(a.slice(0, 4));
            choice.hold([...a, ...b]);
            near(shares(choice, [a, b]), [74, 26]);
        });

        it("avoids what was tried, in other priorities too, until nothing else is left", () => {
            fc.assert(
                fc.property(fc.array(fc.nat(2), { minLength: 1, maxLength: 8 }), fc.nat(), (priorities, hash) => {
                    const list = priorities.map((priority) => endpoint({ priority }));
                    const choice = choiceOf(list, { lb });
                    const tried: Endpoint[] = [];
                    for (let at = 0; at < list.length; at++) {
                        const one = choice.pick(tried, hash, Math.random)!;
                        assert.ok(!tried.includes(one));
                        tried.push(one);
                    }
                    assert.ok(choice.pick(tried, hash, Math.random));
                }),
                { numRuns: 50 },
            );
        });
    });

describe("zone awareness", () => {
    const zones = (...counts: readonly number[]): Endpoint[][] => counts.map((count, at) => some(count, { locality: `r/z${at}/s` }));
    const aware = (groups: readonly Endpoint[][], minClusterSize = 1): EndpointChoice =>
        choiceOf(groups.flat(), { zoneAware: { zone: "r/z0", minClusterSize } });

    it("gives the own zone as much as it can carry, and the others what they can beyond their own", () => {
        for (const [counts, wanted] of [
            [
                [4, 4, 4],
                [100, 0, 0],
            ],
            [
                [6, 3, 3],
                [100, 0, 0],
            ],
            [
                [2, 4, 6],
                [50, 0, 50],
            ],
            [
                [1, 5, 6],
                [25, 25, 50],
            ],
            [
                [2, 2],
                [100, 0],
            ],
        ] as const) {
            const groups = zones(...counts);
            near(shares(aware(groups), groups), [...wanted]);
        }
    });

    it("is none with too few endpoints, without one in the own zone, or with no other zone", () => {
        const few = zones(2, 3);
        near(shares(aware(few, 6), few), [40, 60]);
        const elsewhere = zones(0, 5, 5);
        near(shares(aware(elsewhere), elsewhere), [0, 50, 50]);
        const only = zones(4);
        near(shares(aware(only), only), [100]);
    });

    it("goes by those that are well", () => {
        const groups = zones(4, 4, 4);
        fail(groups[0]!.slice(0, 3));
        near(shares(aware(groups), groups), [33, 33, 33]);
        fail(groups[0]!);
        near(shares(aware(groups), groups), [0, 50, 50]);
    });
});

describe("a client that comes back", () => {
    it("finds its endpoint again, and only those of an endpoint that fails go elsewhere", () => {
        for (const lb of ["RING_HASH", "MAGLEV"] as const) {
            const list = some(12);
            const choice = choiceOf(list, { lb });
            const clients = Array.from({ length: 500 }, (_, at) => hashText(`u${at}`));
            const before = clients.map((hash) => choice.pick(undefined, hash, Math.random)!);
            fail([list[3]!]);
            choice.hold(list);
            const during = clients.map((hash) => choice.pick(undefined, hash, Math.random)!);
            for (const [at, one] of before.entries()) {
                if (one === list[3]) assert.notEqual(during[at], one);
                else assert.equal(during[at], one);
            }
            list[3]!.health.ejected = false;
            choice.hold(list);
            assert.deepEqual(
                clients.map((hash) => choice.pick(undefined, hash, Math.random)!.text),
                before.map(({ text }) => text),
            );
        }
    });

    it("is led by another table once the rule asks for it", () => {
        const list = some(3);
        const choice = choiceOf(list, { lb: "RING_HASH" });
        assert.ok(choice.pick(undefined, 7, Math.random));
        choice.update({ lb: "MAGLEV", hash: { policy: { kind: "sourceIp" }, size: 251 } });
        choice.hold(list);
        assert.equal(choice.pick(undefined, 7, Math.random), choice.pick(undefined, 7, Math.random));
        choice.update({ lb: "ROUND_ROBIN" });
        choice.hold(list);
        assert.notEqual(choice.pick(undefined, 7, Math.random), choice.pick(undefined, 7, Math.random));
    });
});

describe("choosing elsewhere", () => {
    it("takes an endpoint of the next priority once two were tried, while there is one that is well", () => {
        const [first, second, third] = [some(3), some(3, { priority: 1 }), some(3, { priority: 2 })];
        const choice = choiceOf([...first, ...second, ...third]);
        const where = (avoid: readonly Endpoint[]): number => {
            const one = choice.elsewhere(avoid, Math.random);
            return one === undefined ? -1 : [first, second, third].findIndex((list) => list.includes(one));
        };
        assert.deepEqual([where([]), where(first.slice(0, 1)), where(first.slice(0, 2))], [-1, -1, 1]);
        assert.deepEqual([where([first[0]!, second[0]!]), where([first[0]!, second[0]!, third[0]!])], [2, -1]);
        fail(second);
        choice.hold([...first, ...second, ...third]);
        assert.equal(where(first.slice(0, 2)), 2);
    });
});
