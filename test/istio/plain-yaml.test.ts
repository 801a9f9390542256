/** Plain YAML is read in a short way, which must come to what YAML's reader makes of the same text. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import * as fc from "fast-check";
import { describe, it } from "mocha";
import { stringify } from "yaml";
import { parseDocuments, type ParsedDocuments } from "../../istio";
import { readPlainYaml } from "../../istio/plain-yaml";
import { placesOfShort } from "../../proxy/resources/line-tree";
import { askedFields } from "./yaml-support";

/** Of a comment with a tab the short way knows nothing. */
const asWhole = (text: string): string => `${text}${text.endsWith("\n") ? "" : "\n"}#\t\n`;

const plain = ({ documents, findings }: ParsedDocuments): unknown => ({
    findings,
    documents: documents.map(({ object, place, placeOf, writtenOf, short }) => {
        const compact = short ? placesOfShort(object, place.file, short) : placeOf;
        return {
            object: JSON.stringify(object),
            place,
            fields: askedFields(object).map((at) => [at, placeOf(at), writtenOf(at), compact(at)]),
        };
    }),
});

/** Whether it was read in the short way. */
function assertAlike(text: string): boolean {
    if (readPlainYaml(text) === undefined) return false;
    assert.equal(readPlainYaml(asWhole(text)), undefined);
    assert.deepEqual(plain(parseDocuments(text, "f.yaml")), plain(parseDocuments(asWhole(text), "f.yaml")), text);
    return true;
}

const key = fc.oneof(
    fc.constantFrom("spec", "a", "80", "x.y/z", "yes", "no", "null", "items", "_", "__proto__", "http"),
    fc.string({ maxLength: 4 }),
);
const scalar = fc.oneof(
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constantFrom(
        null,
        "",
        "010",
        "1e3",
        "é",
        "\u2028",
        "\u00a0a",
        "a: b",
        "a # c",
        "- a",
        "a\nb\n",
        "a\n\nb",
        "  a\nb",
        "\n",
        "12:30",
        "yes",
    ),
    fc.constantFrom("*", "/api", "it's", "~", "-1", "--- a", "...", "a:", "2024-01-01T00:00:00Z", "x".repeat(90), "<a>", 'say "b"', "a\\b"),
    fc.string({ maxLength: 8 }),
);
const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
        { depthSize: "small" },
        scalar,
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(key, tie("value"), { maxKeys: 3, noNullPrototype: true }),
    ),
}));
const object = fc.record({
    apiVersion: fc.constant("v1"),
    kind: fc.constantFrom("Pod", "List", "PodList"),
    metadata: fc.constant({ name: "p" }),
    items: fc.array(value, { maxLength: 2 }),
    spec: value,
});
const layout = fc.record({
    lineWidth: fc.constantFrom(0, 80),
    indentSeq: fc.boolean(),
    indent: fc.constantFrom(1, 2, 4),
    singleQuote: fc.boolean(),
});

describe("plain YAML", () => {
    it("is what YAML's reader makes of it, field by field and line by line", () => {
        let short = 0;
        fc.assert(
            fc.property(object, layout, fc.constantFrom("", "---\n", "# a\n\n--- # b\n", "\n"), (one, options, mark) => {
                if (assertAlike(mark + stringify(one, { aliasDuplicateObjects: false, ...options }))) short++;
            }),
            { numRuns: 200 },
        );
        assert.ok(short > 20, `${short}`);
    });

    it("is what YAML's reader makes of it, whatever becomes of its text", () => {
        const pieces = ["", " ", "  ", ",", ":", ": ", '"', "'", "\\", "}", "{", "[]", "{}", "0", "\n", "\n\n", "\r", "\t", "-", "- ", "#"];
        const more = [
            " #",
            "# c\n",
            "|",
            "|-\n",
            ">",
            "?",
            "&a ",
            "*a",
            "!!str ",
            "%",
            "@",
            "`",
            "---\n",
            "...",
            "<<: ",
            "~",
            "yes: ",
            "0x1F",
            "\0",
        ];
        const change = fc.record({ at: fc.nat(), of: fc.nat({ max: 3 }), with: fc.constantFrom(...pieces, ...more) });
        const simple = fc.record({
            apiVersion: fc.constant("v1"),
            kind: fc.constant("Pod"),
            metadata: fc.constant({ name: "p", labels: { a: "b", c: "it is" } }),
            spec: fc.record({
                a: fc.array(fc.record({ b: scalar, c: fc.constant("d") }), { maxLength: 2 }),
                e: scalar,
                f: fc.constant("x\ny\n"),
            }),
        });
        fc.assert(
            fc.property(simple, layout, fc.array(change, { minLength: 1, maxLength: 2 }), (one, options, changes) => {
                let text = stringify(one, { aliasDuplicateObjects: false, ...options });
                for (const { at, of, with: other } of changes) {
                    const from = at % text.length;
                    text = text.slice(0, from) + other + text.slice(from + of);
                }
                assertAlike(text);
            }),
            { numRuns: 600 },
        );
    });

    it("is what YAML's reader makes of every text that is held against kubectl", () => {
        const file = path.join(__dirname, "recorded/kubectl-yaml.json");
        const texts = (JSON.parse(readFileSync(file, "utf8")) as [string, unknown][]).map(([text]) => text);
        assert.ok(texts.filter((text) => assertAlike(text)).length > 100);
    });

    it("is what an object rendered is", () => {
        const text = stringify(
            {
                apiVersion: "v1",
                kind: "Secret",
                metadata: { name: "s", labels: {} },
                stringData: { a: "-----BEGIN\nMII\n\nx\n" },
                list: [],
            },
            { lineWidth: 0, aliasDuplicateObjects: false },
        );
        assert.ok(assertAlike(text));
    });

    it("is told from YAML that says more, which is left to its reader", () => {
        const isPlain = (text: string): boolean => readPlainYaml(text) !== undefined;
        for (const text of [
            "a: 1",
            "---\na: b # c\n",
            "a:\n- b\n-   c: d\n    e: f\n",
            "a: |\n  b\n\n   c\nd: 'it''s'\n",
            "a: []\nb: {}\n",
        ])
            assert.ok(isPlain(text), text);
        for (const text of [
            "",
            "- a",
            "a",
            "a:",
            "a: b\na: c",
            "a: 010",
            "a: b: c",
            "a: b\n c",
            "a: [b]",
            "a: &b c",
            "a: >\n  b\n",
            "a: |+\n  b\n",
            "a: |2\n  b\n",
            "a: |\n  b",
            "a: |\n  b\n # c\n",
            "a: 'b\n  c'",
            'a: "\\x41"',
            "yes: a",
            "<<: a",
            "__proto__: a",
            "a:\tb",
            "a: b\r\n",
            "a: *",
            "a: b\n...\n",
            "%YAML 1.1\n---\na: b",
            "--- a: b",
            "a: b\n--- \nc: d\n",
            "a:\n  - - b\n",
            "a:\n  -\n    b: c\n",
            "  a: b\n",
            "a:\n    b: c\n  d: e\n",
        ])
            assert.ok(!isPlain(text), text);
    });
});
