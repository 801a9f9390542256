/** What says who may pass, object by object, and as programs give it. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { describe, it } from "mocha";
import * as gatehouse from "pulumi-gatehouse";
import { secretsInClear, type Evaluation } from "pulumi-gatehouse/testing";
import { evaluated, object, refusal } from "../support/evaluation";
import { ingressRef, recommended, selector } from "../support/refs";

const ref = (change: Parameters<typeof ingressRef>[0] = {}): never => ingressRef(change) as never;
const http = [{ route: [{ destination: { host: "web.shop.svc.cluster.local", port: { number: 80 } } }] }];
const tls = { certificate: gatehouse.Certificate.fromSecret("web") };
const host = (name: string, access: gatehouse.AccessArgs, more: object = {}): unknown =>
    new gatehouse.VirtualHost(name, { gateway: ref(), hosts: [`${name}.example.com`], http, access, ...more } as never);

/** Its name is made up. */
function meshConfigMap(made: Evaluation, component: string): Record<string, unknown> {
    const [name = "", ...others] = made.kubernetesObjects().flatMap((one) => (one.kind === "ConfigMap" ? [one.metadata.name] : []));
    assert.deepEqual(others, []);
    assert.match(name, new RegExp(`^${component}-mesh-[0-9a-f]{8}$`));
    return object(made, "ConfigMap", name);
}

const WHERE = { hosts: ["web.example.com", "web.example.com:*"], notPorts: ["31400", "31401"] };
const metadata = (part: string): object => ({ name: `web-${part}`, namespace: "edge", labels: recommended("virtual-host", "web") });
const policy = (part: string, action: string, rules: readonly object[], more: object = {}): object => ({
    apiVersion: "security.istio.io/v1",
    kind: "AuthorizationPolicy",
    metadata: metadata(part),
    spec: { selector: { matchLabels: selector }, action, ...more, rules },
});

