/** Limits of annotations, from YAML to the answer: who shares a bucket, who is refused, with which words, and what comes before. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { ownLimiter } from "../../../proxy/exchange";
import { explainer, parseQuestion } from "../../../proxy/explain";
import { diffTables } from "../../../proxy/tables";
import { issuer, keySet } from "../../support/tokens";
import { codesOf, compileYaml, messagesOf, service } from "../compiler/support";
import { Gateway, type Asked } from "./asking";

const CLUSTER = "outbound|80||web.default.svc.cluster.local";
const RATE = "gatehouse.dev/rate-limit";
const CONCURRENT = "gatehouse.dev/max-concurrent-requests";

interface Given {
    readonly host?: Readonly<Record<string, unknown>>;
    readonly gateway?: Readonly<Record<string, unknown>>;
    readonly more?: string;
    readonly http?: string;
}

const marks = (annotations: Readonly<Record<string, unknown>> = {}): string =>
    JSON.stringify(
        Object.fromEntries(
            Object.entries(annotations).map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]),
        ),
    );

function yaml({ host, gateway, more = "", http = "- { name: all, route: [{ destination: { host: web } }] }" }: Given): string {
    return `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: gw, namespace: istio-system }
spec:
  selector: { istio: ingressgateway }
  servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ["*"] }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: web, namespace: default, annotations: ${marks(host)} }
spec:
  hosts: [a.example, b.example]
  gateways: [istio-system/gw]
  http:
    ${http}
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: free, namespace: default }
spec: { hosts: [free.example], gateways: [istio-system/gw], http: [{ route: [{ destination: { host: web } }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: front, namespace: istio-system, annotations: ${marks(gateway)} }
spec: { selector: { istio: ingressgateway }, ports: [{ name: http, port: 80, targetPort: 80 }] }
${more}
${service("web", 80)}`;
}

class Limited {
    time = 0;
    readonly gateway: Gateway;
    readonly told: string[] = [];

    constructor(given: Given) {
        const compiled = compileYaml(yaml(given));
        assert.equal(messagesOf(compiled), "");
        this.gateway = new Gateway(diffTables(undefined, compiled.tables, 1), CLUSTER);
        this.gateway.limits = {
            ...ownLimiter(() => this.time),
            rateLimited: (limit, isShadow) => void this.told.push(`${limit}${isShadow ? " shadow" : ""}`),
            concurrencyLimited: (limit) => void this.told.push(`${limit} concurrent`),
        };
    }

    ask(target: string, headers: string[] = [], address = "192.0.2.7", method = "GET"): Asked {
        return this.gateway.ask(target, { headers: [...headers], method }, { remoteAddress: address });
    }

    /** The status, 200 for what is sent on. */
    status(...asked: Parameters<Limited["ask"]>): number {
        const { response } = this.ask(...asked);
        return response.status === 0 ? 200 : response.status;
    }

    statuses(count: number, ...asked: Parameters<Limited["ask"]>): string {
        return Array.from({ length: count }, () => this.status(...asked)).join(" ");
    }
}

const limit = (more: object): object => ({ requests: 2, per: "10s", ...more });
const byAddress = { address: true };

