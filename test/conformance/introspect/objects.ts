/** A gateway with a server of each kind, and what leads where from it: the objects that both proxies are asked about. */
import type { KubeObject } from "../../../istio";
import { istioObject } from "../../answers/support/case";
import type { TestCertificate } from "../../support/certificates";

export interface Doors {
    readonly http: number;
    readonly redirect: number;
    readonly https: number;
    readonly tcp: number;
    readonly tls: number;
}

export const LABELS = { istio: "ingressgateway" };
export const NAMESPACE = "istio-system";

const here = (kind: string, name: string, spec: object): KubeObject => ({
    ...istioObject(kind, name, spec),
    metadata: { name, namespace: NAMESPACE },
});

function secret(name: string, { cert, key }: TestCertificate): KubeObject {
    const data = { "tls.crt": Buffer.from(cert).toString("base64"), "tls.key": Buffer.from(key).toString("base64") };
    return { apiVersion: "v1", kind: "Secret", type: "kubernetes.io/tls", metadata: { name, namespace: NAMESPACE }, data } as KubeObject;
}

export function introspected(doors: Doors, certificate: TestCertificate): KubeObject[] {
    const port = (number: number, name: string, protocol: string): object => ({ number, name, protocol });
    return [
        secret("webapp-credential", certificate),
        here("Gateway", "public", {
            selector: LABELS,
            servers: [
                { port: port(doors.http, "http", "HTTP"), hosts: ["webapp.test", "*.shop.test", "catalog.test"] },
                { port: port(doors.redirect, "http-redirect", "HTTP"), hosts: ["webapp.test"], tls: { httpsRedirect: true } },
                {
                    port: port(doors.https, "https-webapp", "HTTPS"),
                    hosts: ["webapp.test"],
                    tls: { mode: "SIMPLE", credentialName: "webapp-credential" },
                },
                {
                    port: port(doors.https, "https-catalog", "HTTPS"),
                    hosts: ["catalog.test", "*.shop.test"],
                    tls: { mode: "SIMPLE", credentialName: "webapp-credential" },
                },
                { port: port(doors.tcp, "tcp", "TCP"), hosts: ["*"] },
                { port: port(doors.tls, "tls", "TLS"), hosts: ["simple-sni-1.test", "simple-sni-2.test"], tls: { mode: "PASSTHROUGH" } },
            ],
        }),
        here("VirtualService", "webapp", {
            hosts: ["webapp.test"],
            gateways: ["public"],
            http: [
                {
                    name: "api",
                    match: [{ uri: { prefix: "/api" } }, { uri: { exact: "/status" }, headers: { "x-team": { exact: "a" } } }],
                    route: [
                        { destination: { host: "static.backends.test", port: { number: 80 }, subset: "v1" }, weight: 80 },
                        { destination: { host: "static.backends.test", port: { number: 80 }, subset: "v2" }, weight: 20 },
                    ],
                },
                { match: [{ uri: { regex: "/item/[0-9]+" } }], redirect: { uri: "/items" } },
                { match: [{ headers: { "x-team": { exact: "b" } } }], directResponse: { status: 503, body: { string: "closed" } } },
                { route: [{ destination: { host: "static.backends.test", port: { number: 80 } } }] },
            ],
        }),
        here("VirtualService", "shop", {
            hosts: ["*.shop.test"],
            gateways: ["public"],
            http: [{ route: [{ destination: { host: "dns.backends.test", port: { number: 443 } } }] }],
        }),
        here("VirtualService", "echo", {
            hosts: ["*"],
            gateways: ["public"],
            tcp: [{ match: [{ port: doors.tcp }], route: [{ destination: { host: "static.backends.test", port: { number: 9000 } } }] }],
        }),
        here("VirtualService", "sni", {
            hosts: ["simple-sni-1.test"],
            gateways: ["public"],
            tls: [
                {
                    match: [{ port: doors.tls, sniHosts: ["simple-sni-1.test"] }],
                    route: [
                        { destination: { host: "static.backends.test", port: { number: 9000 }, subset: "v1" }, weight: 50 },
                        { destination: { host: "dns.backends.test", port: { number: 443 } }, weight: 50 },
                    ],
                },
            ],
        }),
        here("ServiceEntry", "static", {
            hosts: ["static.backends.test"],
            location: "MESH_EXTERNAL",
            resolution: "STATIC",
            ports: [port(80, "http", "HTTP"), port(9000, "tcp", "TCP")],
            endpoints: [
                { address: "127.0.0.1", labels: { version: "v1" } },
                { address: "127.0.0.2", labels: { version: "v2" } },
            ],
        }),
        here("ServiceEntry", "dns", {
            hosts: ["dns.backends.test"],
            location: "MESH_EXTERNAL",
            resolution: "DNS",
            ports: [port(443, "https", "HTTPS")],
            endpoints: [{ address: "localhost" }],
        }),
        here("DestinationRule", "static", {
            host: "static.backends.test",
            subsets: [
                { name: "v1", labels: { version: "v1" } },
                { name: "v2", labels: { version: "v2" } },
            ],
        }),
    ];
}
