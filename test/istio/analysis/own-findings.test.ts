/** What Istio has no code for: each with a configuration that has the fault, and the same one without it. */
import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { analyze, CODES, ISTIO_CODES, refText, type KubeObject } from "../../../istio";
import { makeAuthority } from "../../support/certificates";
import {
    destinationRule,
    gateway,
    secret,
    secure,
    SELECTOR,
    server,
    service,
    serviceEntry,
    to,
    virtualService,
    WEB,
    workload,
} from "./corpus/objects";
import { ACCESS_CASES } from "./access-cases";
import { LOG_CASES } from "./log-cases";
import { INGRESS_CASES } from "./ingress-cases";
import { filled, makeCredentials, type Credentials } from "./record";

type Objects = readonly KubeObject[];

const ROUTE = { route: [to("web")] };
const site = (...servers: readonly object[]): Objects => [
    ...workload([80, 443, 8080, 31400]),
    ...WEB,
    gateway("site", { selector: SELECTOR, servers }),
];
const routes = (spec: object, name = "web"): KubeObject => virtualService(name, { hosts: ["a.com"], gateways: ["site"], ...spec });
const passthrough = server(443, ["a.com"], { tls: { mode: "PASSTHROUGH" } }, "TLS");
const tlsRoute = (host: string): object => ({ tls: [{ match: [{ sniHosts: ["a.com"] }], route: [to(host)] }] });
const external = (protocol: string, spec: object = {}): KubeObject =>
    serviceEntry("api", { hosts: ["api.example.com"], ports: [{ number: 443, name: "main", protocol }], resolution: "DNS", ...spec });
const prefixed = (prefix: string, rest: object = {}): object => ({ match: [{ uri: { prefix } }], ...ROUTE, ...rest });

const forOnly = (name: string): object => ({
    match: [{ gateways: [name] }],
    route: [{ destination: { host: "api.example.com", port: { number: 443 } } }],
});

const certified = (name: string, data: Readonly<Record<string, string>>, change: object = {}): Objects => [
    ...workload(),
    secret(`ingress/${name}`, data),
    gateway("site", { selector: SELECTOR, servers: [{ ...secure(name, ["a.com"]), ...change }] }),
];
const MUTUAL = { tls: { mode: "MUTUAL", credentialName: "cert" } };
const PAIR = { "tls.crt": "${certificate}", "tls.key": "${key}" };

const origin = (mode: string, ...secrets: Objects): Objects => [
    ...site(server(80, ["a.com"])),
    routes({ http: [ROUTE] }),
    destinationRule("web", { host: "web", trafficPolicy: { tls: { mode, credentialName: "backend", sni: "a.com" } } }),
    ...secrets,
];