describe("a rate limit", () => {
    it("is one bucket for all hosts of its object, and for no other", () => {
        const g = new Limited({ host: { [RATE]: [limit({})] } });
        assert.equal(g.status("a.example/"), 200);
        assert.equal(g.status("b.example/", [], "198.51.100.1"), 200);
        assert.equal(g.status("a.example/"), 429);
        assert.equal(g.statuses(3, "free.example/"), "200 200 200");
        g.time += 5_000;
        assert.equal(g.statuses(2, "a.example/"), "200 429");
    });

    it("answers as Envoy does, and says when to come back", () => {
        const g = new Limited({ host: { [RATE]: [limit({ name: "all", requests: 1 })] } });
        g.ask("a.example/");
        g.time += 1_500;
        const { response, record } = g.ask("a.example/");
        assert.deepEqual([response.status, response.body, response.header("content-type")], [429, "local_rate_limited", "text/plain"]);
        assert.equal(response.header("retry-after"), "9");
        assert.equal(response.header("ratelimit"), '"all";r=0;t=9');
        assert.equal(response.header("ratelimit-policy"), '"all";q=1;w=10');
        assert.deepEqual([record().flags, record().details, record().routeName], ["RL", "local_rate_limited", "all"]);
        assert.deepEqual(g.told, ["VirtualService default/web all"]);
    });

    it("tells a call RESOURCE_EXHAUSTED, which no client asks again for at once", () => {
        const g = new Limited({ host: { [RATE]: [limit({ requests: 1 })] } });
        g.ask("a.example/");
        const { response } = g.ask("a.example/", ["content-type", "application/grpc"]);
        assert.deepEqual(
            [response.status, response.header("grpc-status"), response.header("grpc-message")],
            [200, "8", "local_rate_limited"],
        );
        assert.equal(response.body, "");
    });

    it("has the status that is asked for, and tells of itself always or never", () => {
        const g = new Limited({
            host: { [RATE]: [limit({ status: 503, headers: "never" }), limit({ name: "b", burst: 5, headers: "always" })] },
        });
        const first = g.ask("a.example/");
        g.gateway.cluster(CLUSTER).last.answer(200);
        assert.equal(first.response.header("ratelimit"), '"b";r=4;t=5');
        assert.equal(first.response.header("ratelimit-policy"), '"b";q=2;w=10');
        g.ask("a.example/");
        const { response } = g.ask("a.example/");
        assert.deepEqual([response.status, response.header("ratelimit"), response.header("retry-after")], [503, undefined, "5"]);
    });

    it("is each client's by its address, of IPv6 by its network, however it is written", () => {
        const g = new Limited({ host: { [RATE]: [limit({ key: byAddress })] } });
        assert.equal(g.statuses(3, "a.example/", [], "192.0.2.1"), "200 200 429");
        assert.equal(g.status("a.example/", [], "::ffff:192.0.2.1"), 429);
        assert.equal(g.status("a.example/", [], "192.0.2.2"), 200);
        assert.equal(g.status("a.example/", [], "2001:db8::1"), 200);
        assert.equal(g.status("a.example/", [], "2001:db8:0:0:ffff::1"), 200);
        assert.equal(g.status("a.example/", [], "2001:0db8::2"), 429);
        assert.equal(g.status("a.example/", [], "2001:db8:0:1::1"), 200);
        const wide = new Limited({ host: { [RATE]: [limit({ key: { ...byAddress, ipv4Prefix: 24, ipv6Prefix: 48 } })] } });
        assert.equal(wide.status("a.example/", [], "192.0.2.1"), 200);
        assert.equal(wide.status("a.example/", [], "192.0.2.200"), 200);
        assert.equal(wide.status("a.example/", [], "192.0.2.3"), 429);
        assert.equal(wide.status("a.example/", [], "2001:db8:0:1::1"), 200);
        assert.equal(wide.status("a.example/", [], "2001:db8:0:2::1"), 200);
        assert.equal(wide.status("a.example/", [], "2001:db8:0:3::1"), 429);
    });

    it("believes nobody who says another address", () => {
        const g = new Limited({ host: { [RATE]: [limit({ key: byAddress })] } });
        const said = (at: number): string[] => [
            "x-forwarded-for",
            `203.0.113.${at}`,
            "x-real-ip",
            `203.0.113.${at}`,
            "forwarded",
            `for=203.0.113.${at}`,
        ];
        assert.deepEqual(
            [1, 2, 3].map((at) => g.status("a.example/", said(at))),
            [200, 200, 429],
        );
    });

    it("is by header or cookie, and of those who have none one", () => {
        const g = new Limited({ host: { [RATE]: [limit({ name: "k", key: { header: "X-Api-Key" } })] } });
        assert.equal(g.statuses(3, "a.example/", ["x-api-key", "one"]), "200 200 429");
        assert.equal(g.statuses(3, "a.example/", ["x-api-key", "two"]), "200 200 429");
        assert.equal(g.statuses(2, "a.example/"), "200 200");
        assert.equal(g.status("b.example/", [], "198.51.100.9"), 429);
        const h = new Limited({ host: { [RATE]: [limit({ key: { header: "Host" } })] } });
        assert.deepEqual(
            ["a.example/", "A.Example:8080/", "a.example/", "b.example/"].map((target) => h.status(target)),
            [200, 200, 429, 200],
        );
        const c = new Limited({ host: { [RATE]: [limit({ key: { cookie: "sid", ...byAddress } })] } });
        assert.equal(c.statuses(3, "a.example/", ["cookie", "a=b; sid=1"]), "200 200 429");
        assert.equal(c.status("a.example/", ["cookie", "sid=1"], "192.0.2.9"), 200, "both must be the same");
        assert.equal(c.status("a.example/", ["cookie", "sid=2"]), 200);
    });

    it("is of one bucket for all who say a cookie several times, as nobody knows which a backend reads", () => {
        const c = new Limited({ host: { [RATE]: [limit({ key: { cookie: "sid" } })] } });
        const said = (at: number): string[] =>
            [
                ["cookie", `sid=${at}; sid=mine`],
                ["cookie", `sid=mine; a=b; sid=${at}`],
                ["cookie", `sid=${at}`, "cookie", "sid=mine"],
            ][at % 3]!;
        assert.deepEqual(
            [1, 2, 3].map((at) => c.status("a.example/", said(at))),
            [200, 200, 429],
        );
        assert.equal(c.statuses(3, "a.example/", ["cookie", 'sid=mine; sid="mine"; sid=mine']), "200 200 429", "the same one is one");
    });

    it("tells pages of allowed origins when they may ask again", () => {
        const cors = 'corsPolicy: { allowOrigins: [{ exact: "https://app.test" }], exposeHeaders: [retry-after] }';
        const g = new Limited({
            http: `- { name: all, ${cors}, route: [{ destination: { host: web } }] }`,
            host: { [RATE]: [limit({ requests: 1 })] },
        });
        const said = (origin: string): (string | undefined)[] => {
            const { response } = g.ask("a.example/", ["origin", origin]);
            return [
                String(response.status),
                response.header("access-control-allow-origin"),
                response.header("access-control-expose-headers"),
            ];
        };
        g.ask("a.example/");
        assert.deepEqual(said("https://app.test"), ["429", "https://app.test", "retry-after"]);
        assert.deepEqual(said("https://other.test"), ["429", undefined, undefined]);
    });

    it("is for what its conditions hold for, in Istio's words, and for routes by their names", () => {
        const http =
            "- { name: login, match: [{ uri: { prefix: /login } }], route: [{ destination: { host: web } }] }\n    - { name: rest, route: [{ destination: { host: web } }] }";
        const g = new Limited({
            http,
            host: {
                [RATE]: [
                    limit({
                        name: "posts",
                        match: [{ method: { exact: "POST" }, uri: { prefix: "/api" } }, { headers: { "x-bulk": {} } }],
                    }),
                    limit({ name: "tries", requests: 1, routes: ["login"] }),
                ],
            },
        });
        assert.equal(g.statuses(3, "a.example/api"), "200 200 200");
        assert.equal(g.status("a.example/api", [], "192.0.2.7", "POST"), 200);
        assert.equal(g.status("a.example/", ["x-bulk", ""]), 200);
        assert.equal(g.status("a.example/api", [], "192.0.2.7", "POST"), 429);
        assert.equal(g.statuses(2, "a.example/login"), "200 429");
        assert.equal(g.status("a.example/other"), 200);
        assert.deepEqual(g.told, ["VirtualService default/web posts", "VirtualService default/web tries"]);
    });

    it("lets a request pass only where all do, and counts it for none where one refuses", () => {
        const g = new Limited({
            host: { [RATE]: [limit({ name: "own", key: byAddress, requests: 3 }), limit({ name: "host", requests: 4 })] },
            gateway: { [RATE]: [limit({ name: "edge", requests: 6 })] },
        });
        assert.equal(g.statuses(4, "a.example/", [], "192.0.2.1"), "200 200 200 429");
        assert.equal(g.statuses(2, "a.example/", [], "192.0.2.2"), "200 429");
        assert.equal(g.statuses(3, "free.example/"), "200 200 429", "the refused have cost the gateway's nothing");
        assert.deepEqual(g.told, ["VirtualService default/web own", "VirtualService default/web host", "Service istio-system/front edge"]);
        assert.equal(g.status("nobody.example/"), 429, "hosts that nobody has are the gateway's too");
    });

    it("in trial refuses nobody, and says whom it would", () => {
        const g = new Limited({ host: { [RATE]: [limit({ name: "trial", shadow: true })] } });
        assert.equal(g.statuses(4, "a.example/"), "200 200 200 200");
        assert.deepEqual(g.told, ["VirtualService default/web trial shadow", "VirtualService default/web trial shadow"]);
    });

    it("of addresses stands before tokens are looked at, and of claims behind, of those that were verified", async () => {
        const rsa = await issuer("RS256", "k1");
        const jwt = `---
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: { name: jwt, namespace: istio-system }
spec: ${JSON.stringify({ selector: { matchLabels: { istio: "ingressgateway" } }, jwtRules: [{ issuer: "i", jwks: keySet(rsa) }] })}
`;
        const token = async (claims: Record<string, unknown>): Promise<string[]> => [
            "authorization",
            `Bearer ${await rsa.sign({ iss: "i", ...claims })}`,
        ];
        const g = new Limited({ more: jwt, host: { [RATE]: [limit({ key: { claim: "sub" } })] } });
        const [ann, bob] = [await token({ sub: "ann" }), await token({ sub: "bob" })];
        assert.equal(g.statuses(3, "a.example/", ann), "200 200 429");
        assert.equal(g.status("a.example/", bob), 200);
        const forged = ["authorization", `${bob[1]}x`];
        assert.equal(g.statuses(3, "a.example/", forged), "401 401 401");
        assert.equal(g.statuses(1, "a.example/", bob), "200", "a forged token has used up nothing");
        const guarded = new Limited({ more: jwt, host: { [RATE]: [limit({ key: byAddress })] } });
        assert.equal(guarded.statuses(3, "a.example/", forged), "401 401 429");
        const nested = new Limited({ more: jwt, host: { [RATE]: [limit({ key: { claim: "@request.auth.claims[realm][group]" } })] } });
        const group = await token({ realm: { group: "x" } });
        assert.equal(nested.statuses(3, "a.example/", group), "200 200 429");
        assert.equal(nested.status("a.example/", ann), 200);
    });

    it("for a route that claims decide waits until they are known", async () => {
        const rsa = await issuer("RS256", "k1");
        const more = `---
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: { name: jwt, namespace: istio-system }
spec: ${JSON.stringify({ selector: { matchLabels: { istio: "ingressgateway" } }, jwtRules: [{ issuer: "i", jwks: keySet(rsa) }] })}
`;
        const http =
            '- { name: free, match: [{ headers: { "@request.auth.claims.plan": { exact: free } } }], route: [{ destination: { host: web } }] }\n    - { name: rest, route: [{ destination: { host: web } }] }';
        const g = new Limited({ more, http, host: { [RATE]: [limit({ routes: ["free"], requests: 1 })] } });
        const bearer = ["authorization", `Bearer ${await rsa.sign({ iss: "i", plan: "free" })}`];
        assert.equal(g.statuses(2, "a.example/", bearer), "200 429");
        assert.equal(g.statuses(3, "a.example/"), "200 200 200");
    });
});

