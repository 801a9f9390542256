/** Results as JSON and YAML: whatever stands in them, a terminal obeys nothing of it, and who parses it has the same. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import { parse } from "yaml";
import { jsonText, yamlText } from "../../cli/documents";

/** Of a document's own text only line ends and tabs are controls. */
const OBEYED = /[\0-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;
const text = fc.string({
    unit: fc.oneof(
        fc.constantFrom("\u00a0", "\u3000", "\u009b", "\u001b", "\u202e", "\u2028", "\n", '"', "\\", ":", "é", "a"),
        fc.string(),
    ),
});
const documents = fc.oneof(text, fc.dictionary(text, fc.oneof(text, fc.array(text))));

describe("a result as a document", () => {
    it("escapes what a terminal obeys, in JSON", () =>
        fc.assert(
            fc.property(documents, (value) => {
                const said = jsonText(value);
                assert.doesNotMatch(said, OBEYED);
                assert.deepEqual(JSON.parse(said), JSON.parse(JSON.stringify(value)));
            }),
        ));

    it("escapes it in YAML, in values and in names", () =>
        fc.assert(
            fc.property(documents, (value) => {
                const said = yamlText({ is: value });
                assert.doesNotMatch(said, OBEYED);
                assert.deepEqual(parse(`${said}\n`), JSON.parse(JSON.stringify({ is: value })));
            }),
        ));

    it("leaves all other documents as they were", () => {
        assert.equal(yamlText([{ a: "é b", c: 1 }]), "- a: é b\n  c: 1");
        assert.equal(jsonText({ a: "é" }), '{\n  "a": "é"\n}');
    });
});