describe("access of a virtual host", () => {
    it("is a policy for each of its parts, of its hosts and of HTTP alone", async () => {
        const made = await evaluated(() =>
            host("web", {
                allow: [{ from: [{ source: { principals: ["a"] } }] }, { to: [{ operation: { methods: ["GET"] } }] }],
                deny: [{ to: [{ operation: { paths: ["/admin*"] } }, { operation: { paths: ["/x"], notPorts: ["81"] } }] }],
                ips: ["10.0.0.0/8"],
                external: { provider: "login", rules: [{ to: [{ operation: { notPaths: ["/health"] } }] }] },
            }),
        );
        assert.deepEqual(
            object(made, "AuthorizationPolicy", "web-allow"),
            policy("allow", "DENY", [
                { from: [{ source: { notPrincipals: ["a"] } }], to: [{ operation: { ...WHERE, notMethods: ["GET"] } }] },
            ]),
        );
        assert.deepEqual(
            object(made, "AuthorizationPolicy", "web-deny"),
            policy("deny", "DENY", [
                {
                    to: [
                        { operation: { ...WHERE, paths: ["/admin*"] } },
                        { operation: { ...WHERE, paths: ["/x"], notPorts: ["81", "31400", "31401"] } },
                    ],
                },
            ]),
        );
        assert.deepEqual(
            object(made, "AuthorizationPolicy", "web-ips"),
            policy("ips", "DENY", [{ from: [{ source: { notRemoteIpBlocks: ["10.0.0.0/8"] } }], to: [{ operation: WHERE }] }]),
        );
        assert.deepEqual(
            object(made, "AuthorizationPolicy", "web-external"),
            policy("external", "CUSTOM", [{ to: [{ operation: { ...WHERE, notPaths: ["/health"] } }] }], { provider: { name: "login" } }),
        );
        assert.equal(made.kubernetesObjects().filter(({ kind }) => kind === "ConfigMap" || kind === "RequestAuthentication").length, 0);
    });

    it("demands tokens by what they say, and has their issuers looked at for the gateway", async () => {
        const made = await evaluated(() =>
            host("web", {
                jwt: {
                    issuer: "https://issuer.example.com",
                    jwksUri: "https://issuer.example.com/keys",
                    audiences: ["shop"],
                    claims: { "[realm_access][roles]": ["staff"] },
                    outputClaimToHeaders: [{ header: "x-sub", claim: "sub" }],
                },
            }),
        );
        assert.deepEqual(object(made, "RequestAuthentication", "web-jwt"), {
            apiVersion: "security.istio.io/v1",
            kind: "RequestAuthentication",
            metadata: metadata("jwt"),
            spec: {
                selector: { matchLabels: selector },
                jwtRules: [
                    {
                        issuer: "https://issuer.example.com",
                        jwksUri: "https://issuer.example.com/keys",
                        outputClaimToHeaders: [{ header: "x-sub", claim: "sub" }],
                    },
                ],
            },
        });
        const demand = (key: string, value: string): object => ({ to: [{ operation: WHERE }], when: [{ key, notValues: [value] }] });
        assert.deepEqual(
            object(made, "AuthorizationPolicy", "web-jwt"),
            policy("jwt", "DENY", [
                demand("request.auth.claims[iss]", "https://issuer.example.com"),
                demand("request.auth.audiences", "shop"),
                demand("request.auth.claims[realm_access][roles]", "staff"),
            ]),
        );
    });

    it("leaves alone the port where plain HTTP is led on to HTTPS, and counts where it is served", async () => {
        const ports = {
            http: { number: 80, protocol: "HTTP", targetPort: 8080 },
            https: { number: 443, protocol: "HTTPS" },
            tcp: { number: 9, protocol: "TCP", targetPort: 9000 },
        } as const;
        const gateway = ref({ ports });
        const made = await evaluated(() => {
            host("web", { ips: ["10.0.0.0/8"] }, { gateway, tls });
            host("plain", { ips: ["10.0.0.0/8"] }, { gateway, tls: { ...tls, http: "serve" } });
        });
        const notPorts = (name: string): unknown =>
            (object(made, "AuthorizationPolicy", name) as { spec: { rules: { to: { operation: { notPorts: string[] } }[] }[] } }).spec
                .rules[0]?.to[0]?.operation.notPorts;
        assert.deepEqual(notPorts("web-ips"), ["8080", "9000"]);
        assert.deepEqual(notPorts("plain-ips"), ["9000"]);
    });

    it("is there before its routes are", async () => {
        const made = await evaluated(() => host("web", { ips: ["10.0.0.0/8"], jwt: { issuer: "a", jwksUri: "https://a/k" } }));
        const routes = made.resources.find(({ type }) => type.endsWith(":VirtualService"));
        const before = JSON.stringify(routes);
        for (const name of ["web-ips", "web-jwt"]) assert.ok(before.includes(`::${name}`), name);
    });

    it("may come later in each of its values", async () => {
        const later = (value: string): pulumi.Output<string> => pulumi.output(Promise.resolve(value));
        const made = await evaluated(() =>
            host("web", {
                ips: [later("10.0.0.0/8")],
                jwt: { issuer: later("https://a"), jwksUri: later("https://a/k") },
                basicAuth: { secretName: later("users") },
            }),
        );
        assert.deepEqual(
            object(made, "AuthorizationPolicy", "web-ips"),
            policy("ips", "DENY", [{ from: [{ source: { notRemoteIpBlocks: ["10.0.0.0/8"] } }], to: [{ operation: WHERE }] }]),
        );
        assert.match(await refusal(() => host("web", { ips: [later("10.0.0.0/33")] })), /access\.ips\[0\].*10\.0\.0\.0\/33/s);
    });

    it("says all that is wrong at once, by the argument", async () => {
        const privateKey = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" });
        const said = await refusal(() =>
            host("web", {
                allow: [
                    { to: [{ operation: { paths: ["/a/{**}/{*}"], hosts: ["x"] } }], when: [{ key: "request.header[x]", values: ["a"] }] },
                    {},
                ],
                deny: [],
                ips: { allow: ["10.0.0.0/33", "ten"], form: "peer" } as never,
                jwt: [
                    { issuer: "a", jwksUri: "https://a/k", jwks: "{}" },
                    { issuer: "b" },
                    { issuer: "b", jwks: JSON.stringify({ keys: [privateKey, { kty: "oct", k: "AA" }] }), claims: { "a[b": [] } },
                ],
                external: { provider: "" },
                basicAuth: { htpasswd: "alice:$apr1$abc$def\nbob" },
            }),
        );
        assert.match(said, /access\.ips\.form: there is no such argument\. Did you mean `from`\?/);
        const rest = await refusal(() =>
            host("web", {
                allow: [
                    { to: [{ operation: { paths: ["/a/{**}/{*}"], hosts: ["x"] } }], when: [{ key: "request.header[x]", values: ["a"] }] },
                    {},
                ],
                deny: [],
                ips: { allow: ["10.0.0.0/33", "ten"] },
                jwt: [
                    { issuer: "a", jwksUri: "https://a/k", jwks: "{}" },
                    { issuer: "b" },
                    {
                        issuer: "b",
                        jwks: JSON.stringify({
                            keys: [privateKey, { kty: "oct", k: "AA" }, { kty: "EC", crv: "P-256", x: "AA", y: "AA", alg: "HS256" }],
                        }),
                        claims: { "a[b": [] },
                    },
                ],
                external: { provider: "" },
                basicAuth: { htpasswd: "alice:$apr1$abc$def\nbob" },
            }),
        );
        for (const text of [
            "access.allow[0].to[0].operation.hosts: the rules of a VirtualHost are for its hosts",
            "access.allow[0].to[0].operation.paths[0]:",
            "access.allow[0].when[0].key: there is no attribute `request.header[x]`",
            "access.allow[1]: this rule lets everybody pass",
            "access.deny: it keeps nobody out",
            "access.ips.allow[0]:",
            "access.ips.allow[1]:",
            "access.jwt[0]",
            "access.jwt[1]: the issuer has no keys",
            'access.jwt[2].issuer: "b" stands before already',
            "access.jwt[2].jwks: the key 1 is a private one",
            "access.jwt[2].jwks: the key 2 is a secret that both sides know",
            "access.jwt[2].jwks: the key 3 has an algorithm",
            "access.external.provider: the provider has no name",
            "access.basicAuth.htpasswd: line 1: its hash is MD5",
            "access.basicAuth.htpasswd: line 2",
        ])
            assert.ok(rest.includes(text), `${text} is not said in:\n${rest}`);
        assert.ok(!rest.includes("$abc$") && !rest.includes("alice"), "no part of a password list is shown");
    });

    it("takes a wildcard host with TLS of its own only, and no host for everybody's", async () => {
        const ips = ["10.0.0.0/8"];
        const wild = (more: object): Promise<string> => refusal(() => host("web", { ips }, { hosts: ["*.example.com"], ...more }));
        assert.match(await wild({}), /access: hosts\[0\] is \*\.example\.com: .*Give tls/);
        assert.match(await wild({ tls: { ...tls, http: "serve" } }), /Give tls\.http "redirect" or "off"/);
        assert.match(await wild({ hosts: ["*"], tls }), /hosts\[0\] is \*: .*Give access to the gateway/);
        const made = await evaluated(() => host("web", { ips }, { hosts: ["*.example.com", "example.com"], tls }));
        assert.deepEqual(
            object(made, "AuthorizationPolicy", "web-ips"),
            policy("ips", "DENY", [
                {
                    from: [{ source: { notRemoteIpBlocks: ips } }],
                    to: [{ operation: { notPorts: ["80", "31400", "31401"] } }],
                    when: [{ key: "connection.sni", values: ["*.example.com", "example.com"] }],
                },
            ]),
        );
    });
});

