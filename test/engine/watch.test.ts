/** `--watch`: a save evaluates again; a save that breaks the program leaves the last good evaluation in force. */
import assert from "node:assert/strict";
import { once, EventEmitter } from "node:events";
import path from "node:path";
import { describe, it } from "mocha";
import { watchStack, type Evaluation } from "../../engine";
import { programFolder, projectYaml, writeFiles } from "./support";

describe("watching a stack", function () {
    this.timeout(600_000);

    it("evaluates on each save of a file of the program, and survives one that breaks it", async () => {
        const dir = programFolder({
            "Pulumi.yaml": projectYaml("p"),
            "index.ts": 'import { value } from "./lib/value";\nexport const shown = value;\n',
            "lib/value.ts": "export const value = 1;\n",
        });
        const events = new EventEmitter();
        const save = (text: string): void => void writeFiles(dir, { "lib/value.ts": text });
        const watch = watchStack(
            { dir, env: "dev", typecheck: false, quietMs: 50, onError: (error) => events.emit("error-told", error.message) },
            (evaluation) => void events.emit("evaluated", evaluation),
        );
        try {
            const next = async (name: string): Promise<unknown> => ((await once(events, name)) as unknown[])[0];
            const shown = async (): Promise<unknown> => ((await next("evaluated")) as Evaluation).outputs.shown;
            assert.equal(await shown(), 1);
            save("export const value = 2;\n");
            assert.equal(await shown(), 2);
            save("export const value = ;\n");
            assert.match(String(await next("error-told")), new RegExp(`GH0301: .*${path.join(dir, "lib", "value.ts")}:1`));
            save("export const value = 3;\n");
            assert.equal(await shown(), 3);
        } finally {
            watch.close();
        }
    });
});
