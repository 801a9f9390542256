import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { Endpoint } from "../../../proxy/upstream/endpoint";
import { EndpointChoice } from "../../../proxy/upstream/endpoint-choice";
import type { WarmupEntry } from "../../../proxy/tables";

const WARMUP: WarmupEntry = { windowMs: 10_000, minPercent: 10, aggression: 1 };

class Stand {
    now = 0;
    readonly list: Endpoint[] = [];
    readonly choice: EndpointChoice;

    constructor(lb: "ROUND_ROBIN" | "LEAST_REQUEST", warmup: WarmupEntry = WARMUP) {
        this.choice = new EndpointChoice({ lb, warmup }, () => this.now);
    }
    add(): Endpoint {
        const one = new Endpoint("10.0.0.1", this.list.length + 1, 1);
        one.since = this.now;
        this.list.push(one);
        this.choice.hold(this.list);
        return one;
    }
    /** Percent of picks that an endpoint gets now. */
    share(one: Endpoint): number {
        let count = 0;
        for (let at = 0; at < 2000; at++) if (this.choice.pick(undefined, undefined, Math.random) === one) count++;
        return count / 20;
    }
}
const near = (got: number, wanted: number): void => assert.ok(Math.abs(got - wanted) < 5, `${got} for ${wanted}`);

for (const lb of ["ROUND_ROBIN", "LEAST_REQUEST"] as const)
    describe(`a new endpoint among others, by ${lb}`, () => {
        it("begins with little, has more as time goes by, and in the end its whole share", () => {
            const stand = new Stand(lb);
            stand.add();
            stand.now = 60_000;
            const fresh = stand.add();
            near(stand.share(fresh), 100 / 11);
            stand.now += 5_000;
            near(stand.share(fresh), 100 / 3);
            stand.now += 5_000;
            near(stand.share(fresh), 50);
        });

        it("has its whole share at once where all are new", () => {
            const stand = new Stand(lb);
            const [one] = [stand.add(), stand.add()];
            near(stand.share(one), 50);
        });

        it("grows faster at first with more aggression", () => {
            const stand = new Stand(lb, { ...WARMUP, aggression: 2 });
            stand.add();
            stand.now = 60_000;
            const fresh = stand.add();
            stand.now += 2_500;
            near(stand.share(fresh), 100 / 3);
        });
    });

describe("an endpoint that answers its checks again", () => {
    it("begins anew", () => {
        const stand = new Stand("ROUND_ROBIN");
        const [one] = [stand.add(), stand.add()];
        stand.now = 60_000;
        one.health.failing = true;
        stand.choice.hold(stand.list);
        assert.equal(stand.share(one), 0);
        one.health.failing = false;
        stand.choice.hold(stand.list);
        near(stand.share(one), 100 / 11);
        stand.now += 10_000;
        near(stand.share(one), 50);
    });
});
