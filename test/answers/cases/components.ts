/** What components make of their arguments, as Istio's gateway and ours answer by it: the `dataPlane` makes no difference. */
import type { KubeObject } from "../../../istio";
import {
    buildDestinationRule,
    buildGateway as buildEgressServers,
    buildServiceEntry,
    buildVirtualService as buildEgressRoutes,
} from "../../../components/external-service/objects";
import { extentOf, planExternalService, type ExternalServiceData } from "../../../components/external-service/plan";
import type { AnyRef } from "../../../components/gateway";
import { backendsOf, buildBackendRule } from "../../../components/virtual-host/backends";
import { buildGateway, buildVirtualService } from "../../../components/virtual-host/objects";
import { planVirtualHost, type VirtualHostData } from "../../../components/virtual-host/plan";
import { ask, GATEWAY, GATEWAY_SELECTOR, reply, secret, type Ask, type Case, type Setting, type Topic } from "../support/case";
import { extraBackend } from "../support/meshed";

const object = (kind: string, made: object): KubeObject =>
    ({ apiVersion: "networking.istio.io/v1", kind, ...made }) as unknown as KubeObject;

function refTo({ ports }: Setting, kind: AnyRef["kind"]): AnyRef {
    return {
        version: 1,
        kind,
        name: "gw",
        namespace: GATEWAY.namespace,
        labels: GATEWAY_SELECTOR,
        ports: {
            http: { number: ports.http, protocol: "HTTP" },
            https: { number: ports.https, protocol: "HTTPS" },
            tls: { number: ports.tls, protocol: "TLS" },
            tcp: { number: ports.tcp, protocol: "TCP" },
        },
    };
}

/** All that an ExternalService makes. */
function externalService(setting: Setting, args: Omit<ExternalServiceData, "via">): readonly KubeObject[] {
    const via = refTo(setting, "egress");
    const plan = planExternalService("out", { ...args, via });
    const { rules } = extentOf(plan.args);
    return [
        object("ServiceEntry", buildServiceEntry(plan)),
        object("Gateway", buildEgressServers(plan, via)),
        ...(rules ? plan.args.hosts.map((_host, index) => object("DestinationRule", buildDestinationRule(plan, via, index))) : []),
        object("VirtualService", buildEgressRoutes(plan, via)),
    ];
}

/** All that a VirtualHost makes, but for its Secret. */
export function virtualHost(setting: Setting, args: Omit<VirtualHostData, "gateway">, dataPlane?: "istio"): readonly KubeObject[] {
    const plan = planVirtualHost("web", { ...args, gateway: { ...refTo(setting, "ingress"), ...(dataPlane && { dataPlane }) } });
    return [
        secret("web", { "tls.crt": setting.certificate.cert, "tls.key": setting.certificate.key }),
        object("Gateway", buildGateway(plan, { credentialName: "web" })),
        ...backendsOf(plan, plan.args).map((backend) => object("DestinationRule", buildBackendRule(plan, backend))),
        object("VirtualService", buildVirtualService(plan)),
    ];
}

export const toBackend = (
    setting: Setting,
    which: 0 | 1 = 0,
): readonly { readonly destination: { host: string; port: { number: number } } }[] => [
    { destination: { host: setting.backends[which], port: { number: 80 } } },
];

/** An outside that speaks TLS, as `www.shop.test` and the like; `trusted` is what the gateway has to know it by. */
function overTls(title: string, args: (setting: Setting) => Partial<ExternalServiceData>, more: Partial<Case> = {}): Case {
    return {
        title,
        make: async (setting) => {
            const { certificate, authority, ports } = setting;
            const outside = await extraBackend("outside.test", { certificate });
            const endpoints = [{ address: "127.0.0.1" }];
            const port = { number: ports.http, targetPort: outside.port };
            const hosts = ["out.shop.test"];
            const given = args(setting);
            const keys = { "ca.crt": authority.cert, "tls.crt": certificate.cert, "tls.key": certificate.key };
            return {
                objects: [
                    secret("client", keys),
                    secret("authority", { "ca.crt": authority.cert }),
                    ...externalService(setting, { hosts, ports: { http: port }, endpoints, ...given }),
                ],
                asks: {
                    "its host": ask((given.hosts ?? hosts)[0] ?? "", "GET /a?b=1", [], { anyReason: true }),
                    "another host": ask("else.shop.test", "GET /"),
                },
                servers: [outside],
                stop: () => outside.stop(),
            };
        },
        ...more,
    };
}

const challenge = "/.well-known/acme-challenge/token";
const redirects = (more: Readonly<Record<string, Ask>> = {}): Readonly<Record<string, Ask>> => ({
    "a challenge": ask("www.shop.test", `GET ${challenge}`),
    "a challenge, said otherwise": ask("www.shop.test", "GET /a/../.well-known//acme-challenge/token"),
    "the way out of it": ask("www.shop.test", "GET /.well-known/acme-challenge/../../admin"),
    "nearly a challenge": ask("www.shop.test", "GET /.well-known/acme-challenge"),
    "another path": ask("www.shop.test", "GET /a?b=1"),
    "another path, posted": ask("www.shop.test", "POST /a", [], { body: "hello" }),
    "a port in the host": ask("www.shop.test:8080", "GET /a"),
    "over TLS": ask("www.shop.test", "GET /a", [], { port: "https", tls: { servername: "www.shop.test" } }),
    "a challenge over TLS": ask("www.shop.test", `GET ${challenge}`, [], { port: "https", tls: { servername: "www.shop.test" } }),
    ...more,
});

