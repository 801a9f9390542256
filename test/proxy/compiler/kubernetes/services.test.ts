/** Services by what they say of themselves: other names, readiness, families of addresses, and where their traffic is to stay. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { Compilation } from "../../../../proxy/compiler";
import { codesOf, compileYaml, gateway, messagesOf, virtualService } from "../support";

const WEB = gateway("web", '- { port: { number: 8000, name: http, protocol: HTTP }, hosts: ["*"] }');
const routed = (yaml: string, destination: string): Compilation =>
    compileYaml(
        yaml +
            WEB +
            virtualService(
                "v",
                `{ hosts: [a.example.com], gateways: [istio-system/web], http: [{ route: [{ destination: ${destination} }] }] }`,
            ),
    );
const service = (name: string, spec: string, metadata = ""): string => `
---
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop${metadata} }
spec: ${spec}
`;
const PORTS = "ports: [{ name: http, port: 80 }]";
const slice = (name: string, of: string, endpoints: string, family = "IPv4"): string => `
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: ${name}, namespace: shop, labels: { kubernetes.io/service-name: ${of} } }
addressType: ${family}
ports: [{ name: http, port: 8080 }]
endpoints: ${endpoints}
`;
const entry = (host: string, address: string): string => `
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: known, namespace: shop }
spec: { hosts: [${host}], ports: [{ number: 80, name: http, protocol: HTTP }, { number: 81, name: alt, protocol: HTTP2 }], resolution: STATIC, endpoints: [{ address: ${address} }] }
`;
const host = (name: string): string => `${name}.shop.svc.cluster.local`;
const to = (name: string, port = 80): string => `{ host: ${host(name)}, port: { number: ${port} } }`;

/** Of the one cluster that there is. */
function only({ tables }: Compilation): { readonly key: string; readonly discovery: string; readonly addresses: string[] } {
    const [cluster, ...more] = tables.clusters.values();
    assert.ok(cluster && more.length === 0);
    const endpoints = tables.endpoints.get(cluster.key)?.endpoints ?? [];
    return { key: cluster.key, discovery: cluster.discovery, addresses: endpoints.map(({ address, port }) => `${address}:${port}`) };
}

describe("a Service that is another name", () => {
    const external = (name: string, of: string, ports = PORTS): string =>
        service(name, `{ type: ExternalName, externalName: ${of}${ports === "" ? "" : `, ${ports}`} }`);

    it("leads to the host that it names, with that host's ports, protocols, rules and subsets", () => {
        const rule = `
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: r, namespace: shop }
spec: { host: known.example.org, trafficPolicy: { connectionPool: { tcp: { connectTimeout: 7ms } } }, subsets: [{ name: all }] }
`;
        const yaml = external("ext", "Known.Example.Org.") + entry("known.example.org", "10.0.0.1") + rule;
        assert.deepEqual(only(routed(yaml, to("ext"))), {
            key: "outbound|80||known.example.org",
            discovery: "static",
            addresses: ["10.0.0.1:80"],
        });
        const other = routed(yaml, to("ext", 81));
        const [cluster] = other.tables.clusters.values();
        assert.deepEqual([cluster?.protocol, cluster?.connectTimeoutMs, codesOf(other)], ["http2", 7, []]);
        assert.equal(
            only(routed(yaml, `{ host: ${host("ext")}, port: { number: 80 }, subset: all }`)).key,
            "outbound|80|all|known.example.org",
        );
    });

    it("needs no ports, is followed through further names, and to a Service", () => {
        const backend = service("web", `{ ${PORTS} }`) + slice("s", "web", "[{ addresses: [10.0.0.2] }]");
        const yaml = external("one", host("two"), "") + external("two", host("web")) + backend;
        assert.deepEqual(only(routed(yaml, to("one"))), {
            key: `outbound|80||${host("web")}`,
            discovery: "static",
            addresses: ["10.0.0.2:8080"],
        });
    });

    it("is looked up in DNS where nobody defines what it names, on whatever port is asked for", () => {
        for (const [ports, port] of [
            [PORTS, 80],
            ["", 8443],
        ] as const) {
            const compilation = routed(external("ext", "db.example.com", ports), to("ext", port));
            assert.deepEqual(
                [only(compilation), codesOf(compilation)],
                [{ key: `outbound|${port}||${host("ext")}`, discovery: "dns", addresses: [`db.example.com:${port}`] }, []],
            );
        }
    });

    it("that leads back to itself has no cluster, and is named", () => {
        const compilation = routed(external("a", host("b")) + external("b", host("a")), to("a"));
        assert.equal(compilation.tables.clusters.size, 0);
        assert.match(
            messagesOf(compilation),
            /Warning GH0441 Service shop\/a spec\.externalName: a\.shop\.svc\.cluster\.local is another name of b\./,
        );
    });
});

