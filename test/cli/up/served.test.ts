/** What is said to be served where, and the requests that try it. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { KubeObject, Server, VirtualServiceObject } from "../../../istio";
import { namesUnder } from "../../../cli/up/foretell";
import { planRun } from "../../../cli/up/plan";
import { LocalPorts } from "../../../cli/up/ports";
import { servedBy } from "../../../cli/up/served";
import { trialUrl, type ServedServer, type Trial } from "../../../cli/up/trial";
import { PROTOCOLS } from "../../../proxy/http/protocols";
import { makeSelfSigned } from "../../support/certificates";
import { deployment, forwardTo, gateway, secret, server, service, virtualService } from "../objects";

type Rules = NonNullable<VirtualServiceObject["spec"]["http"]>;

/** A gateway with the labels that Gateways select here, and a backend that runs. */
const PLATFORM: readonly KubeObject[] = [
    deployment("public", "ingress", { run: "proxy", labels: { istio: "public" } }),
    deployment("web", "apps", { run: "web" }),
    service("web", "apps", [80]),
];

async function served(
    objects: readonly KubeObject[],
    paths: readonly string[] = [],
    platform = PLATFORM,
    calls: readonly string[] = [],
): Promise<ServedServer[]> {
    const all = [...platform, ...objects];
    const plan = await planRun(
        { objects: all, sound: all, authorities: [], samples: { web: { paths, calls } } },
        new LocalPorts(8000, { isFree: () => Promise.resolve(true), candidates: () => [21001, 21002, 21003] }),
    );
    return [...servedBy(plan, { ignoreSecurityPolicies: false }).values()].flat();
}

/** The trials of rules for one host on port 80. */
async function trials(http: Rules, objects: readonly KubeObject[] = [], paths: readonly string[] = []): Promise<readonly Trial[]> {
    const [one] = await served(
        [
            gateway("web", "apps", [server(80, "HTTP", ["web.example.com"])]),
            virtualService("web", "apps", { hosts: ["web.example.com"], gateways: ["web"], http }),
            ...objects,
        ],
        paths,
    );
    return one?.trials ?? [];
}
const targets = (all: readonly Trial[]): string[] => all.map(({ shape: { path } }) => path);
const urls = (servers: readonly ServedServer[]): string[] => servers.flatMap((one) => one.trials.map(trialUrl));
const toWeb = forwardTo("web");

describe("a gateway behind a load balancer's PROXY protocol", () => {
    it("has lines that send a header, and is not tried without one", async () => {
        const front = service("public", "ingress", [80, 9000], { istio: "public" });
        const options = { "gatehouse.dev/gateway-options": '{"proxyProtocol":"required"}' };
        const made = (annotations: Record<string, string>): Promise<ServedServer[]> =>
            served([
                { ...front, metadata: { ...front.metadata, annotations } } as KubeObject,
                gateway("web", "apps", [server(80, "HTTP", ["web.example.com"]), server(9000, "TCP", ["*"])]),
                virtualService("web", "apps", { hosts: ["web.example.com"], gateways: ["web"], http: [toWeb] }),
                virtualService("tcp", "apps", {
                    hosts: ["tcp.example.com"],
                    gateways: ["web"],
                    tcp: [{ match: [{ port: 9000 }], route: [{ destination: { host: "web", port: { number: 80 } } }] }],
                }),
            ]);
        const told = (servers: readonly ServedServer[]): unknown[] =>
            servers.flatMap(({ trials: all }) => all.map(({ presents, untried }) => [presents, /PROXY protocol/.test(untried)]));
        assert.deepEqual(told(await made(options)), [
            [true, true],
            [true, true],
        ]);
        assert.deepEqual(told(await made({})), [
            [undefined, false],
            [undefined, false],
        ]);
    });
});