describe("a bound on what is under way", () => {
    it("refuses more, with Envoy's words, until something ends", () => {
        const g = new Limited({ host: { [CONCURRENT]: "2" } });
        const first = g.ask("a.example/");
        g.ask("b.example/");
        const { response, record } = g.ask("a.example/");
        assert.deepEqual(
            [response.status, response.body, record().details],
            [503, "reached concurrency limit", "reached_concurrency_limit"],
        );
        assert.equal(g.status("free.example/"), 200);
        g.gateway.cluster(CLUSTER).requests[0]!.answer(200);
        assert.equal(first.response.status, 200);
        assert.equal(g.statuses(2, "a.example/"), "200 503");
        assert.deepEqual(g.told, ["VirtualService default/web concurrent", "VirtualService default/web concurrent"]);
    });

    it("is the whole gateway's where its Service says so", () => {
        const g = new Limited({ gateway: { [CONCURRENT]: 1 } });
        assert.equal(g.status("a.example/"), 200);
        assert.equal(g.status("free.example/"), 503);
    });
});

describe("a limit that can't be read", () => {
    const compiledOf = (given: Given): ReturnType<typeof compileYaml> => compileYaml(yaml(given));
    const statusesOf = (given: Given): number[] => {
        const gateway = new Gateway(diffTables(undefined, compiledOf(given).tables, 1), CLUSTER);
        return ["a.example/", "free.example/", "nobody.example/"].map((target) => gateway.ask(target).response.status);
    };

    it("closes the hosts of an object that was never good, and no other", () => {
        for (const annotation of [{ [RATE]: "{" }, { [RATE]: [{ requests: 0, per: "1s" }] }, { [CONCURRENT]: "none" }])
            assert.deepEqual(statusesOf({ host: annotation }), [500, 0, 404]);
    });

    it("of a gateway's Service closes all that it serves", () => {
        for (const annotation of [{ [RATE]: "{" }, { [CONCURRENT]: "-1" }])
            assert.deepEqual(statusesOf({ gateway: annotation }), [500, 500, 500]);
        assert.deepEqual(codesOf(compiledOf({ gateway: { [RATE]: "{" } })), []);
    });
});

