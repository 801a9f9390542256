/** The programs in test/components/types/ compile, which means that each line in them that must not compile does not. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import path from "node:path";
import { describe, it } from "mocha";
import ts from "typescript";
import { root } from "../../support/checkout";

describe("the types of the components", () => {
    it("refuse undeclared ports, wrong kinds of gateway and outputs that another stack lacks", function () {
        this.timeout(600_000);
        const folder = path.join(root, "test", "components", "types");
        const { options } = ts.parseJsonConfigFileContent(
            ts.readConfigFile(path.join(root, "tsconfig.json"), (file) => ts.sys.readFile(file)).config,
            ts.sys,
            root,
        );
        const program = ts.createProgram(
            readdirSync(folder).map((file) => path.join(folder, file)),
            { ...options, noEmit: true },
        );
        const faults = program
            .getSourceFiles()
            .filter(({ fileName }) => path.dirname(fileName) === folder)
            .flatMap((source) => program.getSemanticDiagnostics(source));
        assert.deepEqual(
            faults.map(
                ({ file, start = 0, messageText }) =>
                    `${path.basename(file?.fileName ?? "")}:${(file?.getLineAndCharacterOfPosition(start).line ?? 0) + 1} ${ts.flattenDiagnosticMessageText(messageText, " ")}`,
            ),
            [],
        );
    });
});