describe("the hosts of a server", () => {
    const hosts = async (own: readonly string[], spec: Partial<VirtualServiceObject["spec"]>, namespace = "apps"): Promise<string[]> => {
        const [one] = await served([
            gateway("g", "ingress", [server(80, "HTTP", own)]),
            virtualService("v", namespace, { gateways: ["ingress/g"], hosts: ["*"], http: [toWeb], ...spec }),
        ]);
        return (one?.trials ?? []).map(({ host }) => host);
    };

    it("are the narrower of its own and the VirtualService's", async () => {
        assert.deepEqual(await hosts(["*.example.com"], { hosts: ["A.example.com", "example.com", "*.b.example.com"] }), [
            "any.b.example.com",
            "a.example.com",
        ]);
        assert.deepEqual(await hosts(["a.example.com", "b.example.com"], { hosts: ["*"] }), ["a.example.com", "b.example.com"]);
    });

    it("are those of VirtualServices that name its Gateway, whose namespaces it lets in", async () => {
        assert.equal((await hosts(["*"], { gateways: ["g"] })).length, 0);
        assert.equal((await hosts(["*"], { gateways: ["./g"] }, "ingress")).length, 1);
        assert.deepEqual(await hosts(["./a.example.com"], { hosts: ["a.example.com"] }), []);
        assert.deepEqual(await hosts(["apps/a.example.com"], { hosts: ["a.example.com"] }), ["a.example.com"]);
    });

    it("are its own alone, where two Gateways share a port", async () => {
        const all = await served([
            gateway("one", "apps", [server(80, "HTTP", ["one.example.com"])]),
            gateway("two", "apps", [server(80, "HTTP", ["*.example.com"])]),
            virtualService("one", "apps", { hosts: ["one.example.com"], gateways: ["one"], http: [toWeb] }),
            virtualService("two", "apps", { hosts: ["two.example.com"], gateways: ["two"], http: [toWeb] }),
        ]);
        assert.deepEqual(
            all.map((one) => one.trials.map(({ host }) => host)),
            [["one.example.com"], ["two.example.com"]],
        );
    });
});

describe("a name to ask for", () => {
    it("falls under the wildcard, and under the certificate where it is known", () => {
        assert.deepEqual(namesUnder("a.example.com", ["*.example.com"]), ["a.example.com"]);
        assert.deepEqual(namesUnder("*.example.com", []), ["any.example.com"]);
        assert.deepEqual(namesUnder("*.example.com", ["other.org", "www.example.com"]), ["www.example.com", "any.example.com"]);
        assert.deepEqual(namesUnder("*", ["*.example.com"]), ["any.example.com", "127.0.0.1"]);
        assert.deepEqual(namesUnder("*", []), ["127.0.0.1"]);
    });

    it("is one that no other host takes", async () => {
        const { cert, key } = await makeSelfSigned({ dns: ["a.example.com", "*.example.com"] });
        const all = await served([
            secret("s", "ingress", { "tls.crt": cert, "tls.key": key }),
            gateway("web", "apps", [server(443, "HTTPS", ["*.example.com"], { mode: "SIMPLE", credentialName: "s" })]),
            virtualService("a", "apps", { hosts: ["a.example.com"], gateways: ["web"], http: [toWeb] }),
            virtualService("all", "apps", { hosts: ["*.example.com"], gateways: ["web"], http: [toWeb] }),
        ]);
        assert.deepEqual(urls(all), ["https://a.example.com:8443/", "https://any.example.com:8443/"]);
    });
});

