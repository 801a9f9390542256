/** A gateway's options: of the Service in front of it, before what the mesh's configuration says; and what closes without them. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { Compiler, type Compilation } from "../../../../proxy/compiler";
import type { ListenerEntry } from "../../../../proxy/tables";
import { codesOf, compileYaml, entries, gateway, INGRESS, messagesOf, objectsOf } from "../support";

const GATEWAY = gateway("edge", '- { port: { number: 80, name: http, protocol: HTTP }, hosts: ["*"] }');

function front(name: string, options: unknown, created = "2026-01-01T00:00:00Z"): string {
    const text = typeof options === "string" ? options : JSON.stringify(options);
    return `
---
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: istio-system, creationTimestamp: "${created}", annotations: { gatehouse.dev/gateway-options: ${JSON.stringify(text)} } }
spec: { selector: { istio: ingressgateway }, ports: [{ name: http, port: 80, targetPort: 8080 }] }
`;
}
const mesh = (config: object): string => `
---
apiVersion: v1
kind: ConfigMap
metadata: { name: istio, namespace: istio-system }
data: { mesh: ${JSON.stringify(JSON.stringify(config))} }
`;
const listenerOf = ({ tables }: Compilation): Partial<ListenerEntry> => entries(tables, "listeners")[0] ?? {};

describe("a gateway's options", () => {
    it("are those of the Service in front of its pods, on every listener", () => {
        const made = compileYaml(GATEWAY + front("edge", { proxyProtocol: "required", limits: { headTimeout: "5s" } }));
        assert.deepEqual(
            codesOf(made).filter((code) => !code.startsWith("GH0416")),
            [],
        );
        assert.deepEqual(listenerOf(made).options, { proxyProtocol: "required", limits: { headTimeout: 5000 } });
        assert.equal(listenerOf(made).targetPort, 8080);
        assert.equal(listenerOf(compileYaml(GATEWAY)).options, undefined);
        const other = compileYaml(GATEWAY + front("edge", { proxyProtocol: "required" }), { labels: { istio: "other" } });
        assert.equal(listenerOf(other).options, undefined);
    });

    it("are what the mesh's configuration says in Istio's words, where the Service says nothing else", () => {
        const config = {
            pathNormalization: { normalization: "DECODE_AND_MERGE_SLASHES" },
            defaultConfig: {
                gatewayTopology: { proxyProtocol: {}, forwardClientCertDetails: "APPEND_FORWARD" },
                proxyHeaders: { server: { disabled: true } },
                proxyMetadata: { ISTIO_META_HTTP10: "1", ISTIO_META_IDLE_TIMEOUT: "30s" },
                connectionSettings: {
                    httpStreamIdleTimeout: "60s",
                    httpMaxConcurrentStreams: 50,
                    httpPathWithEscapedSlashesAction: "REJECT_REQUEST",
                },
            },
        };
        const own = { proxyProtocol: "off", limits: { concurrentStreams: 20 } };
        assert.deepEqual(listenerOf(compileYaml(GATEWAY + mesh(config) + front("edge", own))).options, {
            mergeSlashes: true,
            pathWithEscapedSlashes: "reject",
            proxyProtocol: "off",
            forwardClientCertDetails: "APPEND_FORWARD",
            serverHeader: { mode: "pass-through" },
            acceptHttp10: true,
            idleTimeout: 30_000,
            limits: { streamIdleTimeout: 60_000, concurrentStreams: 20 },
        });
        assert.deepEqual(
            listenerOf(compileYaml(GATEWAY + mesh({ defaultConfig: { connectionSettings: { profile: "EDGE" } } }))).options
                ?.pathWithEscapedSlashes,
            "redirect",
        );
        assert.equal(listenerOf(compileYaml(GATEWAY + mesh(config), { mode: "mesh" })).options, undefined);
    });

    it("are what the pod's own ProxyConfig says, behind the Service and before the mesh, field by field", () => {
        const topology = (numTrustedProxies: number) => ({ gatewayTopology: { numTrustedProxies, forwardClientCertDetails: "SANITIZE" } });
        const off = { disabled: true };
        const proxyConfig = { ...topology(2), proxyHeaders: { requestId: off, attemptCount: off, server: { value: "pod" } } };
        const config = { defaultConfig: { ...topology(1), proxyHeaders: { server: off, envoyDebugHeaders: off } } };
        const listener = listenerOf(compileYaml(GATEWAY + mesh(config) + front("edge", { attemptCount: true }), { proxyConfig }));
        assert.deepEqual(listener.options, {
            forwardClientCertDetails: "SANITIZE",
            serverHeader: { mode: "overwrite", value: "pod" },
            stripEnvoyHeaders: true,
            generateRequestId: false,
            attemptCount: true,
        });
        assert.equal(listener.trustedProxies, 2);
        assert.equal(
            listenerOf(compileYaml(GATEWAY, { proxyConfig, trustedProxies: 0 })).trustedProxies,
            undefined,
            "an argument counts first",
        );
        assert.equal(listenerOf(compileYaml(GATEWAY + mesh(config), { proxyConfig: {} })).trustedProxies, 1);
    });

    it("name what of the mesh's words is not served", () => {
        const config = (preserveHttp1HeaderCase: boolean) => mesh({ defaultConfig: { proxyHeaders: { preserveHttp1HeaderCase } } });
        assert.match(messagesOf(compileYaml(GATEWAY + config(true))), /GH0447 .*Names of headers go out in lower case/);
        assert.doesNotMatch(messagesOf(compileYaml(GATEWAY + config(false))), /GH0447/);
    });

    it("of several Services are the oldest's", () => {
        const made = compileYaml(
            GATEWAY +
                front("late", { mergeSlashes: true }, "2026-03-01T00:00:00Z") +
                front("early", { acceptHttp10: true }, "2026-02-01T00:00:00Z"),
        );
        assert.deepEqual(listenerOf(made).options, { acceptHttp10: true });
        assert.match(messagesOf(made), /GH0419 .*Service istio-system\/early has options of the same gateway and is older/);
    });

    it("that restrict and can't be read close the gateway, and its ports stay the Service's", () => {
        for (const options of ["{", { proxyProtocol: "on" }, { trustedProxies: ["x"] }, { limits: { headers: 1 } }, { mispelt: true }]) {
            const { refusal, targetPort } = listenerOf(compileYaml(GATEWAY + front("edge", options)));
            assert.deepEqual([refusal?.detail, targetPort], ["gateway_options_unreadable", 8080], JSON.stringify(options));
            assert.equal(refusal?.origin.name, "edge");
        }
        assert.deepEqual(listenerOf(compileYaml(GATEWAY + front("edge", { serverHeader: 1, mergeSlashes: true }))).options, {
            mergeSlashes: true,
        });
    });

    it("change the listener alone, and no route table", () => {
        const compiler = new Compiler();
        const input = (options: object): Parameters<Compiler["compile"]>[0] => ({
            objects: objectsOf(GATEWAY + front("edge", options)),
            ...INGRESS,
        });
        const before = compiler.compile(input({ mergeSlashes: true })).tables;
        const after = compiler.compile(input({ mergeSlashes: false })).tables;
        assert.notEqual(after.listeners, before.listeners);
        assert.equal(after.routeTables, before.routeTables);
        assert.equal(after.chains, before.chains);
    });
});
