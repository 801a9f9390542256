/** Requests that another server is asked about first. */
import type { KubeObject } from "../../../istio";
import { echoBackend, type EchoBackend } from "../support/backend";
import {
    allows,
    deniedHere,
    denies,
    from,
    GATEWAY_PODS,
    get,
    HOST,
    meshConfig,
    policy,
    to as operation,
    UNREADABLE,
} from "../support/access";
import {
    answering,
    ask,
    httpGateway,
    istioObject,
    to,
    type Answer,
    type Ask,
    type Case,
    type Received,
    type Setting,
    type Topic,
} from "../support/case";
import { authentication, rule, token, withToken } from "../support/tokens";

const CHECK = "check.backends.test";

/** By the last part of the path that is asked about. */
const REPLIES: Readonly<Record<string, string | undefined>> = {
    allow: "HTTP/1.1 200 OK\r\ncontent-length: 3\r\nx-user: ann\r\nx-role: admin\r\nx-other: 1\r\nset-cookie: a=1\r\nset-cookie: b=2\r\n\r\nyes",
    created: "HTTP/1.1 201 Created\r\nx-user: ann\r\ncontent-length: 0\r\n\r\n",
    nothing: "HTTP/1.1 204 No Content\r\n\r\n",
    "allow-all": "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
    deny: "HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\ncontent-type: text/html\r\nx-why: because\r\nx-user: nobody\r\n\r\nno",
    unknown:
        'HTTP/1.1 401 Unauthorized\r\ncontent-length: 5\r\nwww-authenticate: Basic realm="x"\r\nx-why: who\r\nset-cookie: a=1\r\n\r\nwho\r\n',
    login: "HTTP/1.1 302 Found\r\nlocation: https://login.test/?back=x\r\nset-cookie: state=1; Path=/\r\nset-cookie: other=2\r\ncontent-length: 0\r\n\r\n",
    late: "HTTP/1.1 429 Too Many\r\nretry-after: 3\r\ncontent-length: 0\r\n\r\n",
    missing: "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n",
    broken: "HTTP/1.1 500 Broken\r\ncontent-length: 3\r\nx-why: bug\r\n\r\nbug",
    away: "HTTP/1.1 503 Away\r\ncontent-length: 0\r\n\r\n",
    odd: "HTTP/1.1 299 Odd\r\ncontent-length: 0\r\n\r\n",
    chunks: "HTTP/1.1 403 Forbidden\r\ntransfer-encoding: chunked\r\nx-why: c\r\n\r\n3\r\nyes\r\n0\r\n\r\n",
    hangs: undefined,
    "cut-short": "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nyes",
    nonsense: "nonsense\r\n\r\n",
};

const mesh = (...extensionProviders: readonly object[]): KubeObject => meshConfig({ extensionProviders });

const http = (more: object = {}, name = "check"): object => ({
    name,
    envoyExtAuthzHttp: { service: CHECK, port: 80, timeout: "2s", ...more },
});

const custom = (rules: readonly object[] = [{}], name = "check", called = "custom"): KubeObject =>
    policy(called, { ...GATEWAY_PODS, action: "CUSTOM", provider: { name }, rules });

const checkEntry = (port: number): KubeObject =>
    istioObject("ServiceEntry", "check", {
        hosts: [CHECK],
        location: "MESH_EXTERNAL",
        resolution: "STATIC",
        ports: [{ number: 80, name: "http", protocol: "HTTP" }],
        endpoints: [{ address: "127.0.0.1", ports: { http: port } }],
    });

/** Envoy says of every question how long its body is; of one without a body nobody needs to be told (RFC 9110 §8.6). */
function withoutEmptyLength({ headers: { "content-length": length, ...headers }, ...rest }: Received): Received {
    return { ...rest, headers: { ...(length === undefined || length === "0" ? {} : { "content-length": length }), ...headers } };
}

