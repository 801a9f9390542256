/** Under the real Pulumi no secret value of a component's arguments is shown: on the screen, in the diff, in the events, by the policies. */
import assert from "node:assert/strict";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import { WRONG_MARK } from "../../components/support/argument-cases";
import { root } from "../../support/checkout";
import { PulumiHome } from "../../support/pulumi-home";
import { runWithPolicies, type PolicyRun } from "../policy/support/policy-run";

describe("secrets among the arguments under the real Pulumi", function () {
    this.timeout(600_000);
    let home: PulumiHome;
    before(function () {
        home = PulumiHome.open(this, "secret arguments under the real Pulumi");
    });
    after(() => home?.close());

    const shown = ({ stdout, stderr, log }: PolicyRun): string[] =>
        [...stdout.split("\n"), ...stderr.split("\n"), ...log.split("\n").filter((line) => !line.includes('"severity":"debug"'))].filter(
            (line) => WRONG_MARK.test(line),
        );

    it("are in no message where each of them is wrong", async () => {
        const run = await runWithPolicies(home, path.join(__dirname, "programs", "secret-arguments"));
        assert.notEqual(run.code, 0);
        assert.deepEqual(shown(run), []);
        const told = new Set(run.stdout.match(/ArgumentsError: \w+ "c\d+-\d+"/g));
        assert.ok(told.size > 100, `${told.size} refusals: ${run.stdout.slice(0, 2000)}`);
    });

    it("are named by their argument where one of them is wrong", async () => {
        const run = await runWithPolicies(home, path.join(__dirname, "programs", "secret-argument"));
        assert.notEqual(run.code, 0);
        assert.deepEqual(shown(run), []);
        assert.match(
            run.stdout,
            /VirtualHost "web": One argument is wrong\.\s+hosts\[0\]: a secret value, which is not shown, cannot be taken here\./,
        );
    });

    it("are in no diff, event or violation where they are right", async () => {
        const run = await runWithPolicies(home, path.join(root, "test/cli/programs/secret-values"));
        assert.ok(run.violations.length > 0, run.stdout + run.stderr);
        assert.deepEqual(shown(run), []);
    });
});
