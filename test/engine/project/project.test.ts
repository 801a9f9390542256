/** Pulumi.yaml and the configuration of a stack. */
import assert from "node:assert/strict";
import path from "node:path";
import { describe, it } from "mocha";
import { findingText } from "../../../istio";
import { readStackConfig } from "../../../engine/project/config";
import { findProject, parseStackName } from "../../../engine/project/neighbours";
import { readProject, splitArguments } from "../../../engine/project/project";
import { engineFailure, projectYaml, tempFolder, writeFiles } from "../support";

const project = (files: Readonly<Record<string, string>>) => readProject(writeFiles(tempFolder(), files));
const failing = async (files: Readonly<Record<string, string>>): Promise<string> => (await engineFailure(() => project(files))).message;

describe("a project", () => {
    it("runs its entry in the entry's folder, with its node arguments and tsconfig", () => {
        const read = project({
            "Pulumi.yaml":
                'name: p\nmain: stacks/one/index.ts\nruntime:\n  name: nodejs\n  options:\n    nodeargs: --conditions=development "--title=a b"\n    tsconfig: ../x.json\n    typescript: true\n',
            "stacks/one/index.ts": "",
        });
        assert.deepEqual(
            { ...read, dir: "", file: "", config: [], configDir: "", programDir: path.relative(read.dir, read.programDir) },
            {
                name: "p",
                dir: "",
                file: "",
                programDir: "stacks/one",
                entry: "index.ts",
                nodeArgs: ["--conditions=development", "--title=a b"],
                typescript: true,
                tsconfig: "../x.json",
                config: [],
                configDir: "",
                findings: [],
            },
        );
    });

    it("without an entry, or with a folder for one, leaves it to package.json there", () => {
        const bare = project({ "Pulumi.yaml": "name: p\nruntime: nodejs\n" });
        const folder = project({ "Pulumi.yaml": "name: p\nruntime: nodejs\nmain: sub\n", "sub/package.json": "{}" });
        assert.deepEqual(
            [bare.entry, bare.programDir === bare.dir, folder.entry, path.basename(folder.programDir)],
            [".", true, ".", "sub"],
        );
    });

    it("is refused with what is wrong: no file, no name, another runtime, a missing entry, broken YAML", async () => {
        assert.match(await failing({}), /GH0304: There is no Pulumi\.yaml in /);
        assert.match(await failing({ "Pulumi.yaml": "runtime: nodejs\n" }), /GH0304 name: Pulumi\.yaml: a project needs a name/);
        assert.match(await failing({ "Pulumi.yaml": "name: p\nruntime: go\n" }), /GH0304 runtime: .*got "go"/);
        assert.match(await failing({ "Pulumi.yaml": projectYaml("p") }), /GH0304 main: .*index\.ts does not exist/);
        assert.match(await failing({ "Pulumi.yaml": "name: p: q\n" }), /GH0304: Pulumi\.yaml is not valid YAML: .*\(.*Pulumi\.yaml:1\)/);
    });

    it("splits node's arguments at spaces outside quotes", () => {
        assert.deepEqual(splitArguments("  -a  --b='c d' \"e f\"g "), ["-a", "--b=c d", "e fg"]);
    });
});

