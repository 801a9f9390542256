import assert from "node:assert/strict";
import { compileYaml, entries, messagesOf, routesOf } from "../support";

const CLIENT = { mode: "mesh", namespace: "shop", labels: { app: "web" } } as const;

const SERVICE = `
apiVersion: v1
kind: Service
metadata: { name: reviews, namespace: shop }
spec: { clusterIP: 10.0.0.7, ports: [{ name: http, port: 80 }, { name: mysql, port: 3306 }, { name: any, port: 9000 }] }
`;
const OTHER = `
apiVersion: v1
kind: Service
metadata: { name: ratings, namespace: other }
spec: { clusterIP: 10.0.0.8, ports: [{ name: http, port: 80 }] }
`;
const EXTERNAL = `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: httpbin, namespace: shop }
spec:
  hosts: [httpbin.org]
  ports: [{ number: 80, name: http, protocol: HTTP }, { number: 443, name: https, protocol: HTTPS }]
  resolution: STATIC
  endpoints: [{ address: 192.0.2.1 }]
`;
const POLICY = (mode: string): string => `
apiVersion: v1
kind: ConfigMap
metadata: { name: istio, namespace: istio-system }
data: { mesh: "outboundTrafficPolicy: { mode: ${mode} }" }
`;
const sidecar = (spec: string, name = "own", namespace = "shop"): string =>
    `\napiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: { name: ${name}, namespace: ${namespace} }\nspec: ${spec}\n`;
const virtualService = (spec: string, name = "routes", namespace = "shop"): string =>
    `\napiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: { name: ${name}, namespace: ${namespace} }\nspec: ${spec}\n`;

const all = (...texts: string[]): string => texts.join("---");

function listeners(yaml: string, options = {}): string[] {
    const compiled = compileYaml(yaml, { ...CLIENT, ...options });
    return entries(compiled.tables, "listeners").map(({ key, capture }) => `${capture} ${key}`);
}

/** `listener: names → clusters` of everything that is no HTTP. */
function chains(yaml: string): string[] {
    const { tables } = compileYaml(yaml, CLIENT);
    return entries(tables, "chains").flatMap(({ listener, serverNames, target }) =>
        target.kind === "tcp"
            ? [`${listener}: ${serverNames.join(" ")} → ${target.route.clusters.map(({ cluster }) => cluster).join(" + ")}`]
            : [],
    );
}

function routes(yaml: string, table = "80", options = {}): Record<string, string[]> {
    return routesOf(compileYaml(yaml, { ...CLIENT, ...options }).tables, table);
}