interface Checked {
    readonly objects: readonly KubeObject[];
    /** Default: one that passes everything on. */
    readonly routes?: (setting: Setting) => readonly object[];
    readonly down?: boolean;
}

function checked(
    title: string,
    { objects, routes = (setting) => [to(setting.backends[0])], down = false }: Checked,
    asks: Readonly<Record<string, Ask>>,
    more: Partial<Case> = {},
): Case {
    return {
        title,
        make: async (setting) => {
            const server: EchoBackend = await echoBackend(
                "check",
                ({ url = "" }) =>
                    REPLIES[/(\w[\w-]*)(?:\?.*)?$/.exec(url)?.[1] ?? ""] ?? (url.includes("hangs") ? undefined : REPLIES["allow"]),
            );
            const { port } = server;
            if (down) await server.stop();
            return {
                objects: [...httpGateway(setting, [HOST], routes(setting)), checkEntry(port), ...objects],
                asks,
                servers: [{ take: () => server.take().map(withoutEmptyLength) }],
                stop: async () => {
                    if (!down) await server.stop();
                },
            };
        },
        ...more,
    };
}

const each = (...names: readonly string[]): Record<string, Ask> => Object.fromEntries(names.map((name) => [name, get(`/${name}`)]));
const ANSWERS = each("allow", "created", "nothing", "deny", "unknown", "login", "late", "missing", "broken", "away", "odd", "chunks");

const LISTS = {
    includeRequestHeadersInCheck: ["x-a", "X-B", "x-p-*", "*-s", "cookie"],
    includeAdditionalHeadersInCheck: { "x-extra": "1", "X-Mixed": "2", "x-b": "added" },
    headersToUpstreamOnAllow: ["x-user", "x-r*"],
    headersToDownstreamOnAllow: ["set-cookie", "X-Other"],
    headersToDownstreamOnDeny: ["x-why", "content-type", "set-cookie", "location"],
};
const SENT = [
    "x-a: 1",
    "x-b: 1",
    "X-P-One: 1",
    "y-s: 1",
    "x-s-t: 1",
    "cookie: c=1",
    "authorization: Basic eDp5",
    "x-user: evil",
    "x-role: evil",
    "x-extra: evil",
];

