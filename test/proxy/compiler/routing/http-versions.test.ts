/** Which HTTP a cluster's endpoints are spoken to in, and within which bounds: as istiod has its clusters. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { ClusterEntry } from "../../../../proxy/tables";
import { codesOf, compileYaml, gateway, virtualService } from "../support";

const HEAD =
    gateway("web", '- { port: { number: 8000, name: http, protocol: HTTP }, hosts: ["*"] }') +
    virtualService(
        "v",
        "{ hosts: [a.test], gateways: [istio-system/web], http: [{ route: [{ destination: { host: app.test, port: { number: 80 } } }] }] }",
    );
const object = (kind: string, group: string, name: string, rest: string): string =>
    `\n---\napiVersion: ${group}\nkind: ${kind}\nmetadata: { name: ${name}, namespace: istio-system }\n${rest}\n`;
const rule = (spec: string): string => object("DestinationRule", "networking.istio.io/v1", "r", `spec: { host: app.test, ${spec} }`);
const pool = (http: string, more = ""): string => rule(`trafficPolicy: { connectionPool: { http: { ${http} } }${more} }`);
const mesh = (policy: string): string => object("ConfigMap", "v1", "istio", `data: { mesh: "h2UpgradePolicy: ${policy}" }`);
const entry = (protocol: string): string =>
    object(
        "ServiceEntry",
        "networking.istio.io/v1",
        "e",
        `spec: { hosts: [app.test], ports: [{ number: 80, name: p, protocol: ${protocol} }], resolution: STATIC, endpoints: [{ address: 127.0.0.1 }] }`,
    );

function clusterOf(yaml: string): ClusterEntry {
    const compilation = compileYaml(HEAD + yaml);
    assert.deepEqual(codesOf(compilation), []);
    const [found] = compilation.tables.clusters.values();
    assert.ok(found);
    return found;
}
const protocolOf = (yaml: string): string => clusterOf(yaml).protocol;

describe("what HTTP endpoints are spoken to in", () => {
    it("is what the port says", () => {
        for (const [word, wanted] of [
            ["HTTP", "http1"],
            ["HTTP2", "http2"],
            ["GRPC", "http2"],
            ["GRPC-WEB", "http2"],
            ["http2", "http2"],
            ["HTTPS", "http1"],
            ["TLS", "http1"],
            ["TCP", "http1"],
        ] as const)
            assert.equal(protocolOf(entry(word)), wanted, word);
    });

    it("is what a Service's port is called, unless appProtocol says it", () => {
        const ports = (...words: readonly (readonly [name: string, appProtocol: string | undefined, wanted: string])[]): void => {
            for (const [name, appProtocol, wanted] of words) {
                const service = object(
                    "Service",
                    "v1",
                    "app",
                    `spec: { ports: [{ port: 80, name: ${name}${appProtocol === undefined ? "" : `, appProtocol: "${appProtocol}"`} }] }`,
                );
                const slice = object(
                    "EndpointSlice",
                    "discovery.k8s.io/v1",
                    "app",
                    "addressType: IPv4\nports: [{ name: x, port: 80 }]\nendpoints: []",
                ).replace("name: app,", "name: app, labels: { kubernetes.io/service-name: app },");
                const { tables } = compileYaml(HEAD.replace("app.test", "app") + service + slice);
                const [found] = tables.clusters.values();
                assert.equal(found?.protocol, wanted, `${name} ${appProtocol}`);
            }
        };
        ports(
            ["http", undefined, "http1"],
            ["x", undefined, "http1"],
            ["h2c", undefined, "http1"],
            ["grpcweb", undefined, "http1"],
            ["http2-a", undefined, "http2"],
            ["grpc-a", undefined, "http2"],
            ["grpc-web-a", undefined, "http2"],
            ["http", "kubernetes.io/h2c", "http2"],
            ["http", "GRPC", "http2"],
            ["http", "grpc-web-x", "http2"],
            ["grpc", "http", "http1"],
            ["http2", "tcp", "http1"],
            ["http2", "example.com/x", "http1"],
            ["http2", "kubernetes.io/ws", "http1"],
            ["http2", "kubernetes.io/wss", "http1"],
            ["http2", "h2", "http1"],
        );
    });

    it("is HTTP/2 on every port where a rule upgrades it, and what clients speak where it says so", () => {
        for (const word of ["HTTP", "TCP", "HTTPS", "GRPC"]) {
            assert.equal(protocolOf(entry(word) + pool("h2UpgradePolicy: UPGRADE")), "http2", word);
            assert.equal(protocolOf(entry(word) + pool("useClientProtocol: true")), "client", word);
        }
        assert.equal(protocolOf(entry("HTTP") + pool("useClientProtocol: false")), "http1");
        assert.equal(protocolOf(entry("HTTP2") + pool("h2UpgradePolicy: DO_NOT_UPGRADE")), "http2");
    });

    it("is HTTP/2 on ports of HTTP where the mesh upgrades them and no rule says otherwise", () => {
        const up = mesh("UPGRADE");
        assert.deepEqual(
            ["HTTP", "TCP", "HTTPS", "TLS", "HTTP2"].map((word) => protocolOf(entry(word) + up)),
            ["http2", "http1", "http1", "http1", "http2"],
        );
        assert.equal(protocolOf(entry("HTTP") + up + pool("h2UpgradePolicy: DEFAULT")), "http2");
        assert.equal(protocolOf(entry("HTTP") + up + pool("h2UpgradePolicy: DO_NOT_UPGRADE")), "http1");
        assert.equal(protocolOf(entry("HTTP") + up + pool("useClientProtocol: true")), "client");
        assert.equal(protocolOf(entry("HTTP") + mesh("DO_NOT_UPGRADE")), "http1");
        assert.equal(protocolOf(entry("HTTP") + mesh("DO_NOT_UPGRADE") + pool("h2UpgradePolicy: UPGRADE")), "http2");
    });

    it("is the port's word where there is one for the port, whatever the rest says", () => {
        const policy = (port: string): string =>
            rule(
                `trafficPolicy: { connectionPool: { http: { h2UpgradePolicy: UPGRADE, maxConcurrentStreams: 8 } }, portLevelSettings: [{ port: { number: 80 }, ${port} }] }`,
            );
        const replaced = clusterOf(entry("HTTP") + policy("loadBalancer: { simple: RANDOM }"));
        assert.deepEqual([replaced.protocol, replaced.maxConcurrentStreams], ["http1", undefined]);
        assert.equal(protocolOf(entry("HTTP") + policy("connectionPool: { http: { useClientProtocol: true } }")), "client");
    });
});

describe("bounds of connections that speak HTTP/2", () => {
    const BOUNDS = "maxConcurrentStreams: 3, http2KeepAlive: { interval: 3s, timeout: 1s }, http2MaxRequests: 9";

    it("are the rule's, where HTTP/2 is all that is spoken", () => {
        const { maxConcurrentStreams, keepAlive, maxRequests } = clusterOf(entry("GRPC") + pool(BOUNDS));
        assert.deepEqual([maxConcurrentStreams, keepAlive, maxRequests], [3, { intervalMs: 3000, timeoutMs: 1000 }, 9]);
        for (const yaml of [entry("HTTP") + pool(BOUNDS), entry("GRPC") + pool(`${BOUNDS}, useClientProtocol: true`)]) {
            const other = clusterOf(yaml);
            assert.deepEqual([other.maxConcurrentStreams, other.keepAlive, other.maxRequests], [undefined, undefined, 9]);
        }
    });

    it("are none where nothing, or 0, is said", () => {
        const { maxConcurrentStreams, keepAlive, maxRequests } = clusterOf(
            entry("GRPC") + pool("maxConcurrentStreams: 0, http2MaxRequests: 0"),
        );
        assert.deepEqual([maxConcurrentStreams, keepAlive, maxRequests], [undefined, undefined, 4_294_967_295]);
    });

    it("are idle as long as connections of TCP may be, where HTTP has no word of its own", () => {
        const tcp = "connectionPool: { tcp: { idleTimeout: 9s }";
        assert.equal(clusterOf(entry("HTTP") + rule(`trafficPolicy: { ${tcp} } }`)).idleTimeoutMs, 9000);
        assert.equal(clusterOf(entry("HTTP") + rule(`trafficPolicy: { ${tcp}, http: { idleTimeout: 2s } } }`)).idleTimeoutMs, 2000);
    });
});