function redirecting(title: string, acmeChallenge: (setting: Setting) => VirtualHostData["tls"]): Case {
    return {
        title,
        make: (setting) => ({
            objects: virtualHost(setting, {
                hosts: ["www.shop.test"],
                tls: acmeChallenge(setting) as NonNullable<VirtualHostData["tls"]>,
                http: [{ route: toBackend(setting) }],
            }),
            asks: redirects(),
        }),
    };
}

const certificate = { kind: "fromSecret", name: "web" } as const;

export const components: Topic = {
    name: "components",
    cases: [
        {
            title: "hosts outside by plain HTTP, a wildcard among them",
            make: (setting) => ({
                objects: externalService(setting, {
                    hosts: ["*.out.test", "a.other.test"],
                    ports: { http: setting.ports.http },
                    endpoints: [{ address: "127.0.0.1", ports: { http: setting.backendPorts[0] } }],
                }),
                asks: {
                    exact: ask("a.other.test", "GET /a"),
                    "exact with its port": ask(`a.other.test:${setting.ports.http}`, "GET /a"),
                    "below the wildcard": ask("b.c.out.test", "POST /b", [], { body: "hello" }),
                    "what the wildcard is below": ask("out.test", "GET /"),
                    another: ask("else.test", "GET /"),
                },
            }),
        },
        {
            title: "a timeout and tries of the gateway's",
            make: (setting) => ({
                objects: externalService(setting, {
                    hosts: ["out.test"],
                    ports: { http: setting.ports.http },
                    endpoints: [{ address: "127.0.0.1", ports: { http: setting.backendPorts[0] } }],
                    timeout: "0.5s",
                    retries: { attempts: 2, retryOn: "503" },
                }),
                asks: {
                    "a good answer": ask("out.test", "GET /"),
                    "a bad one, tried again": ask("out.test", "GET /", [reply("HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n")]),
                    "one that is not tried again": ask("out.test", "GET /", [reply("HTTP/1.1 502 No\r\ncontent-length: 0\r\n\r\n")]),
                    "one that breaks off": ask("out.test", "GET /", [reply("HTTP/1.1 200 OK\r\ncontent-le")], { anyReason: true }),
                },
            }),
        },
        overTls("TLS that begins at the gateway", () => ({ mode: "originate", tls: { credentialName: "authority" } })),
        overTls("TLS that begins at the gateway, to another than was asked for", () => ({
            hosts: ["out.other.test"],
            mode: "originate",
            tls: { credentialName: "authority" },
        })),
        overTls("TLS that begins at the gateway, by another authority", () => ({ mode: "originate" })),
        overTls("TLS that begins at the gateway, with a certificate to show", () => ({
            mode: "mutual",
            tls: { credentialName: "client" },
        })),
        overTls("TLS that begins at the gateway, of a wildcard", () => ({
            hosts: ["*.shop.test"],
            mode: "originate",
            tls: { credentialName: "authority" },
        })),
        {
            title: "TLS passed through by its name",
            make: async (setting) => {
                const outside = await extraBackend("outside.test", { certificate: setting.certificate });
                const asked = (servername: string): Ask => ask("out.shop.test", "GET /", [], { port: "tls", tls: { servername } });
                return {
                    objects: externalService(setting, {
                        hosts: ["out.shop.test", "*.in.shop.test"],
                        ports: { tls: { number: setting.ports.tls, targetPort: outside.port } },
                        endpoints: [{ address: "127.0.0.1" }],
                    }),
                    asks: {
                        "its name": asked("out.shop.test"),
                        "below the wildcard": asked("a.in.shop.test"),
                        "another name": asked("else.shop.test"),
                    },
                    servers: [outside],
                    stop: () => outside.stop(),
                };
            },
        },
        {
            title: "plain TCP by its port",
            make: (setting) => ({
                objects: externalService(setting, {
                    hosts: ["out.test"],
                    ports: { tcp: setting.ports.tcp },
                    endpoints: [{ address: "127.0.0.1", ports: { tcp: setting.backendPorts[0] } }],
                }),
                asks: { "whatever it is": ask("any.test", "GET /", [], { port: "tcp" }) },
            }),
        },
        redirecting("a redirect that leaves challenges to the routes", () => ({ certificate, acmeChallenge: true })),
        redirecting("a redirect that leaves challenges to their solver", (setting) => ({
            certificate,
            acmeChallenge: { host: setting.backends[1], port: { number: 80 } },
        })),
        redirecting("a redirect of everything", () => ({ certificate })),
        {
            title: "a cookie that keeps a client where it was",
            make: (setting) => ({
                objects: virtualHost(setting, {
                    hosts: ["www.shop.test"],
                    tls: { certificate },
                    stickyCookie: { name: "shop", ttl: "1h", path: "/a" },
                    http: [{ route: toBackend(setting) }],
                }),
                asks: {
                    "the first time": ask("www.shop.test", "GET /a", [], { port: "https", tls: { servername: "www.shop.test" } }),
                    "the second time": ask("www.shop.test", "GET /a", ["cookie: shop=1234567890abcdef"], {
                        port: "https",
                        tls: { servername: "www.shop.test" },
                    }),
                },
            }),
        },
    ],
};
