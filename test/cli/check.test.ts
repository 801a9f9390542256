/** `gatehouse check`: what it prints, how it ends, and what it says of a configuration that is wrong. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import { readPolicyConfig } from "../../cli/check/policy-config";
import { CommandError } from "../../cli/exit";
import { findingText } from "../../istio";
import { root } from "../support/checkout";
import { gatehouse } from "../support/gatehouse";

const EXAMPLES = path.join(root, "test/e2e/policy/programs/examples");

describe("gatehouse check", function () {
    this.timeout(120_000);
    let folder: string;
    before(() => { folder = mkdtempSync(path.join(os.tmpdir(), "gatehouse-check-")); });
    after(() => rmSync(folder, { recursive: true, force: true }));

    const file = (text: string): string => {
        const name = path.join(folder, "policies.yaml");
        writeFileSync(name, text);
        return name;
    };
    it("gives violations as JSON, with nothing else on stdout, and ends with 1 on a mandatory one", async () => {
        const { code, stdout, stderr } = await gatehouse(["check", EXAMPLES, "-c", "side=bad", "-c", 'names=["gateway-selector","retry-budget"]', "-o", "json"], { timeoutMs: 110_000 });
        assert.equal(code, 1, stderr);
        const violations = (JSON.parse(stdout) as Record<string, string>[]).filter(({ policy = "" }) => ["gateway-selector", "retry-budget"].includes(policy));
        assert.deepEqual(violations.map(({ message, urn, ...rest }) => ({ ...rest, names: message?.startsWith(rest["object"] ?? "?"), urn: urn?.startsWith("urn:pulumi:dev::policy-examples::") })), [
            { policy: "gateway-selector", enforcementLevel: "mandatory", severity: "high", object: "Gateway istio-ingress/edge", names: true, urn: true },
            { policy: "retry-budget", enforcementLevel: "advisory", severity: "medium", object: "VirtualService shop/shop", names: true, urn: true },
        ]);
        assert.match(stderr, /\d+ policies: \d+ mandatory and \d+ advisory violations/);
    });

    const findingsOf = (read: () => unknown): { code: number; text: string } => {
        try {
            read();
        } catch (error) {
            assert.ok(error instanceof CommandError);
            return { code: error.exitCode, text: error.findings.map(findingText).join("\n") };
        }
        return assert.fail("the configuration was taken");
    };

    it("names file, line and key of a configuration that is wrong, and what was wanted", () => {
        const { code, text } = findingsOf(() => readPolicyConfig(file("all: advisory\ncertificate-near-expiry:\n  enforcementLevel: mandatory\n  days: soon\n")));
        assert.equal(code, 2);
        assert.match(text, /^Error GH0601 certificate-near-expiry\.days: got `soon`, wanted a whole number, 1 or more \(.*policies\.yaml:4\)\.$/);
    });

    it("names the place where a configuration is neither YAML nor JSON", () => {
        const { code, text } = findingsOf(() => readPolicyConfig(file("all: advisory\nretry-budget: [1\n")));
        assert.equal(code, 2);
        assert.match(text, /^Error GH0602: The configuration of the policies is neither YAML nor JSON: .* \(.*policies\.yaml:\d+\)\.$/);
    });

    it("says so where the configuration can't be read", () => {
        const { code, text } = findingsOf(() => readPolicyConfig(path.join(folder, "none.yaml")));
        assert.equal(code, 3);
        assert.match(text, /^Error GH0602 .*none\.yaml: The configuration of the policies can't be read: no such file or folder\. Name/);
        assert.match(findingsOf(() => readPolicyConfig(folder)).text, /it is a folder/);
    });

    it("takes JSON", () => {
        assert.equal(readPolicyConfig(file('{ "all": "disabled", "retry-budget": { "attempts": 3 } }')).get("retry-budget")?.parameters["attempts"], 3);
    });
});
