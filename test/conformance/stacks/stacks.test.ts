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

    it("serves Ingresses of the gateway's own class and of the default one, with the certificate of a Secret", async () => {
        assert.deepEqual((await passed("ingress")).sort(), [
            "http://127.0.0.1/api/catalog",
            // By its rule, and further below by the default backend.
            "http://any.pages.example.com/api/catalog",
            "http://any.pages.example.com/api/catalog",
            "http://shop.example.com/api/catalog",
            "http://shop.example.com/items",
            "http://shop.example.com/status/200",
            "https://shop.example.com/api/catalog",
            "https://shop.example.com/items",
            "https://shop.example.com/status/200",
        ]);
    });

    it("explains what becomes of an Ingress's request, by the stack", async () => {
        const { code, stdout, stderr } = await gatehouse(["explain", "https://shop.example.com/status/200", "ingress", "-o", "json"], {
            timeoutMs: 120_000,
        });
        assert.equal(code, 0, stderr);
        const { action, route, destination } = JSON.parse(stdout) as {
            action: string;
            route: { origin: { kind: string; name: string; field: string } };
            destination: { host: string };
        };
        assert.deepEqual(
            [action, route.origin.kind, route.origin.name, route.origin.field, destination.host],
            ["forward", "Ingress", "shop", "spec.rules[0].http.paths[1]", "web.shop.svc.cluster.local"],
        );
    });

    it("serves an application's routes on the gateway of its platform", async () => {
        assert.deepEqual((await passed("platform", "apps")).sort(), [
            "http://webapp.istioinaction.io/",
            "https://webapp.istioinaction.io/api/catalog",
            "tcp://127.0.0.1",
        ]);
    });
});
