/** To which backends a gateway speaks HTTP/2, for clients of either protocol. */
import {
    ask,
    GATEWAY_SELECTOR,
    istioObject,
    secret,
    to,
    type Answer,
    type Ask,
    type Play,
    type Setting,
    type Topic,
} from "../support/case";
import { http2Backend, type Http2BackendOptions } from "../support/http2/backend";
import { answers, refuses } from "../support/http2/differences";
import { ask2 } from "../support/http2/requests";

interface Cluster {
    /** Of the port. */
    readonly protocol: string;
    readonly portName?: string;
    /** Of a DestinationRule's `trafficPolicy`. */
    readonly policy?: object;
    /** Of the backend: TLS, and by which ALPN. */
    readonly alpn?: readonly string[];
    readonly subset?: object;
}

const upgrade = (h2UpgradePolicy: string): object => ({ connectionPool: { http: { h2UpgradePolicy } } });
const simple = { mode: "SIMPLE", insecureSkipVerify: true };
const BOTH = ["h2", "http/1.1"];

const CLUSTERS: Readonly<Record<string, Cluster>> = {
    HTTP: { protocol: "HTTP" },
    HTTP2: { protocol: "HTTP2" },
    GRPC: { protocol: "GRPC" },
    "GRPC-Web": { protocol: "GRPC-Web" },
    "http2 in small letters": { protocol: "http2" },
    "HTTP, and a name that says http2": { protocol: "HTTP", portName: "http2" },
    "HTTP, to be upgraded": { protocol: "HTTP", policy: upgrade("UPGRADE") },
    "HTTP, not to be upgraded": { protocol: "HTTP", policy: upgrade("DO_NOT_UPGRADE") },
    "HTTP, by default": { protocol: "HTTP", policy: upgrade("DEFAULT") },
    "HTTP2, not to be upgraded": { protocol: "HTTP2", policy: upgrade("DO_NOT_UPGRADE") },
    "HTTP, the client's protocol": { protocol: "HTTP", policy: { connectionPool: { http: { useClientProtocol: true } } } },
    "HTTP2, the client's protocol": { protocol: "HTTP2", policy: { connectionPool: { http: { useClientProtocol: true } } } },
    "HTTP, not the client's protocol": { protocol: "HTTP", policy: { connectionPool: { http: { useClientProtocol: false } } } },
    "HTTP, upgraded at its port": {
        protocol: "HTTP",
        policy: { portLevelSettings: [{ port: { number: 80 }, ...upgrade("UPGRADE") }] },
    },
    "HTTP, upgraded but at its port": {
        protocol: "HTTP",
        policy: { ...upgrade("UPGRADE"), portLevelSettings: [{ port: { number: 80 }, ...upgrade("DO_NOT_UPGRADE") }] },
    },
    "HTTP, a subset upgraded": { protocol: "HTTP", subset: upgrade("UPGRADE") },
    "HTTP, upgraded but the subset": { protocol: "HTTP", policy: upgrade("UPGRADE"), subset: upgrade("DO_NOT_UPGRADE") },
    "HTTP over TLS": { protocol: "HTTP", policy: { tls: simple }, alpn: BOTH },
    "HTTP over TLS, a server of HTTP/1.1": { protocol: "HTTP", policy: { tls: simple }, alpn: ["http/1.1"] },
    "HTTP over TLS, to be upgraded": { protocol: "HTTP", policy: { tls: simple, ...upgrade("UPGRADE") }, alpn: BOTH },
    "HTTP over TLS, the client's protocol": {
        protocol: "HTTP",
        policy: { tls: simple, connectionPool: { http: { useClientProtocol: true } } },
        alpn: BOTH,
    },
    "HTTP2 over TLS": { protocol: "HTTP2", policy: { tls: simple }, alpn: BOTH },
    "HTTP2 over TLS, a server of HTTP/1.1": { protocol: "HTTP2", policy: { tls: simple }, alpn: ["http/1.1"] },
    "GRPC over TLS": { protocol: "GRPC", policy: { tls: simple }, alpn: BOTH },
    "HTTPS over TLS": { protocol: "HTTPS", policy: { tls: simple }, alpn: BOTH },
    "TLS over TLS": { protocol: "TLS", policy: { tls: simple }, alpn: BOTH },
    TCP: { protocol: "TCP" },
    "TCP, to be upgraded": { protocol: "TCP", policy: upgrade("UPGRADE") },
    "HTTPS without a rule": { protocol: "HTTPS" },
};

