/** The stacks as a newcomer runs them: the quickstart, and two that were composed by name. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import { gatehouse } from "../../support/gatehouse";

interface Document {
    readonly findings: readonly unknown[];
    readonly check: readonly { readonly url: string; readonly outcome: string }[];
}

describe("gatehouse up STACK --check", function () {
    this.timeout(600_000);
    let state: string;
    before(() => {
        state = mkdtempSync(path.join(os.tmpdir(), "gatehouse-stacks-"));
    });
    after(() => rmSync(state, { recursive: true, force: true }));

    const passed = async (...stacks: string[]): Promise<string[]> => {
        const { code, stdout, stderr } = await gatehouse(
            ["up", ...stacks, "--check", "-o", "json", "--port-offset", "auto", "--state", path.join(state, stacks.join("-"))],
            { timeoutMs: 120_000 },
        );
        assert.equal(code, 0, stderr);
        const { findings, check } = JSON.parse(stdout) as Document;
        assert.deepEqual(findings, []);
        assert.deepEqual(
            check.filter(({ outcome }) => outcome !== "passed"),
            [],
        );
        return check.map(({ url }) => url.replace(/:\d+/, ""));
    };

    it("serves both hosts of the quickstart over HTTPS and redirects them from HTTP", async () => {
        assert.deepEqual((await passed("quickstart")).sort(), [
            "http://catalog.istioinaction.io/",
            "http://webapp.istioinaction.io/",
            "https://catalog.istioinaction.io/items",
            "https://webapp.istioinaction.io/api/catalog",
        ]);
    });

    it("serves an application's routes on the gateway of its platform", async () => {
        assert.deepEqual((await passed("platform", "apps")).sort(), [
            "http://webapp.istioinaction.io/",
            "https://webapp.istioinaction.io/api/catalog",
            "tcp://127.0.0.1",
        ]);
    });
});
