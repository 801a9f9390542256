/** The programs in the pages are made, checked and analysed as `render` and `analyze` do, without a fault: all in one process. */
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import path from "node:path";
import bcrypt from "bcryptjs";
import { before, describe, it } from "mocha";
import { IngressGateway } from "pulumi-gatehouse";
import ts from "typescript";
import { Elsewhere } from "../../../cli/objects/elsewhere";
import { distinct, examineEach, examineTogether } from "../../../cli/objects/examine";
import type { Evaluation } from "../../../engine";
import { evaluate } from "../../../engine/testing";
import { analyzeIndex, findingText, ObjectIndex, type KubeObject } from "../../../istio";
import { makeAuthority } from "../../support/certificates";
import { root } from "../../support/checkout";
import { codeBlocks, pages, type CodeBlock } from "../../support/markdown";

const programs = pages()
    .flatMap(codeBlocks)
    .filter(
        ({ language, text }) =>
            language === "ts" &&
            /from "pulumi-gatehouse(?:\/image)?"/.test(text) &&
            !/from "(?:mocha|pulumi-gatehouse\/(?:testing|policy))"/.test(text),
    );
const DIGEST = `@sha256:${"0a".repeat(32)}`;
/** What the pages' programs ask for. */
const config = async (): Promise<Record<string, string>> => {
    const { cert, key } = await makeAuthority("pages");
    return {
        registryPassword: "none",
        "gatehouse:image": `registry.example/gatehouse:1${DIGEST}`,
        base: `registry.example/node:24${DIGEST}`,
        image: `registry.example/gatehouse:1${DIGEST}`,
        certificate: cert,
        key,
        users: `ops:${bcrypt.hashSync("a password", 4)}`,
    };
};
/** Asks for what only the real engine does, as its page says. */
const NOT_HERE: readonly RegExp[] = [/import: /];

function run({ text }: CodeBlock, folder: string): unknown {
    const { outputText } = ts.transpileModule(text, {
        compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true },
    });
    const exported = {};
    new Function("exports", "require", "__dirname", outputText)(exported, createRequire(path.join(root, "stacks", "page.ts")), folder);
    return exported;
}

function findingsOf(evaluation: Evaluation, referred: readonly KubeObject[]): string[] {
    const objects = evaluation.kubernetesObjects();
    const elsewhere = new Elsewhere(objects, [evaluation]);
    const each = examineEach(objects);
    const rendered = elsewhere.noted(distinct([...each.findings, ...examineTogether(each.sound, [])]));
    const analysed = elsewhere.noted(
        analyzeIndex(
            new ObjectIndex([...referred.map((object) => ({ object, context: true })), ...objects.map((object) => ({ object }))], {
                defaultGateway: true,
                namespace: "default",
            }),
            { now: Date.now(), suppressions: [] },
        ),
    );
    return [...rendered, ...analysed].filter(({ level }) => level === "Error").map(findingText);
}

describe("a program in the pages", function () {
    this.timeout(60_000);
    let platform: Evaluation;
    before(async () => {
        platform = await evaluate(
            () => {
                const { ref } = new IngressGateway("public", { namespace: "istio-ingress", ports: { "tcp-echo": 31400 } });
                return { ingress: ref, gateway: ref, caPem: "" };
            },
            { project: "platform", config: await config() },
        );
    });
    for (const block of programs) {
        it(`is without a fault: ${block.file}:${block.line}`, async () => {
            const made = evaluate(() => run(block, root), { config: await config(), stacks: [platform] });
            if (NOT_HERE.some((one) => one.test(block.text))) {
                await assert.rejects(made, /GH0310/);
                return;
            }
            const evaluation = await made;
            assert.deepEqual(findingsOf(evaluation, /stackOutputs/.test(block.text) ? platform.kubernetesObjects() : []), []);
        });
    }
});
