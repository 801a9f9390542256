/** What routes of gRPC become, and what is wrong with those that no call can take. */
import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { describe, it } from "mocha";
import * as gatehouse from "pulumi-gatehouse";
import type { Fault } from "../../components/arguments";
import { objectFaults, UNKNOWN } from "../../components/arguments";
import { grpcFaults, resolveGrpcRoute, type GRPCMatchData, type GRPCRouteData } from "../../components/grpc";
import { RETRY_WORDS } from "../../components/grpc/schema";
import { buildGateway, buildVirtualService, virtualHostCandidates } from "../../components/virtual-host/objects";
import { judgeVirtualHost, takenByVirtualHost } from "../../components/virtual-host/judge";
import { planVirtualHost, scopeOf, urlsOf, type VirtualHostData } from "../../components/virtual-host/plan";
import { RETRY_CONDITIONS } from "../../istio/validation/rules/http-policies";
import { evaluated, object, refusal, service } from "./support/evaluation";
import { ingressRef } from "./support/refs";

const destination = { service: { name: "echo", namespace: "shop", ports: [{ name: "grpc", port: 9000 }] } };
const route = [{ destination }];
const resolved = [{ destination: { host: "echo.shop.svc.cluster.local", port: { number: 9000 } } }];
const gateway = ingressRef({
    ports: {
        http: { number: 80, protocol: "HTTP" },
        https: { number: 443, protocol: "HTTPS" },
        grpc: { number: 50051, protocol: "GRPC" },
        "grpc-web": { number: 8080, protocol: "GRPC-WEB" },
        tcp: { number: 9000, protocol: "TCP" },
    },
});
const tls = { certificate: { kind: "selfSigned" } } as const;
const data = (change: Partial<VirtualHostData> = {}): VirtualHostData => ({
    gateway,
    hosts: ["echo.example.com"],
    grpc: [{ match: [{ service: "echo.v1.Echo" }], route }],
    ...change,
});
const made = (given: Partial<GRPCRouteData>): unknown => resolveGrpcRoute({ route, ...given }, "shop", "grpc[0]", []);
const texts = (faults: readonly Fault[]): string[] => faults.map(({ code, path, message, fix }) => `${code} ${path}: ${message} ${fix}`);
const judged = (change: Partial<VirtualHostData>): string[] => {
    const { faults, plan } = judgeVirtualHost("echo", data(change));
    const own: Fault[] = [];
    return texts([...faults, ...objectFaults(plan ? virtualHostCandidates(plan, own) : []), ...own]);
};

