/** The pack under the real Pulumi: what it refuses, passes, waits for, makes good and never repeats. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "mocha";
import { root } from "../../support/checkout";
import { gatehouse } from "../../support/gatehouse";
import { PulumiHome } from "../../support/pulumi-home";
import { EXAMPLE_CONFIG, sections } from "../../policy/support/page";
import { runWithPolicies, type PolicyRun, type PolicyRunOptions } from "./support/policy-run";

const EXAMPLES = path.join(root, "test/e2e/policy/programs/examples");
const KEYS = path.join(root, "test/e2e/policy/programs/keys");
const MARKER = "s3cr3t-marker-91";
/** Examples that are objects. */
const WRITTEN = sections().filter(({ bad }) => bad.language === "yaml");
/** Those about who may pass are a cluster each, with objects of the same names; one program holds all others together. */
const CLUSTERS = WRITTEN.filter(({ text }) => /^kind: (?:AuthorizationPolicy|RequestAuthentication)$/m.test(text)).map(({ name }) => name);
const TOGETHER = WRITTEN.map(({ name }) => name).filter((name) => !CLUSTERS.includes(name));
/** Pulumi shows a policy one stack; what verifies tokens, or holds a namespace, may be made by another, so that nothing can be said to be missing. */
const NEEDS_ALL = ["token-verified", "egress-only-way-out"];
/** One that judges a resource, one that judges the stack, one that does both. */
const EACH_KIND = ["gateway-tls-minimum-version", "gateway-secret-namespace", "workload-nonroot"];

