/** What a VirtualHost makes of its arguments, object by object. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { buildGateway, buildVirtualService } from "../../components/virtual-host/objects";
import { planVirtualHost, urlsOf, type VirtualHostData } from "../../components/virtual-host/plan";
import { ingressRef, recommended, selector } from "./support/refs";

const destination = { service: { name: "webapp", namespace: "shop", ports: [{ name: "http", port: 8080 }] } };
const labels = recommended("virtual-host", "webapp");
const plan = (args: Partial<VirtualHostData> = {}) =>
    planVirtualHost("webapp", { gateway: ingressRef(), hosts: ["webapp.example.com"], http: [{ route: [{ destination }] }], ...args });

describe("a virtual host", () => {
    it("has a Gateway of its own beside the gateway's pods, with its certificate and a redirect", () => {
        const tls = { certificate: { kind: "signedBy" } } as const;
        assert.deepEqual(buildGateway(plan({ tls }), { credentialName: "webapp-tls-1234" }), {
            metadata: { name: "webapp", namespace: "edge", labels },
            spec: {
                selector,
                servers: [
                    {
                        port: { number: 443, protocol: "HTTPS", name: "https" },
                        hosts: ["webapp.example.com"],
                        tls: { mode: "SIMPLE", credentialName: "webapp-tls-1234" },
                    },
                    { port: { number: 80, protocol: "HTTP", name: "http" }, hosts: ["webapp.example.com"], tls: { httpsRedirect: true } },
                ],
            },
        });
    });

    it("has a VirtualService in its own namespace that names its Gateway in full", () => {
        const routes = plan({
            namespace: "shop",
            http: [
                {
                    match: [{ uri: { prefix: "/api" } }],
                    route: [
                        { destination, weight: 90 },
                        { destination: { host: "canary" }, weight: 10 },
                    ],
                    timeout: "5s",
                },
            ],
        });
        assert.deepEqual(buildVirtualService(routes), {
            metadata: { name: "webapp", namespace: "shop", labels },
            spec: {
                hosts: ["webapp.example.com"],
                gateways: ["edge/webapp"],
                http: [
                    {
                        match: [{ uri: { prefix: "/api" } }],
                        route: [
                            { destination: { host: "webapp.shop.svc.cluster.local", port: { number: 8080 } }, weight: 90 },
                            { destination: { host: "canary.shop.svc.cluster.local" }, weight: 10 },
                        ],
                        timeout: "5s",
                    },
                ],
            },
        });
    });

    it("serves plain HTTP as it is told to", () => {
        const certificate = { kind: "selfSigned" } as const;
        const plainServers = (http: "redirect" | "serve" | "off"): unknown[] =>
            buildGateway(plan({ tls: { certificate, http } }), {}).spec.servers.slice(1);
        const port = { number: 80, protocol: "HTTP", name: "http" };
        assert.deepEqual(plainServers("serve"), [{ port, hosts: ["webapp.example.com"] }]);
        assert.deepEqual(plainServers("redirect"), [{ port, hosts: ["webapp.example.com"], tls: { httpsRedirect: true } }]);
        assert.deepEqual(plainServers("off"), []);
    });

    it("redirects nothing where the gateway has no port for plain HTTP", () => {
        const gateway = ingressRef({ ports: { https: { number: 443, protocol: "HTTPS" } } });
        assert.equal(buildGateway(plan({ gateway, tls: { certificate: { kind: "selfSigned" } } }), {}).spec.servers.length, 1);
    });

    it("serves plain HTTP alone without tls", () => {
        assert.deepEqual(buildGateway(plan(), {}).spec.servers, [
            { port: { number: 80, protocol: "HTTP", name: "http" }, hosts: ["webapp.example.com"] },
        ]);
    });

    it("carries every TLS setting to the server and none of its own", () => {
        const tls = {
            certificate: { kind: "fromFiles", certificate: "/certs/tls.crt", privateKey: "/certs/tls.key" },
            http: "off",
            clientCa: true,
            minProtocolVersion: "TLSV1_3",
            subjectAltNames: ["spiffe://a"],
        } as const;
        assert.deepEqual(
            buildGateway(plan({ tls }), { serverCertificate: "/certs/tls.crt", privateKey: "/certs/tls.key" }).spec.servers[0]?.tls,
            {
                mode: "MUTUAL",
                serverCertificate: "/certs/tls.crt",
                privateKey: "/certs/tls.key",
                minProtocolVersion: "TLSV1_3",
                subjectAltNames: ["spiffe://a"],
            },
        );
    });

    it("uses the gateway's own certificate where that covers its hosts", () => {
        const gateway = ingressRef({ shared: [{ gateway: "edge/public", hosts: ["*.example.com"] }] });
        const covered = plan({ gateway });
        assert.deepEqual(covered.shared, ["edge/public"]);
        assert.deepEqual(buildVirtualService(covered).spec.gateways, ["edge/public"]);
        assert.deepEqual(urlsOf(covered), ["https://webapp.example.com/"]);
        assert.deepEqual(plan({ gateway, hosts: ["webapp.example.org"] }).shared, []);
        assert.deepEqual(plan({ gateway, tls: { certificate: { kind: "selfSigned" } } }).shared, []);
    });

    it("uses the gateway's own certificate only from a namespace that may", () => {
        const gateway = ingressRef({ shared: [{ gateway: "edge/public", hosts: ["shop/*.example.com"] }] });
        assert.deepEqual(plan({ gateway, namespace: "shop" }).shared, ["edge/public"]);
        assert.deepEqual(plan({ gateway, namespace: "other" }).shared, []);
    });

    it("tells its URLs, with the port where a browser would not know it", () => {
        assert.deepEqual(urlsOf(plan()), ["http://webapp.example.com/"]);
        const gateway = ingressRef({ ports: { "https-alt": { number: 8443, protocol: "HTTPS" } } });
        assert.deepEqual(urlsOf(plan({ gateway, tls: { certificate: { kind: "selfSigned" } } })), ["https://webapp.example.com:8443/"]);
    });

    it("takes the port it is told to, else the one called http, else the lowest", () => {
        const ports = { "http-b": { number: 8081, protocol: "HTTP" }, "http-a": { number: 8080, protocol: "HTTP2" } } as const;
        assert.equal(plan({ gateway: ingressRef({ ports }) }).httpPort?.name, "http-a");
        assert.equal(plan({ gateway: ingressRef({ ports }), httpPort: "http-b" }).httpPort?.number, 8081);
        assert.equal(
            plan({ gateway: ingressRef({ ports: { ...ports, http: { number: 9999, protocol: "HTTP" } } }) }).httpPort?.number,
            9999,
        );
    });

    it("takes another name, and labels and annotations, for all it makes", () => {
        const renamed = plan({ metadata: { name: "shop", labels: { team: "a" }, annotations: { note: "b" } } });
        const expected = {
            name: "shop",
            namespace: "edge",
            labels: { team: "a", ...recommended("virtual-host", "shop") },
            annotations: { note: "b" },
        };
        assert.deepEqual(buildGateway(renamed, {}).metadata, expected);
        assert.deepEqual(buildVirtualService(renamed).metadata, expected);
        assert.deepEqual(buildVirtualService(renamed).spec.gateways, ["edge/shop"]);
    });
});