describe("a route of gRPC", () => {
    it("is one of HTTP by the path of its calls", () => {
        const uri = (match: GRPCMatchData): unknown => (made({ match: [match] }) as { match: unknown[] }).match[0];
        assert.deepEqual(uri({ service: "echo.v1.Echo", method: "Say" }), { uri: { exact: "/echo.v1.Echo/Say" } });
        assert.deepEqual(uri({ service: "echo.v1.Echo" }), { uri: { prefix: "/echo.v1.Echo/" } });
        assert.deepEqual(uri({ service: "Echo", headers: { tenant: { exact: "a" } }, withoutHeaders: { debug: {} } }), {
            uri: { prefix: "/Echo/" },
            headers: { tenant: { exact: "a" } },
            withoutHeaders: { debug: {} },
        });
    });

    it("without a service takes only what says that it is gRPC", () => {
        const content = { "content-type": { prefix: "application/grpc" } };
        const expected = { route: resolved };
        assert.deepEqual(made({}), { match: [{ headers: content }], ...expected });
        assert.deepEqual(made({ match: [] }), { match: [{ headers: content }], ...expected });
        assert.deepEqual(made({ match: [{ method: "Say" }, { headers: { tenant: { exact: "a" } } }] }), {
            match: [{ uri: { regex: "/[^/]+/Say" }, headers: content }, { headers: { ...content, tenant: { exact: "a" } } }],
            ...expected,
        });
        assert.deepEqual(made({ match: [{ headers: { "Content-Type": { exact: "application/grpc+json" } } }] }), {
            match: [{ headers: { "Content-Type": { exact: "application/grpc+json" } } }],
            ...expected,
        });
    });

    it("hands on what is Istio's, and of retries what gRPC's clients mean by them", () => {
        const rest = {
            name: "calls",
            timeout: "5s",
            fault: { abort: { grpcStatus: "UNAVAILABLE", percentage: { value: 1 } } },
            corsPolicy: { allowOrigins: [{ exact: "https://a.example.com" }] },
            headers: { request: { set: { a: "b" } } },
        } as const;
        const match = [{ service: "echo.v1.Echo" }];
        assert.deepEqual(made({ ...rest, match, mirrors: [{ destination, percentage: { value: 5 } }] }), {
            ...rest,
            corsPolicy: {
                allowOrigins: [{ exact: "https://a.example.com" }],
                allowMethods: ["POST"],
                allowHeaders: ["content-type", "x-grpc-web", "x-user-agent", "grpc-timeout"],
                exposeHeaders: ["grpc-status", "grpc-message"],
            },
            match: [{ uri: { prefix: "/echo.v1.Echo/" } }],
            route: resolved,
            mirrors: [{ ...resolved[0], percentage: { value: 5 } }],
        });
        const retries = (given: NonNullable<GRPCRouteData["retries"]>): unknown =>
            (made({ retries: given }) as { retries: unknown }).retries;
        assert.deepEqual(retries({}), { attempts: 2, retryOn: "connect-failure,refused-stream,unavailable,cancelled" });
        assert.deepEqual(retries({ attempts: 0 }), { attempts: 0 });
        assert.deepEqual(retries({ attempts: 3, perTryTimeout: "1s", retryOn: ["resource-exhausted", "reset"] }), {
            attempts: 3,
            perTryTimeout: "1s",
            retryOn: "resource-exhausted,reset",
        });
    });

    it("leaves out of a policy for other origins nothing that it says itself", () => {
        const own = { allowOrigins: [{ exact: "https://a.example.com" }], allowHeaders: ["x-a"], exposeHeaders: [] };
        const { corsPolicy } = made({ match: [{ service: "a.B" }], corsPolicy: own }) as { corsPolicy: object };
        assert.deepEqual(corsPolicy, { ...own, allowMethods: ["POST"] });
    });

    it("keeps the place of what comes later", () => {
        const later = UNKNOWN as never;
        const rule = (given: Partial<GRPCRouteData>): Record<string, unknown> => made(given) as Record<string, unknown>;
        assert.deepEqual(rule({ match: [{ service: later }] })["match"], [{ uri: { prefix: `/${UNKNOWN}/` } }]);
        assert.deepEqual(rule({ match: [{ service: "a.B", method: later }] })["match"], [{ uri: { exact: `/a.B/${UNKNOWN}` } }]);
        assert.deepEqual(rule({ match: [later, { service: "a.B" }] })["match"], [UNKNOWN, { uri: { prefix: "/a.B/" } }]);
        assert.deepEqual(rule({ match: [{ headers: later }] })["match"], [{ headers: UNKNOWN }]);
        for (const field of ["match", "route", "retries", "corsPolicy", "headers", "fault", "timeout"] as const)
            assert.equal(rule({ [field]: later })[field], UNKNOWN, field);
        assert.equal(resolveGrpcRoute(later, "shop", "grpc[0]", []), UNKNOWN);
        assert.deepEqual(texts(grpcFaults([later, { match: later, route }, { match: [later, { service: "1" }], route }], [])).length, 1);
        assert.match(texts(grpcFaults([{ match: [later, { service: "1" }], route }], [])).join(), /grpc\[0\]\.match\[1\]\.service/);
    });

    it("is tried again for nothing that Istio does not know", () => {
        assert.deepEqual(
            Object.keys(RETRY_WORDS).filter((word) => !RETRY_CONDITIONS.includes(word)),
            [],
        );
    });

    it("stands before every rule of HTTP", () => {
        const { spec } = buildVirtualService(planVirtualHost("echo", data({ http: [{ route }] })));
        assert.deepEqual(spec.http, [{ match: [{ uri: { prefix: "/echo.v1.Echo/" } }], route: resolved }, { route: resolved }]);
    });

    it("does without any rule of HTTP, and a host has one or the other", () => {
        assert.deepEqual(judged({}), []);
        assert.deepEqual(judged({ grpc: [] }), [
            "GH0210 http: there is no route. Give at least one, here or in grpc: { route: [{ destination }] }.",
        ]);
    });
});