const backend = (port: object, ...more: Objects): Objects => [
    ...site(server(80, ["a.com"])),
    service("calls", [{ port: 9000, ...port }]),
    ...more,
    routes({ http: [{ match: [{ uri: { prefix: "/echo.v1.Echo/" } }], route: [to("calls")] }] }),
];
const CALLED = backend({ name: "grpc-api" });
const pool = (http: object): object => ({ connectionPool: { http } });
const LEADS = "GH0725 VirtualService shop/web spec.http[0].route[0].destination";
const GRPC_CASES: readonly (readonly [title: string, line: string, faulty: Objects, sound: Objects])[] = [
    ["a call of gRPC to a port of HTTP/1.1", LEADS, backend({ name: "http" }), CALLED],
    ["a call of gRPC to a port that says nothing by its appProtocol", LEADS, backend({ name: "grpc", appProtocol: "tcp" }), CALLED],
    [
        "a call of gRPC to a port whose DestinationRule says nothing of HTTP/2",
        LEADS,
        backend({ name: "http" }, destinationRule("calls", { host: "calls", trafficPolicy: pool({ h2UpgradePolicy: "DO_NOT_UPGRADE" }) })),
        backend(
            { name: "http" },
            destinationRule("calls", {
                host: "calls",
                trafficPolicy: { portLevelSettings: [{ port: { number: 9000 }, ...pool({ h2UpgradePolicy: "UPGRADE" }) }] },
            }),
        ),
    ],
    [
        "a call of gRPC to a port that is spoken to as the client speaks",
        LEADS,
        backend({ name: "http" }),
        backend(
            { name: "http" },
            destinationRule("calls", { host: "*.shop.svc.cluster.local", trafficPolicy: pool({ useClientProtocol: true }) }),
        ),
    ],
    [
        "a call of gRPC by its content type",
        LEADS,
        [
            ...site(server(80, ["a.com"])),
            service("calls", [{ port: 9000, name: "web", appProtocol: "http" }]),
            routes({ http: [{ match: [{ headers: { "Content-Type": { prefix: "application/grpc" } } }], route: [to("calls")] }] }),
        ],
        [
            ...site(server(80, ["a.com"])),
            service("calls", [{ port: 9000, name: "web", appProtocol: "kubernetes.io/h2c" }]),
            routes({ http: [{ match: [{ headers: { "Content-Type": { prefix: "application/grpc" } } }], route: [to("calls")] }] }),
        ],
    ],
    [
        "all that comes to a server of gRPC",
        LEADS,
        [...site(server(8080, ["a.com"], {}, "GRPC")), external("HTTP"), routes({ http: [{ route: [to("api.example.com")] }] })],
        [...site(server(8080, ["a.com"], {}, "GRPC-WEB")), external("HTTP"), routes({ http: [{ route: [to("api.example.com")] }] })],
    ],
];

