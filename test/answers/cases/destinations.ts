/** Where requests and connections go: weights, subsets, ports, mirrors, entries of every resolution, and what comes of backends that fail. */
import {
    ask,
    eachAlone,
    GATEWAY_SELECTOR,
    httpGateway,
    httpServer,
    istioObject,
    reply,
    to,
    type Answer,
    type Ask,
    type Play,
    type Received,
    type Setting,
    type Topic,
} from "../support/case";
import type { KubeObject } from "../../../istio";

const gateway = (setting: Setting): KubeObject =>
    istioObject("Gateway", "gw", { selector: GATEWAY_SELECTOR, servers: [httpServer(setting.ports.http, ["*"])] });
const service = (name: string, rule: object): KubeObject =>
    istioObject("VirtualService", name, { hosts: [`${name}.test`], gateways: ["gw"], http: [rule] });
const asks = (names: readonly string[], more: Partial<Ask> = {}): Record<string, Ask> =>
    Object.fromEntries(names.map((name) => [name, ask(`${name}.test`, "GET /", [], { anyReason: true, ...more })]));
const entry = (name: string, host: string, spec: object): KubeObject =>
    istioObject("ServiceEntry", name, {
        hosts: [host],
        location: "MESH_EXTERNAL",
        ports: [{ number: 80, name: "http", protocol: "HTTP" }],
        ...spec,
    });

/** One rule by its title: `t0.test`, `t1.test`, … */
function titled(
    setting: Setting,
    rules: Readonly<Record<string, object>>,
    requests: (host: string) => Readonly<Record<string, Ask>>,
    more: readonly KubeObject[] = [],
): Play {
    const { objects, asks } = eachAlone(
        setting,
        Object.fromEntries(Object.entries(rules).map(([title, rule]) => [title, [rule]])),
        requests,
        "t",
    );
    return { objects: [...more, ...objects], asks };
}

