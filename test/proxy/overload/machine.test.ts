/** From pressures to what is left undone, with a clock that the test holds. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { ACTION_NAMES, ACTIONS, type OverloadAction, type Pressures, type ResourceName } from "../../../proxy/overload";
import { FALL_MS, HOLD_MS, OverloadMachine } from "../../../proxy/overload/machine";

const NONE: Pressures = { memory: 0, heap: 0, loop: 0 };

function played(...steps: readonly (readonly [at: number, pressures: Partial<Pressures>])[]): OverloadMachine {
    const machine = new OverloadMachine(0);
    for (const [at, pressures] of steps) machine.observe({ ...NONE, ...pressures }, at);
    return machine;
}

describe("what is left undone under pressure", () => {
    it("leaves nothing undone below every bound", () => {
        const { values } = played([250, { memory: 0.89, heap: 0.69, loop: 0.49 }]);
        assert.deepEqual(Object.values(values), [0, 0, 0, 0]);
    });

    it("begins each action at its own bound, new work before what is under way", () => {
        const at = (memory: number): readonly string[] => {
            const { values } = played([250, { memory }]);
            return ACTION_NAMES.filter((name) => values[name] > 0);
        };
        assert.deepEqual(at(0.9), ["disable_http_keepalive"]);
        assert.deepEqual(at(0.93), ["disable_http_keepalive", "stop_accepting_requests"]);
        assert.deepEqual(at(0.96), ["disable_http_keepalive", "stop_accepting_requests", "reject_incoming_connections"]);
        assert.deepEqual(at(0.98), [...ACTION_NAMES]);
    });

    it("refuses a part of the requests that grows with the pressure", () => {
        const { stop_accepting_requests: part } = played([250, { heap: 0.75 }]).values;
        assert.ok(Math.abs(part - 0.5) < 1e-9, String(part));
        assert.equal(played([250, { heap: 1.2 }]).values.stop_accepting_requests, 1);
    });

    it("closes no connection for a loop that is late, but turns new ones away at its end", () => {
        const { values } = played([250, { loop: 1 }]);
        assert.equal(values.disable_http_keepalive, 0);
        assert.equal(values.reset_high_memory_stream, 0);
        assert.equal(values.reject_incoming_connections, 1);
        assert.equal(values.stop_accepting_requests, 1);
    });

    it("goes on until the pressure has been low for a while, and not by turns", () => {
        const machine = played([250, { memory: 0.97 }]);
        machine.observe({ ...NONE, memory: 0.91 }, 500);
        machine.observe({ ...NONE, memory: 0.91 }, 400 + HOLD_MS);
        assert.equal(machine.values.reject_incoming_connections, 1, "not yet");
        machine.observe({ ...NONE, memory: 0.93 }, 450 + HOLD_MS);
        machine.observe({ ...NONE, memory: 0.91 }, 500 + HOLD_MS);
        machine.observe({ ...NONE, memory: 0.91 }, 600 + HOLD_MS);
        assert.equal(machine.values.reject_incoming_connections, 1, "it has been higher in between");
        machine.observe({ ...NONE, memory: 0.91 }, 500 + 2 * HOLD_MS);
        assert.equal(machine.values.reject_incoming_connections, 0);
        assert.equal(machine.values.disable_http_keepalive, 1, "its own bound is lower");
    });

    it("lets requests in again step by step", () => {
        const machine = played([0, { loop: 1 }], [FALL_MS / 2, {}]);
        assert.ok(Math.abs(machine.values.stop_accepting_requests - 0.5) < 1e-9);
        machine.observe(NONE, FALL_MS);
        assert.equal(machine.values.stop_accepting_requests, 0);
    });

    it("is between 0 and 1, whatever comes, and never less than the pressure asks for", () => {
        const pressure = fc.double({ min: 0, max: 2, noNaN: true });
        const step = fc.record({ ms: fc.integer({ min: 0, max: 20_000 }), memory: pressure, heap: pressure, loop: pressure });
        fc.assert(
            fc.property(fc.array(step, { minLength: 1, maxLength: 30 }), (steps) => {
                const machine = new OverloadMachine(0);
                let now = 0;
                for (const { ms, ...pressures } of steps) {
                    now += ms;
                    machine.observe(pressures, now);
                    for (const name of ACTION_NAMES) {
                        const value = machine.values[name];
                        if (!(value >= 0 && value <= 1)) return false;
                        const { triggers }: OverloadAction = ACTIONS[name];
                        for (const [resource, trigger] of Object.entries(triggers)) {
                            const is = pressures[resource as ResourceName];
                            if (trigger.kind === "threshold" && is >= trigger.from && value !== 1) return false;
                            if (trigger.kind === "scaled" && is >= trigger.to && value !== 1) return false;
                        }
                    }
                }
                return true;
            }),
            { numRuns: 200 },
        );
    });
});