/** `CODE object field` of the fault, the configuration with it, and without it. */
const CASES: readonly (readonly [title: string, line: string, faulty: Objects, sound: Objects])[] = [
    [
        "an http rule at a gateway of TCP",
        "GH0702 VirtualService shop/web spec.http",
        [...site(server(31400, ["a.com"], {}, "TCP")), routes({ http: [ROUTE] })],
        [...site(server(80, ["a.com"])), routes({ http: [ROUTE] })],
    ],
    [
        "a tls rule at a gateway that ends TLS",
        "GH0702 VirtualService shop/web spec.tls",
        [...site(server(80, ["a.com"])), routes(tlsRoute("web"))],
        [...site(passthrough), routes(tlsRoute("web"))],
    ],
    [
        "a tcp rule at a gateway of HTTP",
        "GH0702 VirtualService shop/web spec.tcp",
        [...site(server(80, ["a.com"])), routes({ tcp: [ROUTE] })],
        [...site(server(31400, ["a.com"], {}, "TCP")), routes({ tcp: [ROUTE] })],
    ],
    [
        "a TCP server without a rule",
        "GH0414 Gateway shop/site spec.servers[0]",
        site(server(31400, ["*"], {}, "TCP")),
        [...site(server(31400, ["*"], {}, "TCP")), routes({ tcp: [ROUTE] })],
    ],
    [
        "a passthrough server with http rules only",
        "GH0414 Gateway shop/site spec.servers[0]",
        [...site(passthrough, server(80, ["a.com"])), routes({ http: [ROUTE] })],
        [...site(passthrough), routes(tlsRoute("web"))],
    ],
    [
        "a VirtualService that its gateway's pods do not see",
        "GH0703 VirtualService shop/web spec.exportTo",
        [...site(server(80, ["a.com"])), routes({ http: [ROUTE], exportTo: ["."] })],
        [...site(server(80, ["a.com"])), routes({ http: [ROUTE], exportTo: [".", "ingress"] })],
    ],
    [
        "two VirtualServices that take every request of a host",
        "GH0704 VirtualService shop/b spec.http[0]",
        [...site(server(80, ["a.com"])), routes({ http: [ROUTE] }, "a"), routes({ http: [ROUTE] }, "b")],
        [...site(server(80, ["a.com"])), routes({ http: [ROUTE] }, "a"), routes({ http: [prefixed("/b")] }, "b")],
    ],
    [
        "a prefix within that of another VirtualService",
        "GH0704 VirtualService shop/b spec.http[0]",
        [...site(server(80, ["a.com"])), routes({ http: [prefixed("/a")] }, "a"), routes({ http: [prefixed("/a/b")] }, "b")],
        [...site(server(80, ["a.com"])), routes({ http: [prefixed("/a")] }, "a"), routes({ http: [prefixed("/b")] }, "b")],
    ],
    [
        "plain HTTP to a port of HTTPS",
        "GH0705 VirtualService shop/web spec.http[0].route[0].destination",
        [
            ...site(server(80, ["a.com"])),
            external("HTTPS"),
            routes({ http: [{ route: [to("api.example.com", { port: { number: 443 } })] }] }),
        ],
        [
            ...site(server(80, ["a.com"])),
            external("HTTPS"),
            destinationRule("api", { host: "api.example.com", trafficPolicy: { tls: { mode: "SIMPLE", caCertificates: "system" } } }),
            routes({ http: [{ route: [to("api.example.com", { port: { number: 443 } })] }] }),
        ],
    ],
    [
        "plain HTTP to a port of HTTPS of a Service",
        "GH0705 VirtualService shop/web spec.http[0].route[0].destination",
        [...site(server(80, ["a.com"])), service("db", [{ port: 443, name: "https" }]), routes({ http: [{ route: [to("db")] }] })],
        [
            ...site(server(80, ["a.com"])),
            service("db", [{ port: 443, name: "https" }]),
            destinationRule("db", {
                host: "*.shop.svc.cluster.local",
                trafficPolicy: { portLevelSettings: [{ port: { number: 443 }, tls: { mode: "SIMPLE" } }] },
            }),
            routes({ http: [{ route: [to("db")] }] }),
        ],
    ],
    ...GRPC_CASES,
    [
        "TLS within TLS",
        "GH0706 VirtualService shop/web spec.tls[0].route[0].destination",
        [
            ...site(passthrough),
            destinationRule("web", { host: "web", trafficPolicy: { tls: { mode: "SIMPLE" } } }),
            routes(tlsRoute("web")),
        ],
        [
            ...site(passthrough),
            destinationRule("web", { host: "web", trafficPolicy: { tls: { mode: "DISABLE" } } }),
            routes(tlsRoute("web")),
        ],
    ],
    [
        "a prefix rewritten to a slash",
        "GH0707 VirtualService shop/web spec.http[0].rewrite.uri",
        [...site(server(80, ["a.com"])), routes({ http: [prefixed("/a", { rewrite: { uri: "/" } })] })],
        [
            ...site(server(80, ["a.com"])),
            routes({ http: [{ match: [{ uri: { prefix: "/a/" } }, { uri: { prefix: "/a" } }], rewrite: { uri: "/" }, ...ROUTE }] }),
        ],
    ],
    [
        "a redirect on port 8080",
        "GH0708 Gateway shop/site spec.servers[0].tls.httpsRedirect",
        site(server(8080, ["a.com"], { tls: { httpsRedirect: true } })),
        site(server(80, ["a.com"], { tls: { httpsRedirect: true } })),
    ],
    [
        "a destination without an address behind a gateway",
        "GH0451 VirtualService shop/web spec.http[0].route[0].destination.host",
        [...site(server(80, ["a.com"])), external("HTTP", { resolution: "NONE" }), routes({ http: [{ route: [to("api.example.com")] }] })],
        [...site(server(80, ["a.com"])), external("HTTP"), routes({ http: [{ route: [to("api.example.com")] }] })],
    ],
    [
        "a DestinationRule where the gateway does not look",
        "GH0709 DestinationRule other/web metadata.namespace",
        [...site(server(80, ["a.com"])), routes({ http: [ROUTE] }), destinationRule("other/web", { host: "web.shop.svc.cluster.local" })],
        [
            ...site(server(80, ["a.com"])),
            routes({ http: [ROUTE] }),
            destinationRule("ingress/web", { host: "web.shop.svc.cluster.local" }),
            destinationRule("other/web", { host: "web.shop.svc.cluster.local" }),
        ],
    ],
    [
        "a DestinationRule that is not exported to the gateway",
        "GH0709 DestinationRule shop/web spec.exportTo",
        [...site(server(80, ["a.com"])), routes({ http: [ROUTE] }), destinationRule("web", { host: "web", exportTo: ["."] })],
        [...site(server(80, ["a.com"])), routes({ http: [ROUTE] }), destinationRule("web", { host: "web", exportTo: [".", "ingress"] })],
    ],
    [
        "a host outside that is not exported to the gateway",
        "GH0711 VirtualService shop/web spec.http[0].route[0].destination.host",
        [
            ...site(server(80, ["a.com"])),
            external("HTTP", { exportTo: ["."] }),
            routes({ http: [{ route: [{ destination: { host: "api.example.com", port: { number: 443 } } }] }] }),
        ],
        [
            ...site(server(80, ["a.com"])),
            external("HTTP", { exportTo: [".", "ingress"] }),
            routes({ http: [{ route: [{ destination: { host: "api.example.com", port: { number: 443 } } }] }] }),
        ],
    ],
    [
        "a host outside that is not exported to the gateway, of a rule for it and not of one for the mesh alone",
        "GH0711 VirtualService shop/web spec.http[0].route[0].destination.host",
        [
            ...site(server(80, ["a.com"])),
            external("HTTP", { exportTo: ["."] }),
            routes({ gateways: ["site", "mesh"], http: [forOnly("site")] }),
        ],
        [
            ...site(server(80, ["a.com"])),
            external("HTTP", { exportTo: ["."] }),
            routes({ gateways: ["site", "mesh"], http: [forOnly("mesh")] }),
        ],
    ],
    [
        "a Service without a selector and without addresses",
        "GH0454 Service shop/db spec.selector",
        [...site(server(80, ["a.com"])), service("db", [80]), routes({ http: [{ route: [to("db")] }] })],
        [
            ...site(server(80, ["a.com"])),
            service("db", [80]),
            {
                apiVersion: "v1",
                kind: "Endpoints",
                metadata: { name: "db", namespace: "shop" },
                subsets: [{ addresses: [{ ip: "10.0.0.1" }], ports: [{ port: 80, name: "http-80" }] }],
            } as KubeObject,
            routes({ http: [{ route: [to("db")] }] }),
        ],
    ],
    [
        "a Service with addresses that are not mirrored",
        "GH0454 Service shop/db spec.selector",
        [
            ...site(server(80, ["a.com"])),
            service("db", [80]),
            {
                apiVersion: "v1",
                kind: "Endpoints",
                metadata: { name: "db", namespace: "shop", labels: { "endpointslice.kubernetes.io/skip-mirror": "true" } },
            } as KubeObject,
            routes({ http: [{ route: [to("db")] }] }),
        ],
        [
            ...site(server(80, ["a.com"])),
            service("db", [80]),
            {
                apiVersion: "discovery.k8s.io/v1",
                kind: "EndpointSlice",
                metadata: { name: "db-1", namespace: "shop", labels: { "kubernetes.io/service-name": "db" } },
                addressType: "IPv4",
                endpoints: [],
            } as unknown as KubeObject,
            routes({ http: [{ route: [to("db")] }] }),
        ],
    ],
    [
        "settings for a port that is not there",
        "GH0710 DestinationRule shop/web spec.trafficPolicy.portLevelSettings[0].port.number",
        [
            ...WEB,
            destinationRule("web", {
                host: "web",
                trafficPolicy: { portLevelSettings: [{ port: { number: 81 }, connectionPool: { tcp: { maxConnections: 1 } } }] },
            }),
        ],
        [
            ...WEB,
            destinationRule("web", {
                host: "web",
                trafficPolicy: { portLevelSettings: [{ port: { number: 80 }, connectionPool: { tcp: { maxConnections: 1 } } }] },
            }),
        ],
    ],
    [
        "settings of a subset for a port that is not there",
        "GH0710 DestinationRule shop/web spec.subsets[0].trafficPolicy.portLevelSettings[0].port.number",
        [
            ...WEB,
            destinationRule("web", {
                host: "web",
                subsets: [
                    {
                        name: "v1",
                        labels: { app: "web" },
                        trafficPolicy: { portLevelSettings: [{ port: { number: 81 }, connectionPool: { tcp: { maxConnections: 1 } } }] },
                    },
                ],
            }),
        ],
        [
            ...WEB,
            destinationRule("web", {
                host: "*.shop.svc.cluster.local",
                trafficPolicy: { portLevelSettings: [{ port: { number: 81 }, connectionPool: { tcp: { maxConnections: 1 } } }] },
            }),
        ],
    ],
    [
        "two ServiceEntries that find one host's addresses in two ways",
        "GH0453 ServiceEntry shop/two spec.hosts[0]",
        [
            external("TLS"),
            serviceEntry("two", {
                hosts: ["api.example.com"],
                ports: [{ number: 443, name: "main", protocol: "TLS" }],
                resolution: "STATIC",
                endpoints: [{ address: "10.0.0.1" }],
            }),
        ],
        [
            external("TLS"),
            serviceEntry("two", {
                hosts: ["api.example.com"],
                ports: [{ number: 8443, name: "main", protocol: "TLS" }],
                resolution: "STATIC",
                endpoints: [{ address: "10.0.0.1" }],
            }),
        ],
    ],
    [
        "a ServiceEntry for the host of a Service",
        "GH0453 ServiceEntry shop/two spec.hosts[0]",
        [
            ...WEB,
            serviceEntry("two", {
                hosts: ["web.shop.svc.cluster.local"],
                ports: [{ number: 80, name: "main", protocol: "HTTP" }],
                resolution: "DNS",
            }),
        ],
        [],
    ],
    [
        "a delegate that is not there",
        "GH0434 VirtualService shop/web spec.http[0].delegate",
        [...site(server(80, ["a.com"])), routes({ http: [{ delegate: { name: "part" } }] })],
        [...site(server(80, ["a.com"])), routes({ http: [{ delegate: { name: "part" } }] }), virtualService("part", { http: [ROUTE] })],
    ],
    [
        "a delegate with hosts of its own",
        "GH0434 VirtualService shop/web spec.http[0].delegate",
        [
            ...site(server(80, ["a.com"])),
            routes({ http: [{ delegate: { name: "part" } }] }),
            virtualService("part", { hosts: ["b.com"], http: [ROUTE] }),
        ],
        [],
    ],
    [
        "delegates in a circle",
        "GH0435 VirtualService shop/a spec.http[0].delegate",
        [virtualService("a", { http: [{ delegate: { name: "b" } }] }), virtualService("b", { http: [{ delegate: { name: "a" } }] })],
        [],
    ],
    [
        "a key of another certificate",
        "GH0121 Gateway shop/site spec.servers[0].tls.credentialName",
        certified("cert", { "tls.crt": "${certificate}", "tls.key": "${other}" }),
        certified("cert", PAIR),
    ],
    [
        "a certificate for other hosts",
        "GH0125 Gateway shop/site spec.servers[0].tls.credentialName",
        certified("cert", PAIR, { hosts: ["c.com"] }),
        certified("cert", PAIR),
    ],
    [
        "mutual TLS without an authority",
        "GH0118 Gateway shop/site spec.servers[0].tls.credentialName",
        certified("cert", PAIR, MUTUAL),
        certified("cert", { ...PAIR, "ca.crt": "${certificate}" }, MUTUAL),
    ],
    [
        "a missing Secret of a DestinationRule",
        "GH0420 DestinationRule shop/web spec.trafficPolicy.tls.credentialName",
        origin("SIMPLE", secret("shop/backend", { "ca.crt": "${certificate}" })),
        origin("SIMPLE", secret("ingress/backend", { "ca.crt": "${certificate}" })),
    ],
    [
        "a DestinationRule whose Secret has no authority",
        "GH0118 DestinationRule shop/web spec.trafficPolicy.tls.credentialName",
        origin("SIMPLE", secret("ingress/backend", PAIR)),
        origin("SIMPLE", secret("ingress/backend-cacert", { cacert: "${certificate}" })),
    ],
    [
        "a DestinationRule whose Secret has the key of another certificate",
        "GH0121 DestinationRule shop/web spec.trafficPolicy.tls.credentialName",
        origin("MUTUAL", secret("ingress/backend", { "tls.crt": "${certificate}", "tls.key": "${other}", "ca.crt": "${certificate}" })),
        origin("MUTUAL", secret("ingress/backend", { ...PAIR, "ca.crt": "${certificate}" })),
    ],
    [
        "a DestinationRule with an authority and no pair",
        "GH0420 DestinationRule shop/web spec.trafficPolicy.tls.credentialName",
        origin("MUTUAL", secret("ingress/backend-cacert", { "ca.crt": "${certificate}" })),
        origin("MUTUAL", secret("ingress/backend", PAIR), secret("ingress/backend-cacert", { "ca.crt": "${certificate}" })),
    ],
    [
        "a missing Secret of a list",
        "GH0420 Gateway shop/site spec.servers[0].tls.credentialNames[1]",
        certified("cert", PAIR, { tls: { mode: "SIMPLE", credentialNames: ["cert", "gone"] } }),
        certified("cert", PAIR, { tls: { mode: "SIMPLE", credentialNames: ["cert"] } }),
    ],
    ...INGRESS_CASES,
    ...ACCESS_CASES,
    ...LOG_CASES,
];