describe("a made-up request", () => {
    it("meets the conditions of its rule", async () => {
        const [one] = await trials([
            {
                match: [
                    {
                        uri: { prefix: "/api" },
                        method: { exact: "POST" },
                        headers: { "x-tenant": { prefix: "a" }, there: {} },
                        withoutHeaders: { "x-debug": {} },
                        queryParams: { q: { exact: "1" }, r: { regex: "[0-9]{2}" } },
                    },
                ],
                ...toWeb,
            },
        ]);
        assert.deepEqual(one?.shape, { method: "POST", path: "/api?q=1&r=00", headers: { there: "1", "x-tenant": "a" } });
        assert.equal(one.untried, "");
    });

    it("has what is no ASCII as it is sent", async () => {
        const all = await trials([
            { match: [{ headers: { "x-name": { exact: "Zoë" }, "x-word": { regex: "stra(ß|ss)e" } } }], ...toWeb },
            { match: [{ uri: { prefix: "/straße" } }], ...toWeb },
        ]);
        assert.deepEqual(
            all.map(({ shape: { path, headers }, untried }) => [path, headers, untried]),
            [
                ["/", { "x-name": "Zoë", "x-word": "straße" }, ""],
                ["/stra%C3%9Fe", {}, ""],
            ],
        );
    });

    it("has a user agent, as whoever sends it adds one", async () => {
        const all = await trials([{ match: [{ withoutHeaders: { "user-agent": {} } }], ...toWeb }]);
        assert.deepEqual(
            all.map(({ untried }) => untried),
            ["no request could be made up for VirtualService apps/web spec.http[0].match[0]: wanted: header user-agent not: is there"],
        );
    });

    it("asks for what the backend has to show, where the rule lets it", async () => {
        const known = ["/api/catalog", "/status/200"];
        const asked = async (...http: Rules): Promise<string[]> => targets(await trials(http, [], known));
        assert.deepEqual(await asked({ match: [{ uri: { prefix: "/status" } }], ...toWeb }), ["/status/200"]);
        assert.deepEqual(await asked({ match: [{ uri: { regex: "/s.*/[0-9]+" } }], ...toWeb }), ["/status/200"]);
        assert.deepEqual(await asked(toWeb), ["/api/catalog"]);
        assert.deepEqual(await asked({ match: [{ uri: { prefix: "/other" } }], ...toWeb }), ["/other"]);
        assert.deepEqual(await asked({ match: [{ uri: { exact: "/" } }], ...toWeb }), ["/"]);
        assert.deepEqual(await asked({ match: [{ uri: { prefix: "/api" } }], ...forwardTo("other") }, toWeb), ["/api", "/status/200"]);
        assert.deepEqual(await asked({ rewrite: { uri: "/new" }, ...toWeb }), ["/"]);
    });

    it("is a call where the backend answers any, in the form of its port", async () => {
        const calls = ["/a.B/C", "/a.B/D", "/e.F/G"];
        const http: Rules = [
            { ...toWeb, match: [{ uri: { exact: "/a.B/D" }, headers: { tenant: { exact: "a" } } }] },
            { ...toWeb, match: [{ uri: { prefix: "/a.B/" } }] },
            { ...toWeb, match: [{ uri: { prefix: "/web" } }] },
            { ...toWeb, match: [{ uri: { prefix: "/e.F/" } }], rewrite: { uri: "/" } },
        ];
        const all = await served(
            [
                gateway("web", "apps", [server(80, "GRPC", ["web.example.com"]), server(81, "GRPC-WEB", ["web.example.com"])]),
                virtualService("web", "apps", { hosts: ["web.example.com"], gateways: ["web"], http }),
            ],
            [],
            PLATFORM,
            calls,
        );
        const told = all.map((one) => one.trials.map(({ call, shape: { method, path, headers } }) => [call, method, path, headers]));
        const own = (call: string, more: object = {}): object => ({
            ...(call === "grpc"
                ? { "content-type": "application/grpc", te: "trailers" }
                : { "content-type": "application/grpc-web+proto", accept: "application/grpc-web+proto", "x-grpc-web": "1" }),
            ...more,
        });
        const expected = (call: string): unknown[] => [
            [call, "POST", "/a.B/D", own(call, { tenant: "a" })],
            [call, "POST", "/a.B/C", own(call)],
            [undefined, "GET", "/web", {}],
            [undefined, "GET", "/e.F/", {}],
        ];
        assert.deepEqual(told, [expected("grpc"), expected("grpc-web")]);
    });

    it("names the host that its rule wants to be asked for", async () => {
        const [one] = await trials([{ match: [{ authority: { exact: "web.example.com" } }], ...toWeb }]);
        assert.deepEqual([one?.shape.headers, one?.untried], [{ host: "web.example.com" }, ""]);
    });

    it("is one for a rule, whichever of its blocks it meets", async () => {
        const all = await trials([
            { match: [{ uri: { prefix: "/a" } }], ...toWeb },
            { match: [{ uri: { prefix: "/a/b" } }, { uri: { prefix: "/c" } }], ...toWeb },
        ]);
        assert.deepEqual(
            all.map(({ shape, untried }) => [shape.path, untried]),
            [
                ["/a", ""],
                ["/c", ""],
            ],
        );
    });

    it("for a rule that another takes all requests from is not sent, and says who does", async () => {
        const all = await trials([
            { match: [{ uri: { prefix: "/c" } }], ...toWeb },
            { match: [{ uri: { prefix: "/c/deep" } }], ...toWeb },
            toWeb,
        ]);
        assert.deepEqual(
            all.map(({ shape, untried }) => [shape.path, untried]),
            [
                ["/c", ""],
                [
                    "/c/deep",
                    "VirtualService apps/web spec.http[0].match[0] takes what VirtualService apps/web spec.http[1].match[0] is for",
                ],
                ["/", ""],
            ],
        );
    });

    it("that can't be made up says what would be wanted", async () => {
        const all = await trials([
            { match: [{ scheme: { exact: "https" } }], ...toWeb },
            { match: [{ headers: { upgrade: { exact: "websocket" } } }], ...toWeb },
        ]);
        assert.deepEqual(
            all.map(({ untried }) => untried),
            [
                'no request could be made up for VirtualService apps/web spec.http[0].match[0]: wanted: scheme is "https"',
                'no request could be made up for VirtualService apps/web spec.http[1].match[0]: wanted: header upgrade is "websocket"',
            ],
        );
    });
});