describe("the outbound side of a mesh", () => {
    it("has a listener for each address and port that its hosts have, by what a connection begins with", () => {
        assert.deepEqual(listeners(all(SERVICE, EXTERNAL)), [
            "virtual 0.0.0.0:0 tcp",
            "virtual 0.0.0.0:443 tls",
            "virtual 0.0.0.0:80 http",
            "virtual 10.0.0.7:3306 tcp",
            "virtual 10.0.0.7:9000 http",
            "virtual 10.0.0.7:9000 tcp",
        ]);
    });

    it("knows a Service by each of its names, and the shortest from its own namespace alone", () => {
        const found = routes(all(SERVICE, OTHER));
        assert.deepEqual(Object.keys(found).sort(), [
            "*",
            "10.0.0.7",
            "10.0.0.8",
            "ratings.other",
            "ratings.other.svc",
            "ratings.other.svc.cluster.local",
            "reviews",
            "reviews.shop",
            "reviews.shop.svc",
            "reviews.shop.svc.cluster.local",
        ]);
        assert.deepEqual(found.reviews, ["any → outbound|80||reviews.shop.svc.cluster.local"]);
    });

    it("lets through what nothing defines, or answers it with 502, as the mesh's configuration has it", () => {
        assert.deepEqual(routes(EXTERNAL)["*"], ["any → PassthroughCluster"]);
        assert.deepEqual(routes(all(EXTERNAL, POLICY("ALLOW_ANY")))["*"], ["any → PassthroughCluster"]);
        const { tables } = compileYaml(all(EXTERNAL, POLICY("REGISTRY_ONLY")), CLIENT);
        const unknown = tables.virtualHosts.get("80 *")?.routes[0];
        assert.deepEqual([unknown?.name, unknown?.action], ["block_all", { kind: "direct", status: 502 }]);
        assert.equal(tables.clusters.has("PassthroughCluster"), false);
    });

    it("asks the Sidecar that selects the pod, then its namespace's, then the root namespace's", () => {
        const root = sidecar("{ outboundTrafficPolicy: { mode: REGISTRY_ONLY } }", "root", "istio-system");
        const own = sidecar("{ outboundTrafficPolicy: { mode: ALLOW_ANY } }", "namespace");
        const pod = sidecar("{ workloadSelector: { labels: { app: web } }, outboundTrafficPolicy: { mode: REGISTRY_ONLY } }", "pod");
        const others = sidecar("{ workloadSelector: { labels: { app: db } }, outboundTrafficPolicy: { mode: REGISTRY_ONLY } }", "others");
        const unknown = (...texts: string[]): string | undefined => routes(all(EXTERNAL, ...texts))["*"]?.[0];
        assert.equal(unknown(root), "any → direct");
        assert.equal(unknown(root, own), "any → PassthroughCluster");
        assert.equal(unknown(root, own, others), "any → PassthroughCluster");
        assert.equal(unknown(root, own, pod), "any → direct");
    });

    it("takes a policy without a mode for REGISTRY_ONLY, and sends what it knows nothing of to a proxy that is named", () => {
        assert.deepEqual(routes(all(EXTERNAL, sidecar("{ outboundTrafficPolicy: {} }")))["*"], ["any → direct"]);
        const proxy = "{ outboundTrafficPolicy: { mode: ALLOW_ANY, egressProxy: { host: reviews, port: { number: 80 } } } }";
        assert.deepEqual(routes(all(SERVICE, sidecar(proxy)))["*"], ["any → outbound|80||reviews.shop.svc.cluster.local"]);
    });

    it("sees no more than the Sidecar's hosts", () => {
        const seen = (hosts: string): string[] =>
            Object.keys(routes(all(SERVICE, OTHER, EXTERNAL, sidecar(`{ egress: [{ hosts: ${hosts} }] }`)))).filter((host) =>
                /org|local/.test(host),
            );
        assert.deepEqual(seen('["./*"]'), ["httpbin.org", "reviews.shop.svc.cluster.local"]);
        assert.deepEqual(seen('["other/*"]'), ["ratings.other.svc.cluster.local"]);
        assert.deepEqual(seen('["*/httpbin.org"]'), ["httpbin.org"]);
        assert.deepEqual(seen('["~/*"]'), []);
        assert.deepEqual(seen('["shop/*.svc.cluster.local", "other/*"]'), [
            "ratings.other.svc.cluster.local",
            "reviews.shop.svc.cluster.local",
        ]);
    });

    it("leads to what rules that it sees lead to, though the Sidecar shows no such host", () => {
        const hidden = sidecar('{ egress: [{ hosts: ["./httpbin.org"] }] }');
        const led = virtualService(
            "{ hosts: [httpbin.org], http: [{ route: [{ destination: { host: reviews, port: { number: 80 } } }] }] }",
        );
        const { tables } = compileYaml(all(SERVICE, EXTERNAL, hidden, led), CLIENT);
        assert.ok(entries(tables, "clusters").some(({ key }) => key === "outbound|80||reviews.shop.svc.cluster.local"));
        assert.deepEqual(
            Object.keys(routesOf(tables, "80")).filter((host) => host.startsWith("reviews")),
            [],
        );
        const unseen = virtualService(
            "{ hosts: [else.org], http: [{ route: [{ destination: { host: reviews, port: { number: 80 } } }] }] }",
        );
        assert.deepEqual(
            entries(compileYaml(all(SERVICE, EXTERNAL, hidden, unseen), CLIENT).tables, "clusters").filter(({ key }) =>
                key.includes("reviews"),
            ),
            [],
        );
    });

    it("shows the hosts of a Sidecar's port on that port alone", () => {
        const spec = '{ egress: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ["./*"] }, { hosts: ["other/*"] }] }';
        assert.deepEqual(
            Object.keys(routes(all(SERVICE, OTHER, sidecar(spec)))).filter((host) => host.endsWith(".local")),
            ["reviews.shop.svc.cluster.local"],
        );
    });

    it("opens what a Sidecar does not have captured, and what stands on addresses of the loopback", () => {
        const spec = '{ egress: [{ port: { number: 8080, name: http, protocol: HTTP }, captureMode: NONE, hosts: ["*/httpbin.org"] }] }';
        const yaml = all(EXTERNAL.replace(", { number: 443, name: https, protocol: HTTPS }", ""), sidecar(spec));
        assert.deepEqual(listeners(yaml), ["virtual 0.0.0.0:0 tcp", "virtual 127.0.0.1:8080 http", "local local 127.0.0.1:8080"]);
        assert.deepEqual(routes(yaml, "127.0.0.1:8080")["httpbin.org"], ["any → outbound|80||httpbin.org"]);
        const loopback = EXTERNAL.replace("  resolution", "  addresses: [127.0.0.5]\n  resolution");
        assert.deepEqual(
            listeners(loopback).filter((one) => one.startsWith("local")),
            ["local local 127.0.0.5:443", "local local 127.0.0.5:80"].sort(),
        );
    });

    it("routes by the VirtualServices of the mesh, named or not, and by their rules for it", () => {
        const to = "route: [{ destination: { host: reviews, port: { number: 80 } } }]";
        const found = (spec: string): string[] | undefined => routes(all(SERVICE, EXTERNAL, virtualService(spec)))["httpbin.org"];
        const [rule, plain] = [["any → outbound|80||reviews.shop.svc.cluster.local"], ["any → outbound|80||httpbin.org"]];
        assert.deepEqual(found(`{ hosts: [httpbin.org], http: [{ ${to} }] }`), rule);
        assert.deepEqual(
            found(
                `{ hosts: [httpbin.org], gateways: [mesh, egress], http: [{ match: [{ gateways: [egress] }], redirect: {} }, { match: [{ gateways: [mesh], port: 80 }], ${to} }] }`,
            ),
            rule,
        );
        assert.deepEqual(found(`{ hosts: [httpbin.org], gateways: [egress], http: [{ ${to} }] }`), plain);
        assert.deepEqual(found(`{ hosts: [httpbin.org], exportTo: [other], http: [{ ${to} }] }`), plain);
        assert.deepEqual(found(`{ hosts: [httpbin.org], http: [{ match: [{ port: 8080 }], ${to} }] }`), plain);
        assert.deepEqual(found(`{ hosts: [httpbin.org], http: [{ match: [{ sourceLabels: { app: web } }], ${to} }] }`), rule);
        assert.deepEqual(found(`{ hosts: [httpbin.org], http: [{ match: [{ sourceLabels: { app: db } }], ${to} }] }`), plain);
        assert.deepEqual(found(`{ hosts: [httpbin.org], http: [{ match: [{ sourceNamespace: other }], ${to} }] }`), plain);
        assert.deepEqual(found(`{ hosts: ["*.org"], http: [{ ${to} }] }`), rule);
    });

    it("routes a host that nothing defines on port 80 alone", () => {
        const yaml = all(
            SERVICE,
            virtualService("{ hosts: [made.up], http: [{ route: [{ destination: { host: reviews, port: { number: 80 } } }] }] }"),
        );
        assert.deepEqual(routes(yaml)["made.up"], ["any → outbound|80||reviews.shop.svc.cluster.local"]);
        assert.deepEqual(Object.keys(routes(yaml, "reviews.shop.svc.cluster.local:9000")), ["*"]);
    });

    it("tells TLS apart by its server name, and by the address where the host has one", () => {
        assert.ok(chains(EXTERNAL).includes("0.0.0.0:443 tls: httpbin.org → outbound|443||httpbin.org"));
        const own = EXTERNAL.replace("  resolution", "  addresses: [192.0.2.9]\n  resolution");
        assert.ok(chains(own).includes("192.0.2.9:443 tls:  → outbound|443||httpbin.org"), chains(own).join("\n"));
        const block = EXTERNAL.replace("  resolution", "  addresses: [192.0.2.0/24]\n  resolution");
        assert.ok(
            chains(block).some((chain) => chain.startsWith("192.0.2.0/24:443 tls:")),
            chains(block).join("\n"),
        );
    });

    it("leads TLS and TCP by their rules, by source and by the addresses that were meant", () => {
        const tls = virtualService(
            "{ hosts: [httpbin.org], tls: [{ match: [{ sniHosts: [httpbin.org], port: 443, sourceLabels: { app: web } }], route: [{ destination: { host: reviews, port: { number: 9000 } } }] }] }",
        );
        assert.ok(
            chains(all(SERVICE, EXTERNAL, tls)).includes("0.0.0.0:443 tls: httpbin.org → outbound|9000||reviews.shop.svc.cluster.local"),
        );
        const others = tls.replace("app: web", "app: db");
        assert.ok(chains(all(SERVICE, EXTERNAL, others)).includes("0.0.0.0:443 tls: httpbin.org → outbound|443||httpbin.org"));
        const tcp = virtualService(
            "{ hosts: [reviews], tcp: [{ match: [{ destinationSubnets: [10.1.0.0/16] }], route: [{ destination: { host: httpbin.org, port: { number: 80 } } }] }] }",
        );
        const found = chains(all(SERVICE, EXTERNAL, tcp));
        assert.ok(found.includes("10.1.0.0/16:3306 tcp:  → outbound|80||httpbin.org"), found.join("\n"));
        assert.ok(found.includes("10.0.0.7:3306 tcp:  → outbound|3306||reviews.shop.svc.cluster.local"), found.join("\n"));
    });

    it("has its HTTP proxy's hosts with their ports, at the flag's place or the mesh configuration's", () => {
        const place = { httpProxy: { address: "127.0.0.1", port: 15080 } };
        const found = routes(all(SERVICE, EXTERNAL), "http_proxy", place);
        assert.deepEqual(found["httpbin.org:80"], ["any → outbound|80||httpbin.org"]);
        assert.deepEqual(found["reviews:9000"], ["any → outbound|9000||reviews.shop.svc.cluster.local"]);
        assert.equal(found["httpbin.org"], undefined);
        assert.ok(listeners(SERVICE, place).includes("proxy 127.0.0.1:15080"));
        const said = POLICY("ALLOW_ANY").replace('}" }', '}\\nproxyHttpPort: 15080" }');
        assert.ok(listeners(all(SERVICE, said)).includes("proxy 127.0.0.1:15080"), listeners(all(SERVICE, said)).join("\n"));
    });

    it("leads to each pod of a headless Service by its own address", () => {
        const headless = `
apiVersion: v1
kind: Service
metadata: { name: db, namespace: shop }
spec: { clusterIP: None, selector: { app: db }, ports: [{ name: mysql, port: 3306 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: db-1, namespace: shop, labels: { kubernetes.io/service-name: db } }
addressType: IPv4
ports: [{ name: mysql, port: 3306 }]
endpoints: [{ addresses: [10.2.0.1], conditions: { ready: true } }, { addresses: [10.2.0.2], conditions: { ready: true } }]
`;
        assert.deepEqual(listeners(headless), ["virtual 0.0.0.0:0 tcp", "virtual 10.2.0.1:3306 tcp", "virtual 10.2.0.2:3306 tcp"]);
    });

    it("is the same whatever order its objects come in, and says nothing of Gateways that are others'", () => {
        const gateway = `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: web, namespace: shop }
spec: { servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ["*"] }] }
`;
        const texts = [SERVICE, OTHER, EXTERNAL, gateway, sidecar('{ egress: [{ hosts: ["*/*"] }] }')];
        const files = Object.fromEntries(texts.map((text, at) => [`${at}.yaml`, text]));
        const turned = Object.fromEntries(Object.entries(files).reverse());
        const [one, other] = [compileYaml(files, CLIENT), compileYaml(turned, CLIENT)];
        for (const table of ["virtualHosts", "chains", "listeners"] as const) assert.deepEqual(one.tables[table], other.tables[table]);
        assert.doesNotMatch(messagesOf(one), /Gateway/);
    });

    it("leads CONNECT by the weights of the rule that has the host", () => {
        const rule = virtualService(
            "{ hosts: [httpbin.org], tls: [{ match: [{ port: 443, sniHosts: [httpbin.org] }], route: [{ destination: { host: httpbin.org, port: { number: 443 } }, weight: 90 }, { destination: { host: reviews, port: { number: 80 } }, weight: 10 }] }] }",
        );
        const { tables } = compileYaml(all(SERVICE, EXTERNAL, rule), { ...CLIENT, httpProxy: { address: "127.0.0.1", port: 15080 } });
        const host = entries(tables, "virtualHosts").find(({ domain }) => domain === "httpbin.org:443");
        assert.deepEqual(host?.connect?.weighted, [
            { cluster: "outbound|443||httpbin.org", weight: 90 },
            { cluster: "outbound|80||reviews.shop.svc.cluster.local", weight: 10 },
        ]);
    });
});
