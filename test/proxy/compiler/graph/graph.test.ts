/** What the compiler's memory rests on: nothing is computed again without need, and nothing that was needed is missed. */
import assert from "node:assert/strict";
import { beforeEach, describe, it } from "mocha";
import fc from "fast-check";
import { Graph, type Family, type Input, type Lookup } from "../../../../proxy/compiler/graph/graph";

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
        const said = [...graph.said()].sort();
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

    it("says again what was said by what is not done again, and nothing that nobody asks for any more", () => {
        const each = graph.family((index: number) => {
            graph.say(`each ${index}`);
        });
        const all = graph.value(() => {
            for (const one of numbers.get()) each.get(one);
            graph.say("all");
        });
        const first = round([1, 2], () => all.get()).said;
        assert.deepEqual(first, ["all", "each 1", "each 2"]);
        assert.deepEqual(round([1, 2], () => all.get()).said, first);
        assert.deepEqual(round([2], () => all.get()).said, ["all", "each 2"]);
        assert.deepEqual(round([2, 1], () => all.get()).said, first);
        assert.deepEqual(round([2, 1], () => 0).said, [...first], "a root that is not asked for is forgotten when the round is over");
        assert.deepEqual(round([2, 1], () => 0).said, []);
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

    it("asks only what rests on something that changed, however much else there is", () => {
        const at = graph.lookup(numbers, (list, index: number) => list[index] ?? 0);
        let asked = 0;
        const each = graph.family(
            (index: number) => at.get(index),
            (a, b) => {
                asked++;
                return a === b;
            },
        );
        const all = graph.family((group: number) => [0, 1, 2, 3].map((one) => each.get(4 * group + one)).join());
        const text = graph.value(() => [0, 1, 2, 3, 4].map((group) => (runs.push(`group ${group}`), all.get(group))).join(";"));
        const list = Array.from({ length: 20 }, (_, index) => index);
        round(list, () => text.get());
        const { value } = round(
            list.map((one) => (one === 7 ? 70 : one)),
            () => text.get(),
        );
        assert.match(value, /;4,5,6,70;/);
        assert.equal(asked, 1);
    });

    it("tells of a failed source when it is over", () => {
        const byNumber = graph.value(() => {
            const list = numbers.get();
            if (list.length === 0) throw new Error("empty");
            return new Map(list.map((one) => [one, one * one]));
        });
        const square = graph.lookup(byNumber, (all, one: number) => all.get(one) ?? -1);
        const safe = graph.value(() => {
            try {
                return square.get(3);
            } catch {
                return "failed";
            }
        });
        const values = [[], [1], [3], [], [3]].map((list) => round(list, () => safe.get()).value);
        assert.deepEqual(values, ["failed", -1, 9, "failed", 9]);
    });

    it("finds items of a list by their keys as in a list that is looked through, whatever changes of it", () => {
        const item = fc.record({ id: fc.nat(30), keys: fc.uniqueArray(fc.constantFrom("a", "b", "c", "d"), { maxLength: 3 }) });
        const edit = fc.record({ at: fc.nat(40), remove: fc.nat(3), add: fc.array(item, { maxLength: 3 }) });
        fc.assert(
            fc.property(fc.array(item, { maxLength: 40 }), fc.array(edit, { maxLength: 10 }), (first, edits) => {
                const own = new Graph<string>();
                const list = own.input<readonly (typeof first)[number][]>(first);
                const byKey = own.index(list, ({ keys }) => keys);
                const seen = own.family((key: string) => byKey.get(key).map(({ id }) => id));
                const now = [...first];
                for (const { at, remove, add } of [{ at: 0, remove: 0, add: [] }, ...edits]) {
                    now.splice(at, remove, ...add);
                    own.begin(0);
                    list.set([...now]);
                    for (const key of ["a", "b", "c", "d"])
                        assert.deepEqual(
                            seen.get(key),
                            now.filter(({ keys }) => (keys as readonly string[]).includes(key)).map(({ id }) => id),
                        );
                    own.end();
                }
            }),
        );
    });

    /**
     * Levels of computations over the ones below, some through maps that are looked into. What a computation reads depends on what it
     * has read: that is what makes a graph change its shape.
     */
    class Pyramid {
        readonly inputs: readonly Input<number>[];
        readonly #tops: Family<number, number>;
        readonly #graph = new Graph<string>();

        constructor(values: readonly number[]) {
            const graph = this.#graph;
            this.inputs = values.map((one) => graph.input(one));
            const width = values.length;
            let below: (index: number) => number = (index) => this.inputs[index % width]?.get() ?? 0;
            let tops: Family<number, number> | undefined;
            for (let level = 1; level <= 4; level++) {
                const source = below;
                const map = graph.value((): ReadonlyMap<number, number> => new Map(values.map((_, index) => [index, source(index) % 5])));
                const lookup: Lookup<ReadonlyMap<number, number>, number, number> = graph.lookup(
                    map,
                    (all, key: number) => all.get(key) ?? 0,
                );
                const family: Family<number, number> = graph.family((index: number): number => {
                    const one = source(index);
                    if (one % 7 === 6) throw new Error(`no ${one}`);
                    if (one % 3 === 0) graph.say(`level ${level}: ${one}`);
                    return one % 2 === 0 ? one + lookup.get((index + one) % width) : one + guarded(() => source(index + 1));
                });
                tops = family;
                below = (index) => guarded(() => family.get(index % width));
            }
            this.#tops = tops as Family<number, number>;
        }

        ask(values: readonly number[], asked: readonly number[]): { readonly values: readonly number[]; readonly said: readonly string[] } {
            this.#graph.begin(0);
            for (const [index, value] of values.entries()) this.inputs[index]?.set(value);
            const tops = asked.map((index) => guarded(() => this.#tops.get(index % values.length)));
            this.#graph.end();
            return { values: tops, said: [...new Set(this.#graph.said())].sort() };
        }
    }

    function guarded(ask: () => number): number {
        try {
            return ask();
        } catch {
            return 1;
        }
    }

    it("comes to what a graph comes to that knows nothing from before, whatever changes and whatever is asked for", () => {
        const step = fc.record({
            changes: fc.array(fc.record({ at: fc.nat(7), value: fc.nat(40) }), { maxLength: 3 }),
            asked: fc.uniqueArray(fc.nat(7), { minLength: 1, maxLength: 8 }),
        });
        fc.assert(
            fc.property(
                fc.array(fc.nat(40), { minLength: 8, maxLength: 8 }),
                fc.array(step, { minLength: 1, maxLength: 12 }),
                (first, steps) => {
                    const values = [...first];
                    const known = new Pyramid(values);
                    for (const { changes, asked } of steps) {
                        for (const { at, value } of changes) values[at] = value;
                        assert.deepEqual(known.ask(values, asked), new Pyramid(values).ask(values, asked));
                    }
                },
            ),
            { numRuns: 100 },
        );
    });
});
