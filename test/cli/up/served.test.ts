/** What is said to be served where, and the requests that try it. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { describe, it } from "mocha";
import type { GatewayObject, KubeObject, Server, VirtualServiceObject } from "../../../istio";
import { bindingsOf, concreteHost } from "../../../cli/up/bindings";
import { commandLine, shellWord } from "../../../cli/up/curl";
import { destinationsOf } from "../../../cli/up/destinations";
import { mightTake, requestFor, ruleRequests } from "../../../cli/up/sample-request";
import { servedBy, trialUrl, type ServedServer, type Trial } from "../../../cli/up/served";
import { findWorkloads, type Workload } from "../../../cli/up/workloads";
import { deployment, forwardTo, gateway, server, service, virtualService } from "../objects";

const WORKLOAD = findWorkloads([deployment("public", "ingress", { run: "proxy", labels: { istio: "public" } })], [])
    .gateways[0] as Workload;
const served = (objects: readonly KubeObject[], names: readonly string[] = []): ServedServer[] =>
    servedBy(WORKLOAD, {
        objects,
        address: "127.0.0.1",
        portOf: (_workload, declared) => declared + 8000,
        unreachable: () => undefined,
        certificateNames: () => names,
        paths: () => [],
    });
const urls = (servers: readonly ServedServer[]): string[] => servers.flatMap(({ trials }) => trials.map(trialUrl));

describe("the bindings of a server", () => {
    const bind = (
        hosts: readonly string[],
        service: Partial<VirtualServiceObject["spec"]>,
        namespace = "default",
        own: GatewayObject = gateway("g", "ingress", [server(80, "HTTP", hosts)]),
    ): string[] =>
        bindingsOf(
            own.spec.servers[0] as Server,
            own,
            [virtualService("v", namespace, { gateways: ["ingress/g"], hosts: ["*"], ...service })],
            "ingress",
        ).map(({ host }) => host);

    it("are the narrower of server host and VirtualService host", () => {
        assert.deepEqual(bind(["*.example.com"], { hosts: ["A.example.com", "example.com", "*.b.example.com"] }), [
            "a.example.com",
            "*.b.example.com",
        ]);
        assert.deepEqual(bind(["a.example.com", "b.example.com"], { hosts: ["*"] }), ["a.example.com", "b.example.com"]);
    });

    it("need the Gateway's name, in any of its forms", () => {
        for (const entry of ["ingress/g", "g.ingress.svc.cluster.local"]) assert.equal(bind(["*"], { gateways: [entry] }).length, 1, entry);
        assert.equal(bind(["*"], { gateways: ["g"] }).length, 0);
        assert.equal(bind(["*"], { gateways: ["g"] }, "ingress").length, 1);
        assert.equal(bind(["*"], { gateways: ["./g"] }, "ingress").length, 1);
        assert.equal(bind(["*"], { gateways: ["mesh"] }).length, 0);
    });

    it("keep to the namespace that the server's host names", () => {
        assert.deepEqual(bind(["./a.example.com"], { hosts: ["a.example.com"] }), []);
        assert.deepEqual(bind(["default/a.example.com"], { hosts: ["a.example.com"] }), ["a.example.com"]);
    });
});

describe("a name to ask for", () => {
    it("falls under the wildcard, and under the certificate where it is known", () => {
        assert.equal(concreteHost("a.example.com", ["*.example.com"]), "a.example.com");
        assert.equal(concreteHost("*.example.com", []), "any.example.com");
        assert.equal(concreteHost("*.example.com", ["other.org", "www.example.com"]), "www.example.com");
        assert.equal(concreteHost("*", ["*.example.com"]), "any.example.com");
        assert.equal(concreteHost("*", []), "127.0.0.1");
    });
});

describe("a made-up request", () => {
    it("fulfils exact and prefix conditions", () => {
        assert.deepEqual(
            requestFor({
                uri: { prefix: "/api" },
                method: { exact: "POST" },
                headers: { "x-tenant": { prefix: "a" }, there: {} },
                queryParams: { q: { exact: "1 2" } },
            }),
            { method: "POST", path: "/api?q=1+2", headers: { "x-tenant": "a", there: "1" } },
        );
        assert.deepEqual(requestFor(), { method: "GET", path: "/", headers: {} });
    });

    it("asks for what the backend has to show, where the rule lets it", () => {
        const known = ["/api/catalog", "/status/200"];
        assert.equal(requestFor({ uri: { prefix: "/status" } }, known)?.path, "/status/200");
        assert.equal(requestFor({}, known)?.path, "/api/catalog");
        assert.equal(requestFor({ uri: { prefix: "/other" } }, known)?.path, "/other");
        assert.equal(requestFor({ uri: { exact: "/" } }, known)?.path, "/");
        const rules = [{ match: [{ uri: { prefix: "/api" } }], ...forwardTo("a") }, forwardTo("b")];
        assert.deepEqual(
            ruleRequests(
                rules,
                () => true,
                () => known,
            ).map(({ request }) => request.path),
            ["/api/catalog", "/"],
        );
    });

    it("is not made where only a regex would know", () => {
        assert.equal(requestFor({ uri: { regex: "/v[0-9]+" } }), undefined);
        assert.equal(requestFor({ headers: { a: { regex: "x+" } } }), undefined);
        assert.equal(requestFor({ authority: { exact: "x" } }), undefined);
        assert.deepEqual(requestFor({ uri: { regex: ".*" } })?.path, "/");
    });

    it("is not made for a rule that an earlier one takes the request from", () => {
        const rules = [
            { match: [{ uri: { exact: "/a" } }], ...forwardTo("a") },
            { match: [{ uri: { regex: "/b.*" } }], ...forwardTo("b") },
            { match: [{ uri: { prefix: "/c" } }, { uri: { prefix: "/d" } }], ...forwardTo("c") },
            { match: [{ uri: { prefix: "/c/deep" } }], ...forwardTo("hidden") },
            { ...forwardTo("rest") },
        ];
        assert.deepEqual(
            ruleRequests(rules, () => true).map(({ rule, request }) => [rule.route?.[0]?.destination.host, request.path]),
            [
                ["a", "/a"],
                ["c", "/c"],
                ["rest", "/"],
            ],
        );
    });

    it("counts a regex as taking whatever begins as it does", () => {
        const takes = (regex: string, path: string): boolean => mightTake({ uri: { regex } }, { method: "GET", path, headers: {} });
        assert.deepEqual(
            ["/v[0-9]+", "/a|/v.*", "/vx*", "(?i)/V.*", ".*", "/other.*"].map((regex) => takes(regex, "/v1")),
            [true, true, true, true, true, false],
        );
    });
});

describe("what is served", () => {
    it("is each server with its local port, hosts and a request for each rule", () => {
        const [one] = served([
            gateway("web", "apps", [server(80, "HTTP", ["web.example.com"])]),
            virtualService("web", "apps", {
                hosts: ["web.example.com"],
                gateways: ["web"],
                http: [{ match: [{ uri: { prefix: "/api" } }], ...forwardTo("web") }, forwardTo("rest")],
            }),
        ]);
        assert.ok(one);
        const { trials, ...rest } = one;
        assert.deepEqual(rest, {
            gateway: "apps/web",
            server: "http-80",
            protocol: "HTTP",
            declaredPort: 80,
            address: "127.0.0.1",
            port: 8080,
            hosts: ["web.example.com"],
            tls: "",
            url: "http://web.example.com:8080/api",
        });
        assert.deepEqual(
            trials.map((trial) => [trialUrl(trial), trial.expect.kind]),
            [
                ["http://web.example.com:8080/api", "answer"],
                ["http://web.example.com:8080/", "answer"],
            ],
        );
    });

    it("with httpsRedirect is a 301 to the https host, whatever the routes are", () => {
        const [one] = served([gateway("web", "apps", [server(80, "HTTP", ["./web.example.com"], { httpsRedirect: true })])]);
        assert.deepEqual(
            one?.trials.map(({ expect, shape }) => [expect, shape.path]),
            [[{ kind: "status", status: 301, location: "https://web.example.com" }, "/"]],
        );
    });

    it("with a redirect or direct response of a rule is that status", () => {
        const [one] = served([
            gateway("web", "apps", [server(80, "HTTP", ["*"])]),
            virtualService("web", "apps", {
                hosts: ["a.example.com"],
                gateways: ["web"],
                http: [
                    { match: [{ uri: { exact: "/old" } }], redirect: { uri: "/new", redirectCode: 308 } },
                    { directResponse: { status: 418 } },
                ],
            }),
        ]);
        assert.deepEqual(
            one?.trials.map(({ expect }) => expect),
            [
                { kind: "status", status: 308 },
                { kind: "status", status: 418 },
            ],
        );
    });

    it("over HTTPS is asked for under a name of its certificate", () => {
        assert.deepEqual(
            urls(
                served(
                    [
                        gateway("web", "apps", [server(443, "HTTPS", ["*"], { mode: "SIMPLE" })]),
                        virtualService("web", "apps", { hosts: ["*"], gateways: ["web"], http: [forwardTo("web")] }),
                    ],
                    ["files.example.com"],
                ),
            ),
            ["https://files.example.com:8443/"],
        );
    });

    it("that wants a client certificate is not tried, and says why", () => {
        const [one] = served([
            gateway("web", "apps", [server(443, "HTTPS", ["a.example.com"], { mode: "MUTUAL" })]),
            virtualService("web", "apps", { hosts: ["a.example.com"], gateways: ["web"], http: [forwardTo("web")] }),
        ]);
        assert.equal(one?.trials[0]?.untried, "it wants a client certificate");
    });

    it("passed through is asked for by each name of the route, HTTPS without a mode included", () => {
        assert.deepEqual(
            urls(
                served([
                    gateway("sni", "apps", [
                        server(31401, "TLS", ["one.example.com", "two.example.com"], { mode: "PASSTHROUGH" }),
                        server(444, "HTTPS", ["one.example.com"]),
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

    it("over TCP is the one rule that holds on the port", () => {
        const [tcp, tls] = served([
            gateway("echo", "apps", [server(31400, "TCP", ["*"]), server(31500, "TLS", ["t.example.com"], { mode: "SIMPLE" })]),
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
    });

    it("without a route is listed without a request", () => {
        const [one] = served([gateway("web", "apps", [server(80, "HTTP", ["web.example.com"])])]);
        assert.deepEqual([one?.url, one?.trials], ["http://web.example.com:8080/", []]);
    });

    it("leaves out Gateways of others and unix sockets", () => {
        assert.deepEqual(
            served([
                gateway("x", "apps", [server(80, "HTTP", ["*"])], { istio: "other" }),
                gateway("u", "apps", [{ ...server(0, "HTTP", ["*"]), bind: "unix:///s" }]),
            ]),
            [],
        );
    });
});

describe("whether a destination can be tried", () => {
    const samples = findWorkloads([deployment("web", "apps", { run: "web" })], ["web"]).samples;
    const { unreachable, sample } = destinationsOf(
        [
            service("web", "apps", [80]),
            service("db", "apps", [5432]),
            service("known", "apps", [80]),
            {
                apiVersion: "discovery.k8s.io/v1",
                kind: "EndpointSlice",
                metadata: { name: "k", namespace: "apps", labels: { "kubernetes.io/service-name": "known" } },
            },
            {
                apiVersion: "networking.istio.io/v1",
                kind: "ServiceEntry",
                metadata: { name: "e" },
                spec: { hosts: ["httpbin.org"] },
            } as KubeObject,
        ],
        samples,
    );

    it("depends on what runs behind it; what nothing declares is tried and found wanting", () => {
        assert.equal(unreachable("web", "apps"), undefined);
        assert.equal(unreachable("web.apps.svc.cluster.local", "x"), undefined);
        assert.equal(unreachable("known", "apps"), undefined);
        assert.equal(unreachable("wbe", "apps"), undefined);
        assert.equal(unreachable("db", "apps"), "Service apps/db has no backend that runs here");
        assert.equal(unreachable("httpbin.org", "apps"), "httpbin.org is outside");
        assert.equal(sample("web", "apps")?.sample, "web");
        assert.equal(sample("db", "apps"), undefined);
    });
});

describe("a line to paste", () => {
    const trial = (over: Partial<Trial>): Trial => ({
        protocol: "http",
        host: "a.example.com",
        port: 8080,
        shape: { method: "GET", path: "/", headers: {} },
        expect: { kind: "answer" },
        untried: "",
        ...over,
    });
    const line = (over: Partial<Trial>, options: Partial<Parameters<typeof commandLine>[1]> = {}): string =>
        commandLine(trial(over), { address: "127.0.0.1", caFile: "/s/ca.pem", behindProxy: false, ...options });

    it("needs no DNS and no trust store", () => {
        assert.equal(line({}), "curl --resolve a.example.com:8080:127.0.0.1 http://a.example.com:8080/");
        assert.equal(
            line({ protocol: "https", port: 8443 }),
            "curl --resolve a.example.com:8443:127.0.0.1 --cacert /s/ca.pem https://a.example.com:8443/",
        );
        assert.equal(line({ host: "127.0.0.1" }), "curl http://127.0.0.1:8080/");
        assert.equal(
            line({ protocol: "https", port: 8443 }, { caFile: "" }),
            "curl --resolve a.example.com:8443:127.0.0.1 https://a.example.com:8443/",
        );
    });

    it("carries method, headers and what a shell must not read", () => {
        assert.equal(
            line({
                shape: { method: "POST", path: "/a?b=1&c=2", headers: { "x-who": "it's me" } },
                expect: { kind: "status", status: 301 },
            }),
            "curl -i -X POST --resolve a.example.com:8080:127.0.0.1 -H 'x-who: it'\\''s me' 'http://a.example.com:8080/a?b=1&c=2'",
        );
        assert.equal(
            line({ shape: { method: "HEAD", path: "/", headers: {} } }, { behindProxy: true }),
            "curl --noproxy '*' -I --resolve a.example.com:8080:127.0.0.1 http://a.example.com:8080/",
        );
    });

    it("is nc for TCP and openssl for TLS that carries no HTTP", () => {
        assert.equal(line({ protocol: "tcp", host: "127.0.0.1", port: 39400 }), "nc 127.0.0.1 39400");
        assert.equal(
            line({ protocol: "tls", port: 39500 }),
            "openssl s_client -quiet -connect 127.0.0.1:39500 -servername a.example.com -CAfile /s/ca.pem",
        );
    });

    it("quotes so that a shell gives the word back", () => {
        for (const word of ["plain", "a b", "it's", "$(id)", "`x`", "", "a\nb", "*", "\\", '"q"']) {
            assert.equal(execFileSync("sh", ["-c", `printf %s ${shellWord(word)}`], { encoding: "utf8" }), word);
        }
    });
});
