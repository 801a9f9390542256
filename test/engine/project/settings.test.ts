/** Whatever a project's or a stack's file may say: it changes what the program sees, or is told, or changes nothing under Pulumi either. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { findingText, type Finding } from "../../../istio";
import { readStackConfig, type StackConfig } from "../../../engine/project/config";
import { readProject, type Project } from "../../../engine/project/project";
import { PROJECT_SETTINGS, STACK_SETTINGS } from "../../../engine/project/settings";
import { engineFailure, tempFolder, writeFiles } from "../support";
import { REFUSED, REFUSED_RUNTIMES, TAKEN } from "./pulumi-config";

const BASE = { name: "name: p\n", runtime: "runtime: nodejs\n" };

function read(project: string, stack = "", overrides: Readonly<Record<string, string>> = {}): { project: Project; config: StackConfig } {
    const folder = writeFiles(tempFolder(), {
        "Pulumi.yaml": project,
        "Pulumi.dev.yaml": stack,
        "sub/Pulumi.dev.yaml": "config: {p:from: sub}\n",
        "main.js": "",
    });
    const read = readProject(folder);
    return { project: read, config: readStackConfig(read, "dev", overrides) };
}

/** Every key of Pulumi's schema of a project and of its own reader of both files, with a value. */
const PROJECT_KEYS: Readonly<Record<string, string>> = {
    name: "name: q\n",
    description: "description: d\n",
    author: "author: a\n",
    website: "website: w\n",
    license: "license: l\n",
    "runtime.name": "runtime: {name: nodejs}\n",
    "runtime.options.typescript": "runtime: {name: nodejs, options: {typescript: false}}\n",
    "runtime.options.nodeargs": "runtime: {name: nodejs, options: {nodeargs: --trace-warnings}}\n",
    "runtime.options.tsconfig": "runtime: {name: nodejs, options: {tsconfig: x.json}}\n",
    "runtime.options.packagemanager": "runtime: {name: nodejs, options: {packagemanager: pnpm}}\n",
    main: "main: main.js\n",
    config: "config: {a: 1}\n",
    "config.type": "config: {a: {type: integer, default: 1}}\n",
    "config.items": "config: {a: {type: array, items: {type: string}, default: [x]}}\n",
    "config.secret": "config: {a: {secret: true, default: x}}\n",
    "config.value": "config: {a: {value: x}}\n",
    "config.description": "config: {a: {description: d, default: x}}\n",
    stackConfigDir: "stackConfigDir: sub\n",
    "config as a folder": "config: sub\n",
    "backend.url": "backend: {url: 's3://bucket'}\n",
    "options.refresh": "options: {refresh: always}\n",
    template: "template: {description: d, quickstart: q, important: true, config: {a: {default: 7}}}\n",
    "plugins.providers": "plugins: {providers: [{name: n, path: p}]}\n",
    "plugins.analyzers": "plugins: {analyzers: [{name: n, path: p}]}\n",
    "plugins.languages": "plugins: {languages: [{name: n, path: p}]}\n",
    packages: "packages: {foo: bar@1.0.0}\n",
    requiredPulumiVersion: "requiredPulumiVersion: '>=3.0.0'\n",
    "what nobody knows": "mian: main.js\n",
};
/** They are for people, for `pulumi new` and for `pulumi install`. */
const MEANS_NOTHING = ["description", "author", "website", "license", "runtime.name", "runtime.options.packagemanager", "template"];
const STACK_KEYS: Readonly<Record<string, string>> = {
    config: "config: {p:a: 1}\n",
    environment: "environment: [base]\n",
    mainEnvironment: "mainEnvironment: team/dev\n",
    "what nobody knows": "confg: {p:a: 1}\n",
    secretsprovider: "secretsprovider: passphrase\n",
    encryptedkey: "encryptedkey: abc\n",
    encryptionsalt: "encryptionsalt: v1:abc\n",
};
const KEYS_OF_ENCRYPTION = ["secretsprovider", "encryptedkey", "encryptionsalt"];

