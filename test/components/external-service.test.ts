/** What an ExternalService and the policy of an EgressGateway are made of. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { buildNamespacePolicy, buildOwnPolicy } from "../../components/egress-gateway/objects";
import { judgeEgressGateway, planEgressGateway, type EgressGatewayData } from "../../components/egress-gateway/plan";
import { UNKNOWN } from "../../components/arguments";
import { buildDestinationRule, buildGateway, buildServiceEntry, buildVirtualService } from "../../components/external-service/objects";
import { planExternalService, type ExternalServiceData } from "../../components/external-service/plan";
import { compile } from "../../proxy/compiler";
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
            spec: { selector: via.labels, servers: [{ port: { number: 80, protocol: "HTTP", name: "http" }, hosts: ["out/httpbin.org"] }] },
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
            { port: { number: 443, protocol: "TLS", name: "https" }, hosts: ["out/httpbin.org"], tls: { mode: "PASSTHROUGH" } },
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

    it("says with a mode what else tls would say, and where port 80 leads then", () => {
        const { spec } = buildServiceEntry(plan({ mode: "originate" }));
        assert.deepEqual(spec.ports, [{ name: "http", number: 80, protocol: "HTTP", targetPort: 443 }]);
        // Without the name to compare, any certificate of the system's authorities would do.
        assert.deepEqual(buildDestinationRule(plan({ mode: "originate" }), via, 0).spec.trafficPolicy?.portLevelSettings, [
            { port: { number: 80 }, tls: { mode: "SIMPLE", sni: "httpbin.org", subjectAltNames: ["httpbin.org"] } },
        ]);
        const mutual = buildDestinationRule(plan({ mode: "mutual", tls: { credentialName: "client" } }), via, 0);
        assert.deepEqual([mutual.metadata.namespace, mutual.spec.exportTo], ["out", ["."]]);
        assert.deepEqual(mutual.spec.trafficPolicy?.portLevelSettings?.[0]?.tls, {
            mode: "MUTUAL",
            sni: "httpbin.org",
            subjectAltNames: ["httpbin.org"],
            credentialName: "client",
        });
        assert.equal(buildDestinationRule(plan({ mode: "passthrough" }), via, 0).spec.trafficPolicy?.portLevelSettings, undefined);
    });

    it("compares the name that it asks for, unless told whom else or nobody to expect", () => {
        const sans = (tls: ExternalServiceData["tls"], hosts = ["httpbin.org"]) => {
            const { trafficPolicy } = buildDestinationRule(plan({ hosts, tls }), via, 0).spec;
            return trafficPolicy?.portLevelSettings?.[0]?.tls?.subjectAltNames;
        };
        assert.deepEqual(sans({ sni: "other.example" }), ["other.example"]);
        assert.deepEqual(sans({ subjectAltNames: ["b.example"] }), ["b.example"]);
        assert.equal(sans({ insecureSkipVerify: true }), undefined);
        assert.equal(sans({}, ["*.example.com"]), undefined, "the proxy asks for, and compares, the name of each request");
    });

    it("begins TLS at the applications' own proxies without a gateway", () => {
        const straight = plan({ via: undefined as never, namespace: "shop", mode: "originate", exportTo: ["."] });
        assert.deepEqual(buildDestinationRule(straight, undefined, 0), {
            metadata: { ...metadata, namespace: "shop" },
            spec: {
                host: "httpbin.org",
                trafficPolicy: {
                    portLevelSettings: [
                        { port: { number: 80 }, tls: { mode: "SIMPLE", sni: "httpbin.org", subjectAltNames: ["httpbin.org"] } },
                    ],
                },
                exportTo: ["."],
            },
        });
    });

    it("has the gateway try again, and the applications' proxies only until they reach it", () => {
        const retries = { attempts: 3, perTryTimeout: "2s", retryOn: "5xx" };
        const [inside, outside] = buildVirtualService(plan({ timeout: "10s", retries }), via).spec.http ?? [];
        assert.deepEqual([inside?.timeout, inside?.retries], [undefined, { attempts: 2, retryOn: "connect-failure,refused-stream" }]);
        assert.deepEqual([outside?.timeout, outside?.retries], ["10s", retries]);
        const straight = buildVirtualService(plan({ via: undefined as never, namespace: "shop", timeout: "10s" }), undefined).spec;
        assert.deepEqual(straight, {
            hosts: ["httpbin.org"],
            gateways: ["mesh"],
            http: [
                {
                    match: [{ gateways: ["mesh"], port: 80 }],
                    route: [{ destination: { host: "httpbin.org", port: { number: 80 } } }],
                    timeout: "10s",
                },
            ],
        });
    });

    it("carries ports of several protocols, each told apart in its way", () => {
        const several = plan({ ports: { http: 80, https: 443, "tcp-db": 9000 } });
        assert.deepEqual(
            buildGateway(several, via).spec.servers.map(({ port, tls }) => [port.number, port.protocol, tls?.mode]),
            [
                [80, "HTTP", undefined],
                [443, "TLS", "PASSTHROUGH"],
                [9000, "TCP", undefined],
            ],
        );
        const { http, tls, tcp } = buildVirtualService(several, via).spec;
        assert.deepEqual([http?.length, tls?.length, tcp?.length], [2, 2, 2]);
        const originating = buildDestinationRule(plan({ ports: { http: 80, https: 443 }, mode: "originate" }), via, 0);
        assert.deepEqual(
            originating.spec.trafficPolicy?.portLevelSettings?.map(({ port }) => port?.number),
            [80],
        );
    });

    it("leads a wildcard's requests by their own names", () => {
        const rules = buildVirtualService(plan({ hosts: ["*.example.com", "a.example.org"] }), via).spec.http ?? [];
        assert.deepEqual(
            rules.slice(1).map(({ match, route }) => [match?.map(({ authority }) => authority), route?.[0]?.destination.host]),
            [
                [[{ regex: "[^:]+\\.example\\.com(:80)?" }], "*.example.com"],
                [[{ exact: "a.example.org" }, { exact: "a.example.org:80" }], "a.example.org"],
            ],
        );
    });

    it("tells the gateway who may and what inner addresses there may be, and only those who may know of it", () => {
        const allowFrom = [{ namespaces: ["shop"], labels: { app: "web" } }, { namespaces: ["jobs"] }];
        const { metadata: named, spec } = buildServiceEntry(plan({ allowFrom, innerAddresses: ["10.1.0.0/16", "fd00::/8"] }));
        assert.deepEqual(named.annotations, {
            "gatehouse.dev/allow-from": JSON.stringify(allowFrom),
            "gatehouse.dev/inner-addresses": "10.1.0.0/16,fd00::/8",
        });
        assert.deepEqual(spec.exportTo, ["out", "shop", "jobs"]);
        assert.deepEqual(buildVirtualService(plan({ allowFrom }), via).spec.exportTo, ["out", "shop", "jobs"]);
        // Pods of any namespace may be among those with the labels.
        assert.equal(buildServiceEntry(plan({ allowFrom: [{ labels: { app: "web" } }] })).spec.exportTo, undefined);
        assert.deepEqual(buildServiceEntry(plan({ allowFrom, exportTo: ["*"] })).spec.exportTo, ["*"]);
    });

    it("names the gateway whose forward proxy leads to it", () => {
        const proxying = egressRef({ forwardProxy: { gateway: "out/egress-forward-proxy", port: 3128 } });
        const { annotations } = buildServiceEntry(plan({ via: proxying })).metadata;
        assert.deepEqual(annotations, { "gatehouse.dev/forward-proxy": "out/egress-forward-proxy" });
    });

    it("has its endpoints asked whether they are well", () => {
        const healthCheck = { http: { path: "/healthz" }, interval: "5s" };
        const { annotations } = buildDestinationRule(plan({ healthCheck }), via, 0).metadata;
        assert.deepEqual(annotations, { "gatehouse.dev/health-check": JSON.stringify(healthCheck) });
        const later = plan({ healthCheck, metadata: { annotations: UNKNOWN as never } });
        assert.equal(buildDestinationRule(later, via, 0).metadata.annotations, UNKNOWN);
    });

    it("has the gateway count requests, by what its rules carry, for all of its hosts together", () => {
        const hosts = ["a.example.com", "b.example.com"];
        const limited = plan({ hosts, rateLimit: [{ requests: 1, per: "1m", key: { address: true } }], maxConcurrentRequests: 7 });
        const virtualService = buildVirtualService(limited, via);
        assert.deepEqual(virtualService.metadata.annotations, {
            "gatehouse.dev/rate-limit": JSON.stringify([{ requests: 1, per: "1m", key: { address: true } }]),
            "gatehouse.dev/max-concurrent-requests": "7",
        });
        const objects = [
            { apiVersion: "networking.istio.io/v1", kind: "Gateway", ...buildGateway(limited, via) },
            { apiVersion: "networking.istio.io/v1", kind: "VirtualService", ...virtualService },
            { apiVersion: "networking.istio.io/v1", kind: "ServiceEntry", ...buildServiceEntry(limited) },
        ].map((object) => ({ object: object as never }));
        const { tables, findings } = compile({ objects, labels: via.labels, namespace: via.namespace, now: 0 });
        assert.deepEqual(findings, []);
        const [{ key, rates, maxConcurrent } = {}] = tables.limits.values();
        assert.deepEqual([rates?.length, maxConcurrent], [1, 7]);
        const own = [...tables.virtualHosts.values()].filter(({ domain }) => hosts.includes(domain));
        assert.deepEqual(
            own.map(({ limits }) => limits),
            [[key], [key]],
        );
    });

    it("looks up endpoints that are names, and what it is told to", () => {
        const found = (args: Partial<ExternalServiceData>) => buildServiceEntry(plan(args)).spec.resolution;
        assert.equal(found({ endpoints: [{ address: "db.example.net" }] }), "DNS");
        assert.equal(found({ endpoints: [{ address: "2001:db8::1" }] }), "STATIC");
        assert.equal(found({ resolution: "DNS_ROUND_ROBIN" }), "DNS_ROUND_ROBIN");
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
    it("that lets everything out is refused where no proxy would hold to it", () => {
        const args = { namespace: "out", image: `x@sha256:${"0".repeat(64)}`, outboundTrafficPolicy: "ALLOW_ANY" } as EgressGatewayData;
        const said = (more: object): string =>
            judgeEgressGateway("e", { ...args, ...more })
                .faults.map(({ path, message }) => `${path} ${message}`)
                .join("\n");
        assert.match(said({}), /outboundTrafficPolicy.*ALLOW_ANY has no effect here/);
        for (const more of [{ applyTo: ["shop"] }, { forwardProxy: true }, { forwardProxy: { port: 8888 } }]) assert.equal(said(more), "");
        assert.match(said({ forwardProxy: false }), /ALLOW_ANY has no effect here/);
    });

    const egress = planEgressGateway("egress", { namespace: "out", outboundTrafficPolicy: "ALLOW_ANY" });

    it("is a Sidecar on its own pods, which says what holds there", () => {
        for (const [one, mode] of [
            [egress, "ALLOW_ANY"],
            [planEgressGateway("egress", { namespace: "out" }), "REGISTRY_ONLY"],
        ] as const) {
            const { metadata: named, spec } = buildOwnPolicy(one);
            assert.deepEqual([named.namespace, named.name], ["out", "egress"]);
            assert.deepEqual(spec, { workloadSelector: { labels: one.selector }, outboundTrafficPolicy: { mode } });
        }
    });

    it("is the Sidecar called default in each namespace it is applied to", () => {
        const { metadata: named, spec } = buildNamespacePolicy(egress, "shop");
        assert.deepEqual([named.namespace, named.name], ["shop", "default"]);
        assert.deepEqual(spec, { outboundTrafficPolicy: { mode: "ALLOW_ANY" } });
    });
});
