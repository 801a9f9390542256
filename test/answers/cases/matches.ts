/** Matches of http rules: which of a rule's conditions a request meets. Each rule has a host of its own and a catch-all behind it. */
import { answering, ask, eachAlone, httpGateway, istioObject, to, type Ask, type Case, type Setting, type Topic } from "../support/case";

type Rules = Readonly<Record<string, object | readonly object[]>>;
type Requests = (host: string) => Readonly<Record<string, Ask>>;

/** Titles of rules give their matches; every rule gets every request, and answers 200, or 299 where it does not match. */
function each(title: string, rules: (setting: Setting) => Rules, requests: Requests, differences: Case["differences"] = {}): Case {
    return {
        title,
        differences,
        make: (setting) =>
            eachAlone(
                setting,
                Object.fromEntries(
                    Object.entries(rules(setting)).map(([name, match]) => [
                        name,
                        [{ match: [match].flat(), directResponse: { status: 200 } }, { directResponse: { status: 299 } }],
                    ]),
                ),
                (host) => Object.fromEntries(Object.entries(requests(host)).map(([what, asked]) => [what, { ...asked, waitMs: 2_000 }])),
            ),
    };
}

const answer = (body: string, match?: object): object => answering(body, match ? { match: [match] } : {});
const paths =
    (...list: readonly string[]): Requests =>
    (host) =>
        Object.fromEntries(list.map((path) => [path, ask(host, `GET ${path}`)]));
const heads =
    (sent: Readonly<Record<string, readonly string[]>>): Requests =>
    (host) =>
        Object.fromEntries(Object.entries(sent).map(([what, lines]) => [what, ask(host, "GET /", lines)]));

const PATHS = paths("/a", "/A", "/a?x=1", "/a/", "/a/b", "/ab", "/b", "//a", "/");

const ESCAPED = {
    ours: { status: 200 },
    why: "RFC 3986 §6.2.2.1: the case of an escape says nothing, and no rule is to be walked around by it",
};