describe("what is served", () => {
    it("is each server with its local port, hosts and a request for each rule", async () => {
        const [one] = await served([
            gateway("web", "apps", [server(80, "HTTP", ["web.example.com"])]),
            virtualService("web", "apps", {
                hosts: ["web.example.com"],
                gateways: ["web"],
                http: [{ match: [{ uri: { prefix: "/api" } }], ...toWeb }, forwardTo("rest")],
            }),
        ]);
        assert.ok(one);
        const { trials: own, ...rest } = one;
        assert.deepEqual(rest, {
            gateway: "apps/web",
            server: "http-80",
            protocol: "HTTP",
            declaredPort: 80,
            address: "127.0.0.1",
            port: 8080,
            hosts: ["web.example.com"],
            versions: Object.values(PROTOCOLS).map(({ text }) => text),
            tls: "",
            url: "http://web.example.com:8080/api",
            access: [],
        });
        assert.deepEqual(
            own.map((trial) => [trialUrl(trial), trial.expect.kind]),
            [
                ["http://web.example.com:8080/api", "answer"],
                ["http://web.example.com:8080/", "answer"],
            ],
        );
    });

    it("with httpsRedirect is a 301 to the https host, whatever the routes are", async () => {
        const [one] = await served([gateway("web", "apps", [server(80, "HTTP", ["./web.example.com"], { httpsRedirect: true })])]);
        assert.deepEqual(
            one?.trials.map(({ expect, shape }) => [expect, shape.path]),
            [[{ kind: "status", status: 301, location: "https://web.example.com:8080/" }, "/"]],
        );
    });

    it("with httpsRedirect is asked for the hosts that are bound to it, where there are any", async () => {
        assert.deepEqual(
            urls(
                await served([
                    gateway("web", "apps", [server(80, "HTTP", ["*.example.com"], { httpsRedirect: true })]),
                    virtualService("web", "apps", { hosts: ["a.example.com"], gateways: ["web"], http: [toWeb] }),
                ]),
            ),
            ["http://a.example.com:8080/"],
        );
    });

    it("with a redirect or direct response of a rule is that answer", async () => {
        const all = await trials([
            { match: [{ uri: { exact: "/old" } }], redirect: { uri: "/new", redirectCode: 308 } },
            { directResponse: { status: 418 } },
        ]);
        assert.deepEqual(
            all.map(({ expect }) => expect),
            [
                { kind: "status", status: 308, location: "http://web.example.com:8080/new" },
                { kind: "status", status: 418 },
            ],
        );
    });

    it("by a delegate is tried as what stands in its place", async () => {
        const all = await trials(
            [{ match: [{ uri: { prefix: "/shop" } }], delegate: { name: "shop", namespace: "apps" } }],
            [virtualService("shop", "apps", { http: [{ match: [{ uri: { exact: "/shop/cart" } }], ...toWeb }] })],
        );
        assert.deepEqual(
            all.map(({ shape, untried }) => [shape.path, untried]),
            [["/shop/cart", ""]],
        );
    });

    it("with faults is not tried", async () => {
        const [one] = await trials([{ fault: { abort: { httpStatus: 500, percentage: { value: 50 } } }, ...toWeb }]);
        assert.equal(one?.untried, "it injects faults");
    });

    it("but refused by a policy is tried, and expected to be answered", async () => {
        const [one] = await trials(
            [toWeb],
            [
                {
                    apiVersion: "extensions.istio.io/v1alpha1",
                    kind: "WasmPlugin",
                    metadata: { name: "deny", namespace: "ingress" },
                    spec: { selector: { matchLabels: { istio: "public" } }, url: "oci://x", phase: "AUTHZ" },
                } as unknown as KubeObject,
            ],
        );
        assert.deepEqual([one?.expect, one?.untried], [{ kind: "answer" }, ""]);
        assert.match(one?.foretold ?? "", /^WasmPlugin ingress\/deny is for this gateway .*: every request is refused$/);
    });

    it("over HTTPS is asked for under a name of its certificate, from a Secret or a mounted file", async () => {
        const { cert, key } = await makeSelfSigned({ dns: ["files.example.com", "*.b.example.com"] });
        const files = { serverCertificate: "/etc/t/tls.crt", privateKey: "/etc/t/tls.key" } as const;
        const pod = {
            containers: [{ name: "proxy", volumeMounts: [{ name: "t", mountPath: "/etc/t" }] }],
            volumes: [{ name: "t", secret: { secretName: "s" } }],
        };
        const url = async (tls: Server["tls"], namespace = "ingress", platform = PLATFORM): Promise<string[]> =>
            urls(
                await served(
                    [
                        secret("s", namespace, { "tls.crt": cert, "tls.key": key }),
                        gateway("web", "apps", [server(443, "HTTPS", ["*"], { mode: "SIMPLE", ...tls })]),
                        virtualService("web", "apps", { hosts: ["*"], gateways: ["web"], http: [toWeb] }),
                    ],
                    [],
                    platform,
                ),
            );
        const [, ...others] = PLATFORM;
        const mounting = deployment("public", "ingress", { run: "proxy", labels: { istio: "public" }, pod });
        const named = ["https://files.example.com:8443/"];
        assert.deepEqual(await url({ credentialName: "s" }), named);
        assert.deepEqual(await url(files, "ingress", [mounting, ...others]), named);
        assert.deepEqual(await url({ credentialName: "s" }, "other"), ["https://127.0.0.1:8443/"]);
    });

    it("that wants a client certificate is not tried, and says why", async () => {
        const [one] = await served([
            gateway("web", "apps", [server(443, "HTTPS", ["a.example.com"], { mode: "MUTUAL", credentialName: "s" })]),
            virtualService("web", "apps", { hosts: ["a.example.com"], gateways: ["web"], http: [toWeb] }),
        ]);
        assert.equal(one?.trials[0]?.untried, "it wants a client certificate");
    });

    it("passed through is asked for by each name of the route, HTTPS without a mode included", async () => {
        assert.deepEqual(
            urls(
                await served([
                    gateway("sni", "apps", [
                        server(31401, "TLS", ["one.example.com", "two.example.com"], { mode: "PASSTHROUGH" }),
                        server(444, "HTTPS", ["one.example.com"], {}),
                    ]),
                    virtualService("sni", "apps", {
                        hosts: ["one.example.com", "two.example.com"],
                        gateways: ["sni"],
                        tls: [
                            { match: [{ port: 31401, sniHosts: ["one.example.com"] }], route: [{ destination: { host: "one" } }] },
                            { match: [{ port: 31401, sniHosts: ["two.example.com"] }], route: [{ destination: { host: "two" } }] },
                            { match: [{ port: 444, sniHosts: ["one.example.com"] }], route: [{ destination: { host: "one" } }] },
                        ],
                    }),
                ]),
            ),
            ["https://one.example.com:39401/", "https://two.example.com:39401/", "https://one.example.com:8444/"],
        );
    });

    it("over TCP is the one rule that holds on the port", async () => {
        const [tcp, tls] = await served([
            gateway("echo", "apps", [
                server(31400, "TCP", ["*"]),
                server(31500, "TLS", ["t.example.com"], { mode: "SIMPLE", credentialName: "s" }),
            ]),
            virtualService("echo", "apps", {
                hosts: ["*"],
                gateways: ["echo"],
                tcp: [
                    { match: [{ port: 1 }], route: [{ destination: { host: "no" } }] },
                    { match: [{ port: 31400 }, { port: 31500 }], route: [{ destination: { host: "echo" } }] },
                ],
            }),
        ]);
        assert.deepEqual([tcp?.url, tls?.url], ["tcp://127.0.0.1:39400", "tls://t.example.com:39500"]);
        assert.deepEqual(
            [tcp, tls].map((one) => one?.trials.map(({ expect }) => expect.kind)),
            [["bytes"], ["bytes"]],
        );
    });

    it("without a route is listed without a request", async () => {
        const [one] = await served([gateway("web", "apps", [server(80, "HTTP", ["web.example.com"])])]);
        assert.deepEqual([one?.url, one?.trials], ["http://web.example.com:8080/", []]);
    });

    it("leaves out Gateways of others and unix sockets", async () => {
        assert.deepEqual(
            await served([
                gateway("x", "apps", [server(80, "HTTP", ["*"])], { istio: "other" }),
                gateway("u", "apps", [{ ...server(0, "HTTP", ["*"]), bind: "unix:///s" }]),
            ]),
            [],
        );
    });
});