const HASH = `$2y$10$${"N".repeat(53)}`;

describe("names and passwords", () => {
    it("come to a Secret with a name of its own, a provider that names it, and a policy", async () => {
        const made = await evaluated(() => host("web", { basicAuth: { htpasswd: pulumi.secret(`alice:${HASH}\n`), realm: "shop" } }));
        const secret = made.kubernetesObjects().find(({ kind }) => kind === "Secret") as unknown as {
            metadata: { name: string; namespace: string };
            data: { auth: string };
        };
        assert.match(secret.metadata.name, /^web-users-/);
        assert.equal(secret.metadata.namespace, "edge");
        assert.equal(Buffer.from(secret.data.auth, "base64").toString(), `alice:${HASH}\n`);
        const { data, metadata: map } = meshConfigMap(made, "web") as unknown as {
            data: { mesh: string };
            metadata: { labels: Record<string, string> };
        };
        assert.equal(map.labels["gatehouse.dev/mesh-config"], "true");
        assert.deepEqual(JSON.parse(data.mesh), {
            extensionProviders: [{ name: "web-basic-auth", gatehouseBasicAuth: { secretName: secret.metadata.name, realm: "shop" } }],
        });
        assert.deepEqual(
            object(made, "AuthorizationPolicy", "web-basic-auth"),
            policy("basic-auth", "CUSTOM", [{ to: [{ operation: WHERE }] }], { provider: { name: "web-basic-auth" } }),
        );
        assert.deepEqual(secretsInClear(made), []);
        const everything = JSON.stringify(made.resources.filter(({ type }) => !type.endsWith(":Secret")));
        assert.ok(!everything.includes(HASH), "the hash stands nowhere else");
    });

    it("are looked at when they come later, and nothing of them is said", async () => {
        const said = await refusal(() => host("web", { basicAuth: { htpasswd: pulumi.secret(Promise.resolve("carol:secret-in-clear")) } }));
        assert.match(said, /access\.basicAuth\.htpasswd: line 1/);
        assert.ok(!said.includes("carol") && !said.includes("secret-in-clear"));
    });

    it("are one of two, and of the bundled proxy", async () => {
        assert.match(await refusal(() => host("web", { basicAuth: {} })), /there are no users/);
        assert.match(
            await refusal(() => host("web", { basicAuth: { secretName: "a", htpasswd: `a:${HASH}` } })),
            /both secretName and htpasswd/,
        );
        const istio = ref({ dataPlane: "istio" });
        assert.match(
            await refusal(() => host("web", { basicAuth: { secretName: "a" } }, { gateway: istio })),
            /access\.basicAuth: .*bundled proxy alone/,
        );
        const provider = { name: "x", envoyExtAuthzHttp: { service: "a.b.svc.cluster.local", port: 80 } };
        assert.match(await refusal(() => host("web", { external: { provider } }, { gateway: istio })), /mesh configuration/);
    });
});

