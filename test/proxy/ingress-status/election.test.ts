/** Who may write: a Lease is taken when it is free or was not renewed for as long as it lasts, by one's own clock. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { Election, seenLease, type SeenLease } from "../../../proxy/ingress-status/election";
import { Pace } from "../../../proxy/ingress-status/pace";

const TIMES = { leaseMs: 15_000, renewMs: 10_000, retryMs: 2_000 };
const lease = (more: Partial<SeenLease> = {}): SeenLease => ({
    resourceVersion: "1",
    holder: "other",
    renewTime: "t0",
    acquireTime: "t0",
    durationMs: 15_000,
    transitions: 3,
    ...more,
});

describe("a Lease", () => {
    it("is left to its holder until it was not renewed for as long as it lasts", () => {
        const election = new Election("me", TIMES);
        assert.equal(election.mayTake(lease(), 1_000), false);
        assert.equal(election.mayTake(lease(), 15_999), false);
        assert.equal(election.mayTake(lease({ renewTime: "t1" }), 16_000), false, "renewed in time");
        assert.equal(election.mayTake(lease({ renewTime: "t1" }), 31_000), true);
    });

    it("is taken at once where nobody holds it, and kept where it is one's own", () => {
        const election = new Election("me", TIMES);
        assert.equal(election.mayTake(lease({ holder: "" }), 0), true);
        assert.equal(election.mayTake(lease({ holder: "me" }), 0), true);
        assert.deepEqual(election.specAfter(lease({ holder: "me", acquireTime: "then" }), new Date(0)), {
            holderIdentity: "me",
            leaseDurationSeconds: 15,
            acquireTime: "then",
            renewTime: "1970-01-01T00:00:00.000000Z",
            leaseTransitions: 3,
        });
        assert.equal((election.specAfter(lease(), new Date(0)) as { leaseTransitions: number }).leaseTransitions, 4);
    });

    it("makes a leader only as long as it was renewed in time, which ends before another may begin", () => {
        const election = new Election("me", TIMES);
        assert.equal(election.leads(0), false);
        election.renewed(1_000);
        assert.equal(election.leads(10_999), true);
        assert.equal(election.leads(11_000), false);
        election.renewed(11_000);
        election.lost();
        assert.equal(election.leads(11_001), false);
    });

    it("never has two leaders, whenever which of them asks", () => {
        fc.assert(
            fc.property(
                fc.array(fc.record({ who: fc.constantFrom(0, 1), waits: fc.integer({ min: 1, max: 9_000 }), fails: fc.boolean() }), {
                    maxLength: 40,
                }),
                (steps) => {
                    const names = ["a", "b"];
                    const elections = names.map((name) => new Election(name, TIMES));
                    let stored: SeenLease = lease({ holder: "", renewTime: "" });
                    let now = 0;
                    for (const [at, { who, waits, fails }] of steps.entries()) {
                        now += waits;
                        const election = elections[who]!;
                        if (fails) continue;
                        if (!election.mayTake(stored, now)) election.lost();
                        else {
                            stored = lease({ holder: names[who]!, renewTime: `t${at}` });
                            election.renewed(now);
                        }
                        assert.ok(elections.filter((one) => one.leads(now)).length <= 1);
                    }
                },
            ),
            { numRuns: 100 },
        );
    });

    it("is read whatever stands in it", () => {
        assert.deepEqual(seenLease({ metadata: { resourceVersion: "7" } }), {
            resourceVersion: "7",
            holder: "",
            renewTime: "",
            acquireTime: "",
            durationMs: 0,
            transitions: 0,
        });
        assert.equal(seenLease("no"), undefined);
    });
});

describe("the pace of writes", () => {
    it("is so many at once, then so many a second", () => {
        const pace = new Pace(10, 3);
        assert.deepEqual(
            [0, 0, 0, 0].map((at) => pace.take(at)),
            [0, 0, 0, 100],
        );
        assert.equal(pace.take(100), 0);
        assert.equal(pace.take(10_000), 0);
    });
});
