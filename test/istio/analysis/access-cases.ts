/** Who may pass: each finding with a configuration that has the fault, and the same one without it. */
import type { KubeObject } from "../../../istio";
import {
    authorizationPolicy,
    envoyFilter,
    gateway,
    meshConfig,
    pod,
    requestAuthentication,
    SELECTOR,
    server,
    service,
    to,
    virtualService,
    WEB,
    wasmPlugin,
} from "./corpus/objects";

type Objects = readonly KubeObject[];

const HTTP = server(80, ["a.com", "b.com"]);
const TCP = server(5432, ["*"], {}, "TCP");
const SELECTED = { selector: { matchLabels: { istio: "gw" } } };

/** A gateway with these servers, and the Service before its pods. */
const edge = (servers: readonly object[], spec: object = {}, podSpec: object = {}, mesh: Objects = []): Objects => [
    ...mesh,
    pod("ingress/gw", { istio: "gw", app: "gw" }, podSpec),
    service("ingress/gw", [{ port: 80, name: "http", targetPort: 8080 }, 443, 5432], { istio: "gw" }, { spec }),
    gateway("site", { selector: SELECTOR, servers }),
];
/** The Service before the gateway says how its clients are taken. */
const opted =
    (options: object) =>
    (object: KubeObject): KubeObject =>
        object.kind === "Service"
            ? ({
                  ...object,
                  metadata: { ...object.metadata, annotations: { "gatehouse.dev/gateway-options": JSON.stringify(options) } },
              } as KubeObject)
            : object;
const policy = (spec: object, name = "p"): KubeObject => authorizationPolicy(`ingress/${name}`, { ...SELECTED, ...spec });
const operation = (value: object): object => ({ to: [{ operation: value }] });
const source = (value: object): object => ({ from: [{ source: value }] });
const at = (servers: readonly object[], ...policies: Objects): Objects => [...edge(servers), ...policies];
const rules = (...list: readonly object[]): object => ({ rules: list });
const deny = (...list: readonly object[]): object => ({ action: "DENY", rules: list });
const jwt = (...jwtRules: readonly object[]): KubeObject => requestAuthentication("ingress/tokens", { ...SELECTED, jwtRules });
const KEYED = { issuer: "https://id.example.com", jwks: '{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AAAA"}]}' };
const keys = (...list: readonly object[]): object => ({ issuer: "x", jwks: JSON.stringify({ keys: list }) });
const RSA = { kty: "RSA", n: "AQAB", e: "AQAB" };

const P = "AuthorizationPolicy ingress/p";
const T = "RequestAuthentication ingress/tokens";
const TO = "spec.rules[0].to[0].operation";
const FROM = "spec.rules[0].from[0].source";

type Case = readonly [title: string, line: string, faulty: Objects, sound: Objects];

/** A value that nothing has, and one that something may. */
const unmet = (title: string, field: string, faulty: object, sound: object): Case => [
    title,
    `GH0721 ${P} ${field}`,
    at([HTTP], policy(deny(faulty))),
    at([HTTP], policy(deny(sound))),
];
const unmetPath = (faulty: string, sound: string): Case =>
    unmet(`the path ${faulty}, which no request has`, `${TO}.paths[0]`, operation({ paths: [faulty] }), operation({ paths: [sound] }));
const unmetHeader = (name: string, value: string, sound: string): Case =>
    unmet(
        `the header ${name} with ${value}, which no rule sees`,
        "spec.rules[0].when[0].values[0]",
        { when: [{ key: `request.headers[${name}]`, values: [value] }] },
        { when: [{ key: `request.headers[${sound}]`, values: [value] }] },
    );

const passed = (title: string, list: string, faulty: object, sound: object): Case => [
    `${title}, which another spelling passes`,
    `GH0722 ${P} ${TO}.${list}`,
    at([HTTP], policy(faulty)),
    at([HTTP], policy(sound)),
];