describe("access of an ingress gateway", () => {
    const gateway = (more: object): gatehouse.IngressGateway =>
        new gatehouse.IngressGateway("public", { namespace: "edge", ports: { "tcp-echo": 9000 }, ...more } as never);

    it("is for all that it serves, and for TCP where it reads nothing of HTTP", async () => {
        const made = await evaluated(() =>
            gateway({
                access: {
                    allow: [{ to: [{ operation: { hosts: ["a.example.com"] } }] }],
                    deny: [{ to: [{ operation: { paths: ["/admin"] } }] }, { from: [{ source: { ipBlocks: ["10.6.6.6"] } }] }],
                    ips: { deny: ["192.0.2.0/24"], from: "peer" },
                    jwt: { issuer: "https://a", jwksUri: "https://a/k" },
                },
            }),
        );
        const spec = (name: string): unknown => (object(made, "AuthorizationPolicy", `public-${name}`) as { spec: unknown }).spec;
        const of = (action: string, rules: readonly object[]): object => ({ selector: { matchLabels: selector }, action, rules });
        assert.deepEqual(spec("allow"), of("ALLOW", [{ to: [{ operation: { hosts: ["a.example.com"] } }] }]));
        assert.deepEqual(
            spec("deny"),
            of("DENY", [
                { to: [{ operation: { paths: ["/admin"], notPorts: ["9000"] } }] },
                { from: [{ source: { ipBlocks: ["10.6.6.6"] } }] },
            ]),
        );
        assert.deepEqual(spec("ips"), of("DENY", [{ from: [{ source: { ipBlocks: ["192.0.2.0/24"] } }] }]));
        assert.deepEqual(
            spec("jwt"),
            of("DENY", [
                { to: [{ operation: { notPorts: ["9000"] } }], when: [{ key: "request.auth.claims[iss]", notValues: ["https://a"] }] },
            ]),
        );
    });

    it("has its providers in a ConfigMap, and trusts as many proxies as it is told", async () => {
        const provider = { name: "login", envoyExtAuthzHttp: { service: "login.auth.svc.cluster.local", port: 4180, timeout: "2s" } };
        const made = await evaluated(() => gateway({ extensionProviders: [provider], numTrustedProxies: 2 }));
        const map = meshConfigMap(made, "public") as unknown as {
            data: { mesh: string };
            metadata: { labels: Record<string, string>; namespace: string };
        };
        assert.deepEqual(JSON.parse(map.data.mesh), { extensionProviders: [provider] });
        assert.equal(map.metadata.labels["gatehouse.dev/mesh-config"], "true");
        type Pods = {
            spec: { template: { metadata: { annotations: Record<string, string> }; spec: { containers: { args: string[] }[] } } };
        };
        const { args = [] } = (object(made, "Deployment", "public") as unknown as Pods).spec.template.spec.containers[0] ?? {};
        assert.equal(args[args.indexOf("--trusted-proxies") + 1], "2");
        for (const wrong of [100, -1, 1.5])
            assert.match(await refusal(() => gateway({ numTrustedProxies: wrong })), /numTrustedProxies: /, String(wrong));
        const istio = await evaluated(() => gateway({ numTrustedProxies: 2, dataPlane: "istio" }));
        const { annotations } = (object(istio, "Deployment", "public") as unknown as Pods).spec.template.metadata;
        const { gatewayTopology } = JSON.parse(annotations["proxy.istio.io/config"] ?? "") as { gatewayTopology?: object };
        assert.deepEqual(gatewayTopology, { numTrustedProxies: 2 });
    });

    for (const autonaming of [undefined, { mode: "verbatim" }, { mode: "disabled" }, { pattern: "${name}" }]) {
        it(`has another ConfigMap for other providers, by the names that Pulumi makes under ${JSON.stringify(autonaming)}`, async () => {
            const config = autonaming === undefined ? {} : { config: { "pulumi:autonaming": JSON.stringify(autonaming) } };
            const made = async (port: unknown): Promise<Evaluation> => {
                const provider = { name: "login", envoyExtAuthzHttp: { service: "login.auth.svc.cluster.local", port } };
                return evaluated(() => gateway({ extensionProviders: [provider] }), config);
            };
            const [first, later] = [await made(4180), await made(pulumi.output(Promise.resolve(4181)))];
            const nameOf = (one: Evaluation): string => (meshConfigMap(one, "public") as { metadata: { name: string } }).metadata.name;
            assert.notEqual(nameOf(first), nameOf(later));
            const [map] = later.resources.filter(({ type }) => type === "kubernetes:core/v1:ConfigMap");
            assert.equal(map?.name, autonaming === undefined ? "public-mesh" : nameOf(later));
            const pods = later.resources.find(({ type }) => type === "kubernetes:apps/v1:Deployment");
            assert.ok(JSON.stringify(pods).includes(`::${map.name}"`), "no pod starts before it is there");
        });
    }

    it("says what is wrong with a provider, by the argument", async () => {
        const wrong = {
            name: "login",
            envoyExtAuthzHttp: { service: "login.auth.svc.cluster.local", port: 70_000, timeout: "soon", statusOnError: "42" },
        };
        const said = await refusal(() =>
            gateway({ extensionProviders: [wrong], access: { external: { provider: { ...wrong, name: "own" } } } }),
        );
        for (const at of ["extensionProviders[0]", "access.external.provider"])
            for (const field of ["port", "timeout", "statusOnError"])
                assert.ok(said.includes(`${at}.envoyExtAuthzHttp.${field}: `), `${at} ${field}\n${said}`);
        await evaluated(() =>
            gateway({
                extensionProviders: [
                    {
                        name: "login",
                        envoyExtAuthzHttp: { service: pulumi.output(Promise.resolve("login.auth.svc.cluster.local")), port: 80 },
                    },
                ],
            }),
        );
    });

    it("says what Istio's data plane does not know", async () => {
        const provider = { name: "login", envoyExtAuthzHttp: { service: "login.auth.svc.cluster.local", port: 4180 } };
        const said = await refusal(() =>
            gateway({ dataPlane: "istio", extensionProviders: [provider], access: { basicAuth: { secretName: "a" } } }),
        );
        assert.match(said, /extensionProviders\[0\]: .*mesh configuration/);
        assert.match(said, /access\.basicAuth: .*bundled proxy alone/);
        assert.match(
            await refusal(() => gateway({ extensionProviders: [provider, provider] })),
            /extensionProviders\[1\]\.name: .*is taken by extensionProviders\[0\]/,
        );
    });
});

