/** HTTP rules as route entries: matches, actions and what stands beside them. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { RouteEntry } from "../../../../proxy/tables";
import { codesOf, compileYaml, entries, gateway, service, virtualService } from "../support";

const WEB = gateway("web", '- { port: { number: 80, name: http, protocol: HTTP }, hosts: ["*"] }');
const APPS = service("app", 80, { namespace: "istio-system" }) + service("other", 80, { namespace: "istio-system" });
const TO_APP = "route: [{ destination: { host: app } }]";
const APP = "outbound|80||app.istio-system.svc.cluster.local";
const OTHER = "outbound|80||other.istio-system.svc.cluster.local";

const compiled = (http: string): ReturnType<typeof compileYaml> =>
    compileYaml(WEB + virtualService("v", `{ hosts: [a.example.com], gateways: [web], http: [${http}] }`) + APPS);
const routes = (http: string): readonly RouteEntry[] => entries(compiled(http).tables, "virtualHosts")[0]?.routes ?? [];
function only(http: string): RouteEntry {
    const [first, ...more] = routes(http);
    assert.ok(first && more.length === 0);
    return first;
}
function forward(http: string): Extract<RouteEntry["action"], { kind: "forward" }> {
    const { action } = only(http);
    assert.ok(action.kind === "forward");
    return action;
}

describe("match blocks", () => {
    it("become one entry each, with every condition in it", () => {
        const [first, second, ...more] = routes(`{ name: r, match: [
            { name: m, uri: { prefix: /a }, ignoreUriCase: true, scheme: { exact: https }, method: { regex: "GET|PUT" }, authority: { prefix: a. }, headers: { X-B: { exact: "1" }, a: {}, c: { regex: "*" } }, withoutHeaders: { Z: { prefix: z } }, queryParams: { q: {}, p: { exact: "2" } } },
            { uri: { regex: "/x.*" }, ignoreUriCase: true } ], ${TO_APP} }`);
        assert.deepEqual(more, []);
        assert.deepEqual(first?.match, {
            path: { kind: "prefix", value: "/a", ignoreCase: true },
            scheme: { kind: "exact", value: "https" },
            method: { kind: "regex", value: "GET|PUT" },
            authority: { kind: "prefix", value: "a." },
            headers: [
                { name: "a", match: { kind: "present" }, invert: false },
                { name: "c", match: { kind: "present" }, invert: false },
                { name: "x-b", match: { kind: "exact", value: "1" }, invert: false },
                { name: "z", match: { kind: "prefix", value: "z" }, invert: true },
            ],
            queryParams: [
                { name: "p", match: { kind: "exact", value: "2" } },
                { name: "q", match: { kind: "present" } },
            ],
            claims: [],
        });
        assert.deepEqual(second?.match, {
            path: { kind: "regex", value: "/x.*", ignoreCase: false },
            headers: [],
            queryParams: [],
            claims: [],
        });
        assert.deepEqual([first?.name, second?.name], ["r.m", "r"]);
        assert.deepEqual([first?.origin.field, second?.origin.field], ["spec.http[0].match[0]", "spec.http[0].match[1]"]);
    });

    it("name their route as Istio's access logs do, or not at all", () => {
        assert.deepEqual(
            routes(`{ match: [{ name: m, uri: { prefix: /a } }], ${TO_APP} }, { ${TO_APP} }`).map(({ name }) => name),
            [".m", ""],
        );
    });

    it("are no condition when they are empty", () => {
        assert.equal("match" in only(`{ match: [{}], ${TO_APP} }`), false);
        assert.equal("match" in only(`{ match: [], ${TO_APP} }`), false);
    });

    for (const [title, match, isKept] of [
        ["the server's declared port", "{ port: 80 }", true],
        ["no other port", "{ port: 8080 }", false],
        ["the Gateway it names", "{ gateways: [web] }", true],
        ["no other Gateway", "{ gateways: [mesh] }", false],
        ["the labels of the gateway's pod", "{ sourceLabels: { istio: ingressgateway } }", true],
        ["no other pod's labels", "{ sourceLabels: { app: client } }", false],
        ["the gateway's namespace", "{ sourceNamespace: istio-system }", true],
        ["no other namespace", "{ sourceNamespace: default }", false],
        ["the Gateway alone where one is named", "{ gateways: [web], sourceLabels: { app: client } }", true],
    ] as const) {
        it(`are decided at once for ${title}`, () => assert.equal(routes(`{ match: [${match}], ${TO_APP} }`).length, isKept ? 1 : 0));
    }

    it("on claims of a token are conditions of their own", () => {
        const block = (name: string): string => `"${name}": { exact: admin }`;
        const [entry] = routes(
            `{ match: [{ headers: { ${block("@request.auth.claims.b")}, ${block("@Request.Auth.Claims[A][c.d]")} }, withoutHeaders: { "@request.auth.claims.a.b": {} } }], ${TO_APP} }`,
        );
        const match = { kind: "exact", value: "admin" };
        assert.deepEqual(entry?.match?.claims, [
            { path: ["A", "c.d"], match, invert: false },
            { path: ["b"], match, invert: false },
            { path: ["a", "b"], match: { kind: "present" }, invert: true },
        ]);
        assert.deepEqual(entry?.match?.headers, []);
    });

    it("that begin as on claims and name none are dropped, and named", () => {
        const compilation = compiled(`{ match: [{ headers: { "@request.auth.claims-group": { exact: admin } } }], ${TO_APP} }`);
        assert.equal(compilation.tables.virtualHosts.size, 0);
        assert.ok(codesOf(compilation).includes("GH0447 VirtualService istio-system/v spec.http[0].match[0].headers"));
    });
});

describe("forwarding", () => {
    it("gives a single destination everything, whatever weight it has", () => {
        assert.deepEqual(forward("{ route: [{ destination: { host: app }, weight: 7 }] }").clusters, [{ cluster: APP, weight: 100 }]);
    });

    it("drops destinations of weight 0 among several", () => {
        assert.deepEqual(
            forward(
                "{ route: [{ destination: { host: app }, weight: 3 }, { destination: { host: other } }, { destination: { host: other }, weight: 1 }] }",
            ).clusters,
            [
                { cluster: APP, weight: 3 },
                { cluster: OTHER, weight: 1 },
            ],
        );
    });

    for (const [title, http, expected] of [
        ["the prefix of a prefix match", "{ match: [{ uri: { prefix: /a } }], rewrite: { uri: /b }, ", { kind: "prefix", value: "/b" }],
        ["the prefix / without a match", "{ rewrite: { uri: /b }, ", { kind: "prefix", value: "/b" }],
        ["the whole path of an exact match", "{ match: [{ uri: { exact: /a } }], rewrite: { uri: /b }, ", { kind: "full", value: "/b" }],
        ["the whole path of a regex match", "{ match: [{ uri: { regex: /a.* } }], rewrite: { uri: /b }, ", { kind: "full", value: "/b" }],
        [
            "what a regex says",
            '{ rewrite: { uriRegexRewrite: { match: "^/(.*)$", rewrite: "/x/\\\\1" } }, ',
            { kind: "regex", match: "^/(.*)$", substitution: "/x/\\1" },
        ],
    ] as const) {
        it(`rewrites ${title}`, () => assert.deepEqual(forward(`${http}${TO_APP} }`).rewrite, expected));
    }

    it("rewrites the host by rewrite.authority or by a Host header", () => {
        assert.equal(forward(`{ rewrite: { authority: x.example.com }, ${TO_APP} }`).hostRewrite, "x.example.com");
        assert.equal(forward(`{ headers: { request: { set: { Host: y.example.com } } }, ${TO_APP} }`).hostRewrite, "y.example.com");
        assert.equal(
            forward('{ route: [{ destination: { host: app }, headers: { request: { add: { ":authority": z.example.com } } } }] }')
                .hostRewrite,
            "z.example.com",
        );
    });

    it("rewrites the host of one of several destinations alone", () => {
        const { hostRewrite, clusters } = forward(
            "{ route: [{ destination: { host: app }, weight: 1, headers: { request: { set: { host: z.example.com } } } }, { destination: { host: other }, weight: 1 }] }",
        );
        assert.equal(hostRewrite, undefined);
        assert.deepEqual(
            clusters.map((one) => one.hostRewrite),
            ["z.example.com", undefined],
        );
    });

    it("keeps header operations of rule and destination apart, lower-case and sorted", () => {
        const route = only(
            `{ headers: { request: { set: { B: "2", a: "1" }, remove: [X, "host", ":path"] }, response: { add: { Z: "3" } } }, route: [{ destination: { host: app }, headers: { response: { remove: [Server] } } }] }`,
        );
        assert.deepEqual(route.request, {
            remove: ["x"],
            set: [
                ["a", "1"],
                ["b", "2"],
            ],
            add: [],
        });
        assert.deepEqual(route.response, { remove: [], set: [], add: [["z", "3"]] });
        assert.deepEqual(route.action.kind === "forward" && route.action.clusters[0]?.response, { remove: ["server"], set: [], add: [] });
    });

    it("lets the rule's operations come last where zero weights leave one of several destinations", () => {
        const route = only(`{ headers: { request: { set: { a: rule }, add: { c: rule }, remove: [d] } }, route: [
            { destination: { host: app }, weight: 1, headers: { request: { set: { a: destination, b: destination }, add: { c: destination, d: destination } } } }, { destination: { host: other }, weight: 0 }] }`);
        assert.deepEqual(route.request, {
            remove: ["d"],
            set: [
                ["a", "rule"],
                ["b", "destination"],
            ],
            add: [
                ["c", "destination"],
                ["c", "rule"],
            ],
        });
        assert.equal(route.action.kind === "forward" && route.action.clusters[0]?.request, undefined);
    });

    it("names the variables in header values that it does not know", () => {
        const { findings } = compiled(
            '{ headers: { request: { set: { a: "%PROTOCOL%" } } }, route: [{ destination: { host: app }, headers: { response: { add: { b: "%CONNECTION_ID%" } } } }] }',
        );
        assert.deepEqual(
            findings.map(({ code, field }) => [code, field]),
            [["GH0447", "spec.http[0].route[0].headers.response.add.b"]],
        );
    });

    it("has no timeout and two retries unless it says otherwise", () => {
        assert.equal(forward(`{ ${TO_APP} }`).timeoutMs, 0);
        assert.equal(forward(`{ ${TO_APP} }`).retry.attempts, 2);
        const said = forward(
            `{ timeout: 1.5s, retries: { attempts: 3, perTryTimeout: 250ms, retryOn: "5xx, 503,Reset", backoff: 1s }, ${TO_APP} }`,
        );
        assert.equal(said.timeoutMs, 1500);
        assert.deepEqual(said.retry, { attempts: 3, on: ["5xx", "reset"], statusCodes: [503], perTryTimeoutMs: 250, backoffMs: 1000 });
        assert.equal(forward(`{ retries: { attempts: 0 }, ${TO_APP} }`).retry.attempts, 0);
    });

    it("mirrors everything unless a percentage says less", () => {
        assert.deepEqual(forward(`{ mirror: { host: other }, ${TO_APP} }`).mirrors, [{ cluster: OTHER, percent: 100 }]);
        assert.deepEqual(forward(`{ mirror: { host: other }, mirrorPercentage: { value: 2.5 }, ${TO_APP} }`).mirrors, [
            { cluster: OTHER, percent: 2.5 },
        ]);
        assert.deepEqual(
            forward(`{ mirrors: [{ destination: { host: other } }, { destination: { host: app }, percentage: {} }], ${TO_APP} }`).mirrors,
            [{ cluster: OTHER, percent: 100 }],
        );
    });
});

describe("other actions", () => {
    for (const [title, redirect, expected] of [
        ["a path", "{ uri: /b }", { path: { kind: "full", value: "/b" } }],
        ["a prefix", "{ prefixRewrite: /b, redirectCode: 308 }", { status: 308, path: { kind: "prefix", value: "/b" } }],
        [
            "authority, scheme and port",
            "{ authority: b.example.com, scheme: https, port: 8443 }",
            { authority: "b.example.com", scheme: "https", port: 8443 },
        ],
        ["the request's port", "{ scheme: https, derivePort: FROM_REQUEST_PORT }", { scheme: "https", port: "request" }],
        ["the scheme's port", "{ scheme: https, derivePort: FROM_PROTOCOL_DEFAULT }", { scheme: "https" }],
    ] as const) {
        it(`redirect to ${title}`, () =>
            assert.deepEqual(only(`{ match: [{ uri: { prefix: /a } }], redirect: ${redirect} }`).action, {
                kind: "redirect",
                status: 301,
                ...expected,
            }));
    }

    it("answer directly, with text or bytes", () => {
        assert.deepEqual(only('{ directResponse: { status: 503, body: { string: "größer" } } }').action, {
            kind: "direct",
            status: 503,
            body: Buffer.from("größer").toString("base64"),
        });
        assert.deepEqual(only("{ directResponse: { status: 200, body: { bytes: aGVsbG8= } } }").action, {
            kind: "direct",
            status: 200,
            body: "aGVsbG8=",
        });
        assert.deepEqual(only("{ directResponse: { status: 204 } }").action, { kind: "direct", status: 204 });
    });

    it("fault: a percentage that is not there is zero", () => {
        assert.deepEqual(
            only(`{ fault: { abort: { httpStatus: 418 }, delay: { fixedDelay: 2s, percentage: { value: 50 } } }, ${TO_APP} }`).fault,
            { delay: { percent: 50, delayMs: 2000 }, abort: { percent: 0, status: 418 } },
        );
        assert.deepEqual(only(`{ fault: { abort: { grpcStatus: UNAVAILABLE, percentage: { value: 100 } } }, ${TO_APP} }`).fault, {
            abort: { percent: 100, status: 200, grpcStatus: 14 },
        });
    });

    it("CORS: lists joined, any origin recognised, unmatched preflights forwarded unless ignored", () => {
        assert.deepEqual(
            only(
                `{ corsPolicy: { allowOrigins: [{ exact: "*" }, { regex: "https://.*" }], allowMethods: [GET, PUT], allowHeaders: [x-a], exposeHeaders: [x-b, x-c], maxAge: 24h, allowCredentials: true }, ${TO_APP} }`,
            ).cors,
            {
                allowOrigins: [{ kind: "present" }, { kind: "regex", value: "https://.*" }],
                allowMethods: "GET,PUT",
                allowHeaders: "x-a",
                exposeHeaders: "x-b,x-c",
                maxAge: "86400",
                allowCredentials: true,
                forwardUnmatchedPreflights: true,
            },
        );
        assert.equal(
            only(`{ corsPolicy: { allowOrigins: [{ exact: a }], unmatchedPreflights: IGNORE }, ${TO_APP} }`).cors
                ?.forwardUnmatchedPreflights,
            false,
        );
    });
});