describe("whether a destination can be tried", () => {
    const reason = async (host: string): Promise<string | undefined> =>
        (
            await trials(
                [forwardTo(host)],
                [
                    service("db", "apps", [5432]),
                    service("known", "apps", [80]),
                    {
                        apiVersion: "discovery.k8s.io/v1",
                        kind: "EndpointSlice",
                        metadata: { name: "k", namespace: "apps", labels: { "kubernetes.io/service-name": "known" } },
                        addressType: "IPv4",
                    } as unknown as KubeObject,
                    {
                        apiVersion: "networking.istio.io/v1",
                        kind: "ServiceEntry",
                        metadata: { name: "e", namespace: "apps" },
                        spec: { hosts: ["httpbin.org"], resolution: "DNS", ports: [{ number: 80, name: "http", protocol: "HTTP" }] },
                    } as unknown as KubeObject,
                    {
                        apiVersion: "v1",
                        kind: "Service",
                        metadata: { name: "alias", namespace: "apps" },
                        spec: { type: "ExternalName", externalName: "example.org", ports: [{ name: "http", port: 80 }] },
                    } as unknown as KubeObject,
                ],
            )
        )[0]?.untried;

    it("depends on what runs behind it; what nothing declares is tried and found wanting", async () => {
        assert.equal(await reason("web"), "");
        assert.equal(await reason("web.apps.svc.cluster.local"), "");
        assert.equal(await reason("known"), "");
        assert.equal(await reason("wbe"), "");
        assert.equal(await reason("db"), "Service apps/db has no backend that runs here");
        assert.equal(await reason("httpbin.org"), "httpbin.org is outside");
        assert.equal(await reason("alias"), "alias.apps.svc.cluster.local is outside");
    });
});

