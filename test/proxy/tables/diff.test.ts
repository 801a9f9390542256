/** A delta turns one set of tables into another, and carries nothing else. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import {
    TABLE_NAMES,
    applyDelta,
    deltaSize,
    diffTables,
    emptyTables,
    isEmptyDelta,
    type TableName,
    type Tables,
} from "../../../proxy/tables";

/** Entries of any shape will do: a delta looks at nothing but the key. */
const plain = { noNullPrototype: true } as const;
const value = fc.record(
    { n: fc.integer({ min: 0, max: 2 }), nested: fc.array(fc.record({ text: fc.constantFrom("a", "b") }, plain), { maxLength: 2 }) },
    plain,
);
const table = fc
    .dictionary(fc.constantFrom("a", "b", "c", "d"), value, plain)
    .map((entries) => new Map(Object.entries(entries).map(([key, one]) => [key, { key, ...one }])));
const tables: fc.Arbitrary<Tables> = fc.record(
    Object.fromEntries(TABLE_NAMES.map((name) => [name, table])) as Record<TableName, typeof table>,
    plain,
) as unknown as fc.Arbitrary<Tables>;

const listener = (key: string, line: number): Tables["listeners"] extends ReadonlyMap<string, infer L> ? L : never => ({
    key,
    bind: "0.0.0.0",
    port: 80,
    targetPort: 80,
    kind: "http",
    origin: { group: "networking.istio.io", kind: "Gateway", namespace: "a", name: "g", field: "", file: "g.yaml", line },
});
const withListeners = (...entries: ReturnType<typeof listener>[]): Tables => ({
    ...emptyTables(),
    listeners: new Map(entries.map((one) => [one.key, one])),
});

describe("deltas", () => {
    it("turn the tables before into the tables after", () => {
        fc.assert(
            fc.property(tables, tables, (before, after) => {
                const frozen = structuredClone(before);
                const delta = diffTables(before, after, 7);
                assert.deepEqual(applyDelta(before, delta), after);
                assert.deepEqual(before, frozen, "the tables before stay as they are");
                assert.deepEqual([delta.version, delta.full], [7, false]);
            }),
        );
    });

    it("start from nothing where nothing was before", () => {
        fc.assert(
            fc.property(tables, tables, (next, whatever) => {
                const delta = diffTables(undefined, next, 1);
                assert.equal(delta.full, true);
                assert.deepEqual(applyDelta(whatever, delta), next);
            }),
        );
    });

    it("hold each entry that differs once, and none that does not", () => {
        fc.assert(
            fc.property(tables, tables, (before, after) => {
                const delta = diffTables(before, structuredClone(after), 1);
                for (const name of TABLE_NAMES) {
                    const differing = [...after[name].entries()]
                        .filter(([key, entry]) => JSON.stringify(before[name].get(key)) !== JSON.stringify(entry))
                        .map(([key]) => key);
                    assert.deepEqual(
                        (delta.set[name] ?? []).map(({ key }) => key),
                        differing,
                    );
                    assert.deepEqual(
                        delta.remove[name] ?? [],
                        [...before[name].keys()].filter((key) => !after[name].has(key)),
                    );
                }
                assert.equal(isEmptyDelta(delta), deltaSize(delta) === 0);
            }),
        );
    });

    it("cross a process boundary", () => {
        fc.assert(
            fc.property(tables, tables, (before, after) => {
                assert.deepEqual(applyDelta(before, structuredClone(diffTables(before, after, 1))), after);
            }),
        );
    });

    it("count a moved line as a change: what says where an entry came from must stay true", () => {
        assert.equal(
            deltaSize(diffTables(withListeners(listener("a", 1), listener("b", 2)), withListeners(listener("a", 1), listener("b", 3)), 2)),
            1,
        );
    });

    it("share the tables they do not touch", () => {
        const before = withListeners(listener("a", 1));
        const after = applyDelta(before, diffTables(before, withListeners(listener("a", 2)), 2));
        assert.equal(after.clusters, before.clusters);
        assert.notEqual(after.listeners, before.listeners);
    });
});
