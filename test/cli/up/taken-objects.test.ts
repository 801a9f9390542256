/** What `explain` and `up` compile of objects: what the proxy takes of them, and nothing that it does not see. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { KubeObject } from "../../../istio";
import { compile } from "../../../proxy/compiler";
import { takenObjects } from "../../../cli/up/gateway-tables";

const metadata = { name: "web", namespace: "shop" };
const object = (apiVersion: string, kind: string, rest: object): KubeObject =>
    ({ apiVersion, kind, metadata, ...rest }) as unknown as KubeObject;
const networking = "networking.istio.io/v1";
const port = { number: 80, name: "http", protocol: "HTTP" };

/** As Helm writes an empty value, and kubectl a list of nobody. */
const WITH_NULLS: readonly KubeObject[] = [
    object(networking, "Gateway", { spec: { selector: { app: "web" }, servers: [{ port, hosts: ["a.test"], tls: null }] } }),
    object(networking, "VirtualService", {
        spec: {
            hosts: ["a.test"],
            gateways: ["web"],
            exportTo: null,
            tcp: null,
            http: [{ match: null, retries: null, route: [{ destination: { host: "web" } }] }],
        },
    }),
    object("v1", "Service", { spec: { selector: null, ports: [{ port: 80, name: "http", targetPort: null }], externalIPs: null } }),
    object("discovery.k8s.io/v1", "EndpointSlice", {
        metadata: { ...metadata, labels: { "kubernetes.io/service-name": "web" }, annotations: null },
        addressType: "IPv4",
        endpoints: null,
        ports: null,
    }),
    object(networking, "ServiceEntry", {
        spec: { hosts: ["b.test"], ports: [{ ...port, targetPort: null }], resolution: "DNS", endpoints: null, addresses: null },
    }),
    object(networking, "DestinationRule", {
        spec: { host: "web", subsets: null, trafficPolicy: { tls: null, connectionPool: { http: null, tcp: { maxConnections: 5 } } } },
    }),
    object("networking.k8s.io/v1", "Ingress", { spec: { ingressClassName: "istio", tls: null, rules: [{ host: "c.test", http: null }] } }),
];

describe("objects with fields that are null", () => {
    it("are read as if these were not there", () => {
        const { objects, findings } = takenObjects(WITH_NULLS.map((one) => ({ object: one })));
        assert.deepEqual(findings, []);
        const { findings: said, tables } = compile({ objects, labels: { app: "web" }, namespace: "shop", now: 0 });
        assert.deepEqual(
            said.filter(({ code }) => code === "GH0459"),
            [],
        );
        assert.deepEqual(
            [...tables.virtualHosts.values()].map(({ domain }) => domain),
            ["a.test"],
        );
    });
});
