/** What the engine's tests hold for Pulumi's reading of a project's and a stack's configuration, asked of the real one. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import { REFUSED, REFUSED_RUNTIMES, TAKEN } from "../../engine/project/pulumi-config";
import { root } from "../../support/checkout";
import { PulumiHome } from "../../support/pulumi-home";

const NAME = "name: p\n";
const RUNTIME = "runtime: nodejs\n";
const PROGRAM = `console.log("GOT " + process.env.PULUMI_CONFIG);\n`;
const AT_ONCE = 3;

describe("the configuration of a project under the real Pulumi", function () {
    this.timeout(300_000);
    let home: PulumiHome | undefined;
    let salt = "";

    before(async function () {
        home = PulumiHome.open(this, "what Pulumi makes of a project's configuration");
        const folder = projectIn(home, NAME + RUNTIME, "");
        const { code, stderr } = await home.run(folder, ["stack", "init", "dev"]);
        assert.equal(code, 0, stderr);
        salt = readFileSync(path.join(folder, "Pulumi.dev.yaml"), "utf8");
    });
    after(() => home?.close());

    function projectIn({ folder: above }: PulumiHome, project: string, stack: string): string {
        const folder = mkdtempSync(path.join(above, "configuration-"));
        symlinkSync(path.join(root, "node_modules"), path.join(folder, "node_modules"));
        const files = { "Pulumi.yaml": project, "Pulumi.dev.yaml": salt + stack, "index.js": PROGRAM, "package.json": "{}" };
        for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
        return folder;
    }

    async function preview(project: string, stack: string): Promise<{ code: number; got?: Record<string, string>; text: string }> {
        assert.ok(home);
        const { code, stdout, stderr } = await home.run(projectIn(home, project, stack), ["preview", "--stack", "dev"]);
        const got = /GOT (\{.*\})/.exec(stdout)?.[1];
        return { code, text: stdout + stderr, ...(got === undefined ? {} : { got: JSON.parse(got) as Record<string, string> }) };
    }

    it("is to its program what it is here", async () => {
        const declared = TAKEN.flatMap(([text], index) => (text === "" ? [] : [`  k${index}: ${text}\n`]));
        const stack = TAKEN.flatMap(([, text], index) => (text === "" ? [] : [`  p:k${index}: ${text}\n`]));
        const { got, text } = await preview(
            `${NAME}${RUNTIME}config:\n  aws:region: {value: us}\n${declared.join("")}`,
            `config:\n${stack.join("")}`,
        );
        assert.deepEqual(
            got,
            { "aws:config:region": "us", ...Object.fromEntries(TAKEN.map(([, , value], index) => [`p:config:k${index}`, value])) },
            text,
        );
    });

    it("is refused where it is here", async () => {
        const left = [...REFUSED, ...REFUSED_RUNTIMES.map((one) => [`runtime: ${one}\n`, ""] as const)];
        const taken: string[] = [];
        const next = async (): Promise<void> => {
            for (let one = left.shift(); one; one = left.shift()) {
                const [project, stack] = one;
                const { code, got } = await preview(NAME + (project.startsWith("runtime") ? "" : RUNTIME) + project, stack);
                if (code === 0 || got) taken.push(project + stack);
            }
        };
        await Promise.all(Array.from({ length: AT_ONCE }, next));
        assert.deepEqual(taken, []);
    });
});