const VALUES: readonly Case[] = [
    unmetPath("/a/../b", "/b"),
    unmetPath("/a/./b*", "/a/.b*"),
    unmetPath("/a?x=1", "/a"),
    unmetPath("/a#b", "/a"),
    unmetPath("/%61dmin", "/admin"),
    unmetPath("/a%2Eb", "/a.b"),
    unmetPath("/a\\b", "/a/b"),
    unmetPath("/a b", "/a%20b"),
    unmetPath("/ä", "/%C3%A4"),
    unmetPath("admin", "/admin"),
    unmetPath("*admin*", "*admin"),
    unmetPath("/a/*/b", "/a/{*}/b"),
    unmet("a method in small letters", `${TO}.methods[0]`, operation({ methods: ["post"] }), operation({ methods: ["POST"] })),
    unmet("a host with a scheme", `${TO}.hosts[0]`, operation({ hosts: ["https://a.com"] }), operation({ hosts: ["a.com"] })),
    unmet("a host with a star within", `${TO}.hosts[0]`, operation({ hosts: ["a.*.com"] }), operation({ hosts: ["*.com"] })),
    unmet("a host that no server has", `${TO}.hosts[0]`, operation({ hosts: ["c.com"] }), operation({ hosts: ["B.com:*"] })),
    unmet("the port of the Service", `${TO}.ports[0]`, operation({ ports: ["80"] }), operation({ ports: ["8080"] })),
    unmet("a port that nothing listens on", `${TO}.ports[0]`, operation({ ports: ["9090"] }), operation({ ports: ["8080"] })),
    ...["connection", "keep-alive", "proxy-connection", "Transfer-Encoding", "x y"].map((name) => unmetHeader(name, "x", "x-a")),
    unmetHeader("te", "gzip", "te-x"),
    unmet("an identity where nobody has one", `${FROM}.namespaces`, source({ namespaces: ["shop"] }), source({ ipBlocks: ["10.0.0.1"] })),
    [
        "an identity where no server asks for certificates",
        `GH0721 ${P} ${FROM}.notPrincipals`,
        at([HTTP], policy(deny(source({ notPrincipals: ["*"] })))),
        at(
            [HTTP, server(443, ["c.com"], { tls: { mode: "MUTUAL", credentialName: "c" } }, "HTTPS")],
            policy(deny(source({ notPrincipals: ["*"] }))),
        ),
    ],
    [
        "a server name where nothing is TLS",
        `GH0721 ${P} spec.rules[0].when[0].values`,
        at([HTTP, TCP], policy(deny({ when: [{ key: "connection.sni", values: ["a.com"] }] }))),
        at(
            [HTTP, server(443, ["c.com"], { tls: { mode: "PASSTHROUGH" } }, "TLS")],
            policy(deny({ when: [{ key: "connection.sni", values: ["a.com"] }] })),
        ),
    ],
];

const DETOURS: readonly Case[] = [
    passed("a path that is denied", "paths", deny(operation({ paths: ["/admin*"] })), rules(operation({ paths: ["/shop*"] }))),
    passed("a path that is left out", "notPaths", rules(operation({ notPaths: ["/admin*"] })), rules(operation({ paths: ["/shop*"] }))),
    passed("a host that is denied", "hosts", deny(operation({ hosts: ["b.com"] })), deny(operation({ hosts: ["b.com", "b.com:*"] }))),
    passed(
        "a host that is left out",
        "notHosts",
        rules(operation({ notHosts: ["b.com"] })),
        rules(operation({ notHosts: ["b.com", "b.com:*"] })),
    ),
    passed("GET that is denied", "methods", deny(operation({ methods: ["GET"] })), deny(operation({ methods: ["GET", "HEAD"] }))),
    passed(
        "a path that is asked about",
        "paths",
        { action: "CUSTOM", provider: { name: "x" }, rules: [operation({ paths: ["/admin"] })] },
        { action: "CUSTOM", provider: { name: "x" }, rules: [operation({ notPaths: ["/health"] })] },
    ),
];

