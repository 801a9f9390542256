/** What is left out of the SDK in a program's process is missed by nobody. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { evaluateStack } from "../../../engine";
import { programFolder, projectYaml } from "../support";

const PROGRAM = `
import * as pulumi from "@pulumi/pulumi";
const loaded = () => Object.keys(require.cache).some((file) => file.includes("@npmcli/arborist"));
export const before = loaded();
pulumi.log.debug("a debug message");
pulumi.log.info("an info message");
export const debug = pulumi.log.debug("another").then(() => "given back");
export const paths = pulumi.runtime.computeCodePaths({ extraIncludePaths: ["index.ts"] }).then((found) => [...found.keys()].length > 0);
export const written = pulumi.runtime.serializeFunction(() => 42).then(({ text }) => text.includes("42"));
const { getFunctionLocationAsync } = require("@pulumi/pulumi/runtime/closure/v8");
export const where = getFunctionLocationAsync(function here() { return 1; }).then(({ file, line }: { file: string; line: number }) => file.split("/").pop() + ":" + (line > 0));
export const after = paths.then(loaded);
`;

describe("a program under the embedded engine", function () {
    this.timeout(60_000);

    it("has npm's installer and the debugger when they are asked for, and sends no debug messages", async () => {
        const dir = programFolder({
            "Pulumi.yaml": projectYaml("p"),
            "index.ts": PROGRAM,
            "package.json": '{ "name": "p", "dependencies": { "yaml": "*" } }\n',
        });
        const said: string[] = [];
        const { outputs } = await evaluateStack({ dir, env: "dev", typecheck: false, onLog: ({ message }) => said.push(message) });
        assert.deepEqual(outputs, { before: false, debug: "given back", paths: true, after: true, written: true, where: "index.ts:true" });
        assert.deepEqual(said, ["an info message"]);
    });
});