describe("the allow list of a TCP route", () => {
    it("keeps out of its port whoever is not in it, and out of no other", async () => {
        const gateway = ref({
            ports: {
                http: { number: 80, protocol: "HTTP", targetPort: 8080 },
                https: { number: 443, protocol: "HTTPS" },
                "tcp-echo": { number: 31400, protocol: "TCP", targetPort: 9000 },
                "tls-sni": { number: 31401, protocol: "TLS" },
            },
        });
        const destination = { host: "echo.shop.svc.cluster.local", port: { number: 2701 } };
        const made = await evaluated(() => {
            new gatehouse.TcpRoute("echo", { gateway, port: "tcp-echo" as never, destination, ipAllowList: ["10.0.0.0/8", "192.0.2.7"] });
            new gatehouse.TcpRoute("sni", {
                gateway,
                port: "tls-sni" as never,
                sniHosts: ["A.example.com"],
                destination,
                ipAllowList: ["10.0.0.0/8"],
            });
        });
        const rules = (name: string): unknown =>
            (object(made, "AuthorizationPolicy", name) as { spec: { action: string; rules: unknown } }).spec;
        assert.deepEqual(rules("echo-ips"), {
            selector: { matchLabels: selector },
            action: "DENY",
            rules: [
                {
                    from: [{ source: { notRemoteIpBlocks: ["10.0.0.0/8", "192.0.2.7"] } }],
                    to: [{ operation: { notPorts: ["443", "8080", "31401"] } }],
                },
            ],
        });
        assert.deepEqual(rules("sni-ips"), {
            selector: { matchLabels: selector },
            action: "DENY",
            rules: [
                {
                    from: [{ source: { notRemoteIpBlocks: ["10.0.0.0/8"] } }],
                    to: [{ operation: { notPorts: ["443", "8080", "9000"] } }],
                    when: [{ key: "connection.sni", values: ["a.example.com"] }],
                },
            ],
        });
        const said = await refusal(
            () => new gatehouse.TcpRoute("echo", { gateway, port: "tcp-echo" as never, destination, ipAllowList: ["10.0.0.0/33"] }),
        );
        assert.match(said, /ipAllowList\[0\]: .*10\.0\.0\.0\/33/);
        assert.match(
            await refusal(() => new gatehouse.TcpRoute("echo", { gateway, port: "tcp-echo" as never, destination, ipAllowList: [] })),
            /nobody may connect/,
        );
    });
});

