import assert from "node:assert/strict";
import * as fc from "fast-check";
import { parseDocuments } from "../../istio";

const service = (name: string): string => `apiVersion: v1\nkind: Service\nmetadata:\n  name: ${name}\n`;
const names = (text: string): string[] => parseDocuments(text, "f.yaml").documents.map(({ object }) => object.metadata.name);
const codes = (text: string): string[] => parseDocuments(text, "f.yaml").findings.map(({ code, place }) => `${code}:${place?.line}`);

describe("documents", () => {
    it("know the file and line of each field", () => {
        const text = `# a comment\n---\n${service("a")}spec:\n  ports:\n  - port: 80\n    name: http\n  - {port: 81, name: x}\n---\n${service("b")}`;
        const [a, b] = parseDocuments(text, "dir/f.yaml").documents;
        assert.deepEqual(a?.place, { file: "dir/f.yaml", line: 3 });
        assert.equal(a?.placeOf("spec.ports[0].name").line, 10);
        assert.equal(a?.placeOf("spec.ports[1].port").line, 11);
        assert.equal(a?.placeOf("metadata.name").line, 6);
        assert.equal(a?.placeOf("spec.ports[0].targetPort").line, 9, "an absent field is placed at what it would stand in");
        assert.equal(b?.placeOf("metadata.name").line, 16);
    });

    it("keep their lines with CRLF", () => {
        const [one] = parseDocuments(`---\r\n${service("a").replace(/\n/g, "\r\n")}`, "f.yaml").documents;
        assert.equal(one?.object.metadata.name, "a");
        assert.equal(one?.placeOf("metadata.name").line, 5);
    });

    it("are read past a malformed one, which is named with its line", () => {
        const text = `${service("a")}---\nkind: [unclosed\n---\n${service("b")}---\nx: "unclosed\n---\n${service("c")}---\na: b: c\n---\n${service("d")}`;
        assert.deepEqual(names(text), ["a", "b", "c", "d"]);
        assert.deepEqual(
            codes(text).map((code) => code.slice(0, 6)),
            ["GH0114", "GH0114", "GH0114"],
        );
        assert.match(codes(text)[2] ?? "", /:2\d$/);
    });

    it("read JSON, with tabs and without", () => {
        const value = { apiVersion: "v1", kind: "Pod", metadata: { name: "p" }, spec: { a: [1, 2.5, true, null, "x"] } };
        for (const indent of [0, 2, "\t"]) {
            const [one] = parseDocuments(JSON.stringify(value, undefined, indent), "f.json").documents;
            assert.deepEqual(one?.object, value);
        }
    });

    it("give the objects of a List with their places", () => {
        const text = `apiVersion: v1\nkind: List\nitems:\n- ${service("a").replace(/\n/g, "\n  ").trimEnd()}\n- ${service("b").replace(/\n/g, "\n  ").trimEnd()}\n`;
        const { documents } = parseDocuments(text, "f.yaml");
        assert.deepEqual(
            documents.map(({ object }) => object.metadata.name),
            ["a", "b"],
        );
        assert.equal(documents[1]?.place.line, 8);
        assert.equal(documents[1]?.placeOf("metadata.name").line, 11);
    });

    it("give the items of a typed list their kind", () => {
        const [one] = parseDocuments("apiVersion: v1\nkind: ServiceList\nitems:\n- metadata: {name: a}\n", "f.yaml").documents;
        assert.deepEqual(one?.object, { apiVersion: "v1", kind: "Service", metadata: { name: "a" } });
    });

    it("are none in an empty text, a comment, or bare separators", () => {
        for (const text of ["", "\n\n", "# nothing\n", "---\n---\n# x\n---\n", "\uFEFF", "null\n"]) {
            assert.deepEqual(parseDocuments(text, "f.yaml"), { documents: [], findings: [] }, JSON.stringify(text));
        }
    });

    it("are findings where they are no object", () => {
        assert.deepEqual(codes("- a\n"), ["GH0117:1"]);
        assert.deepEqual(codes("---\njust text\n"), ["GH0117:2"]);
        assert.deepEqual(codes("apiVersion: v1\nkind: Service\n"), ["GH0117:1"]);
        assert.deepEqual(codes("apiVersion: v1\nkind: Service\nmetadata: {}\n"), ["GH0117:3"]);
        assert.deepEqual(codes("apiVersion: v1\nmetadata: {name: x}\n"), ["GH0117:1"]);
    });

    it("name a key that stands twice and take the last, as kubectl does", () => {
        const text = `${service("a")}spec: {}\nspec: {}\n---\n${service("b")}`;
        const { documents, findings } = parseDocuments(text, "f.yaml");
        assert.deepEqual(
            documents.map(({ object }) => object.metadata.name),
            ["a", "b"],
        );
        assert.deepEqual(
            findings.map(({ level, code, object, place }) => [level, code, object?.name, place?.line]),
            [["Warning", "GH0115", "a", 6]],
        );
    });

    it("expand anchors and merges as kubectl does", () => {
        const [one] = parseDocuments(`${service("a")}x: &base {p: 1, q: 2}\nspec:\n  <<: *base\n  q: 3\n`, "f.yaml").documents;
        assert.deepEqual(one?.object, {
            apiVersion: "v1",
            kind: "Service",
            metadata: { name: "a" },
            x: { p: 1, q: 2 },
            spec: { p: 1, q: 3 },
        });
    });

    it("take YAML 1.1's bare words for booleans, and quoted ones for text", () => {
        const [one] = parseDocuments(`${service("a")}spec: {a: yes, b: Off, c: "yes", d: y}\n`, "f.yaml").documents;
        assert.deepEqual((one?.object as unknown as { spec: unknown }).spec, { a: true, b: false, c: "yes", d: true });
    });

    it("write keys that are numbers as text, and keep `__proto__` a key", () => {
        const [one] = parseDocuments(`${service("a")}spec: {8080: x, __proto__: {polluted: 1}}\n`, "f.yaml").documents;
        const spec = (one?.object as unknown as { spec: object }).spec;
        assert.deepEqual(Object.keys(spec), ["8080", "__proto__"]);
        assert.equal((spec as { polluted?: number }).polluted, undefined);
    });

    it("are bounded in what aliases expand to", () => {
        const levels = [..."bcdefghij"].map((name, index) => `${name}: &${name} [${Array(9).fill(`*${"abcdefghij"[index]}`).join(",")}]`);
        const text = `${service("z")}a: &a [1,1,1,1,1,1,1,1,1]\n${levels.join("\n")}\n---\n${service("b")}`;
        assert.deepEqual(names(text), ["b"]);
        assert.match(codes(text)[0] ?? "", /^GH0116/);
        assert.match(codes(`${service("z")}a: &a\n  b: *a\n`)[0] ?? "", /^GH011[46]/, "an alias within its own anchor");
    });

    it("are bounded in depth and size", () => {
        assert.match(codes(`${service("a")}x: ${"[".repeat(150)}${"]".repeat(150)}\n`)[0] ?? "", /^GH0116/);
        assert.match(codes("[".repeat(20_000))[0] ?? "", /^GH011[46]/);
        assert.match(codes("#".repeat(33 * 1024 * 1024))[0] ?? "", /^GH0116/);
    });

    it("never repeat a key that was pasted into them", () => {
        const key = `-----BEGIN PRIVATE KEY-----\n${"c2VjcmV0".repeat(8)}\n-----END PRIVATE KEY-----\n`;
        for (const text of [
            `${service("a")}data:\n  tls.key: |\n${key}`,
            `a: b\n${key}`,
            key,
            `"${key}`,
            `${service("a")}x: {${key}}`,
            `{"a": "${key}`,
            `*${"c2VjcmV0".repeat(8)}: 1`,
        ]) {
            assert.doesNotMatch(JSON.stringify(parseDocuments(text, "f.yaml").findings), /c2Vjcm/);
        }
    });

    it("answer any text without throwing", () => {
        const piece = fc.constantFrom(
            "a: b\n",
            "- ",
            "  ",
            "{",
            "}",
            "[",
            "]",
            ": ",
            "&a ",
            "*a",
            "<<: ",
            "---\n",
            "...\n",
            '"',
            "'",
            "|\n",
            "!!binary x",
            "%YAML 1.2\n",
            "\t",
            "\r\n",
            "kind: List\nitems:\n",
            "? ",
            "apiVersion: v1\n",
            "\0",
        );
        fc.assert(
            fc.property(
                fc.oneof(
                    fc.string(),
                    fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join("")),
                ),
                (text) => {
                    for (const { object, placeOf } of parseDocuments(text, "f.yaml").documents) {
                        assert.ok(object.kind && placeOf("spec.a[0]").line >= 1);
                    }
                },
            ),
            { numRuns: 500 },
        );
    });

    it("keep each object of a stream at its place", () => {
        const object = fc.record({ name: fc.stringMatching(/^x[a-z]{1,8}$/), bad: fc.boolean() });
        fc.assert(
            fc.property(fc.array(object, { maxLength: 8 }), (objects) => {
                const text = objects.map(({ name, bad }) => (bad ? "a: [\n" : service(name))).join("---\n");
                assert.deepEqual(
                    names(text),
                    objects.filter(({ bad }) => !bad).map(({ name }) => name),
                );
            }),
        );
    });
});