const NO_TOKEN = "tokens are verified behind it: istiod asks nobody about such a request and lets it in";
const ASKED_FIRST = "who may pass is asked before it is said what there is";
const SEVERAL = "each is asked, as istiod has it where several are allowed";
const OTHERWISE: Readonly<Record<string, string>> = {
    "a provider whose port is not there": "the policy is what denies",
    "two providers of a name": "nobody knows which of them is meant",
};
const ADDED = { "x-b": "added", "x-extra": "1", "x-mixed": "2" };
const asked = (path: string, host = HOST, more: Readonly<Record<string, string>> = {}): Received => ({
    at: "check",
    request: `GET ${path} HTTP/1.1`,
    headers: { host, ...more },
});
/** What the server answers to `deny`, without lists. */
const NO: Partial<Answer> = {
    status: 403,
    headers: { "content-length": "2", "content-type": "text/html", "x-user": "nobody", "x-why": "because" },
    body: "no",
};
const passed = (prefix: string, path: string): Partial<Answer> => ({
    status: 200,
    headers: { "content-type": "text/plain", "x-backend": "one.backends.test" },
    body: undefined as never,
    backend: [
        asked(`${prefix}${path}`),
        {
            at: "one.backends.test",
            request: `GET ${path} HTTP/1.1`,
            headers: { host: HOST, "x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "http" },
        },
    ],
});

export const externalChecks: Topic = {
    name: "external-checks",
    http2: ["clients", "backends"],
    cases: [
        checked("answers, and no lists of headers", { objects: [mesh(http()), custom()] }, ANSWERS),
        checked("answers, and lists of headers", { objects: [mesh(http(LISTS)), custom()] }, ANSWERS),
        checked(
            "what the other server is told",
            { objects: [mesh(http()), custom()] },
            {
                headers: get("/x/allow?q=1#f", SENT),
                "an odd path": get("/./a/../%61//b/allow"),
                POST: get("POST /allow", [], { body: "hello" }),
                HEAD: get("HEAD /allow"),
                "a host with a port": ask(`${HOST}:80`, "GET /allow"),
                "an absolute target": ask("x.test", `GET http://${HOST}/allow`),
                chunks: get("POST /allow", ["transfer-encoding: chunked", "", "2", "hi", "0", ""]),
                forwarded: get("/allow", ["x-forwarded-for: 9.9.9.9", "x-forwarded-proto: https", "x-forwarded-host: x"]),
            },
        ),
        checked(
            "what the other server is told by lists",
            { objects: [mesh(http(LISTS)), custom()] },
            {
                headers: get("/allow", SENT),
                "headers, denied": get("/deny", SENT),
            },
        ),
        ...["/auth", "/auth/", "/a?b="].map((pathPrefix) =>
            checked(
                `a prefix of paths: ${pathPrefix}`,
                { objects: [mesh(http({ pathPrefix })), custom()] },
                { one: get("/x/allow?q=1"), root: get("/") },
            ),
        ),
        ...[false, true].map((allowPartialMessage) =>
            checked(
                `bodies, ${allowPartialMessage ? "in part" : "whole"}`,
                { objects: [mesh(http({ includeRequestBodyInCheck: { maxRequestBytes: 10, allowPartialMessage } })), custom()] },
                {
                    none: get("/allow"),
                    short: get("POST /allow", [], { body: "hello" }),
                    "just fits": get("POST /allow", [], { body: "0123456789" }),
                    long: get("POST /allow", [], { body: "0123456789abc" }),
                    chunks: get("POST /allow", ["transfer-encoding: chunked", "", "5", "hello", "0", ""]),
                    "chunks that are long": get("POST /allow", ["transfer-encoding: chunked", "", "c", "0123456789ab", "0", ""]),
                    "short, denied": get("POST /deny", [], { body: "hello" }),
                },
            ),
        ),
        ...[{}, { failOpen: true }, { statusOnError: "503" }, { failOpen: true, statusOnError: "503" }].flatMap((more) => {
            const said =
                Object.entries(more)
                    .map(([key, value]) => `${key} ${value}`)
                    .join(", ") || "by default";
            return [
                checked(
                    `a server that fails, ${said}`,
                    { objects: [mesh(http({ ...more, timeout: "0.3s" })), custom()] },
                    each("hangs", "cut-short", "nonsense", "broken", "away", "deny", "allow"),
                ),
                checked(`a server that is down, ${said}`, { objects: [mesh(http(more)), custom()], down: true }, each("allow")),
            ];
        }),
        checked(
            "some requests alone",
            { objects: [mesh(http()), custom([operation({ paths: ["/asked/*"] }), from({ ipBlocks: ["127.0.0.9"] })])] },
            {
                asked: get("/asked/deny"),
                "not asked": get("/deny"),
                "by its address": get("/deny", [], { from: "127.0.0.9" }),
            },
        ),
        checked(
            "all requests but some",
            { objects: [mesh(http()), custom([operation({ notPaths: ["/open/*"] })])] },
            { asked: get("/deny"), "not asked": get("/open/deny") },
        ),
        checked("no rules", { objects: [mesh(http()), custom([])] }, each("deny"), { differences: deniedHere(UNREADABLE, "deny") }),
        checked(
            "a dry run",
            { objects: [mesh(http()), { ...custom(), metadata: { ...custom().metadata, annotations: { "istio.io/dry-run": "true" } } }] },
            each("deny", "allow"),
        ),
        checked(
            "before a policy that denies",
            { objects: [mesh(http()), custom(), denies(operation({ paths: ["/kept/*"] }))] },
            { allowed: get("/kept/allow"), denied: get("/kept/deny"), elsewhere: get("/allow") },
        ),
        checked(
            "before a policy that allows",
            { objects: [mesh(http()), custom(), allows(operation({ paths: ["/let/*"] }))] },
            { allowed: get("/let/allow"), denied: get("/let/deny"), elsewhere: get("/allow") },
        ),
        checked(
            "behind a token",
            { objects: [mesh(http(LISTS)), authentication("auth", [rule()]), custom([from({ requestPrincipals: ["*"] })])] },
            {
                good: withToken(token(), "/deny"),
                "good, allowed": withToken(token(), "/allow"),
                bad: withToken("x", "/allow"),
                none: get("/deny"),
            },
            { differences: deniedHere(NO_TOKEN, "good", "good, allowed", "bad", "none") },
        ),
        checked(
            "before a token",
            {
                objects: [
                    mesh(http(LISTS)),
                    authentication("auth", [rule({ outputClaimToHeaders: [{ header: "x-a", claim: "sub" }] })]),
                    custom(),
                ],
            },
            {
                "good, allowed": withToken(token(), "/allow"),
                "good, denied": withToken(token(), "/deny"),
                "bad, allowed": withToken("x", "/allow"),
                "bad, denied": withToken("x", "/deny"),
                "none, denied": get("/deny"),
            },
        ),
        checked(
            "before a token, and a route by what each of them says",
            {
                objects: [mesh(http(LISTS)), authentication("auth", [rule()]), custom()],
                routes: (setting) => [
                    answering("by its header", { match: [{ headers: { "x-role": { exact: "admin" } } }] }),
                    answering("by a claim", { match: [{ headers: { "@request.auth.claims.role": { exact: "admin" } } }] }),
                    to(setting.backends[0]),
                ],
            },
            {
                "a token": withToken(token(), "/allow"),
                "a token, and another header": withToken(token({ role: "admin" }), "/allow-all"),
                "no token": get("/allow"),
            },
        ),
        checked(
            "before everything that a route says",
            {
                objects: [mesh(http(LISTS)), custom()],
                routes: (setting) => [
                    { match: [{ uri: { prefix: "/moved" } }], redirect: { uri: "/new" } },
                    answering("direct", { match: [{ uri: { prefix: "/direct" } }] }),
                    answering("by its header", { match: [{ headers: { "x-role": { exact: "admin" } } }] }),
                    to(setting.backends[0], {
                        headers: { response: { set: { "x-route": "yes" } } },
                        corsPolicy: { allowOrigins: [{ exact: "https://other.test" }], allowMethods: ["GET"] },
                    }),
                ],
            },
            {
                "a redirect": get("/moved/deny"),
                "a redirect, allowed": get("/moved/allow"),
                "a direct response": get("/direct/login"),
                "a route by a header that the other server sets": get("/x/allow"),
                "a preflight": get("OPTIONS /deny", ["origin: https://other.test", "access-control-request-method: GET"]),
                "no such host": ask("no.test", "GET /deny"),
                "no such host, allowed": ask("no.test", "GET /allow"),
                gRPC: get("POST /deny", ["content-type: application/grpc"]),
                websocket: {
                    sends: [
                        "GET /allow HTTP/1.1\r\nhost: a.test\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-key: x\r\n\r\n",
                    ],
                    waitMs: 500,
                },
                "a websocket, denied": {
                    sends: [
                        "GET /deny HTTP/1.1\r\nhost: a.test\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-key: x\r\n\r\n",
                    ],
                    waitMs: 500,
                },
                "routed with its header": get("/nothing", ["x-role: admin"]),
                denied: get("/deny"),
            },
            {
                differences: {
                    "no such host": {
                        ours: {
                            ...NO,
                            headers: { "content-length": "2", "content-type": "text/html", "x-why": "because" },
                            backend: [asked("/deny", "no.test", ADDED)],
                        },
                        why: ASKED_FIRST,
                    },
                    "no such host, allowed": {
                        ours: {
                            headers: { "content-length": "0", "set-cookie": "a=1\nb=2", "x-other": "1" },
                            backend: [asked("/allow", "no.test", ADDED)],
                        },
                        why: ASKED_FIRST,
                    },
                },
            },
        ),
        checked(
            "a route that is chosen anew",
            {
                objects: [mesh(http({ ...LISTS, clearRouteCache: true })), custom()],
                routes: (setting) => [
                    answering("by its header", { match: [{ headers: { "x-role": { exact: "admin" } } }] }),
                    to(setting.backends[0]),
                ],
            },
            each("allow", "created"),
            {
                differences: {
                    allow: {
                        ours: {
                            headers: { "content-length": "13", "content-type": "text/plain", "set-cookie": "a=1\nb=2", "x-other": "1" },
                            body: "by its header",
                            backend: [asked("/allow", HOST, ADDED)],
                        },
                        why: "the field says that the route is chosen anew; istiod passes over it",
                    },
                },
            },
        ),
        ...(
            [
                ["a provider that is not there", [mesh(http({}, "other"))]],
                ["no providers", []],
                ["a provider of another kind", [mesh({ name: "check", zipkin: { service: CHECK, port: 80 } })]],
                ["a provider whose service is not there", [mesh(http({ service: "no.backends.test" }))]],
                ["a provider whose port is not there", [mesh(http({ port: 81 }))]],
                ["a provider with a port of 0", [mesh(http({ port: 0 }))]],
                ["a provider with a status that is none", [mesh(http({ statusOnError: "abc" }))]],
                ["a provider with a status that nobody knows", [mesh(http({ statusOnError: "299" }))]],
                ["a provider with a prefix that is no path", [mesh(http({ pathPrefix: "auth" }))]],
                ["a provider with a namespace before its service", [mesh(http({ service: `istio-system/${CHECK}` }))]],
                ["a provider with another namespace before its service", [mesh(http({ service: `other/${CHECK}` }))]],
                ["two providers of a name", [mesh(http(), http({ pathPrefix: "/second" }))]],
                ["a provider that is good beside one that is bad", [mesh(http({ port: 0 }, "bad"), http())]],
                ["a provider without a timeout", [mesh(http({ timeout: undefined }))]],
            ] as const
        ).map(([title, objects]) =>
            checked(
                title,
                { objects: [...objects, custom([operation({ paths: ["/asked/*"] })]), denies(operation({ paths: ["/kept"] }))] },
                { asked: get("/asked/allow"), "not asked": get("/x"), "denied otherwise": get("/kept") },
                { differences: title in OTHERWISE ? deniedHere(OTHERWISE[title] ?? "", "asked") : {} },
            ),
        ),
        checked(
            "two policies of one provider",
            {
                objects: [
                    mesh(http()),
                    custom([operation({ paths: ["/a/*"] })]),
                    custom([operation({ paths: ["/b/*"] })], "check", "custom-b"),
                ],
            },
            { a: get("/a/deny"), b: get("/b/deny"), neither: get("/deny") },
        ),
        checked(
            "two providers",
            {
                objects: [
                    mesh(http({ pathPrefix: "/one" }), http({ pathPrefix: "/two" }, "other")),
                    custom([operation({ paths: ["/a/*"] })]),
                    custom([operation({ paths: ["/b/*"] })], "other", "custom-b"),
                ],
            },
            { a: get("/a/deny"), b: get("/b/deny"), "a, allowed": get("/a/allow"), "b, allowed": get("/b/allow"), neither: get("/deny") },
            {
                differences: {
                    a: { ours: { ...NO, backend: [asked("/one/a/deny")] }, why: SEVERAL },
                    b: { ours: { ...NO, backend: [asked("/two/b/deny")] }, why: SEVERAL },
                    "a, allowed": { ours: passed("/one", "/a/allow"), why: SEVERAL },
                    "b, allowed": { ours: passed("/two", "/b/allow"), why: SEVERAL },
                },
            },
        ),
    ],
};