describe("a stack's configuration", () => {
    const config = (stack: string, overrides = {}, declared = "") =>
        readStackConfig(
            project({ "Pulumi.yaml": `${projectYaml("p")}${declared}`, "index.ts": "", "Pulumi.dev.yaml": stack }),
            "dev",
            overrides,
        );

    it("is the project's defaults, over them the stack's values, over them the run's", () => {
        const read = config(
            "config:\n  p:b: 2\n  other:x: true\n  p:list: [1, {a: b}]\n",
            { c: "run" },
            "config:\n  a: 1\n  b: 1\n  c:\n    type: string\n    default: one\n",
        );
        assert.deepEqual(read, {
            values: { "p:a": "1", "p:b": "2", "p:c": "run", "other:x": "true", "p:list": '[1,{"a":"b"}]' },
            secretKeys: [],
        });
    });

    it("names each encrypted value that this run was not given", async () => {
        const stack =
            "encryptionsalt: v1:x\nconfig:\n  p:token:\n    secure: v1:abc\n  p:nested:\n    user: me\n    password: {secure: v1:def}\n";
        const error = await engineFailure(() => config(stack));
        assert.deepEqual(
            error.findings.map(({ code, field }) => [code, field]),
            [
                ["GH0305", "p:token"],
                ["GH0305", "p:nested"],
            ],
        );
        assert.match(error.message, /Give it for this run: -c p:token=…/);
        assert.doesNotMatch(error.message, /v1:abc/);
    });

    it("tells the line of what it finds fault with, down to an encrypted value inside another", async () => {
        const error = await engineFailure(() =>
            config(
                "encryptionsalt: v1:x\nconfig:\n  p:plain: 1\n  p:token:\n    secure: v1:abc\n  p:nested:\n    user: me\n    list:\n      - a\n      - password:\n          secure: v1:def\n",
            ),
        );
        assert.deepEqual(
            error.findings.map(({ place }) => place?.line),
            [4, 10],
        );
        const runtime = await engineFailure(() => project({ "Pulumi.yaml": "name: p\ndescription: d\nruntime: go\n" }));
        assert.deepEqual(
            runtime.findings.map(({ place }) => place?.line),
            [3],
        );
    });

    it("names the ESC environments that only Pulumi can open, however they are written", () => {
        const told = (environment: string): string[] =>
            (config(`config:\n  p:a: 1\nenvironment:${environment}\n`).findings ?? []).map((one) =>
                findingText(one).replace(/\(.*\//, "("),
            );
        const fix = "Give what it needs of them for this run: -c key=value.";
        assert.deepEqual(told("\n  - shared/base\n  - team/dev: {merge: false}"), [
            `Warning GH0318 environment: Pulumi.dev.yaml takes values from the Pulumi ESC environments shared/base, team/dev, which only Pulumi can open: the program runs without them (Pulumi.dev.yaml:3). ${fix}`,
        ]);
        assert.match(
            told("\n  imports: [base]\n  values: {pulumiConfig: {a: b}}")[0] ?? "",
            /the Pulumi ESC environment base and values that Pulumi ESC evaluates, which/,
        );
        assert.deepEqual([told(" []"), told(" null")], [[], []]);
    });

    it("says of its ESC environments also where a value is missing that may come from them", async () => {
        const error = await engineFailure(() => config("environment: [base]\n", {}, "config:\n  host:\n    type: string\n"));
        assert.deepEqual(
            error.findings.map(({ code }) => code),
            ["GH0306", "GH0318"],
        );
    });

    it("takes a given value for an encrypted one, and keeps it secret", () => {
        const read = config("config:\n  p:token:\n    secure: v1:abc\n", { token: "clear" });
        assert.deepEqual(read, { values: { "p:token": "clear" }, secretKeys: ["p:token"] });
    });

    it("names a value that the project requires and nobody gave", async () => {
        const error = await engineFailure(() => config("", {}, "config:\n  host:\n    type: string\n"));
        assert.match(error.message, /GH0306 host: Stack dev has no value for host, which Pulumi\.yaml requires/);
    });
});

describe("a referenced stack", () => {
    it("is named in full", () => {
        const from = { organization: "o", project: "p", stack: "s" };
        const parsed = ["x/y/z", "o/z", "z", "x/z", "o/p/s/x", "o//s", ""].map((text) => parseStackName(text, from));
        assert.deepEqual(parsed, [
            { organization: "x", project: "y", stack: "z" },
            { ...from, stack: "z" },
            { ...from, stack: "z" },
            undefined,
            undefined,
            undefined,
            undefined,
        ]);
    });

    it("is found by its project's name in a neighbouring folder, and not in a malformed one", () => {
        const folder = writeFiles(tempFolder(), {
            "stacks/apps/Pulumi.yaml": "name: apps\n",
            "stacks/base/Pulumi.yaml": "name: platform\n",
            "stacks/broken/Pulumi.yaml": "name: [\n",
            "Pulumi.yaml": "name: front\n",
        });
        const find = (name: string, from: string) =>
            findProject({ organization: "o", project: name, stack: "dev" }, path.join(folder, from), {});
        assert.deepEqual(
            [find("platform", "stacks/apps"), find("platform", "."), find("none", "stacks/apps")],
            [path.join(folder, "stacks/base"), path.join(folder, "stacks/base"), undefined],
        );
    });

    it("is where the caller says it is", () => {
        assert.equal(
            findProject({ organization: "o", project: "p", stack: "s" }, "/nowhere", {
                findStack: ({ project: name }) => `/given/${name}`,
            }),
            "/given/p",
        );
    });
});
