/** What an ExternalService and the policy of an EgressGateway are made of. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { buildNamespacePolicy, buildOwnPolicy } from "../../components/egress-gateway/objects";
import { judgeEgressGateway, planEgressGateway, type EgressGatewayData } from "../../components/egress-gateway/plan";
import { buildDestinationRule, buildGateway, buildServiceEntry, buildVirtualService } from "../../components/external-service/objects";
import { planExternalService, type ExternalServiceData } from "../../components/external-service/plan";
import { egressRef, recommended } from "./support/refs";

const via = egressRef();
const plan = (args: Partial<ExternalServiceData> = {}) =>
    planExternalService("httpbin", { hosts: ["httpbin.org"], ports: { http: 80 }, via, ...args });
const metadata = { name: "httpbin", namespace: "out", labels: recommended("external-service", "httpbin") };

describe("an external service", () => {
    it("is a ServiceEntry that is looked up in DNS", () => {
        assert.deepEqual(buildServiceEntry(plan()), {
            metadata,
            spec: {
                hosts: ["httpbin.org"],
                ports: [{ name: "http", number: 80, protocol: "HTTP" }],
                location: "MESH_EXTERNAL",
                resolution: "DNS",
            },
        });
    });

    it("has fixed addresses where it is given some, and finds a wildcard's with each connection", () => {
        const { spec } = buildServiceEntry(plan({ endpoints: [{ address: "192.0.2.1" }] }));
        assert.deepEqual([spec.resolution, spec.endpoints], ["STATIC", [{ address: "192.0.2.1" }]]);
        const wildcard = buildServiceEntry(plan({ hosts: ["*.example.com"], ports: { https: 443 } })).spec;
        assert.deepEqual([wildcard.resolution, wildcard.ports?.[0]?.protocol], ["DYNAMIC_DNS", "TLS"]);
    });

    it("goes from the mesh to the gateway and from the gateway to the host", () => {
        assert.deepEqual(buildGateway(plan(), via), {
            metadata,
            spec: { selector: via.labels, servers: [{ port: { number: 80, protocol: "HTTP", name: "http" }, hosts: ["httpbin.org"] }] },
        });
        assert.deepEqual(buildVirtualService(plan(), via), {
            metadata,
            spec: {
                hosts: ["httpbin.org"],
                gateways: ["mesh", "out/httpbin"],
                http: [
                    {
                        match: [{ gateways: ["mesh"], port: 80 }],
                        route: [{ destination: { host: "egress.out.svc.cluster.local", port: { number: 80 } } }],
                    },
                    {
                        match: [{ gateways: ["out/httpbin"], port: 80 }],
                        route: [{ destination: { host: "httpbin.org", port: { number: 80 } } }],
                    },
                ],
            },
        });
        assert.deepEqual(buildDestinationRule(plan(), via, 0), {
            metadata,
            spec: { host: "httpbin.org", trafficPolicy: { tls: { mode: "DISABLE" } }, exportTo: ["."] },
        });
    });

    it("leads each of several hosts to itself", () => {
        const rules = buildVirtualService(plan({ hosts: ["a.example.com", "b.example.com"] }), via).spec.http ?? [];
        assert.deepEqual(
            rules.slice(1).map(({ match, route }) => [match?.map(({ authority }) => authority?.exact), route?.[0]?.destination.host]),
            [
                [["a.example.com", "a.example.com:80"], "a.example.com"],
                [["b.example.com", "b.example.com:80"], "b.example.com"],
            ],
        );
    });

    it("passes TLS through by name", () => {
        const https = plan({ ports: { https: 443 } });
        assert.deepEqual(buildGateway(https, via).spec.servers, [
            { port: { number: 443, protocol: "TLS", name: "https" }, hosts: ["httpbin.org"], tls: { mode: "PASSTHROUGH" } },
        ]);
        assert.deepEqual(buildVirtualService(https, via).spec.tls, [
            {
                match: [{ gateways: ["mesh"], port: 443, sniHosts: ["httpbin.org"] }],
                route: [{ destination: { host: "egress.out.svc.cluster.local", port: { number: 443 } } }],
            },
            {
                match: [{ gateways: ["out/httpbin"], port: 443, sniHosts: ["httpbin.org"] }],
                route: [{ destination: { host: "httpbin.org", port: { number: 443 } } }],
            },
        ]);
    });

    it("begins TLS at the gateway where it is told to", () => {
        const originating = plan({ ports: { http: { number: 80, targetPort: 443 } }, tls: { subjectAltNames: ["httpbin.org"] } });
        assert.deepEqual(buildServiceEntry(originating).spec.ports, [{ name: "http", number: 80, protocol: "HTTP", targetPort: 443 }]);
        assert.deepEqual(buildDestinationRule(originating, via, 0).spec.trafficPolicy, {
            tls: { mode: "DISABLE" },
            portLevelSettings: [{ port: { number: 80 }, tls: { mode: "SIMPLE", sni: "httpbin.org", subjectAltNames: ["httpbin.org"] } }],
        });
    });

    it("passes plain TCP on by port", () => {
        const { tcp } = buildVirtualService(plan({ ports: { "tcp-db": 9000 } }), via).spec;
        assert.deepEqual(
            tcp?.map(({ match, route }) => [match?.[0]?.gateways, route?.[0]?.destination.host]),
            [
                [["mesh"], "egress.out.svc.cluster.local"],
                [["out/httpbin"], "httpbin.org"],
            ],
        );
    });
});

describe("an egress gateway's policy", () => {
    it("that lets everything out is refused where no sidecar would hold to it", () => {
        const args = { namespace: "out", image: `x@sha256:${"0".repeat(64)}`, outboundTrafficPolicy: "ALLOW_ANY" } as EgressGatewayData;
        const said = (more: object): string =>
            judgeEgressGateway("e", { ...args, ...more })
                .faults.map(({ path, message }) => `${path} ${message}`)
                .join("\n");
        assert.match(said({}), /outboundTrafficPolicy.*ALLOW_ANY has no effect here/);
        assert.doesNotMatch(said({ applyTo: ["shop"] }), /no effect/);
    });

    const egress = planEgressGateway("egress", { namespace: "out", outboundTrafficPolicy: "ALLOW_ANY" });

    it("is a Sidecar on its own pods, which says what holds there", () => {
        const { metadata: named, spec } = buildOwnPolicy(egress);
        assert.deepEqual([named.namespace, named.name], ["out", "egress"]);
        assert.deepEqual(spec, { workloadSelector: { labels: egress.selector }, outboundTrafficPolicy: { mode: "REGISTRY_ONLY" } });
    });

    it("is the Sidecar called default in each namespace it is applied to", () => {
        const { metadata: named, spec } = buildNamespacePolicy(egress, "shop");
        assert.deepEqual([named.namespace, named.name], ["shop", "default"]);
        assert.deepEqual(spec, { outboundTrafficPolicy: { mode: "ALLOW_ANY" } });
    });
});
