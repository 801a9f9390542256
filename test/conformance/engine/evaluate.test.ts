/** A stack in a process of its own: what comes out, what stays the same, and how it fails. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { describe, it } from "mocha";
import { evaluateStack, type Evaluation, type LogLine } from "../../../engine";
import { engineFailure, programFolder, projectYaml, tempFolder, writeFiles } from "../../engine/support";

const CONFIG_MAP = 'import * as pulumi from "@pulumi/pulumi";\nimport * as k8s from "@pulumi/kubernetes";\n';

const evaluate = (dir: string, more: Partial<Parameters<typeof evaluateStack>[0]> = {}): Promise<Evaluation> =>
    evaluateStack({ dir, env: "dev", typecheck: false, ...more });

describe("evaluating a stack", function () {
    this.timeout(600_000);

    it("runs its program in its own folder and says what it made, wrote and read", async () => {
        const dir = programFolder({
            "Pulumi.yaml": "name: p\nruntime: nodejs\nmain: program/index.ts\n",
            "program/helper.ts": 'export const text = "from the helper";\n',
            "program/index.ts":
                'import { readdirSync } from "node:fs";\nimport { text } from "./helper";\nconsole.log(text);\nexport const here = readdirSync(".").sort();\nexport const secret = process.env.PULUMI_CONFIG;\n',
        });
        const lines: LogLine[] = [];
        const evaluation = await evaluate(dir, { config: { key: "value" }, onLog: (line) => lines.push(line) });
        assert.deepEqual(evaluation.outputs, { here: ["helper.ts", "index.ts"], secret: '{"p:key":"value"}' });
        assert.deepEqual(lines, [{ severity: "info", message: "from the helper", stack: "p/dev" }]);
        assert.deepEqual(
            evaluation.files,
            ["Pulumi.yaml", "program/helper.ts", "program/index.ts"].map((file) => path.join(dir, file)),
        );
        assert.deepEqual(
            evaluation.resources.map(({ urn }) => urn),
            ["urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev"],
        );
    });

    it("keeps names and keys from run to run, and makes anew what has other inputs", async () => {
        const dir = programFolder({
            "Pulumi.yaml": projectYaml("p"),
            "index.ts": `${CONFIG_MAP}import * as tls from "@pulumi/tls";
const hours = new pulumi.Config().requireNumber("hours");
const key = new tls.PrivateKey("key", { algorithm: "ED25519" });
const cert = new tls.SelfSignedCert("cert", { privateKeyPem: key.privateKeyPem, allowedUses: [], validityPeriodHours: hours, earlyRenewalHours: 1 });
const { metadata } = new k8s.core.v1.Secret("pair", { stringData: { key: key.privateKeyPem, cert: cert.certPem } });
export const made = { key: key.id, cert: cert.id, name: metadata.name };
`,
        });
        const run = async (hours: string) => (await evaluate(dir, { config: { hours } })).outputs.made as Record<string, string>;
        const [first, again, other] = [await run("24"), await run("24"), await run("48")];
        assert.deepEqual(again, first);
        assert.deepEqual([other.key === first.key, other.cert === first.cert, other.name === first.name], [true, false, true]);
        // One hour of validity, one hour early: ready for renewal as soon as it is made.
        assert.notEqual((await run("1")).cert, (await run("1")).cert);
        const state = path.join(dir, ".gatehouse", "stacks", "p.dev.json");
        assert.deepEqual(
            [(statSync(path.join(dir, ".gatehouse")).mode & 0o777).toString(8), (statSync(state).mode & 0o777).toString(8)],
            ["700", "600"],
        );
    });

    it("says of what a component from beside the program makes where the program uses it", async () => {
        const make = "new k8s.core.v1.ConfigMap(name, { metadata: { name } });";
        const dir = programFolder({
            "program/Pulumi.yaml": projectYaml("p"),
            "program/index.ts": `import { pair } from "../beside/pair";\nimport { own } from "./own";\nown();\npair("a");\n`,
            "program/own.ts": `${CONFIG_MAP}export function own(name = "own"): void {\n${make}\n}\n`,
            "beside/pair.ts": `${CONFIG_MAP}export function pair(name: string): void {\n${make}\nvoid pulumi.output(Promise.resolve(1)).apply(() => late("late"));\n}\nfunction late(name: string): void {\n${make}\n}\n`,
        });
        const { resources } = await evaluate(path.join(dir, "program"));
        const places = resources.flatMap(({ name, place }) => (place ? [[name, `${path.relative(dir, place.file)}:${place.line}`]] : []));
        assert.deepEqual(Object.fromEntries(places), { own: "program/own.ts:4", a: "program/index.ts:4", late: "beside/pair.ts:8" });
    });

    it("evaluates a referenced stack first, and hands its secrets on as secrets", async () => {
        const dir = programFolder({
            "platform/Pulumi.yaml": projectYaml("platform"),
            "platform/index.ts":
                'import * as pulumi from "@pulumi/pulumi";\nexport const host = "a.test";\nexport const token = pulumi.secret("shh");\n',
            "apps/Pulumi.yaml": projectYaml("apps"),
            "apps/index.ts":
                'import * as pulumi from "@pulumi/pulumi";\nconst r = new pulumi.StackReference(`organization/platform/${pulumi.getStack()}`);\nexport const host = r.requireOutput("host");\nexport const token = r.requireOutput("token");\n',
        });
        const stateDir = path.join(tempFolder(), "state");
        const { outputs, secretOutputs, referenced } = await evaluate(path.join(dir, "apps"), { stateDir });
        assert.deepEqual({ outputs, secretOutputs }, { outputs: { host: "a.test", token: "shh" }, secretOutputs: ["token"] });
        assert.deepEqual(
            referenced.map(({ project, stack }) => `${project}/${stack}`),
            ["platform/dev"],
        );
        assert.ok(!existsSync(path.join(dir, "apps", ".gatehouse")));
    });

    it("finds another stack of its own project by its bare name", async () => {
        const dir = programFolder({
            "Pulumi.yaml": projectYaml("p"),
            "index.ts":
                'import * as pulumi from "@pulumi/pulumi";\nconst stack = pulumi.getStack();\nexport const seen = stack === "base" ? stack : new pulumi.StackReference(stack === "dev" ? "base" : "organization/base").getOutput("seen");\n',
        });
        assert.equal((await evaluate(dir)).outputs.seen, "base");
        assert.equal((await evaluate(dir, { env: "test" })).outputs.seen, "base");
    });

    it("names the circle in which stacks refer to each other", async () => {
        const refer = (to: string): string =>
            `import * as pulumi from "@pulumi/pulumi";\nexport const x = new pulumi.StackReference("organization/${to}/dev").getOutput("x");\n`;
        const dir = programFolder({
            "a/Pulumi.yaml": projectYaml("a"),
            "a/index.ts": refer("b"),
            "b/Pulumi.yaml": projectYaml("b"),
            "b/index.ts": refer("a"),
        });
        const error = await engineFailure(() => evaluate(path.join(dir, "a")));
        assert.match(
            error.message,
            /^Error GH0308: Stacks refer to each other in a circle: organization\/a\/dev → organization\/b\/dev → organization\/a\/dev/,
        );
        assert.equal(error.findings.length, 1);
    });

    const FAILURES: readonly (readonly [what: string, program: string, code: string, message: RegExp, line?: number])[] = [
        ["throws", '\nthrow new Error("no such luck");\n', "GH0301", /no such luck/, 2],
        ["rejects", 'export = async () => { throw new TypeError("late"); };\n', "GH0301", /late/, 1],
        ["has a syntax error", "\n\nconst x = ;\n", "GH0301", /does not compile: .*Expression expected/, 3],
        [
            "imports what is not there",
            'import { x } from "./nothing";\nexport const y = x;\n',
            "GH0301",
            /Cannot find module '\.\/nothing'/,
            1,
        ],
        [
            "has a transform that throws",
            `${CONFIG_MAP}pulumi.runtime.registerResourceTransform(({ custom }) => { if (custom) throw new Error("not today"); return undefined; });\nnew k8s.core.v1.ConfigMap("m");\n`,
            "GH0312",
            /A transform of kubernetes:core\/v1:ConfigMap m threw: not today/,
            4,
        ],
        [
            "has an invoke transform that throws",
            'import * as pulumi from "@pulumi/pulumi";\npulumi.runtime.registerInvokeTransform(() => { throw new Error("ask no more"); });\nexport const answer = pulumi.runtime.invoke("tls:index/getPublicKey:getPublicKey", { privateKeyPem: "x" });\n',
            "GH0312",
            /A transform of tls:index\/getPublicKey:getPublicKey threw: ask no more/,
        ],
        ["leaves by itself", "process.exit(7);\n", "GH0301", /ended with exit code 7/],
        [
            "belongs to a provider that is not here",
            `${CONFIG_MAP}class R extends pulumi.CustomResource { constructor() { super("random:index/pet:Pet", "pet", {}); } }\nnew R();\n`,
            "GH0309",
            /random:index\/pet:Pet pet belongs to the provider random/,
            4,
        ],
    ];
    for (const [what, program, code, message, line] of FAILURES) {
        it(`tells in one sentence of a program that ${what}`, async () => {
            const dir = programFolder({ "Pulumi.yaml": projectYaml("p"), "index.ts": program });
            const logged: LogLine[] = [];
            const error = await engineFailure(() => evaluate(dir, { onLog: (entry) => logged.push(entry) }));
            assert.deepEqual(
                error.findings.map((finding) => [finding.code, finding.place?.line]),
                [[code, line]],
            );
            assert.match(error.message, message);
            assert.doesNotMatch(error.message, /node_modules|\n\s+at /);
            assert.deepEqual(logged, []);
        });
    }

    it("adds no words of Node's to a fault that is handled late", async () => {
        const dir = programFolder({
            "Pulumi.yaml": projectYaml("late"),
            "index.ts": `const late = Promise.reject(new Error("late fault"));\nsetTimeout(() => late.catch(() => undefined), 20);\n`,
        });
        const said: string[] = [];
        const { findings } = await engineFailure(() => evaluateStack({ dir, env: "dev", onLog: ({ message }) => said.push(message) }));
        assert.match(findings[0]?.message ?? "", /late fault/);
        assert.doesNotMatch(said.join("\n"), /PromiseRejectionHandledWarning|trace-warnings/);
    });

    it("ends a program that hangs, and says what it waited for", async () => {
        const dir = programFolder({ "Pulumi.yaml": projectYaml("p"), "index.ts": "setInterval(() => undefined, 1000);\n" });
        const error = await engineFailure(() => evaluate(dir, { timeoutMs: 4_000 }));
        assert.match(error.message, /GH0302: The program of p had not ended after 4 s/);
    });

    it("asks for a value instead of an encrypted one before it runs anything", async () => {
        const dir = programFolder({
            "Pulumi.yaml": projectYaml("p"),
            "index.ts": "",
            "Pulumi.dev.yaml": "config:\n  p:token:\n    secure: v1:abc\n",
        });
        assert.match((await engineFailure(() => evaluate(dir))).message, /GH0305 p:token/);
    });

    it("says where the SDK is missing", async () => {
        const dir = writeFiles(tempFolder(), { "Pulumi.yaml": projectYaml("p"), "index.ts": "" });
        assert.match((await engineFailure(() => evaluate(dir))).message, /GH0317: @pulumi\/pulumi is not installed/);
    });

    it("reports type errors with file and line beside a program that runs", async () => {
        const dir = programFolder({
            "Pulumi.yaml": projectYaml("p"),
            "index.ts": 'import { text } from "./other";\nconst wrong: number = text;\nexport const value = wrong;\n',
            "other.ts": 'export const text = "t";\n',
        });
        const { outputs, findings } = await evaluate(dir, { typecheck: true });
        assert.deepEqual(outputs, { value: "t" });
        assert.deepEqual(
            findings.map(({ code, message, place }) => [code, message, place]),
            [["GH0315", "TS2322: Type 'string' is not assignable to type 'number'.", { file: path.join(dir, "index.ts"), line: 2 }]],
        );
    });

    it("stops when it is told to", async () => {
        const dir = programFolder({
            "Pulumi.yaml": projectYaml("p"),
            "index.ts": 'console.log("up");\nsetInterval(() => undefined, 1000);\n',
        });
        const stop = new AbortController();
        await assert.rejects(evaluate(dir, { signal: stop.signal, onLog: () => stop.abort(new Error("enough")) }), /enough/);
    });

    it("leaves no key outside its state folder and its result", async () => {
        const dir = programFolder({
            "Pulumi.yaml": projectYaml("p"),
            "index.ts":
                'import * as tls from "@pulumi/tls";\nexport const pem = new tls.PrivateKey("key", { algorithm: "ED25519" }).privateKeyPem;\n',
        });
        const logged: LogLine[] = [];
        const { outputs, secretOutputs } = await evaluate(dir, { onLog: (line) => logged.push(line) });
        const pem = String(outputs.pem);
        assert.deepEqual(secretOutputs, ["pem"]);
        assert.deepEqual(
            logged.filter(({ message }) => message.includes("PRIVATE KEY")),
            [],
        );
        const holders = readdirSync(dir, { recursive: true, encoding: "utf8" })
            .filter((file) => !file.startsWith("node_modules") && statSync(path.join(dir, file)).isFile())
            .filter((file) => readFileSync(path.join(dir, file), "utf8").includes(pem.split("\n")[1] ?? "?"));
        assert.deepEqual(holders, [path.join(".gatehouse", "stacks", "p.dev.json")]);
    });
});
