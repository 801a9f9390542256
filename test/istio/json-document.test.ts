/** JSON is read in a short way, which must come to what YAML's reader makes of the same text. */
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { describe, it } from "mocha";
import { parseDocuments, type ParsedDocuments } from "../../istio";
import { readJson } from "../../istio/json-document";
import { askedFields } from "./yaml-support";

/** A comment behind it is no JSON. */
const asYaml = (text: string): string => `${text}\n# read as YAML\n`;

const plain = ({ documents, findings }: ParsedDocuments): unknown => ({
    findings,
    documents: documents.map(({ object, place, placeOf, writtenOf }) => ({
        object: JSON.stringify(object),
        place,
        fields: askedFields(object).map((path) => [path, placeOf(path), writtenOf(path)]),
    })),
});

function assertAlike(text: string): void {
    if (readJson(text)) assert.deepEqual(plain(parseDocuments(text, "f.json")), plain(parseDocuments(asYaml(text), "f.json")));
}

const key = fc.oneof(fc.constantFrom("spec", "a", "80", "x.y/z", "<<", "__proto__", "items", "", "yes", "~"), fc.string({ maxLength: 5 }));
const scalar = fc.oneof(
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constantFrom(null, "", "010", "1e3", "\u2028", "\u0085", "é", "😀", "a: b", "# c", "\ufeff", "\n", "\u0007", 2 ** 53, -0, 1e21),
    fc.string({ maxLength: 8 }),
);
const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
        { depthSize: "small" },
        scalar,
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(key, tie("value"), { maxKeys: 3 }),
    ),
}));
const object = fc.record({
    apiVersion: fc.constant("v1"),
    kind: fc.constantFrom("Pod", "List", "PodList"),
    metadata: fc.constant({ name: "p" }),
    items: fc.array(value, { maxLength: 2 }),
    spec: value,
});
const layout = fc.constantFrom(undefined, 0, 1, 4, "\t");

describe("a document that is JSON", () => {
    it("is what YAML's reader makes of it, field by field and line by line", () => {
        fc.assert(
            fc.property(object, layout, fc.constantFrom("", "---\n", "--- \r\n\n  ", "\n\n"), fc.boolean(), (one, indent, mark, isDos) => {
                const written = mark + JSON.stringify(one, undefined, indent);
                const text = isDos ? written.replace(/\r?\n/g, "\r\n") : written;
                assertAlike(text);
            }),
            { numRuns: 100 },
        );
    });

    it("is what YAML's reader makes of it, whatever becomes of its text", () => {
        const change = fc.record({
            at: fc.nat(),
            with: fc.constantFrom(
                "",
                " ",
                ",",
                ":",
                '"',
                "\\",
                "}",
                "{",
                "]",
                "0",
                "\n",
                "\r",
                "\t",
                "-",
                "#",
                "e",
                "\\u0041",
                "\0",
                '"a":1,',
                "...",
            ),
        });
        fc.assert(
            fc.property(object, layout, fc.array(change, { minLength: 1, maxLength: 2 }), (one, indent, changes) => {
                let text = JSON.stringify(one, undefined, indent);
                for (const { at, with: other } of changes) {
                    const from = at % text.length;
                    text = text.slice(0, from) + other + text.slice(from + (at % 2));
                }
                assertAlike(text);
            }),
            { numRuns: 100 },
        );
    });

    it("is told from YAML, which it is left to where it has two meanings", () => {
        const isJson = (text: string): boolean => readJson(text) !== undefined;
        for (const text of ['{"a":1}', '---\n{ "a" : [ true, null, -12, "x\\n" ] }\n\n', '{\r\n\t"a": {}\r\n}'])
            assert.ok(isJson(text), text);
        for (const text of [
            '{"a":1,"a":2}',
            '{"<<":{"b":1}}',
            '{"__proto__":1}',
            '{"a":01}',
            '{"a":1.0}',
            '{"a":-0}',
            '{"a":9007199254740993}',
            '{"a":"\\u0041"}',
            '{"a":"\u0085"}',
            '{"a"\n:1}',
            '{"a":1}}',
            '{"a":1} # b',
            '{"a":1,}',
            '["a"]',
            `{"${"k".repeat(600)}":1}`,
            `{"a":${"[".repeat(60)}${"]".repeat(60)}}`,
            '{"a":"',
            '{"a":"\\',
            "{",
            "",
        ])
            assert.ok(!isJson(text), text);
    });
});
