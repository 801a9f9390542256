import assert from "node:assert/strict";
import * as fc from "fast-check";
import { findingText, KINDS, kindTable, parseDocuments, unsupportedFields, validateObject, type Kind } from "../../istio";
import { arbitraryObject } from "./arbitrary";
import { CORPUS, objectOf } from "./corpus";

function check(value: unknown): void {
    const { object, findings } = validateObject(value);
    const refused = findings.some(({ level }) => level === "Error");
    assert.ok(!(refused && object), "an object is given beside an Error");
    for (const finding of findings) {
        assert.ok(finding.message !== "" && !/undefined|\[object|NaN/.test(finding.message.replace(/`[^`]*`/g, "")), findingText(finding));
        assert.ok(!findingText(finding).includes("\n"), findingText(finding));
    }
    if (object) {
        unsupportedFields(object);
        // What was accepted is accepted again, without another word.
        const again = validateObject(object);
        assert.deepEqual(again, { object, findings });
    }
}

describe("validation of anything", () => {
    it("answers any value without throwing", () => {
        fc.assert(fc.property(fc.oneof(fc.anything(), fc.jsonValue()), check));
    });

    for (const kind of KINDS) {
        it(`answers any JSON in a ${kind} without throwing`, function () {
            this.timeout(600_000);
            fc.assert(fc.property(arbitraryObject(kind as Kind), check), {
                numRuns: kind === "DestinationRule" || kind === "Sidecar" ? 60 : 150,
            });
        });
    }

    it("has no word for a name without a value where any name will do", () => {
        const subsets = [{ adresses: null, ports: [{ port: 80 }] }];
        check({ apiVersion: "v1", kind: "Endpoints", metadata: { name: "x" }, subsets });
    });

    it("answers each object of the corpus in whole sentences", () => {
        CORPUS.forEach((item, index) => check(objectOf(item, index)));
    });

    it("refuses the same with every version of a kind", () => {
        CORPUS.forEach((item, index) => {
            const object = objectOf(item, index);
            const group = String(object.apiVersion).split("/")[0];
            for (const version of kindTable(item.kind as Kind).versions) {
                assert.deepEqual(
                    validateObject({ ...object, apiVersion: `${group}/${version}` }).findings,
                    validateObject(object).findings,
                    item.title,
                );
            }
        });
    });

    it("places each finding at a line of the document", () => {
        CORPUS.forEach((item, index) => {
            const [parsed] = parseDocuments(JSON.stringify(objectOf(item, index), undefined, 2), "f.json").documents;
            for (const { place } of parsed ? validateObject(parsed.object, parsed).findings : []) {
                assert.ok(place && place.line >= 1);
            }
        });
    });

    it("leaves an accepted object as it is, but for nulls", () => {
        CORPUS.forEach((item, index) => {
            const value = objectOf(item, index);
            const { object } = validateObject(value);
            if (object && !JSON.stringify(value).includes("null")) {
                assert.equal(object, value, item.title);
            }
        });
    });
});