const seen = ({ project, config }: ReturnType<typeof read>): unknown => ({
    ...project,
    dir: "",
    file: "",
    findings: [],
    programDir: project.programDir === project.dir,
    configDir: project.configDir === project.dir,
    config: [...project.config],
    stack: { ...config, findings: [] },
});
const texts = (findings: readonly Finding[] = []): string[] => findings.map((one) => findingText(one).replace(/\(\/.*\//, "("));

function meaning(changed: ReturnType<typeof read>, base: ReturnType<typeof read>): string {
    if (!texts(changed.config.findings).every((one) => one.startsWith("Warning"))) return "faulty";
    const told = (changed.config.findings ?? []).length > 0;
    try {
        assert.deepEqual(seen(changed), seen(base));
        return told ? "told" : "silent";
    } catch {
        return told ? "both" : "read";
    }
}

describe("a setting of a project", () => {
    const base = read(BASE.name + BASE.runtime);

    it("is read, told, or means nothing, for every key that Pulumi has", () => {
        const keys = Object.entries(PROJECT_KEYS).map(([key, text]) => {
            const { name, runtime } = BASE;
            return [key, meaning(read((key === "name" ? "" : name) + (key.startsWith("runtime") ? "" : runtime) + text), base)] as const;
        });
        assert.deepEqual(
            keys.filter(([key, what]) => (what === "silent" ? !MEANS_NOTHING.includes(key) : what !== "read" && what !== "told")),
            [],
        );
        assert.deepEqual(
            Object.keys(PROJECT_SETTINGS).filter((key) => !Object.keys(PROJECT_KEYS).some((one) => one.split(/[. ]/)[0] === key)),
            [],
        );
        assert.deepEqual(
            keys.filter(([, what]) => what === "told").map(([key]) => key.split(".")[0]),
            ["backend", "options", "plugins", "plugins", "plugins", "packages", "requiredPulumiVersion", "what nobody knows"],
        );
    });

    it("is read, told, or says how values are encrypted, for every key of a stack's file", () => {
        const keys = Object.entries(STACK_KEYS).map(([key, text]) => [key, meaning(read(BASE.name + BASE.runtime, text), base)] as const);
        assert.deepEqual(
            keys.filter(([key, what]) => (what === "silent" ? !KEYS_OF_ENCRYPTION.includes(key) : what !== "read" && what !== "told")),
            [],
        );
        assert.deepEqual(
            Object.keys(STACK_SETTINGS).filter((key) => !(key in STACK_KEYS)),
            [],
        );
    });

    it("is told with all others of its file at once, with what is misspelt", () => {
        const { config } = read(
            `${BASE.name}runtime: {name: nodejs, options: {nodeArgs: -x}}\nbackend: {url: "s3://b"}\nmian: x\n`,
            "confg: {}\n",
        );
        assert.deepEqual(texts(config.findings), [
            "Warning GH0319 backend: Pulumi.yaml has settings that have no effect here: backend (where Pulumi keeps its state), mian (Pulumi does not know it; did you mean main?), runtime.options.nodeArgs (Pulumi does not know it; did you mean nodeargs?) (Pulumi.yaml:3).",
            "Warning GH0319 confg: Pulumi.dev.yaml has settings that have no effect here: confg (Pulumi does not know it; did you mean config?) (Pulumi.dev.yaml:1).",
        ]);
    });
});

describe("a project's declaration of its configuration", () => {
    const name = (index: number): string => `k${index}`;

    it("gives the program what it has under Pulumi", () => {
        const declared = TAKEN.flatMap(([text], index) => (text === "" ? [] : [`  ${name(index)}: ${text}\n`]));
        const stack = TAKEN.flatMap(([, text], index) => (text === "" ? [] : [`  p:${name(index)}: ${text}\n`]));
        const { config } = read(
            `${BASE.name}${BASE.runtime}config:\n  aws:region: {value: us}\n${declared.join("")}`,
            `config:\n${stack.join("")}`,
        );
        assert.deepEqual(config.values, {
            "aws:region": "us",
            ...Object.fromEntries(TAKEN.map(([, , value], index) => [`p:${name(index)}`, value])),
        });
        assert.deepEqual(new Set((config.findings ?? []).map(({ code }) => code)), new Set(["GH0320"]));
    });

    it("is refused where Pulumi refuses it, with its place and without a value", async () => {
        for (const [project, stack] of [...REFUSED, ...REFUSED_RUNTIMES.map((one) => [`runtime: ${one}\n`, ""] as const)]) {
            const error = await engineFailure(() => read(BASE.name + (project.startsWith("runtime") ? "" : BASE.runtime) + project, stack));
            const [first] = error.findings;
            assert.match(first?.code ?? "", /^GH030[46]$/, project + stack);
            assert.ok(first?.place?.line !== undefined || first?.message.includes("has no value for"), project + stack);
            assert.doesNotMatch(error.message, /clear[^,]|99999/, project + stack);
        }
    });

    it("holds what a run is given to its types; a list is given as JSON, and what is secret in clear", async () => {
        const declared = `${BASE.name}${BASE.runtime}config:\n  list: {type: array, items: {type: integer}}\n  n: {type: integer}\n  s: {type: string, secret: true}\n`;
        const { config } = read(declared, "", { list: "[1, 2]", n: "7", s: "5" });
        assert.deepEqual(config, { values: { "p:list": "[1, 2]", "p:n": "7", "p:s": "5" }, secretKeys: ["p:s"] });
        const error = await engineFailure(() => read(declared, "", { list: "1", n: "x", s: "5" }));
        assert.deepEqual(
            error.findings.map(({ message }) => message),
            [
                "The value of list is not of type array<integer>, which Pulumi.yaml declares.",
                "The value of n is not of type integer, which Pulumi.yaml declares.",
            ],
        );
    });

    it("finds a stack's file that ends as the project's does", () => {
        const project = readProject(
            writeFiles(tempFolder(), {
                "Pulumi.yml": BASE.name + BASE.runtime,
                "Pulumi.dev.yaml": "config: {p:a: other}\n",
                "Pulumi.dev.yml": "config: {p:a: own}\n",
            }),
        );
        assert.deepEqual(readStackConfig(project, "dev").values, { "p:a": "own" });
        const json = readProject(
            writeFiles(tempFolder(), {
                "Pulumi.json": `{"name":"p","runtime":"nodejs"}`,
                "Pulumi.dev.json": `{"config":{"p:a":"json"}}`,
                "Pulumi.yaml": "name: other\n",
            }),
        );
        assert.deepEqual(readStackConfig(json, "dev").values, { "p:a": "json" });
    });
});