describe("names in a route of gRPC", () => {
    const faults = (match: object): string[] => texts(grpcFaults([{ match: [match], route }], []));

    it("are those of protobuf", () => {
        for (const service of ["Echo", "echo.v1.Echo", "_a.B_2"]) assert.deepEqual(faults({ service, method: "Say_2" }), [], service);
        assert.deepEqual(faults({ service: "/echo.v1.Echo/" }), [
            'GH0215 grpc[0].match[0].service: "/echo.v1.Echo/" is no name of a service. Write "echo.v1.Echo".',
        ]);
        assert.deepEqual(faults({ service: "/echo.v1.Echo/Say" }), [
            'GH0215 grpc[0].match[0].service: "/echo.v1.Echo/Say" is no name of a service. Write { service: "echo.v1.Echo", method: "Say" }.',
        ]);
        assert.deepEqual(faults({ service: "echo.v1.Echo", method: "/echo.v1.Echo/Say" }), [
            'GH0215 grpc[0].match[0].method: "/echo.v1.Echo/Say" is no name of a method. Write "Say".',
        ]);
        for (const service of ["", ".", "echo.", ".Echo", "echo..Echo", "1echo", "echo-v1.Echo", "echo.v1.*", "a b", "ä"])
            assert.deepEqual(
                faults({ service }),
                [
                    `GH0215 grpc[0].match[0].service: ${JSON.stringify(service)} is no name of a service. Write it as the .proto has it, with its package: \`echo.v1.Echo\`.`,
                ],
                service,
            );
        for (const method of ["", "*", "Say(", "a-b", "1"]) assert.equal(faults({ service: "a.B", method }).length, 1, method);
    });
});