function received(request: string, headers: Readonly<Record<string, string>>): Received {
    return { at: "one.backends.test", request, headers: { "x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "http", ...headers } };
}

const ADDED = [
    "origin",
    "x-forwarded-for",
    "x-other",
    "cookie",
    "accept",
    "user-agent",
    "referer",
    "authorization",
    "x-forwarded-proto",
    "via",
    "te",
];
const SENT = {
    origin: "a",
    "x-forwarded-for": "192.0.2.1",
    "x-other": "a",
    cookie: "a=1",
    accept: "a",
    "user-agent": "a",
    referer: "a",
    authorization: "a",
    via: "a",
    te: "trailers",
};

/** Two lines where Envoy has one with a comma. */
function linesOfTheirOwn(host: string, name: string, headers: Readonly<Record<string, string>>): { ours: Partial<Answer>; why: string } {
    return {
        ours: { backend: [received("GET / HTTP/1.1", { ...headers, host, [name]: `${headers[name]}\nadded` })] },
        why: "RFC 9110 §5.3: the same for a list, and no value that nobody wrote for what is none",
    };
}

/** Each closes its connection behind what it says, and says so: whether it is noticed before the next attempt would be chance. */
const FAULTS = {
    503: "HTTP/1.1 503 S\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
    500: "HTTP/1.1 500 S\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
    429: "HTTP/1.1 429 S\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
    409: "HTTP/1.1 409 S\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
    limited: "HTTP/1.1 503 S\r\ncontent-length: 0\r\nconnection: close\r\nx-envoy-ratelimited: true\r\n\r\n",
    nothing: "",
    "half a head": "HTTP/1.1 200 OK\r\ncontent-le",
    "half a first line": "HTTP/1.",
    "no HTTP": "SSH-2.0-x\r\n",
    "gRPC unavailable":
        "HTTP/1.1 200 OK\r\ncontent-type: application/grpc\r\ngrpc-status: 14\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
};
const RETRIES = {
    "as Istio sets it": undefined,
    none: { attempts: 0 },
    "5xx": { attempts: 2, retryOn: "5xx" },
    statuses: { attempts: 2, retryOn: "503,429" },
    "gateway-error,reset": { attempts: 1, retryOn: "gateway-error,reset" },
    "retriable-4xx": { attempts: 1, retryOn: "retriable-4xx" },
    "connect-failure": { attempts: 1, retryOn: "connect-failure,refused-stream" },
    "envoy-ratelimited": { attempts: 1, retryOn: "envoy-ratelimited" },
    "reset-before-request": { attempts: 1, retryOn: "reset-before-request" },
    "only attempts": { attempts: 1 },
    unavailable: { attempts: 1, retryOn: "unavailable" },
};

export const destinations: Topic = {
    name: "destinations",
    http2: ["clients", "backends"],
    cases: [
        {
            title: "weights, subsets and ports",
            make: (setting) => {
                const [host, other] = setting.backends;
                const port = { number: 80 };
                const rules: Readonly<Record<string, object>> = {
                    "no weight beside one": {
                        route: [
                            { destination: { host, port }, weight: 0 },
                            { destination: { host: other, port }, weight: 5 },
                        ],
                    },
                    "no weight alone": { route: [{ destination: { host, port }, weight: 0 }] },
                    "a subset of all": { route: [{ destination: { host, port, subset: "all" } }] },
                    "a subset of nobody": { route: [{ destination: { host, port, subset: "nobody" } }] },
                    "a subset that is not there": { route: [{ destination: { host, port, subset: "none" } }] },
                    "no port": { route: [{ destination: { host } }] },
                    "a port that is not there": { route: [{ destination: { host, port: { number: 81 } } }] },
                    "a host in upper case": { route: [{ destination: { host: setting.backends[0].replace("one", "ONE"), port } }] },
                    "headers of a destination": {
                        route: [
                            {
                                destination: { host, port },
                                headers: { request: { set: { "x-d": "d" } }, response: { set: { "x-e": "e" } } },
                            },
                        ],
                        headers: { request: { set: { "x-d": "rule" } } },
                    },
                };
                return titled(setting, rules, (name) => ({ GET: ask(name, "GET /", [], { anyReason: true }) }), [
                    istioObject("DestinationRule", "dr", { host, subsets: [{ name: "all" }, { name: "nobody", labels: { a: "b" } }] }),
                ]);
            },
            differences: {
                "a host in upper case: GET": {
                    ours: {
                        status: 200,
                        headers: { "content-type": "text/plain", "x-backend": "one.backends.test" },
                        backend: [received("GET / HTTP/1.1", { host: "t7.test" })],
                    },
                    why: "RFC 4343: names have no case",
                },
            },
        },
        {
            title: "mirrors",
            make: (setting) => {
                const [host, other] = setting.backends;
                const copy = { host: other, port: { number: 80 } };
                return titled(
                    setting,
                    {
                        "to nobody": to(host, { mirror: { host: "nowhere.test" } }),
                        "of none": to(host, { mirror: copy, mirrorPercentage: { value: 0 } }),
                        "of none in a list": to(host, { mirrors: [{ destination: copy, percentage: { value: 0 } }] }),
                        "of none in the old form": to(host, { mirror: copy, mirrorPercent: 0 }),
                    },
                    (name) => ({ GET: ask(name, "GET /") }),
                );
            },
        },
        {
            title: "entries of every resolution",
            make: async (setting) => {
                const gone = await setting.port("gone");
                const objects = [
                    gateway(setting),
                    entry("gone", "gone.test", { resolution: "STATIC", endpoints: [{ address: "127.0.0.1", ports: { http: gone } }] }),
                    entry("none", "none.test", { resolution: "NONE" }),
                    entry("empty", "empty.test", { resolution: "STATIC" }),
                    entry("dns", "dns.test", { resolution: "DNS", endpoints: [{ address: "localhost", ports: { http: gone } }] }),
                    entry("nowhere", "nowhere.invalid", { resolution: "DNS" }),
                    entry("private", "private.test", {
                        resolution: "STATIC",
                        exportTo: ["."],
                        endpoints: [{ address: "127.0.0.1", ports: { http: gone } }],
                    }),
                    ...["gone.test", "none.test", "empty.test", "dns.test", "nowhere.invalid", "private.test", "unknown.test"].map(
                        (host, at) => service(`s${at}`, to(host)),
                    ),
                ];
                return { objects, asks: asks(["s0", "s1", "s2", "s3", "s4", "s5", "s6"]) };
            },
        },
        {
            title: "retries of backends that fail",
            make: (setting) =>
                titled(
                    setting,
                    Object.fromEntries(
                        Object.entries(RETRIES).map(([title, retries]) => [title, to(setting.backends[0], retries ? { retries } : {})]),
                    ),
                    (name) =>
                        Object.fromEntries(
                            Object.entries(FAULTS).map(([fault, bytes]) => [
                                fault,
                                ask(name, "GET /", [reply(bytes)], { anyReason: true }),
                            ]),
                        ),
                ),
        },
        {
            title: "gRPC and a route's timeout",
            make: (setting) =>
                titled(setting, { "with one": to(setting.backends[0], { timeout: "2.5s" }), without: to(setting.backends[0]) }, (name) => ({
                    "a call": ask(name, "POST /a.B/c", ["content-type: application/grpc"], { body: "x" }),
                    "one with its own": ask(name, "POST /a.B/c", ["content-type: application/grpc+proto", "grpc-timeout: 1S"], {
                        body: "x",
                    }),
                    "one with a longer one": ask(name, "POST /a.B/c", ["content-type: application/grpc", "grpc-timeout: 10S"], {
                        body: "x",
                    }),
                    "no call": ask(name, "POST /", ["grpc-timeout: 1S"], { body: "x" }),
                    "gRPC-Web": ask(name, "POST /", ["content-type: application/grpc-web"], { body: "x" }),
                })),
        },
        {
            title: "lines that are added to what is there",
            make: (setting) =>
                titled(
                    setting,
                    Object.fromEntries(
                        ADDED.map((name) => [name, to(setting.backends[0], { headers: { request: { add: { [name]: "added" } } } })]),
                    ),
                    (name) => ({
                        without: ask(name, "GET /"),
                        with: ask(
                            name,
                            "GET /",
                            Object.entries(SENT).map(([header, value]) => `${header}: ${value}`),
                        ),
                    }),
                ),
            differences: Object.fromEntries([
                ...ADDED.flatMap((name, at) =>
                    name === "x-other" || name === "cookie" || name === "x-forwarded-proto"
                        ? []
                        : [
                              [
                                  `${name}: with`,
                                  linesOfTheirOwn(`t${at}.test`, name, {
                                      ...SENT,
                                      "x-forwarded-for": "192.0.2.1,127.0.0.1",
                                      "x-forwarded-proto": "http",
                                  }),
                              ] as const,
                          ],
                ),
                [
                    "x-forwarded-for: without",
                    linesOfTheirOwn("t1.test", "x-forwarded-for", { "x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "http" }),
                ],
                [
                    "x-forwarded-proto: without",
                    linesOfTheirOwn("t8.test", "x-forwarded-proto", { "x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "http" }),
                ],
                [
                    "x-forwarded-proto: with",
                    linesOfTheirOwn("t8.test", "x-forwarded-proto", {
                        ...SENT,
                        "x-forwarded-for": "192.0.2.1,127.0.0.1",
                        "x-forwarded-proto": "http",
                    }),
                ],
            ]),
        },
        {
            title: "HEAD of what the gateway answers",
            make: (setting) => ({
                objects: httpGateway(
                    setting,
                    ["a.test"],
                    [
                        { match: [{ uri: { prefix: "/r" } }], redirect: { uri: "/x" } },
                        { match: [{ uri: { prefix: "/b" } }], directResponse: { status: 200, body: { string: "body" } } },
                        { match: [{ uri: { prefix: "/e" } }], directResponse: { status: 200 } },
                        {
                            match: [{ uri: { prefix: "/f" } }],
                            fault: { abort: { httpStatus: 418, percentage: { value: 100 } } },
                            ...to(setting.backends[0]),
                        },
                    ],
                ),
                asks: {
                    redirect: ask("a.test", "HEAD /r"),
                    body: ask("a.test", "HEAD /b"),
                    empty: ask("a.test", "HEAD /e"),
                    none: ask("a.test", "HEAD /none"),
                    fault: ask("a.test", "HEAD /f"),
                },
            }),
            differences: Object.fromEntries(
                [
                    ["redirect", { location: "http://a.test/x" }],
                    ["empty", {}],
                    ["none", {}],
                ].map(([request, headers]) => [
                    request as string,
                    {
                        ours: { headers: { "content-length": "0", ...(headers as object) } },
                        why: "RFC 9110 §9.3.2: the fields that GET would get",
                    },
                ]),
            ),
        },
        {
            title: "routes of TCP and of names",
            make: (setting) => {
                const {
                    ports,
                    backends: [host, other],
                } = setting;
                const route = (one: string): object[] => [{ destination: { host: one, port: { number: 80 } } }];
                const tls = { servername: "a.shop.test" };
                return {
                    objects: [
                        istioObject("Gateway", "gw", {
                            selector: GATEWAY_SELECTOR,
                            servers: [
                                { port: { number: ports.tcp, name: "tcp", protocol: "TCP" }, hosts: ["*"] },
                                { port: { number: ports.other, name: "tcp2", protocol: "TCP" }, hosts: ["*"] },
                                { port: { number: ports.tls, name: "tls", protocol: "TLS" }, hosts: ["*"], tls: { mode: "PASSTHROUGH" } },
                            ],
                        }),
                        istioObject("VirtualService", "vs", {
                            hosts: ["*"],
                            gateways: ["gw"],
                            tcp: [
                                { match: [{ port: 1 }], route: route(other) },
                                { match: [{ gateways: ["none"] }], route: route(other) },
                                { match: [{ sourceLabels: { a: "b" } }], route: route(other) },
                                { match: [{ port: ports.other }], route: route(other) },
                                { match: [{ port: ports.tcp }], route: route(host) },
                            ],
                            tls: [
                                { match: [{ port: 1, sniHosts: ["a.shop.test"] }], route: route(other) },
                                { match: [{ port: ports.tls, sniHosts: ["a.shop.test"] }], route: route(host) },
                            ],
                        }),
                    ],
                    asks: {
                        "by port": ask("x", "GET /", [], { port: "tcp" }),
                        "by another port": ask("x", "GET /", [], { port: "other" }),
                        "in clear to a port of names": ask("x", "GET /", [], { port: "tls", waitMs: 1500, anyReason: true }),
                        "another name": ask("x", "GET /", [], { port: "tls", tls: { ...tls, servername: "b.shop.test" }, anyReason: true }),
                    },
                };
            },
        },
        {
            title: "rules without matches between others",
            make: (setting) => ({
                objects: httpGateway(
                    setting,
                    ["a.test"],
                    [
                        { match: [{ uri: { exact: "/a" } }], ...to(setting.backends[0]) },
                        to(setting.backends[1]),
                        { match: [{ uri: { exact: "/b" } }], ...to(setting.backends[0]) },
                    ],
                ),
                asks: { first: ask("a.test", "GET /a"), behind: ask("a.test", "GET /b"), rest: ask("a.test", "GET /") },
            }),
        },
    ],
};