async function clusters(setting: Setting): Promise<Play> {
    const { cert, key } = setting.certificate;
    const all = await Promise.all(
        Object.entries(CLUSTERS).map(async ([title, cluster], at) => {
            const options: Http2BackendOptions = {
                either: true,
                ...(cluster.alpn ? { tls: { cert, key, ALPNProtocols: [...cluster.alpn] } } : {}),
            };
            return { ...cluster, title, host: `c${at}.test`, backend: await http2Backend("backend", options) };
        }),
    );
    const objects = all.flatMap(({ host, protocol, portName = "port", policy, subset, backend }) => {
        const name = host.replace(".test", "");
        return [
            istioObject("ServiceEntry", name, {
                hosts: [host],
                location: "MESH_EXTERNAL",
                resolution: "STATIC",
                ports: [{ number: 80, name: portName, protocol }],
                endpoints: [{ address: "127.0.0.1", ports: { [portName]: backend.port }, labels: { a: "b" } }],
            }),
            ...(policy || subset
                ? [
                      istioObject("DestinationRule", name, {
                          host,
                          ...(policy ? { trafficPolicy: policy } : {}),
                          ...(subset ? { subsets: [{ name: "sub", labels: { a: "b" }, trafficPolicy: subset }] } : {}),
                      }),
                  ]
                : []),
            istioObject("VirtualService", name, {
                hosts: [host],
                gateways: ["gw"],
                http: [
                    subset
                        ? { route: [{ destination: { host, subset: "sub", port: { number: 80 } } }], retries: { attempts: 0 } }
                        : to(host, { retries: { attempts: 0 } }),
                ],
            }),
        ];
    });
    const asks: Record<string, Ask> = {};
    for (const { title, host } of all) {
        asks[`${title}: HTTP/1.1`] = ask(host, "GET /", [], { anyReason: true });
        asks[`${title}: HTTP/2`] = ask2(host, "GET /", [], { anyReason: true });
    }
    return {
        objects: [
            istioObject("Gateway", "gw", {
                selector: GATEWAY_SELECTOR,
                servers: [{ port: { number: setting.ports.http, name: "http", protocol: "HTTP" }, hosts: ["*"] }],
            }),
            ...objects,
        ],
        asks,
        servers: all.map(({ backend }) => backend),
        stop: async () => {
            await Promise.all(all.map(({ backend }) => backend.stop()));
        },
    };
}

/** Whoever speaks the wrong protocol may be told why in the right one. */
const untold = (asked: Ask): Ask => ({ ...asked, anyReason: true });

