/** JSON Schemas of the kinds, judged by Ajv: they take what validation takes, and refuse what an editor should mark. */
import assert from "node:assert/strict";
import Ajv from "ajv";
import { describe, it } from "mocha";
import { documentSchema, kindSchema, KINDS, validateObject } from "../../istio";
import { CORPUS, objectOf, titleOf } from "./corpus";

describe("the JSON Schema", () => {
    const ajv = new Ajv({ strict: false, allErrors: true });
    const judge = ajv.compile(documentSchema(KINDS));
    const faults = (object: unknown): string[] =>
        judge(object) ? [] : (judge.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
    const virtualService = (spec: object, rest: object = {}): object => ({
        apiVersion: "networking.istio.io/v1",
        kind: "VirtualService",
        metadata: { name: "web", namespace: "shop" },
        spec,
        ...rest,
    });

    it("of each kind is one by draft 7", () => {
        for (const kind of KINDS) assert.equal(ajv.validateSchema(kindSchema(kind)), true, kind);
        assert.equal(ajv.validateSchema(documentSchema(KINDS)), true);
    });

    it("takes every object in which validation finds no fault, but for a null, which says nothing and is marked", () => {
        const wrong = CORPUS.flatMap((item, index) => {
            const object = objectOf(item, index);
            if (validateObject(object).findings.length > 0 || JSON.stringify(object).includes(":null")) return [];
            const found = faults(object);
            return found.length === 0 ? [] : [`${titleOf(item)}: ${found.join("; ")}`];
        });
        assert.deepEqual(wrong, []);
    });

    it("marks fields that there are not, words, types, and what is missing", () => {
        const cases: readonly (readonly [object, RegExp])[] = [
            [virtualService({ hosts: ["a.example.com"], htp: [] }), /\/spec must NOT have additional properties/],
            [virtualService({ hosts: "a.example.com" }), /\/spec\/hosts must be array/],
            [virtualService({ hosts: ["a"], http: [{ timeout: 3 }] }), /\/spec\/http\/0\/timeout must be string/],
            [virtualService({ hosts: ["a"] }, { apiVersion: "networking.istio.io/v1", metadata: undefined }), /metadata/],
        ];
        for (const [object, wanted] of cases) assert.match(faults(JSON.parse(JSON.stringify(object))).join("\n"), wanted);
    });

    it("has for every version that is served the same fields", () => {
        for (const version of ["v1", "v1beta1", "v1alpha3"]) {
            const object = virtualService({ hosts: ["a"], no: 1 }, { apiVersion: `networking.istio.io/${version}` });
            assert.notDeepEqual(faults(object), [], version);
        }
    });

    it("lets documents of other kinds pass", () => {
        assert.deepEqual(faults({ apiVersion: "apps/v1", kind: "Deployment", spec: { anything: true } }), []);
        assert.deepEqual(faults({ apiVersion: "gateway.networking.k8s.io/v1", kind: "Gateway", spec: {} }), []);
    });

    it("says of a field what it is for, what is not served, and what to write today", () => {
        const text = JSON.stringify(kindSchema("DestinationRule")) + JSON.stringify(kindSchema("Gateway"));
        assert.match(text, /"description":"[^"]+ \(not served by the bundled proxy: /);
        assert.match(text, /"deprecationMessage":"/);
    });
});