describe("an Ingress", () => {
    const ingress = (name: string, spec: object, annotations?: Record<string, string>): KubeObject =>
        ({
            apiVersion: "networking.k8s.io/v1",
            kind: "Ingress",
            metadata: { name, namespace: "apps", ...(annotations ? { annotations } : {}) },
            spec,
        }) as KubeObject;
    const paths = (...all: string[]): object => ({
        paths: all.map((path) => ({ path, pathType: "Prefix", backend: { service: { name: "web", port: { number: 80 } } } })),
    });
    const own: readonly KubeObject[] = [
        ...PLATFORM,
        service("public", "ingress", [80, 443], { istio: "public" }),
        {
            apiVersion: "networking.k8s.io/v1",
            kind: "IngressClass",
            metadata: { name: "own", annotations: { "ingressclass.kubernetes.io/is-default-class": "true" } },
            spec: {
                controller: "gatehouse.dev/ingress-controller",
                parameters: { kind: "Service", scope: "Namespace", namespace: "ingress", name: "public" },
            },
        } as KubeObject,
    ];
    const rows = async (objects: readonly KubeObject[], platform = own): Promise<unknown[]> =>
        (await served(objects, [], platform)).map(({ gateway: of, declaredPort, hosts, trials: all, url }) => [
            of,
            declaredPort,
            hosts,
            url,
            all.map((one) => trialUrl(one) + one.untried),
        ]);

    it("has a row for each of its ports, and a request for each of its paths", async () => {
        const { cert, key } = await makeSelfSigned({ dns: ["a.example.com"] });
        const all = await rows([
            secret("s", "ingress", { "tls.crt": cert, "tls.key": key }),
            ingress("a", {
                ingressClassName: "own",
                tls: [{ hosts: ["a.example.com"], secretName: "s" }],
                rules: [{ host: "A.example.com", http: paths("/x", "/x/y") }],
            }),
            ingress("b", {
                rules: [
                    { host: "a.example.com", http: paths("/") },
                    { host: "*.example.com", http: paths("/w") },
                ],
            }),
            ingress("of-another", { ingressClassName: "nginx", rules: [{ http: paths("/") }] }),
        ]);
        assert.deepEqual(all, [
            [
                "Ingress apps/a",
                80,
                ["a.example.com"],
                "http://a.example.com:8080/x/y",
                ["http://a.example.com:8080/x/y", "http://a.example.com:8080/x"],
            ],
            [
                "Ingress apps/a",
                443,
                ["a.example.com"],
                "https://a.example.com:8443/x/y",
                ["https://a.example.com:8443/x/y", "https://a.example.com:8443/x"],
            ],
            [
                "Ingress apps/b",
                80,
                ["*.example.com", "a.example.com"],
                "http://any.example.com:8080/w",
                ["http://any.example.com:8080/w", "http://a.example.com:8080/"],
            ],
            ["Ingress apps/b", 443, ["a.example.com"], "https://a.example.com:8443/", ["https://a.example.com:8443/"]],
        ]);
    });

    it("stands beside the Gateways of a host, each with its own rules", async () => {
        const all = await rows([
            gateway("web", "apps", [server(80, "HTTP", ["a.example.com"])]),
            virtualService("web", "apps", {
                hosts: ["a.example.com"],
                gateways: ["web"],
                http: [{ match: [{ uri: { prefix: "/v" } }], ...toWeb }],
            }),
            ingress("a", { rules: [{ host: "a.example.com", http: paths("/x") }] }),
        ]);
        assert.deepEqual(all, [
            ["apps/web", 80, ["a.example.com"], "http://a.example.com:8080/v", ["http://a.example.com:8080/v"]],
            ["Ingress apps/a", 80, ["a.example.com"], "http://a.example.com:8080/x", ["http://a.example.com:8080/x"]],
        ]);
    });

    it("of Istio's class is served by Istio's gateway alone", async () => {
        const istio = ingress("a", { rules: [{ http: paths("/") }] }, { "kubernetes.io/ingress.class": "istio" });
        assert.deepEqual(await rows([istio]), []);
        const platform = [
            deployment("gw", "ingress", { run: "proxy", labels: { istio: "ingressgateway" } }),
            service("gw", "ingress", [80], { istio: "ingressgateway" }),
        ];
        assert.deepEqual(await rows([istio], platform), [
            ["Ingress apps/a", 80, ["*"], "http://127.0.0.1:8080/", ["http://127.0.0.1:8080/"]],
        ]);
    });
});
