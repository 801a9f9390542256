/** What DestinationRules say of bad endpoints, connections and retries, as clusters have it. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { ClusterEntry } from "../../../../proxy/tables";
import { codesOf, compileYaml, entries, gateway, service, virtualService } from "../support";

const WEB =
    gateway("web", '- { port: { number: 8000, name: http, protocol: HTTP }, hosts: ["*"] }') +
    virtualService("v", "{ hosts: [a.example.com], gateways: [istio-system/web], http: [{ route: [{ destination: { host: app } }] }] }") +
    service("app", 80, { namespace: "istio-system" });

function clusterWith(policy: string): ClusterEntry {
    const compilation = compileYaml(
        `${WEB}\n---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: { name: r, namespace: istio-system }\nspec: { host: app, trafficPolicy: ${policy} }\n`,
    );
    assert.deepEqual(codesOf(compilation), []);
    return entries(compilation.tables, "clusters")[0]!;
}

describe("a DestinationRule's outlierDetection", () => {
    const DEFAULTS = {
        consecutive5xx: 5,
        consecutiveGatewayErrors: 0,
        splitExternalLocalOriginErrors: false,
        consecutiveLocalOriginFailures: 5,
        errorStatuses: [],
        intervalMs: 10_000,
        baseEjectionTimeMs: 30_000,
        maxEjectionPercent: 10,
    };

    it("is Envoy's defaults where it says nothing, and off where it is not there", () => {
        assert.deepEqual(clusterWith("{ outlierDetection: {} }").outlier, DEFAULTS);
        const plain = clusterWith("{ loadBalancer: { simple: RANDOM } }");
        assert.deepEqual([plain.outlier, plain.panicPercent], [undefined, undefined]);
    });

    it("says each of its fields; of 0 only numbers in a row mean never", () => {
        const all = clusterWith(
            "{ outlierDetection: { consecutive5xxErrors: 0, consecutiveGatewayErrors: 3, splitExternalLocalOriginErrors: true, consecutiveLocalOriginFailures: 2, interval: 1s, baseEjectionTime: 1500ms, maxEjectionPercent: 60, minHealthPercent: 40, outlierDetectionHttpErrorCodes: [503, 429] } }",
        );
        assert.deepEqual(
            [all.outlier, all.panicPercent],
            [
                {
                    consecutive5xx: 0,
                    consecutiveGatewayErrors: 3,
                    splitExternalLocalOriginErrors: true,
                    consecutiveLocalOriginFailures: 2,
                    errorStatuses: [429, 503],
                    intervalMs: 1_000,
                    baseEjectionTimeMs: 1_500,
                    maxEjectionPercent: 60,
                },
                40,
            ],
        );
        const none = clusterWith(
            "{ outlierDetection: { consecutiveGatewayErrors: 0, splitExternalLocalOriginErrors: true, consecutiveLocalOriginFailures: 0, maxEjectionPercent: 0, minHealthPercent: 0 } }",
        );
        assert.deepEqual([none.outlier, none.panicPercent], [{ ...DEFAULTS, splitExternalLocalOriginErrors: true }, undefined]);
    });
});

describe("a DestinationRule's connectionPool and retryBudget", () => {
    it("bound connections and retries", () => {
        const tcp = "tcpKeepalive: { probes: 3, time: 7s, interval: 500ms }, maxConnectionDuration: 5s";
        const { tcpKeepalive, maxConnectionDurationMs, maxRetries, retryBudget } = clusterWith(
            `{ connectionPool: { tcp: { ${tcp} }, http: { maxRetries: 4 } }, retryBudget: { percent: 12.5, minRetryConcurrency: 6, budgetInterval: 2s } }`,
        );
        assert.deepEqual(
            [tcpKeepalive, maxConnectionDurationMs, maxRetries, retryBudget],
            [{ idleMs: 7_000, intervalMs: 1_000, probes: 3 }, 5_000, 4, { percent: 12.5, minimum: 6, intervalMs: 2_000 }],
        );
    });

    it("bound nothing by 0, but for a share of retries", () => {
        const { tcpKeepalive, maxRetries, retryBudget } = clusterWith(
            "{ connectionPool: { tcp: { tcpKeepalive: {} }, http: { maxRetries: 0 } }, retryBudget: { percent: 0, minRetryConcurrency: 0 } }",
        );
        assert.deepEqual([tcpKeepalive, maxRetries, retryBudget], [{ idleMs: 60_000 }, undefined, { percent: 0, minimum: 3 }]);
        assert.deepEqual(clusterWith("{ retryBudget: {} }").retryBudget, { percent: 20, minimum: 3 });
    });
});

describe("a DestinationRule's health check", () => {
    const annotated = (text: string, subsets = ""): ClusterEntry["healthCheck"] => {
        const rule = `\n---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata:\n  name: r\n  namespace: istio-system\n  annotations: { gatehouse.dev/health-check: '${text}' }\nspec: { host: app${subsets} }\n`;
        return entries(compileYaml(WEB + rule).tables, "clusters")[0]?.healthCheck;
    };
    const TIMES = { intervalMs: 10_000, jitterMs: 1_000, timeoutMs: 1_000, unhealthyThreshold: 3, healthyThreshold: 1 };

    it("asks for the destination's own host where it names none", () => {
        const host = "app.istio-system.svc.cluster.local";
        assert.deepEqual(annotated('{"http":{"path":"/h"}}'), {
            ask: { kind: "http", path: "/h", statuses: [[200, 200]], host },
            ...TIMES,
        });
        assert.deepEqual(annotated('{"grpc":{}}')?.ask, { kind: "grpc", service: "", host });
        assert.deepEqual(annotated('{"http":{"path":"/h","host":"other.test"}}')?.ask, {
            kind: "http",
            path: "/h",
            host: "other.test",
            statuses: [[200, 200]],
        });
        assert.deepEqual(annotated('{"tcp":{},"port":81}'), { ask: { kind: "tcp" }, port: 81, ...TIMES });
    });
});

describe("a DestinationRule's proxyProtocol and tunnel", () => {
    it("say what connections begin with", () => {
        assert.equal(clusterWith("{ proxyProtocol: {} }").proxyProtocol, "V1");
        assert.equal(clusterWith("{ proxyProtocol: { version: V2 } }").proxyProtocol, "V2");
    });

    it("lead through a proxy, of TCP routes alone", () => {
        const policy = "{ tunnel: { targetHost: db.test, targetPort: 5432 } }";
        assert.equal(clusterWith(policy).tunnel, undefined);
        const tcp =
            gateway("web", '- { port: { number: 8000, name: tcp, protocol: TCP }, hosts: ["*"] }') +
            virtualService("v", '{ hosts: ["*"], gateways: [istio-system/web], tcp: [{ route: [{ destination: { host: app } }] }] }') +
            service("app", 80, { namespace: "istio-system" });
        for (const [more, method] of [
            ["", "CONNECT"],
            ["protocol: CONNECT, ", "CONNECT"],
            ["protocol: POST, ", "POST"],
        ] as const) {
            const rule = `\n---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: { name: r, namespace: istio-system }\nspec: { host: app, trafficPolicy: { tunnel: { ${more}targetHost: db.test, targetPort: 5432 } } }\n`;
            const [cluster] = entries(compileYaml(tcp + rule).tables, "clusters");
            assert.deepEqual(cluster?.tunnel, { method, targetHost: "db.test", targetPort: 5432 });
        }
    });
});
