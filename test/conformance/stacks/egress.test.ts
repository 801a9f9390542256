/** `gatehouse up egress`: from an application to the outside, in every mode, by the mesh and by the forward proxy. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, describe, it } from "mocha";
import { run } from "../../support/gatehouse";
import { root } from "../../support/checkout";

interface Document {
    readonly gateways: readonly { readonly kind: string; readonly name: string }[];
    readonly check: readonly { readonly url: string; readonly outcome: string; readonly detail: string }[];
}

describe("the stack egress on this machine", function () {
    this.timeout(300_000);
    const state = mkdtempSync(path.join(os.tmpdir(), "gatehouse-egress-"));
    after(() => rmSync(state, { recursive: true, force: true }));

    it("leads to the outside by both proxies, and refuses at each what nobody named", async () => {
        const args = ["up", "egress", "--check", "-o", "json", "--port-offset", "auto", "--state", state];
        const { code, stdout, stderr } = await run(process.execPath, [path.join(root, "cli/gatehouse.js"), ...args], {
            timeoutMs: 200_000,
        });
        assert.equal(code, 0, stderr);
        const { gateways, check } = JSON.parse(stdout) as Document;
        assert.deepEqual(
            gateways.map(({ kind, name }) => [kind, name]),
            [
                ["gateway", "egress"],
                ["outbound", "checkout"],
            ],
        );
        assert.deepEqual(
            check.filter(({ outcome }) => outcome !== "passed"),
            [],
        );
        const refused = check.filter(({ url }) => url.includes("nobody.invalid")).map(({ detail }) => detail.slice(0, 3));
        assert.deepEqual(refused, ["403", "502"]);
    });
});