describe("a route that no call reaches", () => {
    const faults = (matches: readonly (readonly GRPCMatchData[] | undefined)[], http: VirtualHostData["http"] = []): string[] =>
        texts(
            grpcFaults(
                matches.map((match) => ({ ...(match ? { match } : {}), route })),
                http,
            ),
        );

    it("is one behind another that takes its calls", () => {
        assert.deepEqual(faults([[{ service: "a.B" }], [{ service: "a.B", method: "C" }]]), [
            "GH0215 grpc[1].match[0]: no call reaches it: grpc[0].match[0] takes every call to a.B before. Put grpc[1] before grpc[0].",
        ]);
        assert.deepEqual(faults([undefined, [{ service: "a.B" }]]), [
            "GH0215 grpc[1].match[0]: no call reaches it: grpc[0] takes every call before. Put grpc[1] before grpc[0].",
        ]);
        assert.deepEqual(faults([[{ service: "a.B", method: "C" }], [{ service: "a.B", method: "C" }]]), [
            "GH0215 grpc[1].match[0]: no call reaches it: grpc[0].match[0] takes a.B/C before. Leave one of the two out.",
        ]);
        assert.deepEqual(faults([[{ service: "a.B" }, { service: "a.B", method: "C" }]]), [
            "GH0215 grpc[0].match[1]: no call reaches it: grpc[0].match[0] takes every call to a.B before. Leave one of the two out.",
        ]);
        assert.equal(
            faults([[{ service: "a.B", headers: { X: { exact: "1" } } }], [{ service: "a.B", headers: { x: { exact: "1" } } }]]).length,
            1,
        );
    });

    it("is none that asks for something else", () => {
        assert.deepEqual(faults([[{ service: "a.B", method: "C" }], [{ service: "a.B" }], [{ service: "a.Bc" }], undefined]), []);
        assert.deepEqual(faults([[{ service: "a.B", headers: { x: { exact: "1" } } }], [{ service: "a.B" }]]), []);
        assert.deepEqual(
            faults([[{ method: "C" }], [{ service: "a.B" }], [{ service: "a.B", headers: { x: { exact: "2" } } }].slice(1)]),
            [],
        );
    });

    it("is a rule of HTTP below a service", () => {
        const http = (uri: object, more: object = {}): NonNullable<VirtualHostData["http"]> => [{ match: [{ uri, ...more }], route }];
        assert.deepEqual(faults([[{ service: "a.B" }]], http({ prefix: "/a.B/C" })), [
            "GH0215 http[0].match[0].uri: no request reaches it: grpc[0].match[0] takes every call to a.B, and gRPC routes come before HTTP's. Leave it out, or make a gRPC route of it.",
        ]);
        assert.equal(faults([[{ service: "a.B", method: "C" }]], http({ exact: "/a.B/C" })).length, 1);
        for (const rule of [http({ prefix: "/" }), http({ prefix: "/a.B" }), http({ exact: "/a.Bc/D" }), http({ regex: "/a.B/.*" })])
            assert.deepEqual(faults([[{ service: "a.B" }]], rule), []);
        assert.deepEqual(faults([[{ service: "a.B", method: "C" }]], http({ prefix: "/a.B/C" })), []);
        assert.deepEqual(faults([[{ service: "a.B", headers: { x: { exact: "1" } } }]], http({ prefix: "/a.B/C" })), []);
        assert.deepEqual(faults([[{ service: "a.B" }]], http({ prefix: "/A.b/" }, { ignoreUriCase: true })), []);
    });

    it("is for pages of other origins where a preflight says no service", () => {
        const corsPolicy = { allowOrigins: [{ exact: "https://a.example.com" }] };
        assert.deepEqual(texts(grpcFaults([{ route, corsPolicy }], [])), [
            "GH0215 grpc[0].corsPolicy: there is no match, so that preflights do not come here: they have no content type. Name the services.",
        ]);
        assert.deepEqual(texts(grpcFaults([{ match: [{ service: "a.B" }], route, corsPolicy }], [])), []);
    });
});

