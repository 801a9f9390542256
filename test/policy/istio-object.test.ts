import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { unknownCheckingProxy, type ResourceValidationArgs } from "@pulumi/policy";
import { describe, it } from "mocha";
import { istioObjectPolicies } from "../../policy/istio-object";
import { POLICY_TABLE } from "../../policy/table";
import { root } from "../support/checkout";

/** How a preview hands over a value that it cannot know. */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const gateway = (spec: unknown): Record<string, unknown> => ({ apiVersion: "networking.istio.io/v1", kind: "Gateway", metadata: { name: "edge", namespace: "shop" }, spec });
const server = (tls: unknown): unknown => ({ port: { number: 443, name: "https", protocol: "HTTPS" }, hosts: ["a.example.com"], tls });
const selector = { istio: "edge" };

/** What every policy says of a resource: `policy: message`. */
async function judge(type: string, props: Record<string, unknown>): Promise<string[]> {
    const violations: string[] = [];
    for (const { name, validateResource } of istioObjectPolicies) {
        const checked = unknownCheckingProxy(props) as Record<string, unknown>;
        const args = { type, props: checked, urn: "urn", name: "edge" } as unknown as ResourceValidationArgs;
        for (const validate of [validateResource ?? []].flat()) await validate(args, (message) => violations.push(`${name}: ${message}`));
    }
    return violations;
}
const GATEWAY_TYPE = "kubernetes:networking.istio.io/v1:Gateway";

describe("the policy pack", () => {
    it("passes a Gateway that is sound", async () => {
        assert.deepEqual(await judge(GATEWAY_TYPE, gateway({ selector, servers: [server({ mode: "SIMPLE", credentialName: "a" })] })), []);
    });

    it("refuses a Gateway without selector and names it", async () => {
        const [violation, ...more] = await judge(GATEWAY_TYPE, gateway({ servers: [server({ mode: "SIMPLE", credentialName: "a" })] }));
        assert.match(violation ?? "", /^gateway-selector: Gateway shop\/edge spec\.selector /);
        assert.deepEqual(more, []);
    });

    it("refuses a server that speaks TLS 1.0 or 1.1", async () => {
        for (const minProtocolVersion of ["TLSV1_0", "TLSV1_1"]) {
            const violations = await judge(GATEWAY_TYPE, gateway({ selector, servers: [server({ mode: "SIMPLE", credentialName: "a", minProtocolVersion })] }));
            assert.match(violations.join("\n"), new RegExp(`gateway-tls-minimum-version: Gateway shop/edge spec\\.servers\\[0\\]\\.tls\\.minProtocolVersion is ${minProtocolVersion}`));
        }
    });

    it("refuses what validation refuses, by field", async () => {
        const violations = await judge(GATEWAY_TYPE, gateway({ selector, servers: [{ port: { number: 70000, name: "http", protocol: "HTTP" }, hosts: ["*"] }] }));
        assert.match(violations.join("\n"), /istio-object-valid: .*Gateway shop\/edge spec\.servers\[0\]\.port\.number/);
    });

    it("waits where a preview does not know a value, and passes over other kinds", async () => {
        assert.deepEqual(await judge(GATEWAY_TYPE, gateway({ servers: [server({ mode: "SIMPLE", credentialName: UNKNOWN })] })), []);
        assert.deepEqual(await judge("kubernetes:core/v1:Service", { kind: "Service", spec: {} }), []);
    });

    it("has the names, levels and texts of its page", () => {
        const rows = [...readFileSync(path.join(root, "docs", "policies.md"), "utf8").matchAll(/^\| ([a-z][a-z-]+) \| (advisory|mandatory) \| (.+) \|$/gm)].map(([, name, level, text]) => [name, level, text]);
        assert.deepEqual(rows, Object.entries(POLICY_TABLE).map(([name, { enforcementLevel, description }]) => [name, enforcementLevel, description]));
        assert.deepEqual(istioObjectPolicies.map(({ name }) => name), Object.keys(POLICY_TABLE));
    });
});
