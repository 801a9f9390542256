/** `gatehouse check`: what it prints, how it ends, and what it says of a configuration that is wrong. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import { readPolicyConfig } from "../../../cli/check/policy-config";
import { CommandError } from "../../../cli/exit";
import { findingText } from "../../../istio";
import { gatehouse } from "../../support/gatehouse";

describe("gatehouse check", function () {
    this.timeout(300_000);
    let folder: string;
    before(() => {
        folder = mkdtempSync(path.join(os.tmpdir(), "gatehouse-check-"));
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    const file = (text: string): string => {
        const name = path.join(folder, "policies.yaml");
        writeFileSync(name, text);
        return name;
    };
    it("gives violations as JSON, with nothing else on stdout, and ends with 1 on a mandatory one", async () => {
        const { code, stdout, stderr } = await gatehouse(["check", "quickstart", "-c", "gatehouse:image=proxy:1", "-o", "json"], {
            timeoutMs: 280_000,
        });
        assert.equal(code, 1, stderr);
        assert.deepEqual(JSON.parse(stdout), [
            {
                policy: "workload-image",
                enforcementLevel: "mandatory",
                severity: "high",
                object: "Deployment istio-ingress/public",
                urn: "urn:pulumi:dev::quickstart::gatehouse:index:IngressGateway$kubernetes:apps/v1:Deployment::public-deployment",
                message:
                    "Deployment istio-ingress/public spec.template.spec.containers[0].image is `proxy:1`, which is not pinned: what it names may change. Add its digest, as in name@sha256:….",
            },
        ]);
        assert.match(stderr, /\d+ policies: \d+ mandatory and \d+ advisory violations/);
    });

    it("says where the object that a violation is about was made, or the component that made it", async () => {
        const policies = file(JSON.stringify({ all: "disabled", "workload-image": "advisory" }));
        const { code, stdout, stderr } = await gatehouse(
            ["check", "quickstart", "-c", "gatehouse:image=proxy:1", "--policy-config", policies],
            { timeoutMs: 280_000 },
        );
        assert.equal(code, 0, stderr);
        assert.match(stdout, /^advisory {2}workload-image {2}Deployment istio-ingress\/public .* \(stacks\/quickstart\/index\.ts:\d+\)\n$/);
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
        const { code, text } = findingsOf(() =>
            readPolicyConfig(file("all: advisory\ncertificate-near-expiry:\n  enforcementLevel: mandatory\n  days: soon\n")),
        );
        assert.equal(code, 2);
        assert.match(
            text,
            /^Error GH0601 certificate-near-expiry\.days: got `soon`, wanted a whole number, 1 or more \(.*policies\.yaml:4\)\.$/,
        );
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

    it("survives aliases that lead nowhere or to very much", () => {
        assert.match(findingsOf(() => readPolicyConfig(file("all: *nobody\n"))).text, /^Error GH0602/);
        const bomb = [
            "a: &a [x, x]",
            ...Array.from(
                { length: 12 },
                (_, index) => `${"bcdefghijklm"[index]}: &${"bcdefghijklm"[index]} [*${"abcdefghijkl"[index]}, *${"abcdefghijkl"[index]}]`,
            ),
        ].join("\n");
        assert.match(findingsOf(() => readPolicyConfig(file(bomb))).text, /^Error GH060[12]/);
    });

    it("takes JSON", () => {
        assert.equal(
            readPolicyConfig(file('{ "all": "disabled", "retry-budget": { "attempts": 3 } }')).get("retry-budget")?.parameters["attempts"],
            3,
        );
    });
});
