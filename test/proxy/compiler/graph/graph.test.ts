/** What the compiler's memory rests on: nothing is computed again without need, and nothing that was needed is missed. */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "mocha";
import { Graph, type Input } from "../../../../proxy/compiler/graph/graph";

describe("a graph of computations", () => {
    let graph: Graph<string>;
    let numbers: Input<readonly number[]>;
    let runs: string[];

    beforeEach(() => {
        graph = new Graph();
        numbers = graph.input<readonly number[]>([1, 2, 3]);
        runs = [];
    });

    /** One round: new inputs, then what is asked for. */
    function round<V>(
        list: readonly number[],
        ask: () => V,
        now = 0,
    ): { readonly value: V; readonly runs: string[]; readonly said: string[] } {
        graph.begin(now);
        numbers.set(list);
        runs = [];
        const value = ask();
        const said = graph.said.flat();
        graph.end();
        return { value, runs, said };
    }

    it("does again only what reads something that changed", () => {
        const at = graph.lookup(numbers, (list, index: number) => list[index] ?? 0);
        const twice = graph.family((index: number) => (runs.push(`twice ${index}`), 2 * at.get(index)));
        const sum = graph.value(() => (runs.push("sum"), twice.get(0) + twice.get(1) + twice.get(2)));
        assert.deepEqual(
            round([1, 2, 3], () => sum.get()),
            { value: 12, runs: ["sum", "twice 0", "twice 1", "twice 2"], said: [] },
        );
        assert.deepEqual(
            round([1, 2, 3], () => sum.get()),
            { value: 12, runs: [], said: [] },
        );
        assert.deepEqual(
            round([1, 5, 3], () => sum.get()),
            { value: 18, runs: ["twice 1", "sum"], said: [] },
        );
    });

    it("stops where a value comes out as before", () => {
        const isLong = graph.value(() => (runs.push("long"), numbers.get().length > 2));
        const text = graph.value(() => (runs.push("text"), isLong.get() ? "long" : "short"));
        round([1, 2, 3], () => text.get());
        assert.deepEqual(
            round([1, 2, 3, 4], () => text.get()),
            { value: "long", runs: ["long"], said: [] },
        );
        assert.deepEqual(
            round([1], () => text.get()),
            { value: "short", runs: ["long", "text"], said: [] },
        );
    });

    it("says again what was said by what is not done again, in the same order", () => {
        const each = graph.family((index: number) => {
            graph.say(`each ${index}`);
        });
        const all = graph.value(() => {
            for (const one of numbers.get()) each.get(one);
            graph.say("all");
        });
        const first = round([1, 2], () => all.get()).said;
        assert.deepEqual(first, ["each 1", "each 2", "all"]);
        assert.deepEqual(round([1, 2], () => all.get()).said, first);
        assert.deepEqual(round([2], () => all.get()).said, ["each 2", "all"]);
        assert.deepEqual(round([2, 1], () => all.get()).said, ["each 2", "each 1", "all"]);
    });

    it("reads nothing any more that a computation would not read now", () => {
        const item = graph.family((index: number) => {
            runs.push(`item ${index}`);
            graph.say(`item ${index}`);
            return index;
        });
        const length = graph.value(() => numbers.get().length);
        const last = graph.value(() => (length.get() > 1 ? item.get(length.get()) : 0));
        assert.deepEqual(
            round([1, 2], () => last.get()),
            { value: 2, runs: ["item 2"], said: ["item 2"] },
        );
        assert.deepEqual(
            round([1], () => last.get()),
            { value: 0, runs: [], said: [] },
        );
        assert.deepEqual(
            round([1, 2], () => last.get()),
            { value: 2, runs: ["item 2"], said: ["item 2"] },
            "what nobody asked for was forgotten",
        );
    });

    it("fails as often as it is asked, and recovers when what it read changes", () => {
        const first = graph.value(() => {
            runs.push("first");
            const [one] = numbers.get();
            if (one === undefined) throw new Error("empty");
            return one;
        });
        const safe = graph.value(() => {
            runs.push("safe");
            try {
                return first.get();
            } catch {
                return -1;
            }
        });
        assert.deepEqual(
            round([], () => safe.get()),
            { value: -1, runs: ["safe", "first"], said: [] },
        );
        assert.deepEqual(
            round(numbers.get(), () => safe.get()),
            { value: -1, runs: [], said: [] },
        );
        assert.throws(() => first.get(), /empty/);
        assert.deepEqual(
            round([7], () => safe.get()),
            { value: 7, runs: ["first", "safe"], said: [] },
        );
    });

    it("does again what holds until a time, from that time on", () => {
        const state = graph.value(() => {
            runs.push("state");
            graph.holdsUntil(10);
            graph.holdsUntil(20);
            return graph.now < 10 ? "new" : graph.now < 20 ? "old" : "gone";
        });
        const shown = graph.value(() => (runs.push("shown"), state.get()));
        const list = numbers.get();
        assert.deepEqual(
            [
                round(list, () => shown.get(), 1),
                round(list, () => shown.get(), 9),
                round(list, () => shown.get(), 10),
                round(list, () => shown.get(), 25),
            ].map(({ value, runs: done }) => [value, done]),
            [
                ["new", ["shown", "state"]],
                ["new", []],
                ["old", ["state", "shown"]],
                ["gone", ["state", "shown"]],
            ],
        );
    });
});