export const matches: Topic = {
    name: "matches",
    http2: ["clients"],
    cases: [
        each(
            "exact paths and prefixes",
            () => ({
                "/a": { uri: { exact: "/a" } },
                "prefix /a": { uri: { prefix: "/a" } },
                "prefix /a/": { uri: { prefix: "/a/" } },
                a: { uri: { exact: "a" } },
                "prefix a": { uri: { prefix: "a" } },
                "//a": { uri: { exact: "//a" } },
                "/a?x=1": { uri: { exact: "/a?x=1" } },
                "prefix /a?x": { uri: { prefix: "/a?x" } },
                "/A in any case": { uri: { exact: "/A" }, ignoreUriCase: true },
                "prefix /A/ in any case": { uri: { prefix: "/A/" }, ignoreUriCase: true },
                "any case alone": { ignoreUriCase: true },
            }),
            PATHS,
        ),
        each(
            "expressions for paths",
            () => ({
                "/a": { uri: { regex: "/a" } },
                "/a|/b": { uri: { regex: "/a|/b" } },
                "^/a$": { uri: { regex: "^/a$" } },
                "with a query": { uri: { regex: "/a\\?.*" } },
                ".*": { uri: { regex: ".*" } },
                "(?i)": { uri: { regex: "(?i)/A.*" } },
                "/a.*": { uri: { regex: "/a.*" } },
                ignoreUriCase: { uri: { regex: "/A.*" }, ignoreUriCase: true },
                "[^b]": { uri: { regex: "/[^b].*" } },
                "(?m)": { uri: { regex: "(?m)^/a$" } },
                lazy: { uri: { regex: "/a.*?" } },
                "\\Q": { uri: { regex: "\\Q/a\\E.*" } },
                "\\b": { uri: { regex: "/a\\b.*" } },
                "(?U)": { uri: { regex: "(?U)/a.*" } },
                named: { uri: { regex: "/(?P<x>a)" } },
            }),
            PATHS,
        ),
        each(
            "escapes, dots and classes in paths",
            () => ({
                "/a/../b": { uri: { prefix: "/a/../b" } },
                "/a%2F": { uri: { prefix: "/a%2F" } },
                "/a%2f": { uri: { prefix: "/a%2f" } },
                "/a#f": { uri: { exact: "/a#f" } },
                "/a;": { uri: { prefix: "/a;" } },
                "[[:alpha:]]": { uri: { regex: "/[[:alpha:]]+/\\d{1,3}\\z" } },
                "\\pL": { uri: { regex: "/\\p{L}+" } },
                "\\C": { uri: { regex: "/[a-c]%2[fF]b" } },
            }),
            paths("/a/../b", "/a%2Fb", "/a%2fb", "/a;v", "/abc/12", "/a#f", "/a"),
            { "/a%2F: /a%2fb": ESCAPED, "/a%2f: /a%2Fb": ESCAPED },
        ),
        each(
            "method and scheme",
            () => ({
                http: { scheme: { exact: "http" } },
                HTTP: { scheme: { exact: "HTTP" } },
                "prefix ht": { scheme: { prefix: "ht" } },
                "https?": { scheme: { regex: "https?" } },
                https: { scheme: { exact: "https" } },
                GET: { method: { exact: "GET" } },
                get: { method: { exact: "get" } },
                "GET|POST": { method: { regex: "GET|POST" } },
                "prefix P": { method: { prefix: "P" } },
                "prefix of GETTER": { method: { regex: "GE" } },
            }),
            (host) => ({
                GET: ask(host, "GET /"),
                POST: ask(host, "POST /"),
                "forwarded https": ask(host, "GET /", ["x-forwarded-proto: https"]),
            }),
        ),
        each(
            "authority",
            () => ({
                exact: { authority: { exact: "h0.test" } },
                prefix: { authority: { prefix: "h1" } },
                regex: { authority: { regex: "h2\\..*" } },
                "upper case": { authority: { exact: "H3.test" } },
                "with a port": { authority: { exact: "h4.test:80" } },
                ":authority": { headers: { ":authority": { prefix: "h5" } } },
                host: { headers: { host: { prefix: "h" } } },
                "host there": { headers: { host: {} } },
                "without :authority": { withoutHeaders: { ":authority": { exact: "h8.test" } } },
            }),
            (host) => ({
                plain: ask(host, "GET /"),
                port: ask(`${host}:80`, "GET /"),
                upper: ask(host.toUpperCase(), "GET /"),
                absolute: ask("other.test", `GET http://${host}/`),
            }),
        ),
        each(
            "headers",
            () => ({
                exact: { headers: { "x-a": { exact: "1" } } },
                there: { headers: { "x-a": {} } },
                ".*": { headers: { "x-a": { regex: ".*" } } },
                ".+": { headers: { "x-a": { regex: ".+" } } },
                prefix: { headers: { "x-a": { prefix: "1" } } },
                two: { headers: { "x-a": { exact: "1" }, "x-b": { exact: "2" } } },
                "a list": { headers: { "x-a": { exact: "1,2" } } },
                "an expression of a list": { headers: { "x-a": { regex: "(1|2)" } } },
                "upper case": { headers: { "X-A": { exact: "1" } } },
                either: [{ headers: { "x-a": { exact: "1" } } }, { headers: { "x-b": { exact: "2" } } }],
            }),
            heads({
                none: [],
                one: ["x-a: 1"],
                both: ["x-a: 1", "x-b: 2"],
                twice: ["x-a: 1", "x-a: 2"],
                list: ["x-a: 1,2"],
                empty: ["x-a:"],
                longer: ["x-a: 12"],
                spaced: ["x-a:  1  "],
            }),
        ),
        each(
            "headers that must not be",
            () => ({
                there: { withoutHeaders: { "x-a": {} } },
                exact: { withoutHeaders: { "x-a": { exact: "1" } } },
                prefix: { withoutHeaders: { "x-a": { prefix: "1" } } },
                regex: { withoutHeaders: { "x-a": { regex: "1|2" } } },
                two: { withoutHeaders: { "x-a": {}, "x-b": {} } },
                "one of the same": { headers: { "x-a": { prefix: "1" } }, withoutHeaders: { "x-a": { exact: "12" } } },
            }),
            heads({
                none: [],
                one: ["x-a: 1"],
                both: ["x-a: 1", "x-b: 2"],
                twice: ["x-a: 1", "x-a: 2"],
                empty: ["x-a:"],
                longer: ["x-a: 12"],
                other: ["x-b: 3"],
            }),
        ),
        each(
            "headers that the gateway has a part in",
            () => ({
                ":method": { headers: { ":method": { exact: "GET" } } },
                ":path": { headers: { ":path": { exact: "/" } } },
                ":scheme": { headers: { ":scheme": { exact: "http" } } },
                cookie: { headers: { cookie: { regex: "^(.*?;)?\\s*(user=jason)(;.*)?$" } } },
                "x-forwarded-for": { headers: { "x-forwarded-for": {} } },
                "x-forwarded-proto": { headers: { "x-forwarded-proto": { exact: "http" } } },
                "x-request-id": { headers: { "x-request-id": {} } },
                "x-envoy-original-path": { headers: { "x-envoy-original-path": {} } },
                "x-envoy-internal": { headers: { "x-envoy-internal": {} } },
                connection: { headers: { connection: {} } },
                te: { headers: { te: {} } },
                "user-agent": { headers: { "user-agent": {} } },
                "x-envoy-attempt-count": { headers: { "x-envoy-attempt-count": {} } },
                "x-forwarded-client-cert": { headers: { "x-forwarded-client-cert": {} } },
                "x-envoy-external-address": { headers: { "x-envoy-external-address": {} } },
            }),
            heads({
                none: [],
                cookie: ["cookie: a=1; user=jason; b=2"],
                "two cookies": ["cookie: a=1", "cookie: user=jason"],
                forwarded: ["x-forwarded-for: 192.0.2.1", "x-forwarded-proto: https"],
                claimed: [
                    "x-envoy-original-path: /z",
                    "x-envoy-internal: true",
                    "x-envoy-attempt-count: 3",
                    "x-forwarded-client-cert: a",
                    "x-envoy-external-address: 192.0.2.9",
                ],
                te: ["te: trailers"],
                gzip: ["te: gzip"],
                agent: ["user-agent: x"],
            }),
            {
                "x-envoy-attempt-count: claimed": {
                    ours: { status: 299 },
                    why: "it is the gateway's own word: no client can know how often it will try",
                },
            },
        ),
        each(
            "parameters of the query",
            () => ({
                exact: { queryParams: { q: { exact: "1" } } },
                there: { queryParams: { q: {} } },
                regex: { queryParams: { q: { regex: "\\d+" } } },
                prefix: { queryParams: { q: { prefix: "1" } } },
                Q: { queryParams: { Q: { exact: "1" } } },
                "a space": { queryParams: { q: { exact: "a b" } } },
                "a plus": { queryParams: { q: { exact: "a+b" } } },
                nothing: { queryParams: { q: { exact: "" } } },
                "a space in the name": { queryParams: { "q r": { exact: "1" } } },
                brackets: { queryParams: { "q[]": { exact: "1" } } },
                two: { queryParams: { q: { exact: "1" }, p: { exact: "2" } } },
            }),
            paths(
                "/",
                "/?q=1",
                "/?q",
                "/?q=",
                "/?q=12",
                "/?q=a%20b",
                "/?q=a+b",
                "/?q=a%2Bb",
                "/?q=1&q=2",
                "/?q=2&q=1",
                "/?q%20r=1",
                "/?q+r=1",
                "/?q[]=1",
                "/?q%5B%5D=1",
                "/?&&q=1&",
                "/?a;q=1",
                "/?%71=1",
                "/?p=2&q=1",
                "/?q=1=2",
                "/?q=1#f",
                "/?Q=1",
            ),
        ),
        each(
            "ports, gateways, sources and names",
            (setting) => ({
                "another port": { port: 1 },
                "its port": { port: setting.ports.http },
                "labels of others": { sourceLabels: { app: "x" } },
                "its own labels": { sourceLabels: { istio: "ingressgateway" } },
                "its namespace": { sourceNamespace: "istio-system" },
                "another namespace": { sourceNamespace: "other" },
                gw: { gateways: ["gw"] },
                "istio-system/gw": { gateways: ["istio-system/gw"] },
                mesh: { gateways: ["mesh"] },
                "another gateway": { gateways: ["other"] },
                statPrefix: { statPrefix: "x" },
                "a name": { name: "n" },
                nothing: {},
                "a name and a path": { name: "n", uri: { prefix: "/zz" } },
                "nothing beside a path": [{ uri: { prefix: "/zz" } }, {}],
            }),
            paths("/", "/zz"),
        ),
        {
            title: "delegates",
            make: (setting) => ({
                objects: [
                    ...httpGateway(
                        setting,
                        ["r.test"],
                        [
                            { match: [{ uri: { prefix: "/p" } }], delegate: { name: "p" } },
                            {
                                match: [{ uri: { prefix: "/q" }, headers: { "x-a": { exact: "1" } } }],
                                delegate: { name: "q", namespace: "other" },
                            },
                            {
                                match: [{ uri: { prefix: "/rw" } }],
                                rewrite: { uri: "/new" },
                                timeout: "5s",
                                headers: { request: { set: { "x-r": "root" } } },
                                delegate: { name: "rw" },
                            },
                            { match: [{ uri: { prefix: "/own" } }], delegate: { name: "own", namespace: "" } },
                            { match: [{ uri: { exact: "/x" } }], delegate: { name: "x" } },
                            { match: [{ queryParams: { a: { exact: "1" } } }, { uri: { prefix: "/two" } }], delegate: { name: "two" } },
                            answer("root"),
                        ],
                    ),
                    istioObject("VirtualService", "p", {
                        http: [
                            answer("p-a", { uri: { prefix: "/p/a" } }),
                            answer("p-exact", { uri: { exact: "/p/e" }, method: { exact: "GET" } }),
                            answer("p-head", { headers: { "x-a": { exact: "1" } } }),
                            answer("p-rest", { uri: { prefix: "/p" } }),
                        ],
                    }),
                    istioObject(
                        "VirtualService",
                        "q",
                        { http: [answer("q-b", { headers: { "x-b": { exact: "2" } } }), answer("q-all")] },
                        { namespace: "other" },
                    ),
                    istioObject("VirtualService", "rw", {
                        http: [
                            {
                                match: [{ uri: { prefix: "/rw/a" } }],
                                ...to(setting.backends[0], {
                                    rewrite: { uri: "/own" },
                                    headers: { request: { set: { "x-r": "child", "x-c": "c" } } },
                                }),
                            },
                            to(setting.backends[0]),
                        ],
                    }),
                    istioObject("VirtualService", "own", { http: [answer("own")] }),
                    istioObject("VirtualService", "x", {
                        http: [
                            answer("wider", { uri: { prefix: "/x" } }),
                            answer("x-exact", { uri: { exact: "/x" } }),
                            answer("x-put", { method: { exact: "PUT" } }),
                        ],
                    }),
                    istioObject("VirtualService", "two", { http: [answer("two-head", { headers: { "x-a": {} } }), answer("two")] }),
                ],
                asks: {
                    ...Object.fromEntries(
                        ["/p", "/p/a", "/p/e", "/q", "/rw", "/rw/a/z", "/rw/z", "/own", "/x", "/x/y", "/two", "/z?a=1", "/z"].flatMap(
                            (path) => [
                                [path, ask("r.test", `GET ${path}`)],
                                [`${path} with both`, ask("r.test", `GET ${path}`, ["x-a: 1", "x-b: 2"])],
                            ],
                        ),
                    ),
                    "/x with PUT": ask("r.test", "PUT /x"),
                },
            }),
            differences: Object.fromEntries(
                ["/x", "/x with both", "/x with PUT"].map((request) => [
                    request,
                    {
                        ours: { status: 500, headers: { "content-length": "0" }, body: undefined as unknown as string },
                        why: "the delegate's rule may be about this request: what it forbids is not let in by the next one",
                    },
                ]),
            ),
        },
    ],
};
