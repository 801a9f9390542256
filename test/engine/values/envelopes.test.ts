/** Secrets on the wire: kept sealed, found by path, opened only on demand. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import type { PropertyMap, PropertyValue } from "../../../engine";
import {
    holdsSecret,
    open,
    openMap,
    seal,
    secretPaths,
    withoutOutputValues,
    withoutUnknowns,
    withOutputValues,
} from "../../../engine/values/envelopes";
import { withoutReferences } from "../../../engine/values/references";
import { leaves } from "../../../engine/values/leaves";

const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** JSON with secrets anywhere in it. */
const sealedValue: fc.Arbitrary<PropertyValue> = fc.letrec<{ value: PropertyValue }>((tie) => ({
    value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom<PropertyValue>(null, true, 7, "text"),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom("a", "b", "c.d", "e"), tie("value"), { maxKeys: 3, noNullPrototype: true }),
        tie("value").map(seal),
    ),
})).value;

describe("sealed values", () => {
    it("name each secret by its path, and nothing below it", () => {
        const map: PropertyMap = {
            plain: 1,
            top: seal({ inner: seal("x") }),
            list: [0, { deep: seal(1) }],
            "with.dot": { "0a": seal("y") },
        };
        assert.deepEqual(secretPaths(map), ['["with.dot"]["0a"]', "list[1].deep", "top"]);
    });

    it("open to what is inside, however deep", () => {
        assert.deepEqual(openMap({ a: seal({ b: seal([seal(1)]) }) }), { a: { b: [1] } });
    });

    it("hold no secret once they are opened", () => {
        fc.assert(fc.property(sealedValue, (value) => !holdsSecret(open(value))));
    });

    it("come back from output values as they went", () => {
        fc.assert(
            fc.property(sealedValue, (value) => {
                assert.deepEqual(withoutOutputValues(withOutputValues(value)), value);
            }),
        );
    });

    it("have a path for each secret exactly when they hold one", () => {
        fc.assert(fc.property(sealedValue, (value) => secretPaths({ value }).length > 0 === holdsSecret(value)));
    });

    it("are sealed once only", () => {
        assert.deepEqual(seal(seal("x")), seal("x"));
    });

    it("lose the properties that are not known", () => {
        assert.deepEqual(withoutUnknowns({ a: 1, b: UNKNOWN, c: { d: [UNKNOWN] }, e: seal(UNKNOWN) }), { a: 1 });
    });

    it("give providers an id for a reference to a custom resource, and a URN for one to a component", () => {
        const reference = (fields: PropertyMap): PropertyMap => ({
            "4dabf18193072939515e22adb298388d": "5cf8f73096256a8f31e491e813e4eb8e",
            ...fields,
        });
        assert.deepEqual(withoutReferences({ a: [reference({ urn: "u", id: "i" })], b: reference({ urn: "u" }) }), { a: ["i"], b: "u" });
    });

    it("list their texts with the paths that lead there", () => {
        assert.deepEqual(leaves({ a: "x", b: [1, { "c-d": "y", "e.f": "z" }] }), [
            { path: "a", value: "x" },
            { path: "b[1].c-d", value: "y" },
            { path: 'b[1]["e.f"]', value: "z" },
        ]);
    });
});
