/** What a gateway makes of heads: which it refuses, what rules see of them, what backends and clients get. */
import { ask, httpGateway, reply, to, type Answer, type Ask, type Case, type Play, type Setting, type Topic } from "../support/case";

const HOST = "h.test";

/** What is sent, line by line. */
const raw = (...lines: string[]): Ask => ({ sends: [`${lines.join("\r\n")}\r\n`] });
const get = (target: string, ...lines: string[]): Ask => ask(HOST, `GET ${target}`, lines);
const post = (...lines: string[]): Ask => raw("POST / HTTP/1.1", `Host: ${HOST}`, "connection: close", ...lines);
const chunked = (...trailers: string[]): Ask => post("Transfer-Encoding: chunked", "", "5", "hello", "0", ...trailers, "");

/** Everything of `hosts` to the first backend. */
function forwarded(setting: Setting, asks: Readonly<Record<string, Ask>>, hosts = [HOST]): Play {
    return { objects: httpGateway(setting, hosts, [to(setting.backends[0])]), asks };
}

/** Header lines that rules may be made on. */
const SEEN: Readonly<Record<string, readonly string[]>> = {
    "content-length": ["content-length: 0"],
    expect: ["expect: 100-continue"],
    trailer: ["trailer: x-a"],
    "proxy-authorization": ["proxy-authorization: basic x"],
    te: ["te: trailers"],
    "keep-alive": ["keep-alive: timeout=5"],
    "proxy-connection": ["proxy-connection: keep-alive"],
    connection: [],
    upgrade: ["upgrade: websocket"],
    "http2-settings": ["http2-settings: x"],
    x_own: ["x_own: 1"],
    host: [],
    "proxy-authenticate": ["proxy-authenticate: basic"],
    "transfer-encoding": ["transfer-encoding: chunked"],
};

const TARGETS: Readonly<Record<string, string>> = {
    "two slashes": "//a",
    "slashes inside": "/a//b",
    "dot segments": "/a/./b/../c",
    "dot segments above the root": "/../../a",
    "encoded dots": "/a/%2e%2E/b",
    parameters: "/a;p=1;q/b",
    "an unreserved character encoded": "/%61",
    "an encoded slash": "/a%2fb",
    "an encoded backslash": "/a%5Cb",
    "an empty query": "/a?",
    "a query of queries": "/a??b?c",
    "a fragment": "/a#b",
    "a fragment with a query": "/a#b?c",
    "a query with a fragment": "/a?b#c",
    "an absolute target": `http://${HOST}/abs?x`,
    "an absolute target of another host": "http://other.test/abs",
    "an absolute target without a path": `http://${HOST}`,
    "an absolute target with a port": `http://${HOST}:8080/abs`,
    "an absolute https target": `https://${HOST}/abs`,
    "an absolute target with userinfo": `http://user@${HOST}/abs`,
    "another scheme": `ftp://${HOST}/abs`,
    "an authority": `${HOST}:80`,
    "an asterisk": "*",
    "a query alone": "?x",
    "a backslash": "/a\\b",
    "a lone percent": "/a%",
    "an escape that is none": "/a%zz",
    "an encoded NUL": "/a%00b",
    braces: "/a{b}|c^d",
    quotes: `/a"b"<c>`,
    "a raw umlaut": "/stra\u00dfe",
    "a control character": "/a\u0001b",
    DEL: "/a\u007fb",
    brackets: "/a[1]",
};

const HOSTS: Readonly<Record<string, readonly string[]>> = {
    "upper case": ["Host: H.TEST"],
    "a port": ["Host: h.test:80"],
    "another port": ["Host: h.test:8443"],
    "an empty port": ["Host: h.test:"],
    "a port that is none": ["Host: h.test:x"],
    "a port too high": ["Host: h.test:65536"],
    "a trailing dot": ["Host: h.test."],
    userinfo: ["Host: user@h.test"],
    "an IPv6 address": ["Host: [::1]"],
    "an IPv6 address with a port": ["Host: [::1]:80"],
    "a broken IPv6 address": ["Host: [::1"],
    "an empty host": ["Host:"],
    none: [],
    two: ["Host: h.test", "Host: h.test"],
    "two that differ": ["Host: h.test", "Host: other.test"],
    "a list": ["Host: h.test, h.test"],
    "an underscore": ["Host: h_a.test"],
    "a space": ["Host: h test"],
    "a slash": ["Host: h.test/a"],
    "a percent": ["Host: h%2etest"],
    "empty labels": ["Host: a..test"],
    "blanks around": ["Host: \t h.test \t"],
    "a name too long": [`Host: ${"a.".repeat(127)}test`],
};

