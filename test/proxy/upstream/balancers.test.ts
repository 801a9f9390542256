import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { balancer as balancerOf, type Balancer } from "../../../proxy/upstream/balancers";
import { Endpoint } from "../../../proxy/upstream/endpoint";
import { EndpointChoice } from "../../../proxy/upstream/endpoint-choice";
import { endpointSet } from "../../../proxy/upstream/endpoint-set";

const endpoints = (...weights: readonly number[]): Endpoint[] => weights.map((weight, at) => new Endpoint("10.0.0.1", at + 1, weight));

const balancer = (lb: "LEAST_REQUEST" | "ROUND_ROBIN" | "RANDOM"): Balancer => balancerOf(lb)!;

function choiceOf(lb: "LEAST_REQUEST" | "ROUND_ROBIN" | "RANDOM", list: readonly Endpoint[]): EndpointChoice {
    const choice = new EndpointChoice({ lb });
    choice.hold(list);
    return choice;
}

/** Repeatable chance. */
function chance(seed = 7): () => number {
    let state = seed;
    return () => (state = (state * 48271) % 2147483647) / 2147483647;
}

function shares(lb: "LEAST_REQUEST" | "ROUND_ROBIN" | "RANDOM", weights: readonly number[], picks = 20_000): number[] {
    const list = endpoints(...weights);
    const [using, set, random, counts] = [balancer(lb), endpointSet(list), chance(), list.map(() => 0)];
    for (let at = 0; at < picks; at++) counts[list.indexOf(using.pick(set, random))]!++;
    return counts.map((count) => Math.round((count / picks) * 100) / 100);
}

describe("least request", () => {
    it("takes the less loaded of two", () => {
        const [idle, busy] = endpoints(1, 1) as [Endpoint, Endpoint];
        busy.active = 5;
        const set = endpointSet([idle, busy]);
        const chances = [0.6, 0.1];
        assert.equal(
            balancer("LEAST_REQUEST").pick(set, () => chances.shift()!),
            idle,
        );
    });

    it("leaves an endpoint that hangs nearly alone", () => {
        const list = endpoints(1, 1, 1, 1);
        list[2]!.active = 1000;
        const [using, set, random, counts] = [balancer("LEAST_REQUEST"), endpointSet(list), chance(), [0, 0, 0, 0]];
        for (let at = 0; at < 4000; at++) counts[list.indexOf(using.pick(set, random))]!++;
        assert.ok(counts[2]! < 400, `${counts.join()} of 4000`);
    });

    it("draws by weight", () =>
        assert.deepEqual(
            shares("LEAST_REQUEST", [3, 1]).map((share) => Math.round(share * 20) / 20),
            [0.75, 0.25],
        ));
});

describe("round robin", () => {
    it("takes turns", () => {
        const list = endpoints(1, 1, 1);
        const [using, set] = [balancer("ROUND_ROBIN"), endpointSet(list)];
        assert.deepEqual(
            Array.from({ length: 6 }, () => using.pick(set, Math.random).port),
            [1, 2, 3, 1, 2, 3],
        );
    });

    it("interleaves smoothly where weights differ", () => {
        const list = endpoints(5, 1, 1);
        const [using, set] = [balancer("ROUND_ROBIN"), endpointSet(list)];
        assert.deepEqual(
            Array.from({ length: 7 }, () => using.pick(set, Math.random).port),
            [1, 1, 2, 1, 3, 1, 1],
        );
    });

    it("keeps the shares exactly", () => assert.deepEqual(shares("ROUND_ROBIN", [2, 1, 1], 4000), [0.5, 0.25, 0.25]));
});

describe("random", () => {
    it("draws evenly, or by weight", () => {
        for (const share of shares("RANDOM", [1, 1, 1, 1])) assert.ok(Math.abs(share - 0.25) < 0.02);
        assert.ok(Math.abs(shares("RANDOM", [9, 1])[1]! - 0.1) < 0.01);
    });
});

describe("any balancer", () => {
    const lb = fc.constantFrom("LEAST_REQUEST" as const, "ROUND_ROBIN" as const, "RANDOM" as const);

    it("takes no endpoint that was tried while there is another", () => {
        fc.assert(
            fc.property(lb, fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 2, maxLength: 6 }), fc.nat(), (kind, weights, seed) => {
                const choice = choiceOf(kind, endpoints(...weights));
                assert.equal(choice.pick(choice.list.slice(1), undefined, chance(seed + 1)), choice.list[0]);
            }),
        );
    });

    it("takes one that was tried when there is no other, and none where there is none", () => {
        const choice = choiceOf("RANDOM", endpoints(1));
        assert.equal(choice.pick([...choice.list], undefined, chance()), choice.list[0]);
        assert.equal(choiceOf("RANDOM", []).pick(undefined, undefined, chance()), undefined);
    });

    it("leaves out endpoints without weight, unless none has any", () => {
        assert.equal(choiceOf("RANDOM", endpoints(0, 1)).list.length, 1);
        assert.equal(choiceOf("RANDOM", endpoints(0, 0)).list.length, 2);
    });
});
