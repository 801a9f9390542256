import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as path from "node:path";
import { LineCounter } from "yaml";
import * as fc from "fast-check";
import { findingText, parseDocuments, validateObject } from "../../istio";
import { toPlain } from "../../istio/document-values";
import { composeDocuments } from "../../istio/yaml-documents";
import { YAML_DIFFERENCES } from "./yaml-corpus";
import { ownAnswer, type Answer } from "./yaml-support";

const HEAD = "apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata:\n  name: a\n";
const entry = (fields: string): string =>
    `${HEAD}spec: {hosts: [a.example.com], resolution: NONE, ports: [{number: 80, name: http, protocol: HTTP}], ${fields}}\n`;

/** What reading and validation say, in one text each. */
function said(text: string): string[] {
    const { documents, findings } = parseDocuments(text, "f.yaml");
    return [...findings, ...documents.flatMap((one) => validateObject(one.object, one).findings)].map(findingText);
}

describe("YAML", () => {
    const recorded = JSON.parse(readFileSync(path.join(__dirname, "recorded/kubectl-yaml.json"), "utf8")) as [string, Answer][];

    it("is read as kubectl reads it", () => {
        assert.ok(recorded.length > 1000);
        const differences = recorded.flatMap(([text, theirs]) => {
            const ours = ownAnswer(text);
            const isExpected = text in YAML_DIFFERENCES !== (ours === theirs);
            return isExpected ? [] : [`${JSON.stringify(text)}: kubectl ${theirs}, ours ${ours}`];
        });
        assert.deepEqual(differences, []);
    });

    it("makes a list of addresses of addresses", () => {
        assert.deepEqual(said(entry("addresses: [192.0.2.10, 2001:db8::]")), []);
        assert.match(said(entry("addresses: [::1]")).join(), /GH0114.*quotes/);
    });

    for (const [written, value] of [
        ["y", "true"],
        ["010", "8"],
        ["1.0", "1"],
        ["0o17", "15"],
        ["1_000", "1000"],
        ["no", "false"],
        ["0x1F", "31"],
        ["1e3", "1000"],
    ] as const) {
        it(`names a text that is written \`${written}\` and what to write`, () => {
            const [finding = ""] = said(
                `${HEAD.replace("name: a\n", `name: a\n  labels: {version: ${written}}\n`)}spec: {hosts: [a.example.com]}\n`,
            ).filter((one) => one.startsWith("Error"));
            assert.equal(
                finding,
                `Error GH0102 ServiceEntry default/a metadata.labels.version: got \`${written}\`, which is \`${value}\` to YAML, wanted a text (f.yaml:5). Put it in quotes: "${written}".`,
            );
        });
    }

    it("warns of a number whose 0 in front makes another one of it", () => {
        assert.match(
            said(entry("").replace("number: 80", "number: 0443")).join(),
            /^Warning GH0126 .*number: `0443` is `291` to YAML.*Write `443`/,
        );
        assert.match(said(entry("").replace("number: 80", "number: 0_80")).join(), /^Warning GH0126 .*`0_80` is `80`/);
        assert.deepEqual(said(entry("").replace("number: 80", "number: 0x50")), []);
    });

    it("warns of a key that is another one to YAML", () => {
        for (const [written, name] of [
            ["y", "true"],
            ["010", "8"],
            ["1.0", "1"],
            ["0x10", "16"],
        ] as const) {
            assert.match(
                said(entry(`workloadSelector: {labels: {${written}: "a"}}`)).join(),
                new RegExp(`Warning GH0126 .*the key \`${written.replace(".", "\\.")}\` is \`${name}\``),
            );
            assert.deepEqual(said(entry(`workloadSelector: {labels: {"${written}": "a"}}`)), []);
        }
    });

    it("takes the last of a key that stands twice, as kubectl does, with a warning", () => {
        const [one] = parseDocuments(entry("hosts: [b.example.com]"), "f.yaml").documents;
        assert.deepEqual((one?.object as unknown as { spec: { hosts: unknown } }).spec.hosts, ["b.example.com"]);
        assert.match(said(entry("hosts: [b.example.com]")).join(), /^Warning GH0115 .*spec\.hosts/);
    });

    describe("of several documents", () => {
        const thing = (name: string): string => `apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: ${name}}\n`;
        /** What kubectl reads of each, and what we say. */
        const TEXTS: Readonly<Record<string, readonly [text: string, names: string, said?: RegExp]>> = {
            "text behind `...`": [`${thing("a")}...\n${thing("b")}`, "a", /^Error GH0114.*`\.\.\.`.*not read.*f\.yaml:5/],
            "text behind `...` that is no YAML": [`${thing("a")}...\n# c\n\n{ [\n`, "a", /^Error GH0114.*not read.*f\.yaml:7/],
            "a document behind `...` and `---`": [`${thing("a")}...\n---\n${thing("b")}`, "a,b"],
            "a comment behind `...`": [`${thing("a")}... # c\n# d\n`, "a"],
            "`...` in a block of text": [`${thing("a")}x: |\n  a\n  ...\n  ---\n  b\n`, "a"],
            "a directive behind `...`": [`${thing("a")}...\n%YAML 1.1\n---\n${thing("b")}`, "a,b"],
            "empty ones": [`---\n---\n${thing("a")}---\n# c\n---\n\n---\nnull\n---\n`, "a"],
            "a byte order mark in front": [`\uFEFF${thing("a")}`, "a"],
            "a byte order mark before a later one": [`${thing("a")}---\n\uFEFF${thing("b")}`, "a,b"],
            "line ends of DOS": [`${thing("a")}---\n${thing("b")}`.replaceAll("\n", "\r\n"), "a,b"],
            "blanks behind a mark": [`${thing("a")}--- \t\n${thing("b")}--- # c\n${thing("c")}`, "a,b,c"],
            "an anchor of another one": [`x: &x 1\n${thing("a")}---\n${thing("b")}y: *x\n`, "a", /^Error GH0114.*no anchor/],
            "a quote that a mark cuts off": [`${thing("a")}---\n${thing("b")}x: "a\n---\n${thing("c")}`, "a,c", /^Error GH0114.*missing/],
        };
        for (const [name, [text, names, message]] of Object.entries(TEXTS)) {
            it(`reads what kubectl reads: ${name}`, () => {
                const { documents, findings } = parseDocuments(text, "f.yaml");
                assert.equal(documents.map(({ object }) => object.metadata.name).join(), names);
                if (message) assert.match(findings.map(findingText).join("\n"), message);
                else assert.deepEqual(findings, []);
            });
        }
    });

    it("says nothing of what was written of a Secret", () => {
        const text = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {pin: 0123456}\n";
        assert.doesNotMatch(said(text).join(), /123456|42798/);
    });

    describe("that expands", () => {
        const steps = (text: string): number => {
            const { documents } = composeDocuments(text, new LineCounter());
            return documents.reduce((sum, one) => sum + toPlain(one.contents).steps, 0);
        };
        const SHAPES: Readonly<Record<string, (count: number) => string>> = {
            aliases: (count) => `a: &a {b: [1, 2, 3]}\nc:\n${"- *a\n".repeat(count)}`,
            "aliases of aliases": (count) =>
                `a0: &a0 [1]\n${Array.from({ length: count }, (_, index) => `a${index + 1}: &a${index + 1} [*a${index}, *a${index}]\n`).join("")}`,
            "anchors beside aliases": (count) =>
                Array.from({ length: count }, (_, index) => `k${index}: [&a${index} b, *a${index}]\n`).join(""),
            "merges of merges": (count) =>
                `x0: &x0 {k: 1}\n${Array.from({ length: count }, (_, index) => `x${index + 1}: &x${index + 1} {<<: *x${index}, k${index}: 1}\n`).join("")}`,
            "merges of one": (count) =>
                `b: &b {${Array.from({ length: 200 }, (_, index) => `k${index}: 1`).join(", ")}}\nc:\n${"- {<<: *b}\n".repeat(count)}`,
            "a list of merges": (count) => `b: &b {k: 1, l: 2}\nc: {<<: [${"*b, ".repeat(count)}*b]}\n`,
        };

        for (const [name, shape] of Object.entries(SHAPES)) {
            it(`takes a step a node, and no more than a budget beyond: ${name}`, () => {
                fc.assert(
                    fc.property(fc.integer({ min: 1, max: 2000 }), (count) => {
                        const text = shape(count);
                        assert.ok(steps(text) <= 3 * text.length + 110_000, `${steps(text)} steps for ${text.length} characters`);
                    }),
                    { numRuns: 5 },
                );
            });
        }

        it("is named with its file and line, and the documents beside it are read", () => {
            const levels = Array.from(
                { length: 30 },
                (_, index) => `a${index + 1}: &a${index + 1} [${Array(9).fill(`*a${index}`).join(", ")}]`,
            ).join("\n");
            const { documents, findings } = parseDocuments(
                `${entry("")}---\n${HEAD}a0: &a0 [1]\n${levels}\n---\n${entry('addresses: &x [192.0.2.1], exportTo: ["*"]')}`,
                "many.yaml",
            );
            assert.equal(documents.length, 2);
            assert.deepEqual(
                findings.map(({ code, place }) => [code, place?.file, (place?.line ?? 0) > 12]),
                [["GH0116", "many.yaml", true]],
            );
        });

        it("is read where people repeat themselves", () => {
            const rules = "  - *rule\n".repeat(2000);
            const text = `apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: a}\nx: &rule {match: [{uri: {prefix: /a}}], route: [{destination: {host: b}}]}\nspec:\n  hosts: [a.example.com]\n  http:\n${rules}`;
            const { documents, findings } = parseDocuments(text, "f.yaml");
            assert.deepEqual([documents.length, findings], [1, []]);
        });

        it("is refused where it holds itself or nests without end", () => {
            assert.match(said(`${HEAD}spec: &a [*a]\n`).join(), /GH0114/);
            const nested = Array.from({ length: 60 }, (_, index) => `a${index + 1}: &a${index + 1} [[*a${index}]]`).join("\n");
            assert.match(said(`${HEAD}a0: &a0 [1]\n${nested}\n`).join(), /GH0116/);
        });
    });
});
