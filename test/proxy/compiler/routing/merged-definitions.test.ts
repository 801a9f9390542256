/** Several objects that define one host, as istiod was seen to take them: which are in force, and what of the others is said. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { codesOf, compileYaml, gateway, virtualService } from "../support";

const HOST = "two.example.com";
const WEB = gateway("web", '- { port: { number: 8000, name: http, protocol: HTTP }, hosts: ["*"] }');
const OLD = "2026-01-01T00:00:00Z";
const YOUNG = "2026-02-02T00:00:00Z";

interface Entry {
    readonly namespace?: string;
    readonly created?: string;
    /** `80 http HTTP`. */
    readonly ports?: readonly string[];
    readonly address: string;
    readonly resolution?: string;
    readonly host?: string;
    readonly more?: string;
}

const entry = (
    name: string,
    { namespace = "shop", created = OLD, ports = ["80 http HTTP"], address, resolution = "STATIC", host = HOST, more = "" }: Entry,
): string => `
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: ${name}, namespace: ${namespace}, creationTimestamp: "${created}" }
spec:
  hosts: [${host}]
  ports:
${ports
    .map((port) => port.split(" "))
    .map(([number, text, protocol]) => `    - { number: ${number}, name: ${text}, protocol: ${protocol} }`)
    .join("\n")}
  resolution: ${resolution}
  endpoints: [{ address: ${address} }]
${more}
`;

/** What is behind each port of the host. */
function behind(yaml: string, host = HOST): { readonly ports: Record<string, string[]>; readonly codes: string[] } {
    const ports = [80, 81, 82];
    const routes = ports.map(
        (port) => `{ match: [{ uri: { exact: /${port} } }], route: [{ destination: { host: ${host}, port: { number: ${port} } } }] }`,
    );
    const compilation = compileYaml(
        yaml + WEB + virtualService("v", `{ hosts: [a.example.com], gateways: [istio-system/web], http: [${routes.join(", ")}] }`),
    );
    const found = ports.map((port) => [port, compilation.tables.endpoints.get(`outbound|${port}||${host}`)?.endpoints] as const);
    return {
        ports: Object.fromEntries(found.flatMap(([port, list]) => (list ? [[port, list.map((one) => `${one.address}:${one.port}`)]] : []))),
        codes: codesOf(compilation).filter((code) => !code.startsWith("GH0438")),
    };
}

describe("a host that several objects define", () => {
    it("has the ports of all of one namespace, and the endpoints of all for ports of one name", () => {
        const { ports, codes } = behind(
            entry("z", { address: "10.0.0.1" }) +
                entry("a", { created: YOUNG, ports: ["80 http HTTP", "81 alt HTTP"], address: "10.0.0.2" }),
        );
        assert.deepEqual([ports, codes], [{ 80: ["10.0.0.1:80", "10.0.0.2:80"], 81: ["10.0.0.2:81"] }, []]);
    });

    it("has nothing of those in another namespace than the oldest's, be it the gateway's own", () => {
        const { ports, codes } = behind(
            entry("own", { namespace: "istio-system", created: YOUNG, ports: ["80 http HTTP", "81 alt HTTP"], address: "10.0.0.2" }) +
                entry("old", { address: "10.0.0.1" }),
        );
        assert.deepEqual([ports, codes], [{ 80: ["10.0.0.1:80"] }, ["GH0453 ServiceEntry istio-system/own"]]);
    });

    it("goes by the namespace's name where two are of one age", () => {
        const { ports, codes } = behind(
            entry("a", { namespace: "shop", address: "10.0.0.1" }) +
                entry("z", { namespace: "other", ports: ["80 http HTTP", "82 x HTTP"], address: "10.0.0.3" }),
        );
        assert.deepEqual([ports, codes], [{ 80: ["10.0.0.3:80"], 82: ["10.0.0.3:82"] }, ["GH0453 ServiceEntry shop/a"]]);
    });

    it("has nothing of those that are resolved otherwise than the oldest", () => {
        const { ports, codes } = behind(
            entry("static", { address: "10.0.0.1" }) +
                entry("dns", { created: YOUNG, ports: ["80 http HTTP", "81 alt HTTP"], address: "d.example.org", resolution: "DNS" }),
        );
        assert.deepEqual([ports, codes], [{ 80: ["10.0.0.1:80"] }, ["GH0453 ServiceEntry shop/dns"]]);
    });

    it("has no endpoints of a port that another gave another name before", () => {
        const { ports, codes } = behind(
            entry("one", { address: "10.0.0.1" }) + entry("two", { created: YOUNG, ports: ["80 web HTTP"], address: "10.0.0.2" }),
        );
        assert.deepEqual([ports, codes], [{ 80: ["10.0.0.1:80"] }, ["GH0453 ServiceEntry shop/two spec.ports[0]"]]);
    });

    it("speaks what the oldest says, and the younger is named", () => {
        const { ports, codes } = behind(
            entry("one", { address: "10.0.0.1" }) + entry("two", { created: YOUNG, ports: ["80 http HTTP2"], address: "10.0.0.2" }),
        );
        assert.deepEqual([ports, codes], [{ 80: ["10.0.0.1:80", "10.0.0.2:80"] }, ["GH0453 ServiceEntry shop/two spec.ports[0]"]]);
    });

    it("is a Service's before any ServiceEntry's, however old that is", () => {
        const host = "both.shop.svc.cluster.local";
        const { ports, codes } = behind(
            entry("both", { ports: ["80 http HTTP", "81 more HTTP"], address: "10.4.1.1", host }) +
                entry("elsewhere", { namespace: "other", ports: ["82 x HTTP"], address: "10.4.1.2", host }) +
                `
---
apiVersion: v1
kind: Service
metadata: { name: both, namespace: shop, creationTimestamp: "${YOUNG}" }
spec: { ports: [{ name: http, port: 80 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: both-1, namespace: shop, labels: { kubernetes.io/service-name: both } }
addressType: IPv4
ports: [{ name: http, port: 8080 }]
endpoints: [{ addresses: [10.4.2.1] }]
`,
            host,
        );
        assert.deepEqual(
            [ports, codes],
            [{ 80: ["10.4.1.1:80", "10.4.2.1:8080"], 81: ["10.4.1.1:81"] }, ["GH0453 ServiceEntry other/elsewhere"]],
        );
    });

    it("is nothing of those that are not exported to the gateway", () => {
        const { ports, codes } = behind(
            entry("hidden", { address: "10.0.0.1", more: '  exportTo: ["."]' }) +
                entry("open", { namespace: "other", created: YOUNG, address: "10.0.0.2" }),
        );
        assert.deepEqual([ports, codes], [{ 80: ["10.0.0.2:80"] }, []]);
    });

    it("does not depend on the order in which the objects come", () => {
        const parts = [
            entry("a", { created: YOUNG, address: "10.0.0.2" }),
            entry("b", { address: "10.0.0.1" }),
            entry("c", { namespace: "other", created: YOUNG, address: "10.0.0.3" }),
        ];
        assert.deepEqual(behind(parts.join("")), behind(parts.toReversed().join("")));
    });
});
