/** Which saved files start another evaluation. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { concerns } from "../../../cli/up/watch";

describe("a saved file", () => {
    const concernsRun = (file: string): boolean => concerns(file, new Set(["/lib/helper.ts", "/p/index.ts"]), ["/p"]);

    it("concerns the run where the program loaded it, wherever it lies", () => {
        assert.deepEqual(["/lib/helper.ts", "/p/index.ts", "/lib/other.ts"].map(concernsRun), [true, true, false]);
    });

    it("concerns the run where it is new in a project's folder and could be a source or its settings", () => {
        assert.deepEqual(
            ["/p/missing.ts", "/p/Pulumi.dev.yaml", "/p/data.json", "/p/notes.md", "/p/.index.ts.swp", "/p/below/x.ts"].map(concernsRun),
            [true, true, true, false, false, false],
        );
    });
});
