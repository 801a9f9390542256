/** `explain` knows what a gateway does with header names that have underscores. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { gatewayArguments, underscorePolicyOf } from "../../../cli/up/gateway-arguments";
import type { LocalWorkload } from "../../../cli/up/workloads";
import type { KubeObject } from "../../../istio";
import { compile } from "../../../proxy/compiler";
import type { UnderscorePolicy } from "../../../proxy/exchange";
import { explain, parseQuestion, type Explanation } from "../../../proxy/explain";

const OBJECTS = [
    {
        apiVersion: "networking.istio.io/v1",
        kind: "Gateway",
        metadata: { name: "web", namespace: "ns" },
        spec: { selector: {}, servers: [{ port: { number: 80, name: "http", protocol: "HTTP" }, hosts: ["web.test"] }] },
    },
    {
        apiVersion: "networking.istio.io/v1",
        kind: "VirtualService",
        metadata: { name: "web", namespace: "ns" },
        spec: {
            hosts: ["web.test"],
            gateways: ["web"],
            http: [
                { match: [{ headers: { api_key: { exact: "k" } } }], directResponse: { status: 204 } },
                { directResponse: { status: 418 } },
            ],
        },
    },
] as unknown as readonly KubeObject[];

function asked(header: string, underscores?: UnderscorePolicy): Explanation {
    const { tables } = compile({ objects: OBJECTS.map((object) => ({ object })), namespace: "ns", now: Date.now() });
    return explain(parseQuestion("http://web.test/", { headers: [header] }), tables, underscores === undefined ? {} : { underscores });
}

function workload(...args: readonly string[]): LocalWorkload {
    return {
        ref: { group: "apps", kind: "Deployment", namespace: "ns", name: "web" },
        key: "ns/web",
        labels: {},
        annotations: {},
        pod: { containers: [{ name: "log" }, { name: "proxy", args }] },
    } as unknown as LocalWorkload;
}

describe("explain of header names with underscores", () => {
    it("answers by the gateway's policy", () => {
        assert.deepEqual(
            [undefined, "forward", "drop", "reject"].map((policy) => asked("api_key: k", policy as UnderscorePolicy | undefined).status),
            [204, 204, 418, 400],
        );
    });

    it("names what is not passed on", () => {
        const dropped = ({ steps }: Explanation): string[] =>
            steps.flatMap(({ text }) => /^the header (\S+) is not passed on/.exec(text)?.[1] ?? []);
        assert.deepEqual(
            [dropped(asked("api_key: k")), dropped(asked("api_key: k", "drop")), dropped(asked("x_forwarded_for: 192.0.2.1"))],
            [[], ["api_key"], ["x_forwarded_for"]],
        );
    });

    it("takes the policy from the gateway's Deployment", () => {
        assert.deepEqual(
            [
                workload(),
                workload("proxy", "--underscores-in-headers", "drop"),
                workload("--underscores-in-headers", "what"),
                workload("--underscores-in-headers"),
            ].map(underscorePolicyOf),
            [undefined, "drop", undefined, undefined],
        );
        assert.deepEqual(gatewayArguments(workload("proxy", "--underscores-in-headers", "reject", "--more")), [
            "--underscores-in-headers",
            "reject",
        ]);
        assert.deepEqual(gatewayArguments(workload("--root-namespace", "mesh", "--underscores-in-headers", "drop")), [
            "--underscores-in-headers",
            "drop",
            "--root-namespace",
            "mesh",
        ]);
    });
});