const OVERLAPS: readonly Case[] = [
    [
        "an ALLOW rule that a DENY rule takes back",
        `GH0712 ${P} spec.rules[0]`,
        at([HTTP], policy(rules(operation({ hosts: ["a.com"], paths: ["/x/y"] }))), policy(deny(operation({ paths: ["/x/*"] })), "q")),
        at([HTTP], policy(rules(operation({ hosts: ["a.com"], paths: ["/x*"] }))), policy(deny(operation({ paths: ["/x/*"] })), "q")),
    ],
    [
        "an address that a wider block of another policy covers",
        `GH0713 AuthorizationPolicy ingress/q spec.rules[0]`,
        at(
            [HTTP],
            policy(rules(source({ ipBlocks: ["10.0.0.0/8"] }))),
            policy(rules(source({ ipBlocks: ["10.1.0.0/16", "10.2.0.1"] })), "q"),
        ),
        at(
            [HTTP],
            policy(rules(source({ ipBlocks: ["10.0.0.0/8"] }))),
            policy(rules(source({ ipBlocks: ["10.1.0.0/16", "11.2.0.1"] })), "q"),
        ),
    ],
    [
        "an ALLOW policy beside one that allows all",
        `GH0713 ${P} spec.rules[0]`,
        at([HTTP], policy(rules(operation({ methods: ["GET"] }))), policy(rules({}), "q")),
        at([HTTP], policy(rules(operation({ methods: ["GET"] }))), policy(deny(operation({ ports: ["1"] })), "q")),
    ],
    [
        "a rule that stands there twice",
        `GH0713 ${P} spec.rules[1]`,
        at([HTTP], policy(deny(operation({ hosts: ["a.com"] }), operation({ hosts: ["A.com"] })))),
        at([HTTP], policy(deny(operation({ hosts: ["a.com"] }), operation({ hosts: ["b.com"] })))),
    ],
    [
        "a DENY rule for what no ALLOW policy lets in",
        `GH0713 AuthorizationPolicy ingress/q spec.rules[0]`,
        at([HTTP], policy(rules(operation({ hosts: ["a.com"] }))), policy(deny(operation({ hosts: ["b.com"] })), "q")),
        at([HTTP], policy(rules(operation({ hosts: ["a.com"] }))), policy(deny(operation({ hosts: ["*.com"] })), "q")),
    ],
    [
        "a DENY rule beside ALLOW policies, not where nothing is allowed at all",
        `GH0713 AuthorizationPolicy ingress/q spec.rules[0]`,
        at([HTTP], policy(rules(operation({ methods: ["GET"] }))), policy(deny(operation({ methods: ["POST"] })), "q")),
        at([HTTP], policy({}), policy(deny(operation({ methods: ["POST"] })), "q")),
    ],
];

const ask = (name: string): object => ({ action: "CUSTOM", provider: { name }, rules: [{}] });
const mesh = (...providers: readonly string[]): KubeObject => meshConfig(`extensionProviders: [${providers.join(", ")}]`);
const http = (name: string): string => `{ name: ${name}, envoyExtAuthzHttp: { service: auth.shop.svc.cluster.local, port: 80 } }`;
const unasked = (title: string, ...providers: readonly string[]): Case => [
    title,
    `GH0474 ${P} spec.provider.name`,
    [...edge([HTTP]), mesh(...providers), policy(ask("login"))],
    [...edge([HTTP]), mesh(http("login")), policy(ask("login"))],
];

const PROVIDERS: readonly Case[] = [
    unasked("a provider that nobody defines", http("logins")),
    unasked("a provider without a service", "{ name: login, envoyExtAuthzHttp: { port: 80 } }"),
    unasked("a provider that decides nothing", "{ name: login, zipkin: { service: a.com, port: 80 } }"),
    unasked("a provider that stands there twice", http("login"), http("login")),
    unasked("a provider over gRPC without a port", "{ name: login, envoyExtAuthzGrpc: { service: a.com } }"),
    [
        "a provider of a gateway of another namespace",
        `GH0474 ${P} spec.provider.name`,
        [...edge([HTTP]), ownMesh("shop", http("login")), policy(ask("login"))],
        [...edge([HTTP]), ownMesh("ingress", http("login")), policy(ask("login"))],
    ],
    [
        "two providers for one gateway",
        `GH0719 ${P} spec.provider.name`,
        [...edge([HTTP]), mesh(http("login"), http("other")), policy(ask("login")), policy(ask("other"), "q")],
        [...edge([HTTP]), mesh(http("login"), http("other")), policy(ask("login")), policy(ask("login"), "q")],
    ],
];

function ownMesh(namespace: string, provider: string): KubeObject {
    return {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "providers", namespace, labels: { "gatehouse.dev/mesh-config": "true" } },
        data: { mesh: `extensionProviders: [${provider}]` },
    } as KubeObject;
}