/** Which protocols a server of a Gateway speaks, by its protocol and by what the client offers. */
async function listeners(setting: Setting): Promise<Play> {
    const { certificate, ports, backends } = setting;
    const server = (number: number, protocol: string, host: string, more: object = {}): object => ({
        port: { number, name: `p-${number}-${host.split(".")[0]}`, protocol },
        hosts: [host],
        ...more,
    });
    const tls = { mode: "SIMPLE", credentialName: "shop" };
    const host = "www.shop.test";
    const over = (ALPNProtocols: string[] | undefined, servername = host): Ask["tls"] => ({
        servername,
        ...(ALPNProtocols ? { ALPNProtocols } : {}),
    });
    const asks: Record<string, Ask> = {
        "HTTP: HTTP/2 by prior knowledge": ask2(host, "GET /"),
        "HTTP: HTTP/1.1": ask(host, "GET /"),
        "HTTP2: HTTP/2 by prior knowledge": ask2(host, "GET /", [], { port: "other" }),
        "HTTP2: HTTP/1.1": ask(host, "GET /", [], { port: "other" }),
        "GRPC: HTTP/2 by prior knowledge": ask2(host, "GET /", [], { port: "tcp" }),
        "GRPC: HTTP/1.1": ask(host, "GET /", [], { port: "tcp" }),
        "HTTPS: h2 alone": ask2(host, "GET /", [], { port: "https", tls: over(["h2"]) ?? {} }),
        "HTTPS: h2 and http/1.1": ask2(host, "GET /", [], { port: "https", tls: over(["h2", "http/1.1"]) ?? {} }),
        "HTTPS: http/1.1 and h2, and HTTP/1.1 spoken": untold(
            ask(host, "GET /", [], { port: "https", tls: over(["http/1.1", "h2"]) ?? {} }),
        ),
        "HTTPS: h2 agreed on, and HTTP/1.1 spoken": untold(ask(host, "GET /", [], { port: "https", tls: over(["h2"]) ?? {} })),
        "HTTPS: http/1.1 agreed on, and HTTP/2 spoken": ask2(host, "GET /", [], { port: "https", tls: over(["http/1.1"]) ?? {} }),
        "HTTPS: nothing offered, and HTTP/2 spoken": ask2(host, "GET /", [], {
            port: "https",
            tls: { servername: host, ALPNProtocols: [] },
        }),
        "HTTPS: nothing offered, and HTTP/1.1 spoken": ask(host, "GET /", [], { port: "https", tls: over(undefined) ?? {} }),
        "HTTPS: another host of the certificate": ask2("other.shop.test", "GET /", [], { port: "https", tls: over(["h2"]) ?? {} }),
        "HTTPS: a host of the same server": ask2("also.shop.test", "GET /", [], { port: "https", tls: over(["h2"]) ?? {} }),
        "HTTPS: a host that there is not": ask2("none.test", "GET /", [], { port: "https", tls: over(["h2"]) ?? {} }),
        "HTTPS: the name in other letters, with a port": ask2("WWW.shop.test:443", "GET /", [], { port: "https", tls: over(["h2"]) ?? {} }),
        "HTTPS: scheme http": ask2(host, "GET /", [], { port: "https", tls: over(["h2"]) ?? {}, scheme: "http" }),
        "HTTPS: no name in the handshake": ask2(host, "GET /", [], { port: "https", tls: { ALPNProtocols: ["h2"], servername: "" } }),
        "redirect: HTTP/2 by prior knowledge": ask2("to.shop.test", "GET /a?b"),
        "redirect: HTTP/1.1": ask("to.shop.test", "GET /a?b"),
        "redirect: HTTP/2 that says https": ask2("to.shop.test", "GET /a?b", [], { scheme: "https" }),
    };
    return {
        objects: [
            secret("shop", { "tls.crt": certificate.cert, "tls.key": certificate.key }),
            istioObject("Gateway", "gw", {
                selector: GATEWAY_SELECTOR,
                servers: [
                    server(ports.http, "HTTP", host),
                    server(ports.http, "HTTP", "to.shop.test", { tls: { httpsRedirect: true } }),
                    server(ports.other, "HTTP2", host),
                    server(ports.tcp, "GRPC", host),
                    server(ports.https, "HTTPS", host, { hosts: [host, "also.shop.test"], tls }),
                    server(ports.https, "HTTPS", "other.shop.test", { tls }),
                ],
            }),
            ...[host, "also.shop.test", "other.shop.test", "to.shop.test"].map((one) =>
                istioObject("VirtualService", one.replaceAll(".", "-"), {
                    hosts: [one],
                    gateways: ["gw"],
                    http: [
                        {
                            match: [{ scheme: { exact: "https" } }],
                            ...to(backends[0], { headers: { request: { set: { "x-scheme": "https" } } } }),
                        },
                        to(backends[0], { headers: { request: { set: { "x-scheme": "http" } } } }),
                    ],
                }),
            ),
        ],
        asks,
    };
}

function seenAsHttps({ backend = [] }: Answer): Partial<Answer> {
    return { backend: backend.map((one) => ({ ...one, headers: { ...one.headers, "x-scheme": "https" } })) };
}

export const http2Clusters: Topic = {
    name: "http2-clusters",
    cases: [
        { title: "to backends", make: clusters },
        {
            title: "from clients",
            make: listeners,
            differences: {
                ...refuses(421, "RFC 9110 §15.5.20: the client then opens a connection of its own", [
                    "HTTPS: another host of the certificate",
                ]),
                ...answers("the connection says what the scheme is, and not who asks on it", ["HTTPS: scheme http"], seenAsHttps),
            },
        },
    ],
};
