/** Hosts that not everybody may ask: what is said of them, and what the requests that try them expect. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import net from "node:net";
import { after, describe, it } from "mocha";
import type { KubeObject } from "../../../istio";
import { checkAll } from "../../../cli/up/check";
import { planRun } from "../../../cli/up/plan";
import { LocalPorts } from "../../../cli/up/ports";
import { servedBy } from "../../../cli/up/served";
import type { ServedServer, Trial } from "../../../cli/up/trial";
import { deployment, forwardTo, gateway, server, service, virtualService } from "../objects";
import { trial } from "./trials";

const PLATFORM: readonly KubeObject[] = [
    deployment("public", "ingress", { run: "proxy", labels: { istio: "public" } }),
    deployment("web", "apps", { run: "web" }),
    service("web", "apps", [80]),
    gateway("web", "apps", [server(80, "HTTP", ["*.example.com"]), server(9000, "TCP", ["*"])]),
    virtualService("web", "apps", {
        hosts: ["web.example.com"],
        gateways: ["web"],
        http: [{ ...forwardTo("web"), match: [{ uri: { prefix: "/" } }] }],
    }),
    virtualService("open", "apps", { hosts: ["open.example.com"], gateways: ["web"], http: [forwardTo("web")] }),
    virtualService("bytes", "apps", {
        hosts: ["*"],
        gateways: ["web"],
        tcp: [{ match: [{ port: 9000 }], route: [{ destination: { host: "web", port: { number: 80 } } }] }],
    }),
];

const policy = (name: string, spec: object, kind = "AuthorizationPolicy"): KubeObject =>
    ({
        apiVersion: "security.istio.io/v1",
        kind,
        metadata: { name, namespace: "ingress" },
        spec: { selector: { matchLabels: { istio: "public" } }, ...spec },
    }) as unknown as KubeObject;
const WEB = { hosts: ["web.example.com", "web.example.com:*"] };
const deny = (operation: object, rest: object = {}): KubeObject =>
    policy("keep", { action: "DENY", rules: [{ to: [{ operation: { ...WEB, ...operation } }], ...rest }] });

async function served(...objects: readonly KubeObject[]): Promise<ServedServer[]> {
    return servedWith([], ...objects);
}

async function servedWith(calls: readonly string[], ...objects: readonly KubeObject[]): Promise<ServedServer[]> {
    const all = [...PLATFORM, ...objects];
    const plan = await planRun(
        { objects: all, sound: all, authorities: [], samples: { web: { paths: [], calls } } },
        new LocalPorts(8000, { isFree: () => Promise.resolve(true), candidates: () => [21001, 21002, 21003] }),
    );
    return [...servedBy(plan, { ignoreSecurityPolicies: false }).values()].flat();
}
const trialOf = (servers: readonly ServedServer[], host: string): Trial => {
    const found = servers.flatMap(({ trials }) => trials).find((one) => one.host === host);
    assert.ok(found, `${host} of ${JSON.stringify(servers)}`);
    return found;
};
const said = ({ expect, shape, untried, foretold }: Trial): unknown => [
    expect.kind === "status" ? expect.status : expect.kind,
    `${shape.method} ${shape.path}`,
    shape.headers,
    untried,
    foretold,
];

describe("a host that not everybody may ask", () => {
    it("is called where its backend answers calls, and expected to refuse with a status of gRPC what is kept out", async () => {
        const calls = ["/a.B/C", "/a.B/D"];
        const tried = async (...objects: readonly KubeObject[]): Promise<unknown> => {
            const { call, expect, shape } = trialOf(await servedWith(calls, ...objects), "web.example.com");
            return [call, expect, `${shape.method} ${shape.path}`];
        };
        assert.deepEqual(await tried(), ["grpc", { kind: "answer" }, "POST /a.B/C"]);
        assert.deepEqual(await tried(deny({ paths: ["/a.B/C"] })), ["grpc", { kind: "answer" }, "POST /a.B/D"]);
        for (const operation of [{ methods: ["POST"] }, { notMethods: ["GET"] }, {}])
            assert.deepEqual(await tried(deny(operation)), ["grpc", { kind: "status", status: 200, grpcStatus: 7 }, "POST /a.B/C"]);
    });

    it("is tried with a request that its policies let in, where somebody without secrets can make one", async () => {
        for (const [object, wanted] of [
            [deny({ notMethods: ["POST"] }), ["answer", "POST /", {}, "", ""]],
            [deny({ notPaths: ["/public/*"] }), ["answer", "GET /public/", {}, "", ""]],
            [deny({}, { when: [{ key: "request.headers[x-team]", notValues: ["a"] }] }), ["answer", "GET /", { "x-team": "a" }, "", ""]],
            [deny({}, { from: [{ source: { notIpBlocks: ["127.0.0.0/8"] } }] }), ["answer", "GET /", {}, "", ""]],
            [deny({ paths: ["/admin*"] }), ["answer", "GET /", {}, "", ""]],
        ] as const) {
            const servers = await served(object);
            assert.deepEqual(said(trialOf(servers, "web.example.com")), wanted);
            assert.deepEqual(said(trialOf(servers, "open.example.com")), ["answer", "GET /", {}, "", ""]);
        }
    });

    it("is tried by an ALLOW policy's own example", async () => {
        const servers = await served(
            policy("only", {
                action: "ALLOW",
                rules: [
                    {
                        to: [{ operation: { methods: ["PUT"], paths: ["/files/{*}/raw"] } }],
                        when: [{ key: "request.headers[user-agent]", values: ["probe/*"] }],
                    },
                ],
            }),
        );
        assert.deepEqual(said(trialOf(servers, "web.example.com")), ["answer", "PUT /files/x/raw", { "user-agent": "probe/" }, "", ""]);
    });

    it("is to answer 403 where only a token, a certificate or another address lets in", async () => {
        const closed: readonly KubeObject[] = [
            deny({}, { from: [{ source: { notRequestPrincipals: ["*"] } }] }),
            deny({}, { from: [{ source: { notPrincipals: ["*"] } }] }),
            deny({}, { from: [{ source: { notIpBlocks: ["203.0.113.0/24"] } }] }),
            deny({}, { from: [{ source: { ipBlocks: ["127.0.0.1"] } }] }),
        ];
        for (const object of closed) {
            const servers = await served(object);
            assert.deepEqual(said(trialOf(servers, "web.example.com")), [403, "GET /", {}, "", ""]);
            assert.deepEqual(said(trialOf(servers, "open.example.com")), ["answer", "GET /", {}, "", ""]);
        }
    });

    it("on a port that speaks no HTTP is to close the connection", async () => {
        const servers = await served(policy("bytes", { action: "DENY", rules: [{ to: [{ operation: { ports: ["9000"] } }] }] }));
        const [tcp] = servers.filter(({ declaredPort }) => declaredPort === 9000);
        assert.deepEqual(
            tcp?.trials.map(({ expect, foretold }) => [expect.kind, foretold]),
            [["closed", ""]],
        );
        assert.deepEqual(said(trialOf(servers, "web.example.com")), ["answer", "GET /", {}, "", ""]);
    });

    it("is asked about under the local ports that stand for those of its pods", async () => {
        const balancer = service(
            "edge",
            "ingress",
            [
                { name: "http", port: 80, targetPort: 8080 },
                { name: "tcp", port: 9000, targetPort: 9443 },
            ],
            { istio: "public" },
        );
        const ports = async (object: KubeObject): Promise<unknown[]> => {
            const servers = await served(balancer, object);
            const tcp = servers.find(({ declaredPort }) => declaredPort === 9000)?.trials[0];
            return [(said(trialOf(servers, "web.example.com")) as unknown[])[0], tcp?.expect.kind];
        };
        const keep = (operation: object, rest: object = {}): KubeObject =>
            policy("keep", { action: "DENY", rules: [{ to: [{ operation }], ...rest }] });
        assert.deepEqual(await ports(keep({ ports: ["8080"] })), [403, "bytes"]);
        assert.deepEqual(await ports(keep({ notPorts: ["8080"] })), ["answer", "closed"]);
        assert.deepEqual(await ports(keep({ methods: ["GET"], notPorts: ["9443"] })), [403, "bytes"]);
        // The Service's own number is none of the pod's.
        assert.deepEqual(await ports(keep({ ports: ["80", "9000"] })), ["answer", "bytes"]);
        assert.deepEqual(
            await ports(policy("keep", { action: "DENY", rules: [{ when: [{ key: "destination.port", values: ["9443"] }] }] })),
            ["answer", "closed"],
        );
    });

    it("names the policies that a host's requests can come under, in their order", async () => {
        const servers = await served(
            policy("company", { jwtRules: [{ issuer: "https://a.test", jwksUri: "https://a.test/keys" }] }, "RequestAuthentication"),
            policy("may", { action: "ALLOW", rules: [{}] }),
            deny({ paths: ["/admin*"] }),
            policy("seen", { action: "AUDIT", rules: [{}] }),
        );
        const [http] = servers.filter(({ declaredPort }) => declaredPort === 80);
        assert.deepEqual(
            http?.access.map(({ host, policies }) => [host, policies]),
            [
                ["web.example.com", ["token ingress/company", "AUDIT ingress/seen", "DENY ingress/keep", "ALLOW ingress/may"]],
                ["open.example.com", ["token ingress/company", "AUDIT ingress/seen", "ALLOW ingress/may"]],
            ],
        );
    });
});

describe("the check of a connection that is to be closed", () => {
    const servers: net.Server[] = [];
    after(() => {
        for (const one of servers) one.close();
    });
    const listening = async (one: net.Server): Promise<number> => {
        servers.push(one);
        one.listen(0, "127.0.0.1");
        await once(one, "listening");
        return (one.address() as net.AddressInfo).port;
    };
    const checked = async (port: number, protocol: "tcp" | "tls" | "https"): Promise<unknown> => {
        const [result] = await checkAll([trial({ protocol, host: "127.0.0.1", port, expect: { kind: "closed" } })], {
            address: "127.0.0.1",
            ca: "",
            timeoutMs: 400,
        });
        return [result?.outcome, result?.detail.replace(/\d+ ms/, "N ms")];
    };

    it("passes where it is closed, and fails where something comes back, or nothing and no end", async () => {
        const closing = await listening(net.createServer((socket) => socket.destroy()));
        const echoing = await listening(net.createServer((socket) => void socket.pipe(socket)));
        const silent = await listening(net.createServer(() => undefined));
        const http = await listening(createHttpServer((_request, response) => response.end()));
        assert.deepEqual(await checked(closing, "tcp"), ["passed", "closed in N ms"]);
        assert.deepEqual(await checked(closing, "tls"), ["passed", "closed in N ms"]);
        assert.deepEqual(await checked(closing, "https"), ["passed", "closed in N ms"]);
        assert.deepEqual(await checked(echoing, "tcp"), ["failed", "the connection is served; wanted it to be closed"]);
        assert.deepEqual(await checked(silent, "tcp"), ["failed", "nothing came back within N ms"]);
        assert.equal(((await checked(http, "tls")) as string[])[0], "failed");
    });
});