describe("a backend of gRPC", () => {
    const led = (port: object): string[] =>
        judged({
            grpc: [
                {
                    match: [{ service: "a.B" }],
                    route: [{ destination: { service: { name: "echo", namespace: "shop", ports: [port as never] } } }],
                },
            ],
        });

    it("is a port that says that it speaks HTTP/2", () => {
        for (const port of [
            { name: "grpc", port: 1 },
            { name: "grpc-api", port: 1 },
            { name: "http2", port: 1 },
            { name: "grpc-web", port: 1 },
            { name: "web", port: 1, appProtocol: "grpc" },
            { name: "http", port: 1, appProtocol: "kubernetes.io/h2c" },
        ])
            assert.deepEqual(led(port), [], JSON.stringify(port));
        const fix = 'Call the port `grpc`, alone or before a hyphen, or give it `appProtocol: "grpc"`.';
        const at = "GH0215 grpc[0].route[0].destination:";
        assert.deepEqual(led({ name: "http", port: 80 }), [
            `${at} port 80 of Service shop/echo speaks HTTP, as its name "http" says; gRPC goes over HTTP/2. ${fix}`,
        ]);
        assert.deepEqual(led({ name: "grpc", port: 80, appProtocol: "http" }), [
            `${at} port 80 of Service shop/echo speaks HTTP, as its appProtocol "http" says; gRPC goes over HTTP/2. ${fix}`,
        ]);
        assert.deepEqual(led({ name: "api", port: 80 }), [
            `${at} nothing says what port 80 of Service shop/echo speaks: its name "api" does not. It is taken as HTTP/1.1, and gRPC goes over HTTP/2. ${fix}`,
        ]);
        assert.deepEqual(led({ port: 80 }), [
            `${at} nothing says what port 80 of Service shop/echo speaks. It is taken as HTTP/1.1, and gRPC goes over HTTP/2. ${fix}`,
        ]);
        for (const name of ["https", "tcp", "tls", "mysql"]) assert.equal(led({ name, port: 1 }).length, 1, name);
    });

    it("written as Istio's own is taken as it is", () => {
        assert.deepEqual(
            judged({ grpc: [{ match: [{ service: "a.B" }], route: [{ destination: { host: "echo", port: { number: 1 } } }] }] }),
            [],
        );
    });

    it("is found fault with under the argument that it comes from", () => {
        const [first = "", second = ""] = judged({
            grpc: [{ match: [{ service: "a.B" }], route, timeout: "soon" }],
            http: [{ route, timeout: "later" }],
        });
        assert.match(first, /^GH\d+ grpc\[0\]\.timeout: /);
        assert.match(second, /^GH\d+ http\[0\]\.timeout: /);
    });

    it("is told of once where it is missing, and without what gRPC has not", () => {
        const match = [{ service: "a.B" }];
        assert.deepEqual(judged({ grpc: [{ match, route: [] }] }), [
            "GH0215 grpc[0].route: there is no backend. Give at least one: [{ destination }].",
        ]);
        const [only = "", ...more] = judged({ grpc: [{ match } as never] });
        assert.match(only, /^GH0210 grpc\[0\]\.route: this is missing\./);
        assert.deepEqual(more, []);
    });
});