const METHODS = ["HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "QUERY", "M-SEARCH", "PROPFIND", "get", "FOO", "TRACE", "CONNECT"];

const HEADERS: Readonly<Record<string, readonly string[]>> = {
    "a name that repeats": ["x-a: 1", "x-b: 2", "X-A: 3"],
    "an empty value": ["x-a:"],
    "blanks around a value": ["x-a: \t b \t"],
    "a tab inside": ["x-a: a\tb"],
    "UTF-8": ["x-a: Z\u00fcrich"],
    "a NUL": ["x-a: a\u0000b"],
    "a control character": ["x-a: a\u0001b"],
    "a folded line": ["x-a: 1", " 2"],
    "a blank before the colon": ["x-a : 1"],
    "a blank before the name": [" x-a: 1"],
    "no colon": ["x-a"],
    "an empty name": [": 1"],
    "a bracket in a name": ["x(a): 1"],
    "names with underscores": ["api_key: 1", "user_id: 2", "_a: 3"],
    "underscored names of ours": [
        "x_forwarded_for: 1.2.3.4",
        "X_Forwarded-Proto: https",
        "x_request_id: 1",
        "x_envoy_internal: true",
        "x_forwarded_client_cert: x",
    ],
    "underscored names of framing": ["content_length: 5", "transfer_encoding: chunked", "content_type: a/b"],
    "hop-by-hop fields": [
        "keep-alive: timeout=5",
        "proxy-connection: keep-alive",
        "te: gzip, trailers",
        "http2-settings: x",
        "upgrade: h2c",
    ],
    "te of codings": ["te: gzip"],
    "what ends at the next hop elsewhere": ["proxy-authorization: basic x", "proxy-authenticate: basic", "trailer: x-a"],
    "what proxies say": [
        "forwarded: for=1.2.3.4",
        "via: 1.1 a",
        "x-forwarded-host: a",
        "x-forwarded-port: 1",
        "x-forwarded-proto: https",
        "x-real-ip: 1.2.3.4",
    ],
    "max-forwards": ["max-forwards: 0"],
    cookies: ["cookie: a=1", "cookie: b=2"],
};

const CONNECTIONS: Readonly<Record<string, string>> = {
    "an own header": "x-a, close",
    "a header of ours": "x-forwarded-proto, close",
    "the host": "host, close",
    "a header of the client's standing": "authorization, close",
    nothing: ", ,close",
    "what is no token": "a b, close",
};

const FRAMINGS: Readonly<Record<string, Ask>> = {
    "a length beside a coding": post("content-length: 5", "transfer-encoding: chunked", "", "0", "", ""),
    "two equal lengths": post("content-length: 5", "content-length: 5", "", "hello"),
    "two lengths": post("content-length: 5", "content-length: 6", "", "hello"),
    "a list of lengths": post("content-length: 5, 5", "", "hello"),
    "a length with a sign": post("content-length: +5", "", "hello"),
    "an empty length": post("content-length:", "", ""),
    identity: post("transfer-encoding: identity", "", ""),
    "another coding before": post("transfer-encoding: gzip, chunked", "", "0", "", ""),
    "chunked twice": post("transfer-encoding: chunked", "transfer-encoding: chunked", "", "0", "", ""),
    "upper case": post("transfer-encoding: CHUNKED", "", "5", "hello", "0", "", ""),
    "chunk extensions": post("transfer-encoding: chunked", "", "5;a=b;c", "hello", "0;d", "", ""),
    "a chunk size with a sign": post("transfer-encoding: chunked", "", "+5", "hello", "0", "", ""),
    "a body without a length": post("", ""),
    trailers: chunked("x-t: 1"),
    "trailers that say who the client is": chunked(
        "x-forwarded-for: 1.2.3.4",
        "x-forwarded-client-cert: x",
        "x-request-id: 1",
        "x-envoy-internal: true",
        "authorization: x",
    ),
    "a length in trailers": chunked("content-length: 5"),
    "bare line feeds": { sends: [`GET / HTTP/1.1\nHost: ${HOST}\nconnection: close\n\n`] },
    "an empty line before": { sends: [`\r\nGET / HTTP/1.1\r\nHost: ${HOST}\r\nconnection: close\r\n\r\n`] },
    "HTTP/1.0": raw("GET / HTTP/1.0", `Host: ${HOST}`, "", ""),
    "HTTP/1.2": raw("GET / HTTP/1.2", `Host: ${HOST}`, "connection: close", "", ""),
    "HTTP/2.0": raw("GET / HTTP/2.0", `Host: ${HOST}`, "", ""),
    "no version": raw("GET /", ""),
    "two spaces": raw("GET  / HTTP/1.1", `Host: ${HOST}`, "connection: close", "", ""),
    garbage: raw("garbage", "", ""),
    "a hundred and one headers": raw(
        "GET / HTTP/1.1",
        `Host: ${HOST}`,
        "connection: close",
        ...Array.from({ length: 120 }, (_, at) => `x-${at}: 1`),
        "",
        "",
    ),
    "a head of 70 KiB": raw("GET / HTTP/1.1", `Host: ${HOST}`, "connection: close", `x-a: ${"a".repeat(70_000)}`, "", ""),
};

const ok = (...lines: string[]): string => ["HTTP/1.1 200 OK", ...lines, "content-length: 2", "", "ok"].join("\r\n");
const REPLIES: Readonly<Record<string, string>> = {
    "early hints": `HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${ok()}`,
    "several interim responses": `HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </b>\r\n\r\n${ok()}`,
    "an interim response nobody knows": `HTTP/1.1 199 Odd\r\nx-a: 1\r\n\r\n${ok()}`,
    "a continue that nobody asked for": `HTTP/1.1 100 Continue\r\n\r\n${ok()}`,
    "a switch that nobody asked for": "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n",
    "204": "HTTP/1.1 204 No Content\r\n\r\n",
    "204 with a length": "HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n",
    "304": "HTTP/1.1 304 Not Modified\r\netag: x\r\ncontent-length: 10\r\n\r\n",
    "205": "HTTP/1.1 205 Reset Content\r\ncontent-length: 0\r\n\r\n",
    "a status of no class": "HTTP/1.1 999 Odd\r\ncontent-length: 0\r\n\r\n",
    "a status of 600": "HTTP/1.1 600 Odd\r\ncontent-length: 0\r\n\r\n",
    "two digits": "HTTP/1.1 20 OK\r\n\r\n",
    "no reason": "HTTP/1.1 200\r\ncontent-length: 0\r\n\r\n",
    "HTTP/1.0": "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok",
    "a body until the end": "HTTP/1.1 200 OK\r\n\r\nok",
    trailers: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx-t: 1\r\n\r\n",
    underscores: ok("x_own: 1", "x-own: 2"),
    "hop-by-hop fields": ok("connection: x-a", "x-a: 1", "keep-alive: timeout=5", "proxy-connection: x", "upgrade: h2c", "trailer: x"),
    "what concerns proxies": ok("proxy-authenticate: basic", "te: trailers"),
    "two equal lengths": "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 2\r\n\r\nok",
    "a length beside a coding": "HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "a folded line": "HTTP/1.1 200 OK\r\nx-a: 1\r\n 2\r\ncontent-length: 0\r\n\r\n",
    "bare line feeds": "HTTP/1.1 200 OK\ncontent-length: 0\n\n",
    "server and date": ok("server: own", "via: 1.1 a", "x-powered-by: a"),
};

type Differences = NonNullable<Case["differences"]>;

/** Refused without a body, as all that is refused is; `why` says what is different besides. */
const refused = (status: number, why = "a refusal needs no body: its status says all that there is to say"): Differences[string] => ({
    ours: { status, headers: { "content-length": "0" }, body: undefined, backend: undefined } as Partial<Answer>,
    why,
});
const eachRefused = (status: number, why: string | undefined, ...titles: readonly string[]): Differences =>
    Object.fromEntries(titles.map((title) => [title, refused(status, why)]));

/** Given to the backend as this. */
function given(
    request: string,
    why: string,
    headers: Readonly<Record<string, string>> = {},
    more: Partial<Answer> = {},
): Differences[string] {
    const received = {
        at: "one.backends.test",
        request: `${request} HTTP/1.1`,
        headers: { host: HOST, "x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "http", ...headers },
    };
    return {
        ours: {
            status: 200,
            headers: { "content-type": "text/plain", "x-backend": "one.backends.test" },
            body: undefined,
            backend: [received],
            ...more,
        } as Partial<Answer>,
        why,
    };
}

const NO_TARGET = "RFC 9112 §3.2: no request target has it, and servers read it in two ways";
const NO_HOST = "RFC 9112 §3.2 demands 400";
const BAD_HOSTS: Differences = {
    ...eachRefused(400, NO_HOST, "a port that is none", "a port too high", "userinfo", "a broken IPv6 address", "two", "two that differ"),
    ...eachRefused(400, undefined, "a list", "a space", "a slash"),
    "a name too long": refused(400, "RFC 1035 §2.3.4: there is no such name"),
};
const NOT_ALLOWED = { allow: "GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH", "content-length": "0" };
const UPSTREAM_FAULT: Partial<Answer> = {
    status: 502,
    ended: undefined,
    text: undefined,
    headers: { "content-length": "87", "content-type": "text/plain" },
    body: "upstream connect error or disconnect/reset before headers. reset reason: protocol error",
} as unknown as Partial<Answer>;

export const heads: Topic = {
    name: "heads",
    http2: ["clients", "backends"],
    cases: [
        {
            title: "what rules see of a head",
            make: (setting) => ({
                objects: httpGateway(
                    setting,
                    [HOST],
                    [
                        {
                            match: Object.keys(SEEN).map((name) => ({ uri: { exact: `/${name}` }, headers: { [name]: {} } })),
                            directResponse: { status: 200, body: { string: "seen" } },
                        },
                        {
                            match: [{ uri: { exact: "/large" }, headers: { "content-length": { regex: "[0-9]{5,}" } } }],
                            directResponse: { status: 413 },
                        },
                        {
                            match: [{ uri: { exact: "/sized" }, withoutHeaders: { "content-length": {} } }],
                            directResponse: { status: 411 },
                        },
                        { match: [{ uri: { prefix: "/" } }], directResponse: { status: 404, body: { string: "unseen" } } },
                    ],
                ),
                asks: {
                    ...Object.fromEntries(Object.entries(SEEN).map(([name, lines]) => [name, get(`/${name}`, ...lines)])),
                    "upgrade that connection names": {
                        ...raw("GET /upgrade HTTP/1.1", `Host: ${HOST}`, "connection: upgrade", "upgrade: websocket", "", ""),
                        waitMs: 500,
                    },
                    "te of codings": get("/te", "te: gzip"),
                    "a length of two digits": ask(HOST, "POST /large", [], { body: "0123456789" }),
                    "a length of five digits": raw(
                        "POST /large HTTP/1.1",
                        `Host: ${HOST}`,
                        "connection: close",
                        "content-length: 12345",
                        "",
                        "",
                    ),
                    "a length where one is wanted": ask(HOST, "POST /sized", [], { body: "0123456789" }),
                    "no length where one is wanted": raw(
                        "POST /sized HTTP/1.1",
                        `Host: ${HOST}`,
                        "connection: close",
                        "transfer-encoding: chunked",
                        "",
                        "0",
                        "",
                        "",
                    ),
                },
            }),
        },
        {
            title: "targets",
            differences: {
                "an absolute https target": refused(403),
                "an absolute target with userinfo": refused(400, "RFC 9110 §4.2.4"),
                ...eachRefused(
                    400,
                    undefined,
                    "another scheme",
                    "an authority",
                    "an asterisk",
                    "a query alone",
                    "a raw umlaut",
                    "a control character",
                    "DEL",
                ),
                ...eachRefused(400, NO_TARGET, "a backslash", "a lone percent", "an escape that is none"),
            },
            make: (setting) => forwarded(setting, Object.fromEntries(Object.entries(TARGETS).map(([name, target]) => [name, get(target)]))),
        },
        { title: "an asterisk of OPTIONS", make: (setting) => forwarded(setting, { "OPTIONS *": ask(HOST, "OPTIONS *") }) },
        {
            title: "hosts, where one is served",
            differences: { ...BAD_HOSTS, "a trailing dot": given("GET /", "RFC 3986 §3.2.2: the same name", { host: `${HOST}.` }) },
            make: (setting) =>
                forwarded(
                    setting,
                    Object.fromEntries(
                        Object.entries(HOSTS).map(([name, lines]) => [name, raw("GET / HTTP/1.1", ...lines, "connection: close", "", "")]),
                    ),
                ),
        },
        {
            title: "hosts, where any is served",
            differences: BAD_HOSTS,
            make: (setting) =>
                forwarded(
                    setting,
                    Object.fromEntries(
                        Object.entries(HOSTS).map(([name, lines]) => [name, raw("GET / HTTP/1.1", ...lines, "connection: close", "", "")]),
                    ),
                    ["*"],
                ),
        },
        {
            title: "methods",
            differences: {
                QUERY: given("QUERY /", "RFC 9110 §16.1.1: it is registered", { "content-length": "0" }),
                "M-SEARCH": given("M-SEARCH /", "RFC 9110 §16.1.1: it is registered", { "content-length": "0" }),
                get: refused(501, "RFC 9110 §9.1"),
                FOO: refused(501, "RFC 9110 §9.1"),
                TRACE: {
                    ours: { status: 405, headers: NOT_ALLOWED, backend: undefined } as unknown as Partial<Answer>,
                    why: "RFC 9110 §9.3.8: it gives back what the client's scripts may not read",
                },
                CONNECT: { ours: { status: 405, headers: NOT_ALLOWED }, why: "RFC 9110 §15.5.6" },
            },
            make: (setting) =>
                forwarded(
                    setting,
                    Object.fromEntries(
                        METHODS.map((method) => [
                            method,
                            method === "CONNECT"
                                ? raw(`CONNECT ${HOST}:80 HTTP/1.1`, `Host: ${HOST}`, "connection: close", "", "")
                                : ask(HOST, `${method} /`),
                        ]),
                    ),
                ),
        },
        {
            title: "header lines",
            differences: {
                ...eachRefused(
                    400,
                    undefined,
                    "a NUL",
                    "a control character",
                    "a blank before the colon",
                    "no colon",
                    "an empty name",
                    "a bracket in a name",
                ),
                "a folded line": refused(400, "RFC 9112 §5.2"),
                "a blank before the name": refused(400, "RFC 9112 §2.2"),
                "underscored names of ours": given("GET /", "a backend in the tradition of CGI reads them as ours"),
                "underscored names of framing": given("GET /", "a backend in the tradition of CGI reads them as framing"),
            },
            make: (setting) =>
                forwarded(setting, Object.fromEntries(Object.entries(HEADERS).map(([name, lines]) => [name, get("/", ...lines)]))),
        },
        {
            title: "connection options",
            differences: {
                "a header of ours": given("GET /", "what a proxy has said is no connection's to take away: the option is ignored", {
                    authorization: "b",
                    "x-a": "1",
                    "x-real-ip": "1.2.3.4",
                }),
                "the host": given("GET /", "RFC 9110 §7.6.1: the option is ignored", {
                    authorization: "b",
                    "x-a": "1",
                    "x-real-ip": "1.2.3.4",
                }),
                "what is no token": refused(400, "who sends it means something that cannot be known"),
            },
            make: (setting) =>
                forwarded(
                    setting,
                    Object.fromEntries(
                        Object.entries(CONNECTIONS).map(([name, options]) => [
                            name,
                            raw(
                                "GET / HTTP/1.1",
                                `Host: ${HOST}`,
                                `connection: ${options}`,
                                "x-a: 1",
                                "authorization: b",
                                "x-real-ip: 1.2.3.4",
                                "",
                                "",
                            ),
                        ]),
                    ),
                ),
        },
        {
            title: "framing",
            differences: {
                ...eachRefused(
                    400,
                    undefined,
                    "a length beside a coding",
                    "two equal lengths",
                    "two lengths",
                    "a list of lengths",
                    "a length with a sign",
                    "an empty length",
                    "garbage",
                ),
                ...eachRefused(400, "RFC 9112 §6.3", "identity", "chunked twice"),
                "another coding before": refused(501),
                "a chunk size with a sign": refused(400, "what came with the head was looked at first"),
                trailers: given(
                    "POST /",
                    "RFC 9110 §6.5: checksums and signatures come in them",
                    {},
                    {
                        backend: [
                            {
                                at: "one.backends.test",
                                request: "POST / HTTP/1.1",
                                headers: { host: HOST, "x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "http" },
                                body: "hello",
                                trailers: { "x-t": "1" },
                            },
                        ],
                    },
                ),
                "a length in trailers": refused(400, "somebody behind could believe it"),
                "bare line feeds": refused(400, "RFC 9112 §2.2: servers read them in two ways"),
                "two spaces": refused(400, "RFC 9112 §3"),
                "HTTP/1.0": {
                    ours: {
                        headers: { "content-length": "86", "content-type": "text/plain", upgrade: "HTTP/1.1" },
                        body: "HTTP/1.0 is not accepted: use HTTP/1.1, or have the gateway accept it (acceptHttp10).\n",
                    },
                    why: "RFC 9110 §15.5.22, and what is to be done",
                },
                "HTTP/1.2": refused(505, "RFC 9110 §15.6.6"),
                "HTTP/2.0": refused(505, "RFC 9110 §15.6.6"),
                "no version": refused(400, "RFC 9112 §3"),
                ...eachRefused(431, undefined, "a hundred and one headers", "a head of 70 KiB"),
            },
            make: (setting) => forwarded(setting, FRAMINGS),
        },
        {
            title: "answers of backends",
            differences: {
                "several interim responses": { ours: { informational: [102, 103, 103] }, why: "RFC 9110 §15.2" },
                "an interim response nobody knows": { ours: { informational: [199] }, why: "RFC 9110 §15.2" },
                "a switch that nobody asked for": { ours: UPSTREAM_FAULT, why: "RFC 9110 §15.2.2" },
                "two digits": { ours: UPSTREAM_FAULT, why: "RFC 9110 §15" },
                trailers: { ours: { trailers: { "x-t": "1" } }, why: "RFC 9110 §6.5" },
                "hop-by-hop fields": { ours: { headers: { "content-length": "2", trailer: "x" } }, why: "RFC 9110 §7.6.1" },
                "what concerns proxies": {
                    ours: { headers: { "content-length": "2", "proxy-authenticate": "basic" } },
                    why: "te says something in requests only",
                },
                "a folded line": { ours: UPSTREAM_FAULT, why: "RFC 9112 §5.2" },
                "bare line feeds": { ours: UPSTREAM_FAULT, why: "RFC 9112 §2.2: servers read them in two ways" },
            },
            make: (setting) =>
                forwarded(setting, {
                    ...Object.fromEntries(Object.entries(REPLIES).map(([name, bytes]) => [name, get("/", reply(bytes))])),
                    HEAD: ask(HOST, "HEAD /", [reply("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n")]),
                }),
        },
        {
            title: "expectations",
            differences: {
                "no body": given("GET /", "RFC 9110 §10.1.1: nothing follows", {}, {
                    informational: undefined,
                } as unknown as Partial<Answer>),
                "upper case": {
                    ours: {
                        backend: [
                            {
                                at: "one.backends.test",
                                request: "POST / HTTP/1.1",
                                headers: {
                                    "content-length": "5",
                                    expect: "100-continue",
                                    host: HOST,
                                    "x-forwarded-for": "127.0.0.1",
                                    "x-forwarded-proto": "http",
                                },
                                body: "hello",
                            },
                        ],
                    },
                    why: "made anew; RFC 9110 §10.1.1: its case says nothing",
                },
                "another one": refused(417),
            },
            make: (setting) => ({
                objects: httpGateway(
                    setting,
                    [HOST],
                    [{ match: [{ uri: { prefix: "/direct" } }], directResponse: { status: 403 } }, to(setting.backends[0])],
                ),
                asks: {
                    "100, then the body": {
                        sends: [
                            `POST / HTTP/1.1\r\nHost: ${HOST}\r\nconnection: close\r\ncontent-length: 5\r\nexpect: 100-continue\r\n\r\n`,
                            /100 Continue/,
                            "hello",
                        ],
                    },
                    "a body that does not wait": post("content-length: 5", "expect: 100-continue", "", "hello"),
                    "a final answer instead": post(
                        "content-length: 5",
                        "expect: 100-continue",
                        reply("HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n"),
                        "",
                        "",
                    ),
                    "an answer of the gateway": ask(HOST, "POST /direct", ["content-length: 5", "expect: 100-continue"]),
                    "no body": get("/", "expect: 100-continue"),
                    "upper case": {
                        sends: [
                            `POST / HTTP/1.1\r\nHost: ${HOST}\r\nconnection: close\r\ncontent-length: 5\r\nexpect: 100-Continue\r\n\r\n`,
                            /100 Continue/,
                            "hello",
                        ],
                    },
                    "another one": post("content-length: 5", "expect: 200-ok", "", "hello"),
                },
            }),
        },
        {
            title: "variables and operations of what frames a message",
            make: (setting) => ({
                objects: httpGateway(
                    setting,
                    [HOST],
                    [
                        {
                            match: [{ uri: { prefix: "/direct" } }],
                            directResponse: { status: 200, body: { string: "four" } },
                            headers: { response: { set: { "x-length": "%RESP(content-length)%", "x-asked": "%REQ(content-length)%" } } },
                        },
                        {
                            match: [{ uri: { prefix: "/removed" } }],
                            ...to(setting.backends[0], {
                                headers: { request: { remove: ["content-length"] }, response: { remove: ["content-length"] } },
                            }),
                        },
                        to(setting.backends[0], {
                            headers: {
                                request: {
                                    set: {
                                        "x-length": "%REQ(content-length)%",
                                        "x-expect": "%REQ(expect)%",
                                        "x-host": "%REQ(:authority)%",
                                    },
                                },
                                response: { set: { "x-length": "%RESP(content-length)%" } },
                            },
                        }),
                    ],
                ),
                asks: {
                    "a body": ask(HOST, "POST /", [reply("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")], { body: "hello" }),
                    "no body": get("/", reply("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nok")),
                    "an expectation": post("content-length: 5", "expect: 100-continue", "", "hello"),
                    "an answer of the gateway": ask(HOST, "POST /direct", [], { body: "hello" }),
                    "what is removed": ask(HOST, "POST /removed", [reply("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")], {
                        body: "hello",
                    }),
                },
            }),
        },
        {
            title: "destinations of another host",
            differences: {
                "a rewrite": given("GET /in/a?b", "the prefix / is every path's: what takes its place stays a segment of its own", {
                    host: "inner.test",
                }),
            },
            make: (setting) => ({
                objects: httpGateway(setting, [HOST], [to(setting.backends[0], { rewrite: { authority: "inner.test", uri: "/in" } })]),
                asks: { "a rewrite": get("/a?b") },
            }),
        },
    ],
};
