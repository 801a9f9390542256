/** Settings of whole hosts as a VirtualHost writes them for Istio's proxy: in rules, which both proxies read alike. */
import { ask, reply, type Topic } from "../support/case";
import { toBackend, virtualHost } from "./components";

const certificate = { kind: "fromSecret", name: "web" } as const;
const secure = { port: "https", tls: { servername: "www.shop.test" } } as const;
const hosts = ["www.shop.test"];

export const edge: Topic = {
    name: "edge",
    cases: [
        {
            title: "security headers",
            make: (setting) => ({
                objects: virtualHost(
                    setting,
                    {
                        hosts,
                        tls: { certificate },
                        securityHeaders: { override: true, contentSecurityPolicy: "default-src 'self'; img-src *" },
                        http: [
                            {
                                match: [{ uri: { prefix: "/embed" } }],
                                headers: { response: { remove: ["x-frame-options"], set: { "referrer-policy": "origin" } } },
                                route: toBackend(setting),
                            },
                            { match: [{ uri: { prefix: "/go" } }], redirect: { uri: "/" } },
                            { match: [{ uri: { prefix: "/own" } }], directResponse: { status: 200, body: { string: "x" } } },
                            { match: [{ uri: { prefix: "/on" } }], route: toBackend(setting) },
                        ],
                    },
                    "istio",
                ),
                asks: {
                    "a backend's response": ask("www.shop.test", "GET /on", [], secure),
                    "what a backend says itself": ask(
                        "www.shop.test",
                        "GET /on",
                        [reply("HTTP/1.1 200 OK\r\nx-frame-options: DENY\r\nreferrer-policy: origin\r\ncontent-length: 0\r\n\r\n")],
                        secure,
                    ),
                    "an exception": ask("www.shop.test", "GET /embed", [], secure),
                    "a redirect": ask("www.shop.test", "GET /go", [], secure),
                    "a direct response": ask("www.shop.test", "GET /own", [], secure),
                    "nothing there": ask("www.shop.test", "GET /off", [], secure),
                    "the redirect to HTTPS": ask("www.shop.test", "GET /on"),
                },
            }),
        },
        {
            title: "redirects in bulk",
            make: (setting) => ({
                objects: virtualHost(
                    setting,
                    {
                        hosts,
                        redirects: [
                            { from: "/old", to: "/new" },
                            { from: "/own", to: "/new?a=b", status: 308 },
                            { from: "/out", to: "https://other.test:8443/x", status: 302 },
                            { from: "/home", to: "http://other.test" },
                            { from: "/straße", to: "/ü" },
                        ],
                        http: [{ route: toBackend(setting) }],
                    },
                    "istio",
                ),
                asks: Object.fromEntries(
                    [
                        "/old",
                        "/old?x=1",
                        "/old/",
                        "/own",
                        "/own?x=1",
                        "/out",
                        "/out?x=1",
                        "/home",
                        "/stra%C3%9Fe",
                        "/x/../old",
                        "/else",
                    ].map((path) => [path, ask("www.shop.test", `GET ${path}`)]),
                ),
            }),
        },
        {
            title: "maintenance, and who passes",
            make: (setting) => ({
                objects: virtualHost(
                    setting,
                    {
                        hosts,
                        maintenance: {
                            retryAfter: "10m",
                            page: { json: '{"status":{{status}},"reason":"{{reason}}"}' },
                            bypass: {
                                header: { name: "X-Team", value: "edge" },
                                cookie: { name: "team", value: "e.ge" },
                                paths: ["/healthz", "/in.side/*"],
                            },
                        },
                        http: [{ route: toBackend(setting) }],
                    },
                    "istio",
                ),
                asks: {
                    anybody: ask("www.shop.test", "GET /a"),
                    "a body that is sent": ask("www.shop.test", "POST /a", [], { body: "hello" }),
                    HEAD: ask("www.shop.test", "HEAD /a"),
                    "a call of gRPC": ask("www.shop.test", "POST /a.B/C", ["content-type: application/grpc", "te: trailers"], {
                        body: "hello",
                    }),
                    "by the header": ask("www.shop.test", "GET /a", ["x-team: edge"]),
                    "by another header": ask("www.shop.test", "GET /a", ["x-team: Edge"]),
                    "by the cookie": ask("www.shop.test", "GET /a", ["cookie: a=b; team=e.ge; c=d"]),
                    "by the cookie alone": ask("www.shop.test", "GET /a", ["cookie: team=e.ge"]),
                    "by another cookie": ask("www.shop.test", "GET /a", ["cookie: team=edge"]),
                    "by a cookie that ends so": ask("www.shop.test", "GET /a", ["cookie: xteam=e.ge"]),
                    "by the path": ask("www.shop.test", "GET /healthz"),
                    "by the path with a query": ask("www.shop.test", "GET /healthz?a=b"),
                    "by what the path begins with": ask("www.shop.test", "GET /in.side/a?b"),
                    "by a path below it": ask("www.shop.test", "GET /healthz/a"),
                    "by a path beside it": ask("www.shop.test", "GET /in-side/a"),
                    "a challenge": ask("www.shop.test", "GET /.well-known/acme-challenge/token"),
                },
            }),
        },
    ],
};