describe("the endpoints of a Service that take requests", () => {
    const of = (endpoints: string): string[] =>
        only(routed(service("web", `{ ${PORTS} }`) + slice("s", "web", endpoints), to("web"))).addresses.map((one) =>
            one.replace(":8080", ""),
        );
    const state = (address: string, conditions: string): string => `{ addresses: [${address}], conditions: ${conditions} }`;

    it("are ready ones, be they going; what is not said counts as ready", () => {
        assert.deepEqual(
            of(
                `[${[
                    state("10.0.0.1", "{}"),
                    state("10.0.0.2", "{ ready: true, serving: true, terminating: true }"),
                    state("10.0.0.3", "{ serving: true }"),
                    state("10.0.0.4", "{ ready: false }"),
                    state("10.0.0.5", "{ ready: false, serving: true, terminating: true }"),
                    state("10.0.0.6", "{ ready: false, serving: false, terminating: true }"),
                ].join(", ")}]`,
            ),
            ["10.0.0.1", "10.0.0.2", "10.0.0.3"],
        );
    });

    it("are those that go and still answer, while none is ready", () => {
        assert.deepEqual(
            of(
                `[${[
                    state("10.0.0.4", "{ ready: false }"),
                    state("10.0.0.5", "{ ready: false, serving: true, terminating: true }"),
                    state("10.0.0.6", "{ ready: false, serving: false, terminating: true }"),
                ].join(", ")}]`,
            ),
            ["10.0.0.5"],
        );
    });

    it("are those of all slices, of either family, and of names none", () => {
        const yaml =
            service("web", `{ ${PORTS} }`) +
            slice("a", "web", "[{ addresses: [10.0.0.1] }]") +
            slice("b", "web", "[{ addresses: [10.0.0.2] }, { addresses: [10.0.0.1] }]") +
            slice("c", "web", '[{ addresses: ["fd00::7"] }]', "IPv6") +
            slice("d", "web", "[{ addresses: [web.example.org] }]", "FQDN");
        assert.deepEqual(only(routed(yaml, to("web"))).addresses, ["10.0.0.1:8080", "10.0.0.2:8080", "fd00::7:8080"]);
    });

    it("are a pod once where it has addresses of both families: the Service's first one", () => {
        const pod = (name: string, address: string): string => `{ addresses: ["${address}"], targetRef: { kind: Pod, name: ${name} } }`;
        const slices =
            slice("four", "web", `[${pod("p1", "10.0.0.1")}, ${pod("p2", "10.0.0.2")}]`) +
            slice("six", "web", `[${pod("p1", "fd00::1")}, ${pod("p3", "fd00::3")}]`, "IPv6");
        const families = (list: string): string[] =>
            only(routed(service("web", `{ ${PORTS}, ipFamilyPolicy: PreferDualStack, ipFamilies: ${list} }`) + slices, to("web")))
                .addresses;
        assert.deepEqual(families("[IPv4, IPv6]"), ["10.0.0.1:8080", "10.0.0.2:8080", "fd00::3:8080"]);
        assert.deepEqual(families("[IPv6, IPv4]"), ["10.0.0.2:8080", "fd00::1:8080", "fd00::3:8080"]);
    });
});

describe("a Service that says how its endpoints are to be chosen", () => {
    const clusterOf = (yaml: string) => {
        const [cluster] = routed(yaml + slice("s", "web", "[{ addresses: [10.0.0.1] }]"), to("web")).tables.clusters.values();
        return cluster;
    };

    it("keeps a client at one endpoint by sessionAffinity, unless a rule says how they are chosen", () => {
        const sticky = service("web", `{ ${PORTS}, sessionAffinity: ClientIP }`);
        assert.deepEqual([clusterOf(sticky)?.lb, clusterOf(sticky)?.hash?.policy], ["RING_HASH", { kind: "sourceIp" }]);
        const rule = `
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: r, namespace: shop }
spec: { host: web, trafficPolicy: { loadBalancer: { simple: RANDOM } } }
`;
        assert.equal(clusterOf(sticky + rule)?.lb, "RANDOM");
        assert.equal(clusterOf(service("web", `{ ${PORTS}, sessionAffinity: None }`))?.lb, "LEAST_REQUEST");
    });
});