const OTHERS: readonly Case[] = [
    [
        "hosts that an ALLOW policy leaves to nobody",
        "GH0714 Gateway shop/site ",
        at([HTTP], ...WEB, policy(rules(operation({ hosts: ["a.com", "a.com:*"] })))),
        at([HTTP], ...WEB, policy(rules(operation({ hosts: ["a.com"] }), operation({ hosts: ["b.com:*"] })))),
    ],
    [
        "a host of a wildcard server that is routed and that nobody allows",
        "GH0714 Gateway shop/site ",
        at(
            [server(80, ["*"])],
            ...WEB,
            virtualService("web", { hosts: ["c.com"], gateways: ["site"], http: [{ route: [to("web")] }] }),
            policy(rules(operation({ hosts: ["a.com"] }))),
        ),
        at(
            [server(80, ["*"])],
            ...WEB,
            virtualService("web", { hosts: ["c.com"], gateways: ["site"], http: [{ route: [to("web")] }] }),
            policy(rules(operation({ hosts: ["a.com"] }), operation({ paths: ["/health"] }))),
        ),
    ],
    [
        "a RequestAuthentication that selects nobody",
        `GH0715 ${T} spec.selector`,
        [...edge([HTTP]), requestAuthentication("ingress/tokens", { selector: { matchLabels: { app: "x" } }, jwtRules: [KEYED] })],
        [...edge([HTTP]), jwt(KEYED)],
    ],
    [
        "an EnvoyFilter that selects nobody",
        "GH0715 EnvoyFilter ingress/f spec.workloadSelector",
        [...edge([HTTP]), envoyFilter("ingress/f", { workloadSelector: { labels: { app: "x" } }, configPatches: [] })],
        [...edge([HTTP]), envoyFilter("ingress/f", { workloadSelector: { labels: { istio: "gw" } }, configPatches: [] })],
    ],
    [
        "a WasmPlugin of another namespace",
        "GH0715 WasmPlugin shop/w spec.selector",
        [...edge([HTTP]), wasmPlugin("shop/w", { ...SELECTED, url: "oci://a/b" })],
        [...edge([HTTP]), wasmPlugin("ingress/w", { ...SELECTED, url: "oci://a/b" })],
    ],
    [
        "a policy for a Gateway of the Gateway API that is not there",
        `GH0715 ${P} spec.targetRefs`,
        [
            ...edge([HTTP]),
            authorizationPolicy("ingress/p", { targetRefs: [{ group: "gateway.networking.k8s.io", kind: "Gateway", name: "x" }] }),
        ],
        [
            ...edge([HTTP]),
            pod("ingress/x", { "gateway.networking.k8s.io/gateway-name": "x" }),
            authorizationPolicy("ingress/p", { targetRefs: [{ group: "gateway.networking.k8s.io", kind: "Gateway", name: "x" }] }),
        ],
    ],
    ["an issuer with an empty set", `GH0716 ${T} spec.jwtRules[0].jwks`, at([HTTP], jwt(keys())), at([HTTP], jwt(keys(RSA)))],
    [
        "an issuer with a secret key alone",
        `GH0716 ${T} spec.jwtRules[0].jwks`,
        at([HTTP], jwt(keys({ kty: "oct", k: "AQAB" }))),
        at([HTTP], jwt(keys(RSA))),
    ],
    [
        "an issuer whose keys are nowhere",
        `GH0716 ${T} spec.jwtRules[0].issuer`,
        at([HTTP], jwt({ issuer: "accounts@example.com" })),
        at([HTTP], jwt({ issuer: "https://accounts.example.com" })),
    ],
    [
        "keys over plain HTTP",
        `GH0717 ${T} spec.jwtRules[0].jwksUri`,
        at([HTTP], jwt({ issuer: "x", jwksUri: "http://id.example.com/keys" })),
        at([HTTP], jwt({ issuer: "x", jwksUri: "https://id.example.com/keys" })),
    ],
    [
        "an issuer that is asked over plain HTTP",
        `GH0717 ${T} spec.jwtRules[0].issuer`,
        at([HTTP], jwt({ issuer: "http://id.example.com" })),
        at([HTTP], jwt({ issuer: "http://localhost:8080" })),
    ],
    [
        "a private key among the keys",
        `GH0724 ${T} spec.jwtRules[0].jwks`,
        at([HTTP], jwt(keys({ ...RSA, d: "AQAB" }))),
        at([HTTP], jwt(keys(RSA))),
    ],
    [
        "a rule about tokens where none is verified",
        `GH0718 ${P} ${FROM}.notRequestPrincipals`,
        at([HTTP], policy(deny(source({ notRequestPrincipals: ["*"] })))),
        at([HTTP], policy(deny(source({ notRequestPrincipals: ["*"] }))), jwt(KEYED)),
    ],
    [
        "a condition on a claim where no token is verified",
        `GH0718 ${P} spec.rules[0].when[0].values`,
        at([HTTP], policy(rules({ when: [{ key: "request.auth.claims[group]", values: ["a"] }] }))),
        at([HTTP], policy(rules({ when: [{ key: "request.auth.claims[group]", values: ["a"] }] })), jwt(KEYED)),
    ],
    [
        "a principal of an issuer that no rule has",
        `GH0718 ${P} ${FROM}.requestPrincipals[0]`,
        at([HTTP], policy(rules(source({ requestPrincipals: ["https://other.example.com/*"] }))), jwt(KEYED)),
        at([HTTP], policy(rules(source({ requestPrincipals: ["https://id.example.com/*"] }))), jwt(KEYED)),
    ],
    ...PROVIDERS,
    [
        "a DENY rule by hosts where TCP is served",
        `GH0723 ${P} spec.rules[0]`,
        at([HTTP, TCP], policy(deny(operation({ hosts: ["a.com", "a.com:*"] })))),
        at([HTTP, TCP], policy(deny(operation({ hosts: ["a.com", "a.com:*"], ports: ["8080"] })))),
    ],
    [
        "an ALLOW rule by hosts where TCP is served",
        `GH0723 ${P} spec.rules`,
        at([HTTP, TCP], policy(rules(operation({ hosts: ["*"] })))),
        at([HTTP, TCP], policy(rules(operation({ hosts: ["*"] }), operation({ ports: ["5432"] })))),
    ],
    ...(["ipBlocks", "remoteIpBlocks"] as const).map(
        (list): Case => [
            `${list} behind nodes that stand in for clients`,
            `GH0720 ${P} ${FROM}.${list}`,
            [...edge([HTTP], { type: "LoadBalancer" }), policy(rules(source({ [list]: ["10.0.0.0/8"] })))],
            [...edge([HTTP], { type: "LoadBalancer", externalTrafficPolicy: "Local" }), policy(rules(source({ [list]: ["10.0.0.0/8"] })))],
        ],
    ),
    [
        "remoteIpBlocks where no hop is trusted and nobody comes from outside",
        `GH0720 ${P} ${FROM}.remoteIpBlocks`,
        [...edge([HTTP]), policy(rules(source({ remoteIpBlocks: ["10.0.0.0/8"] })))],
        [
            ...edge([HTTP], {}, { containers: [{ name: "proxy", image: "x", args: ["--trusted-proxies", "1"] }] }),
            policy(rules(source({ remoteIpBlocks: ["10.0.0.0/8"] }))),
        ],
    ],
    ...[{ proxyProtocol: "required" }, { trustedProxies: ["192.0.2.0/24"] }].map(
        (options): Case => [
            `remoteIpBlocks behind nodes, and with ${JSON.stringify(options)}`,
            `GH0720 ${P} ${FROM}.remoteIpBlocks`,
            [...edge([HTTP], { type: "LoadBalancer" }), policy(rules(source({ remoteIpBlocks: ["10.0.0.0/8"] })))],
            [...edge([HTTP], { type: "LoadBalancer" }).map(opted(options)), policy(rules(source({ remoteIpBlocks: ["10.0.0.0/8"] })))],
        ],
    ),
    [
        "remoteIpBlocks that whoever comes past the trusted hops says himself",
        `GH0720 ${P} ${FROM}.remoteIpBlocks`,
        [
            ...edge([HTTP], { type: "LoadBalancer" }, {}, [meshConfig("defaultConfig: { gatewayTopology: { numTrustedProxies: 1 } }")]),
            policy(rules(source({ remoteIpBlocks: ["10.0.0.0/8"] }))),
        ],
        [
            ...edge([HTTP], { type: "LoadBalancer", loadBalancerSourceRanges: ["192.0.2.0/24"] }, {}, [
                meshConfig("defaultConfig: { gatewayTopology: { numTrustedProxies: 1 } }"),
            ]),
            policy(rules(source({ remoteIpBlocks: ["10.0.0.0/8"] }))),
        ],
    ],
];

export const ACCESS_CASES: readonly Case[] = [...VALUES, ...DETOURS, ...OVERLAPS, ...OTHERS];
