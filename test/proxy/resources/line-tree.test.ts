/** The compact form of places says what the syntax tree said. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { stringify } from "yaml";
import { parseDocuments } from "../../../istio/documents";
import { childPath, itemPath } from "../../../istio/paths";
import { compactPlaces } from "../../../proxy/resources/line-tree";

const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
        { maxDepth: 3 },
        fc.integer(),
        fc.constantFrom("a", "b c", ""),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom("a", "b", "x-y", "dotted.key", 'quo"ted'), tie("value"), { maxKeys: 4, noNullPrototype: true }),
    ),
}));

function pathsOf(one: unknown, path: string): string[] {
    if (Array.isArray(one)) return [path, ...one.flatMap((item, index) => pathsOf(item, itemPath(path, index)))];
    if (typeof one !== "object" || one === null) return [path];
    return [path, ...Object.entries(one).flatMap(([key, item]) => pathsOf(item, childPath(path, key)))];
}

describe("compact places", () => {
    it("are the same for every field of any object, and for fields that are not there", () => {
        fc.assert(
            fc.property(value, (spec) => {
                const text = stringify({ apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec });
                const [parsed] = parseDocuments(`# first\n${text}`, "p.yaml").documents;
                assert.ok(parsed);
                const placeOf = compactPlaces(parsed.object, (field) => parsed.placeOf(field));
                for (const path of pathsOf(parsed.object, "")) {
                    assert.deepEqual(placeOf(path), parsed.placeOf(path), path);
                    assert.deepEqual(placeOf(childPath(path, "missing")), parsed.placeOf(childPath(path, "missing")), `${path}.missing`);
                    assert.deepEqual(placeOf(itemPath(path, 99)), parsed.placeOf(itemPath(path, 99)), `${path}[99]`);
                }
            }),
            { numRuns: 100 },
        );
    });
});