describe("explain", () => {
    it("tells which limits a request would count for and by what, and takes nothing from them", () => {
        const { tables } = compileYaml(
            yaml({
                host: {
                    [RATE]: [
                        limit({ name: "each", key: { address: true, header: "x-api-key" }, burst: 9 }),
                        limit({ name: "posts", match: [{ method: { exact: "POST" } }] }),
                        limit({ name: "trial", shadow: true, key: { ...byAddress, ipv4Prefix: 24 } }),
                    ],
                    [CONCURRENT]: "3",
                },
                gateway: { [RATE]: [limit({ name: "edge" })] },
            }),
        );
        const ask = explainer(tables);
        for (let turn = 0; turn < 3; turn++) {
            const { steps } = ask(parseQuestion("http://a.example/x", { clientAddress: "198.51.100.7", headers: ["x-api-key: secret"] }));
            assert.deepEqual(
                steps.filter(({ step }) => step === "rate-limit").map(({ text, origin }) => `${origin?.kind}: ${text}`),
                [
                    "Service: edge: 2 requests in 10s, for all together; more get 429",
                    "VirtualService: each: 2 requests in 10s, 9 at once, by address 198.51.100.7 and header x-api-key; more get 429",
                    "VirtualService: trial: 2 requests in 10s, by address 198.51.100.0/24; more are only counted",
                    "VirtualService: at most 3 requests are under way; more get 503",
                ],
            );
        }
    });
});