describe("what Istio has no code for", () => {
    let credentials: Credentials;
    let other: string;
    before(async () => {
        credentials = await makeCredentials();
        other = (await (await makeAuthority()).issue({ dns: ["a.com"] })).key;
    });

    const lines = (objects: Objects): string[] => {
        const whole = objects.map((object) =>
            filled(
                JSON.parse(JSON.stringify(object).replaceAll("${other}", JSON.stringify(other).slice(1, -1))) as KubeObject,
                credentials,
            ),
        );
        return analyze(
            whole.map((object) => ({ object })),
            { now: Date.now() },
        )
            .filter(({ code }) => !Object.hasOwn(ISTIO_CODES, code))
            .map(({ code, object, field }) => `${code} ${object ? refText(object) : ""} ${field}`);
    };

    for (const [title, line, faulty, sound] of CASES) {
        it(`finds ${title}`, () => {
            assert.ok(lines(faulty).includes(line), lines(faulty).join("\n"));
            assert.ok(!lines(sound).includes(line), line);
        });
    }

    it("has a case for each of its codes", () => {
        const cased = new Set([...CASES.map(([, line]) => line.split(" ")[0]), "GH0701"]);
        assert.deepEqual(
            Object.keys(CODES).filter((code) => code.startsWith("GH07") && !cased.has(code)),
            [],
        );
    });

    it("shows no key in any message", () => {
        const secrets = [credentials.key, credentials.certificate].flatMap((pem) =>
            pem.split("\n").filter((line) => line.length > 30 && !line.startsWith("-")),
        );
        for (const [, , faulty] of CASES) {
            const said = JSON.stringify(
                analyze(
                    faulty.map((object) => ({ object: filled(object, credentials) })),
                    { now: Date.now() },
                ),
            );
            assert.deepEqual(
                secrets.filter((secret) => said.includes(secret)),
                [],
            );
        }
    });
});