describe("the pack under the real Pulumi", function () {
    this.timeout(600_000);
    let home: PulumiHome;
    before(function () {
        home = PulumiHome.open(this, "the policy pack under the real Pulumi");
    });
    after(() => home?.close());

    const run = (dir: string, options?: PolicyRunOptions): Promise<PolicyRun> => runWithPolicies(home, dir, options);
    const examples = (side: string, names: readonly string[], options: PolicyRunOptions = {}): Promise<PolicyRun> =>
        run(EXAMPLES, { policies: EXAMPLE_CONFIG, ...options, config: { side, names: JSON.stringify(names), ...options.config } });
    const policiesOf = ({ violations }: PolicyRun): string[] => [...new Set(violations.map(({ policyName }) => policyName))];

    it("refuses every bad example that is written as objects, at the level of the table, and fails the preview", async () => {
        const preview = await examples("bad", TOGETHER);
        assert.notEqual(preview.code, 0);
        const missed = TOGETHER.filter((name) => !NEEDS_ALL.includes(name) && !policiesOf(preview).includes(name));
        assert.deepEqual(missed, [], preview.stdout + preview.stderr);
        const version = preview.violations.find(({ policyName }) => policyName === "gateway-tls-minimum-version");
        assert.equal(version?.enforcementLevel, "mandatory");
        assert.equal(version?.severity, "high");
        assert.match(version?.message ?? "", /Gateway istio-ingress\/edge spec\.servers\[0\]\.tls\.minProtocolVersion is TLSV1_1/);
        assert.match(version?.resourceUrn ?? "", /::kubernetes:networking\.istio\.io\/v1:Gateway::gateway-tls-minimum-version-/);
    });

    for (const name of CLUSTERS) {
        const isSaid = !NEEDS_ALL.includes(name);
        it(`${isSaid ? "refuses" : "says nothing of"} the bad example of ${name} and passes the fixed one`, async () => {
            const bad = await examples("bad", [name]);
            assert.equal(policiesOf(bad).includes(name), isSaid, bad.stdout + bad.stderr);
            const fixed = await examples("fixed", [name]);
            assert.ok(!policiesOf(fixed).includes(name), fixed.stdout + fixed.stderr);
        });
    }

    it(`passes the fixed examples of ${EACH_KIND.join(", ")}`, async () => {
        const preview = await examples("fixed", EACH_KIND);
        assert.deepEqual(
            policiesOf(preview).filter((name) => EACH_KIND.includes(name)),
            [],
            preview.stdout,
        );
    });

    it("finds nothing in the stacks, whose certificates no preview knows, and runs in every one", async () => {
        // At the update the certificates are known; of the platform's gateways the other stack sees none.
        for (const [name, command] of [
            ["quickstart", "preview"],
            ["platform", "up"],
            ["apps", "preview"],
        ] as const) {
            const made = await run(path.join(root, "stacks", name), { command, stack: "dev" });
            assert.equal(made.code, 0, made.stdout + made.stderr);
            assert.deepEqual(made.violations, []);
            assert.doesNotMatch(made.stdout + made.stderr, /can't run/);
        }
    });

    it("makes good what it is asked to, and nothing it is not asked to", async () => {
        // One of each kind of object: two of one name would share a file.
        const names = ["gateway-tls-minimum-version", "cors-credentials", "workload-privileged"];
        const made = await examples("bad", names, {
            command: "up",
            policies: { all: "disabled", ...Object.fromEntries(names.map((name) => [name, "remediate"])) },
        });
        assert.equal(made.code, 0, made.stdout + made.stderr);
        assert.deepEqual([...new Set(made.remediations)].sort(), [...names].sort());
        assert.deepEqual(made.violations, []);
        const text = JSON.stringify(made.objects);
        assert.match(text, /"minProtocolVersion":"TLSV1_2"/);
        assert.doesNotMatch(text, /"allowCredentials":true|"privileged":true/);
    });

    describe("with a private key", () => {
        const key = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" }).toString();
        const config = { key, marker: MARKER };
        const keyed = (mode: string, options: PolicyRunOptions = {}): Promise<PolicyRun> =>
            run(KEYS, { ...options, config: { ...config, mode } });
        const body = key.split("\n")[1] ?? "";

        it("says nothing of one that is marked as secret", async () => {
            const preview = await keyed("marked");
            assert.equal(preview.code, 0, preview.stdout + preview.stderr);
            assert.deepEqual(preview.violations, []);
        });

        it("refuses one in clear, among inputs and among outputs, without repeating it", async () => {
            const preview = await keyed("clear");
            assert.notEqual(preview.code, 0);
            assert.deepEqual(policiesOf(preview).sort(), ["private-key-in-inputs", "private-key-in-outputs"]);
            assert.doesNotMatch(
                preview.violations.map(({ message }) => message).join(),
                new RegExp(body.slice(0, 20).replace(/[+/]/g, "\\$&")),
            );
        });

        it("marks it where it is asked to", async () => {
            const made = await keyed("clear", {
                command: "up",
                policies: { "private-key-in-inputs": "remediate", "private-key-in-outputs": "disabled" },
            });
            assert.equal(made.code, 0, made.stdout + made.stderr);
            assert.deepEqual([...new Set(made.remediations)], ["private-key-in-inputs"]);
            assert.deepEqual(made.violations, []);
        });

        it("keeps a marked value out of what it says of its object", async () => {
            const preview = await keyed("host");
            assert.ok(policiesOf(preview).includes("gateway-wildcard-hosts"), preview.stdout);
            assert.doesNotMatch(preview.violations.map(({ message }) => message).join(), new RegExp(MARKER));
        });
    });

    it("refuses a configuration that is wrong with one clear message", async () => {
        const type = await examples("fixed", [], { policies: { "certificate-near-expiry": { days: "soon" } } });
        assert.notEqual(type.code, 0);
        assert.match(type.stdout + type.stderr, /certificate-near-expiry/);
        assert.match(type.stdout + type.stderr, /days/);
        const unknown = await examples("fixed", ["gateway-selector"], { policies: { "certificate-near-expiry": { day: 3 } } });
        assert.notEqual(unknown.code, 0);
        assert.match(unknown.stdout + unknown.stderr, /certificate-near-expiry has no parameter `day`\. Did you mean `days`\?/);
    });

    it("agrees with gatehouse check, where advisory violations end with 0 and have their place", async () => {
        const folder = mkdtempSync(path.join(home.folder, "check-"));
        const policies = path.join(folder, "policies.json");
        writeFileSync(policies, JSON.stringify({ all: "disabled", "retry-budget": "advisory" }));
        const args = ["check", EXAMPLES, "-c", "side=bad", "-c", 'names=["retry-budget"]', "--policy-config", policies];
        const { code, stdout, stderr } = await gatehouse(args, { timeoutMs: 300_000 });
        assert.equal(code, 0, stderr);
        assert.match(stdout, /^advisory {2}retry-budget {2}VirtualService shop\/shop spec\.http\[0\]\.retries .* \(.*\.ts:\d+\)\n$/);
        const preview = await examples("bad", ["retry-budget"], { policies: JSON.parse(readFileSync(policies, "utf8")) as unknown });
        assert.deepEqual(policiesOf(preview), ["retry-budget"]);
    });
});
