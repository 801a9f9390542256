/**
 * Our engine against the real one: the same programs, unmodified, must come to the same resources, objects, secrets
 * and errors. Only what any two runs differ in is taken out before they are compared.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import { EngineError, evaluateStack, type Evaluation } from "../../../engine";
import { root } from "../../support/checkout";
import { normalObjects, normalOurs, normalReal } from "./support/normal";
import { RealEngine, type RealRun } from "./support/real-engine";

const ENV = "dev";
const program = (name: string): string => path.join(root, "test/engine/programs", name);
const stack = (name: string): string => path.join(root, "stacks", name);

/** Programs that run through. One that refers to another comes after it. */
const WORKING = [
    program("shapes"),
    program("certificates"),
    program("engine"),
    program("referred"),
    program("referring"),
    stack("quickstart"),
    stack("platform"),
    stack("apps"),
    stack("tcp"),
    stack("files"),
    stack("nodeport"),
    stack("access"),
    stack("grpc"),
];

/** Programs that fail, and what both engines must say. */
const FAILING: readonly (readonly [name: string, code: string, message: RegExp])[] = [
    ["failing-apply", "GH0301", /error serializing property "data": cannot use a name of string/],
    ["never-resolving", "GH0303", /"second" \[kubernetes:core\/v1:ConfigMap\] was waiting for the value of its input property "data"/],
    ["failing-hook", "GH0313", /before hook "refuse" failed: not on my watch/],
    ["failing-transform", "GH0312", /(?:transform failed: Error|ConfigMap only threw): no transform today/],
    ["throwing", "GH0301", /half a component/],
    [
        "duplicate",
        "GH0311",
        /Duplicate resource URN 'urn:pulumi:dev::duplicate::kubernetes:core\/v1:ConfigMap::same'; try giving it a unique name/,
    ],
    ["missing-stack", "GH0307", /unknown stack "organization\/nowhere\/dev"/],
];

describe("the embedded engine beside the real one", function () {
    this.timeout(900_000);
    let real: RealEngine | undefined;
    let stateDir = "";
    let runs: Map<string, RealRun>;

    before(async function () {
        real = new RealEngine(this);
        stateDir = mkdtempSync(path.join(os.tmpdir(), "gatehouse-state-"));
        runs = await allRuns(real);
    });

    after(() => {
        real?.close();
        if (stateDir) rmSync(stateDir, { recursive: true, force: true });
    });

    const runOf = (dir: string): RealRun => runs.get(dir) ?? assert.fail(`no run of ${dir}`);
    const evaluate = (dir: string): Promise<Evaluation> => evaluateStack({ dir, env: ENV, stateDir, typecheck: false });

    for (const dir of WORKING) {
        it(`has the resources, objects and secrets of ${path.relative(root, dir)}`, async () => {
            const run = runOf(dir);
            assert.equal(run.exitCode, 0, run.text);
            const ours = await evaluate(dir);
            assert.deepEqual(normalOurs(ours.resources), normalReal(run.resources));
            assert.deepEqual(normalObjects(ours.kubernetesObjects()), normalObjects(run.objects));
        });
    }

    for (const [name, code, message] of FAILING) {
        it(`fails as ${name} does`, async () => {
            const run = runOf(program(name));
            assert.notEqual(run.exitCode, 0);
            assert.match(run.text, message);
            const error = await evaluate(program(name)).then(
                () => assert.fail("evaluated"),
                (thrown: unknown) => thrown,
            );
            assert.ok(error instanceof EngineError, String(error));
            assert.deepEqual(
                error.findings.map((finding) => finding.code),
                [code],
            );
            assert.match(error.message, message);
            assert.doesNotMatch(error.message, /\n\s+at /);
        });
    }

    it("hears the same from hooks and transforms", async () => {
        const heard: string[] = [];
        await evaluateStack({ dir: program("engine"), env: ENV, stateDir, typecheck: false, onLog: ({ message }) => heard.push(message) });
        const lines = (text: readonly string[]): string[] =>
            text
                .map((line) => /(?:HOOK|TRANSFORM) .*/.exec(line)?.[0] ?? "")
                .filter((line) => line !== "")
                .sort();
        const diagnostics = runOf(program("engine")).text.split("\nDiagnostics:")[1] ?? "";
        assert.deepEqual(lines(heard), lines(diagnostics.split("\n")));
    });
});

/** Two at a time; a stack that is referred to first. */
async function allRuns(real: RealEngine): Promise<Map<string, RealRun>> {
    const chains = [
        [program("referred"), program("referring")],
        [stack("platform"), stack("apps")],
        ...WORKING.filter((dir) => !/refer|platform|apps/.test(dir)).map((dir) => [dir]),
        ...FAILING.map(([name]) => [program(name)]),
    ];
    const runs = new Map<string, RealRun>();
    const next = async (): Promise<void> => {
        for (let chain = chains.shift(); chain; chain = chains.shift()) {
            for (const dir of chain) runs.set(dir, await real.up(dir, ENV));
        }
    };
    await Promise.all([next(), next()]);
    return runs;
}