describe("two hosts of one gateway", () => {
    const jwt = { issuer: "https://a", jwksUri: "https://a/k" };

    it("may have one issuer alike, and not differently", async () => {
        await evaluated(() => {
            host("one", { jwt: { ...jwt, audiences: ["one"] } });
            host("two", { jwt: { ...jwt, audiences: ["two"] } });
        });
        const said = await refusal(() => {
            host("one", { jwt });
            host("two", {
                jwt: [
                    { issuer: "https://b", jwksUri: "https://b/k" },
                    { ...jwt, forwardOriginalToken: true },
                ],
            });
        });
        assert.match(said, /access\.jwt\[1\]: VirtualHost "one" and VirtualHost "two" differ in how tokens of the issuer https:\/\/a/);
    });

    it("are told where one of them demands tokens and the other says nothing of them", async () => {
        const logs: string[] = [];
        const onLog = ({ message }: { message: string }): void => void logs.push(message);
        await evaluated(
            () => {
                host("one", { jwt });
                host("two", { ips: ["10.0.0.0/8"] });
                host("three", { ips: ["10.0.0.0/8"] });
            },
            { onLog },
        );
        const told = logs.filter((line) => line.includes("GH0214"));
        assert.equal(told.length, 1);
        assert.match(told[0] ?? "", /VirtualHost "one" has access\.jwt and VirtualHost "two" has none, on one gateway edge\/public/);
    });
});
