/** The compiler beside a run: out of the way of what serves, and in nobody's way where the command waits for it. */
import assert from "node:assert/strict";
import { symlinkSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, it } from "mocha";
import { evaluateStack, typecheckStack } from "../../../engine";
import { root } from "../../support/checkout";
import { projectYaml, tempFolder, writeFiles } from "../support";

/** The real compiler for the program's own run; for the check one that finds a single thing wrong: the priority that it runs with. */
const COMPILER = `
const none = () => [];
const found = () => [{ category: 1, code: 1, messageText: "priority " + require("node:os").getPriority() }];
const checks = {
    sys: {}, createIncrementalCompilerHost: () => ({}), ModuleKind: {}, ScriptTarget: {}, DiagnosticCategory: { Error: 1 }, flattenDiagnosticMessageText: (text) => text,
    createProgram: () => ({ getSyntacticDiagnostics: none, getSemanticDiagnostics: none, getGlobalDiagnostics: found }),
};
module.exports = process.execArgv.includes("--eval") ? checks : require(${JSON.stringify(require.resolve("typescript"))});
`;

describe("the compiler beside a run", function () {
    this.timeout(60_000);

    it("has the command's own priority where the command waits for it, and the lowest where it serves meanwhile", async () => {
        const dir = writeFiles(tempFolder(), {
            "package.json": "{}\n",
            "Pulumi.yaml": projectYaml("p"),
            "index.ts": "export {};\n",
            "node_modules/typescript/package.json": '{"name": "typescript", "main": "index.js"}\n',
            "node_modules/typescript/index.js": COMPILER,
        });
        symlinkSync(path.join(root, "node_modules", "@pulumi"), path.join(dir, "node_modules", "@pulumi"));
        const messages = async (findings: Promise<readonly { readonly message: string }[]>): Promise<string[]> =>
            (await findings).map(({ message }) => message);
        assert.deepEqual(await messages(typecheckStack(dir)), [`TS1: priority ${os.constants.priority.PRIORITY_LOW}`]);
        assert.deepEqual(await messages(evaluateStack({ dir, env: "dev" }).then(({ findings }) => findings)), [
            `TS1: priority ${os.getPriority()}`,
        ]);
    });
});
