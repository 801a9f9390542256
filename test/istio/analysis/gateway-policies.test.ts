/** Policies for gateways of the bundled proxy, in an analysis: named, unless Envoy runs in the Gateway's pods. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { analyze, parseDocuments } from "../../../istio";

const GATEWAY = (selector = "istio: ingressgateway"): string => `apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: web, namespace: apps }
spec: { selector: { ${selector} }, servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: [a.example.com] }] }
---
`;
const POLICY = (namespace: string, spec: string, kind = "AuthorizationPolicy", apiVersion = "security.istio.io/v1"): string =>
    `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: p, namespace: ${namespace} }\nspec: ${spec}\n---\n`;
const PODS = (template: string, namespace = "edge"): string => `apiVersion: apps/v1
kind: Deployment
metadata: { name: gateway, namespace: ${namespace} }
spec: { selector: { matchLabels: { istio: public } }, template: ${template} }
---
`;

/** Codes of policies, with their levels. */
function said(text: string, defaultGateway = true): string[] {
    return analyze(parseDocuments(text, "a.yaml").documents, { now: Date.now(), defaultGateway })
        .filter(({ code }) => code.startsWith("GH046"))
        .map(({ code, level, object }) => `${level} ${code} ${object?.kind}`);
}

describe("policies that an analysis finds for gateways", () => {
    /** One that restricts nothing, and is named for it. */
    const idle = (namespace: string, attached = ""): string => POLICY(namespace, `{ ${attached} action: AUDIT, rules: [{}] }`);
    const SELECTED = "selector: { matchLabels: { istio: ingressgateway } },";

    it("are named, whether Istio's own gateway is taken for granted or not", () => {
        for (const granted of [true, false]) {
            assert.deepEqual(said(GATEWAY() + idle("istio-system", SELECTED), granted), ["Info GH0464 AuthorizationPolicy"]);
            assert.deepEqual(said(GATEWAY() + idle("istio-system"), granted), ["Info GH0464 AuthorizationPolicy"]);
            assert.deepEqual(said(GATEWAY() + idle("istio-system", "selector: { matchLabels: { app: web } },"), granted), []);
        }
        for (const decides of ["{}", "{ action: DENY, rules: [{}] }"])
            assert.deepEqual(said(GATEWAY() + POLICY("istio-system", decides)), [], "one that is evaluated is nothing to name");
        assert.deepEqual(said(GATEWAY() + POLICY("apps", "{ configPatches: [] }", "EnvoyFilter", "networking.istio.io/v1alpha3")), [
            "Info GH0464 EnvoyFilter",
        ]);
        assert.deepEqual(said(GATEWAY() + POLICY("apps", "{ concurrency: 2 }", "ProxyConfig", "networking.istio.io/v1beta1")), [
            "Warning GH0463 ProxyConfig",
        ]);
    });

    it("are those that are for the pods that the configuration has", () => {
        const bundled = PODS("{ metadata: { labels: { istio: public, zone: a }, annotations: { gatehouse.dev/run: proxy } } }");
        const all = (policy: string): string[] => said(GATEWAY("istio: public") + bundled + policy);
        assert.deepEqual(
            [all(idle("edge")).length, all(idle("edge", "selector: { matchLabels: { zone: a } },")).length, all(idle("apps")).length],
            [1, 1, 0],
        );
    });

    it("are not named where Envoy runs in the pods", () => {
        for (const template of [
            '{ metadata: { labels: { istio: public, sidecar.istio.io/inject: "true" } } }',
            "{ metadata: { labels: { istio: public }, annotations: { inject.istio.io/templates: gateway } } }",
            "{ metadata: { labels: { istio: public } }, spec: { containers: [{ name: istio-proxy }] } }",
        ])
            assert.deepEqual(said(GATEWAY("istio: public") + PODS(template) + idle("edge")), [], template);
    });

    it("are to the ports of the Gateway that a plugin's `match` says, by the Gateway's number or the pod's", () => {
        const plugin = (match: string): string =>
            POLICY("istio-system", `{ url: "oci://x", phase: AUTHZ, match: ${match} }`, "WasmPlugin", "extensions.istio.io/v1alpha1");
        const service =
            "apiVersion: v1\nkind: Service\nmetadata: { name: s, namespace: edge }\nspec: { ports: [{ port: 80, targetPort: 8080 }] }\n---\n";
        const codes = (match: string, more = ""): string[] => said(GATEWAY() + more + plugin(match)).map((one) => one.slice(0, -11));
        assert.deepEqual(
            [
                codes("[{ ports: [{ number: 80 }] }]"),
                codes("[{ ports: [{ number: 8080 }] }]"),
                codes("[{ ports: [{ number: 8080 }] }]", service),
                codes("[{ mode: SERVER }]"),
            ],
            [["Error GH0460"], [], ["Error GH0460"], ["Info GH0464"]],
        );
    });

    it("count as restricting where they are bad by themselves", () => {
        assert.deepEqual(said(GATEWAY() + POLICY("istio-system", "{ action: DENY, rulez: [{}] }")), ["Error GH0460 AuthorizationPolicy"]);
    });
});