describe("a host on more ports in the clear", () => {
    const server = (name: string, number: number, protocol: string): object => ({
        port: { number, protocol, name },
        hosts: ["echo.example.com"],
    });
    const plainPorts = ["grpc", "grpc-web"];

    it("has a server on each beside those it has anyway", () => {
        const { spec } = buildGateway(planVirtualHost("echo", data({ tls, plainPorts })), { credentialName: "echo-tls" });
        assert.deepEqual(spec.servers.slice(1), [
            { ...server("http", 80, "HTTP"), tls: { httpsRedirect: true } },
            server("grpc", 50051, "GRPC"),
            server("grpc-web", 8080, "GRPC-WEB"),
        ]);
    });

    it("has a Gateway for them alone where a shared server has its certificate", () => {
        const shared = planVirtualHost(
            "echo",
            data({ gateway: { ...gateway, shared: [{ gateway: "edge/public", hosts: ["*.example.com"] }] }, plainPorts }),
        );
        assert.deepEqual(buildGateway(shared, {}).spec.servers, [server("grpc", 50051, "GRPC"), server("grpc-web", 8080, "GRPC-WEB")]);
        assert.deepEqual(buildVirtualService(shared).spec.gateways, ["edge/public", "edge/echo"]);
        const taken = takenByVirtualHost(shared);
        assert.ok(taken.names?.some(({ kind, name }) => kind === "Gateway" && name === "echo"));
        assert.deepEqual(
            taken.claims?.map(({ key }) => key),
            [
                "route host edge/public 443 echo.example.com",
                "host edge/public 50051 echo.example.com",
                "host edge/public 8080 echo.example.com",
            ],
        );
    });

    it("names ports that there are, once, and not that for plain HTTP", () => {
        const has = "edge/public has http 80 (HTTP), https 443 (HTTPS), grpc-web 8080 (GRPC-WEB), tcp 9000 (TCP), grpc 50051 (GRPC).";
        assert.deepEqual(judged({ tls, httpPort: "http", plainPorts: ["nope", "tcp", "grpc", "grpc", "http"] }), [
            `GH0203 plainPorts[0]: the gateway has no port "nope" that speaks HTTP, HTTP/2, gRPC or gRPC-Web in the clear; ${has} `,
            `GH0203 plainPorts[1]: the gateway has no port "tcp" that speaks HTTP, HTTP/2, gRPC or gRPC-Web in the clear; ${has} `,
            "GH0210 plainPorts[3]: grpc stands in plainPorts[2] already. ",
            'GH0210 plainPorts[4]: http is the port for plain HTTP already, which leads to HTTPS. Give tls.http "serve", or leave it out.',
        ]);
        assert.deepEqual(judged({ httpPort: "http", plainPorts: ["http"] }), [
            "GH0210 plainPorts[0]: http is the port for plain HTTP already. Leave it out.",
        ]);
        assert.deepEqual(judged({ tls: { ...tls, http: "off" }, plainPorts: ["http"] }), []);
        assert.deepEqual(judged({ plainPorts: ["http"] }), []);
    });

    it("redirects on no port of gRPC, and does without any other where these are all there are", () => {
        const ports = { https: gateway.ports["https"]!, grpc: gateway.ports["grpc"]! };
        const secure = planVirtualHost("echo", data({ gateway: { ...gateway, ports }, tls }));
        assert.deepEqual([secure.httpPort, secure.plainHttp, buildGateway(secure, {}).spec.servers.length], [undefined, "off", 1]);
        const open = data({ gateway: { ...gateway, ports: { grpc: ports.grpc } }, plainPorts: ["grpc"] });
        const alone = planVirtualHost("echo", open);
        assert.deepEqual(buildGateway(alone, {}).spec.servers, [server("grpc", 50051, "GRPC")]);
        assert.deepEqual(urlsOf(alone), ["http://echo.example.com:50051/"]);
        assert.deepEqual(judged(open), []);
        assert.deepEqual(planVirtualHost("echo", { ...open, plainPorts: [] }).httpPort?.name, "grpc");
    });

    it("says who may pass by its hosts, since clients of these ports name none in SNI", () => {
        const access = { ips: ["10.0.0.0/8"] };
        assert.deepEqual(scopeOf(planVirtualHost("echo", data({ tls, access, plainPorts }))), {
            hosts: ["echo.example.com", "echo.example.com:*"],
            notPorts: [80, 9000],
        });
        assert.deepEqual(judged({ tls, access, hosts: ["*.example.com"] }), []);
        assert.match(judged({ tls, access, hosts: ["*.example.com"], plainPorts }).join("\n"), /GH0213 access: .*Leave plainPorts out/);
    });
});

describe("a program with routes of gRPC", () => {
    const program = (name: unknown, port: object) => (): void => {
        const echo = service("echo", "shop", [{ port: 9000, ...port }]);
        new gatehouse.VirtualHost("echo", {
            gateway: ingressRef() as gatehouse.GatewayRef,
            hosts: ["echo.example.com"],
            grpc: [{ match: [{ service: name as string, method: "Say" }], route: [{ destination: echo }] }],
        });
    };

    it("may have names that come later, and is refused for what they turn out to be", async () => {
        const later = (name: string): pulumi.Output<string> => pulumi.output(new Promise((resolve) => setImmediate(() => resolve(name))));
        const made = await evaluated(program(later("echo.v1.Echo"), { name: "grpc" }));
        assert.deepEqual((object(made, "VirtualService", "echo") as { spec: { http: unknown } }).spec.http, [
            { match: [{ uri: { exact: "/echo.v1.Echo/Say" } }], route: resolved },
        ]);
        assert.match(
            await refusal(program(later("echo/v1"), { name: "grpc" })),
            /grpc\[0\]\.match\[0\]\.service: "echo\/v1" is no name of a service/,
        );
        assert.match(
            await refusal(program("echo.v1.Echo", { name: "http" })),
            /grpc\[0\]\.route\[0\]\.destination: port 9000 of Service shop\/echo speaks HTTP, as its name "http" says/,
        );
    });
});
