/** What a gateway makes of heads over HTTP/2: which it refuses, and what backends of either protocol get of the others. */
import { httpGateway, to, type Ask, type Play, type Setting, type Topic } from "../support/case";
import { data, headers } from "../support/http2/frames";
import { ANSWERED, MALFORMED, passes, refuses, resets, served, toEach } from "../support/http2/differences";
import { ask2, post2 as post } from "../support/http2/requests";

/** One host a protocol of the backend. */
export const HOSTS = { "to HTTP/1.1": "h.test", "to HTTP/2": "h2.test" } as const;

type Requests = (host: string) => Readonly<Record<string, Ask>>;

/** Everything to the backend of either protocol; what is `refused` is so before anybody knows of a backend, and asked once. */
export function toBoth(setting: Setting, requests: Requests, refused: Requests = () => ({})): Play {
    return {
        objects: httpGateway(
            setting,
            ["*"],
            [{ match: [{ authority: { prefix: HOSTS["to HTTP/2"] } }], ...to(setting.http2) }, to(setting.backends[0])],
        ),
        asks: {
            ...Object.fromEntries(
                Object.entries(HOSTS).flatMap(([title, host]) =>
                    Object.entries(requests(host)).map(([request, asked]) => [`${title}: ${request}`, asked]),
                ),
            ),
            ...refused(HOSTS["to HTTP/1.1"]),
        },
    };
}

/** What the pseudo-headers are, in order. */
const pseudo = (...list: readonly string[]): Ask => ask2("", "GET /", [], { pseudo: list });
const GET = [":method", "GET"];
const HTTP = [":scheme", "http"];
const ROOT = [":path", "/"];

const PSEUDO: Requests = (host) => {
    const authority = [":authority", host];
    const whole = [...GET, ...HTTP, ...authority, ...ROOT];
    return {
        "another order": pseudo(...ROOT, ...authority, ...HTTP, ...GET),
        "host alone": pseudo(...GET, ...HTTP, ...ROOT, "host", host),
        "host, the same": pseudo(...whole, "host", host),
        "host, in other letters": pseudo(...whole, "host", host.toUpperCase()),
        "host, another": pseudo(...whole, "host", "other.test"),
        "scheme https": pseudo(...GET, ":scheme", "https", ...authority, ...ROOT),
        "scheme HTTP": pseudo(...GET, ":scheme", "HTTP", ...authority, ...ROOT),
        "scheme ftp": pseudo(...GET, ":scheme", "ftp", ...authority, ...ROOT),
    };
};

const BAD_PSEUDO: Requests = (host) => {
    const authority = [":authority", host];
    const whole = [...GET, ...HTTP, ...authority, ...ROOT];
    return {
        "no method": pseudo(...HTTP, ...authority, ...ROOT),
        "no scheme": pseudo(...GET, ...authority, ...ROOT),
        "no path": pseudo(...GET, ...HTTP, ...authority),
        "no authority": pseudo(...GET, ...HTTP, ...ROOT),
        "an empty method": pseudo(":method", "", ...HTTP, ...authority, ...ROOT),
        "an empty scheme": pseudo(...GET, ":scheme", "", ...authority, ...ROOT),
        "an empty path": pseudo(...GET, ...HTTP, ...authority, ":path", ""),
        "an empty authority": pseudo(...GET, ...HTTP, ":authority", "", ...ROOT),
        "two methods": pseudo(...whole, ...GET),
        "two schemes": pseudo(...whole, ...HTTP),
        "two paths": pseudo(...whole, ...ROOT),
        "two authorities": pseudo(...whole, ...authority),
        "a status": pseudo(...whole, ":status", "200"),
        "a protocol": pseudo(...whole, ":protocol", "websocket"),
        "one that nobody knows": pseudo(...whole, ":own", "1"),
        "one in upper case": pseudo(":Method", "GET", ...HTTP, ...authority, ...ROOT),
        "one behind a header": pseudo(...GET, ...HTTP, ...authority, "x-a", "1", ...ROOT),
        "host, empty": pseudo(...whole, "host", ""),
        "two hosts": pseudo(...whole, "host", host, "host", host),
        "two hosts alone": pseudo(...GET, ...HTTP, ...ROOT, "host", host, "host", "other.test"),
        "a scheme that is none": pseudo(...GET, ":scheme", "ht tp", ...authority, ...ROOT),
        "a scheme with a path": pseudo(...GET, ":scheme", "http://other.test/?", ...authority, ...ROOT),
    };
};

const TARGETS: Readonly<Record<string, string>> = {
    "two slashes": "//a",
    "dot segments": "/a/./b/../c",
    "encoded dots": "/a/%2e%2E/b",
    "an unreserved character encoded": "/%61",
    "an encoded slash": "/a%2fb",
    "a fragment": "/a#b",
    "a backslash": "/a\\b",
    "a lone percent": "/a%",
    "an encoded NUL": "/a%00b",
    "a raw umlaut": "/straße",
    "braces and quotes": `/a{b}|c^d"e"<f>`,
    "an empty query": "/a?",
};
const BAD_TARGETS: Readonly<Record<string, string>> = {
    "no slash": "a",
    "an absolute target": "http://other.test/abs",
    "an asterisk": "*",
    "a query alone": "?x",
    "a space": "/a b",
    "a line break": "/a\r\nx-b: 1",
    "a request behind it": "/ HTTP/1.1\r\nhost: other.test\r\n\r\nGET /b",
    "a carriage return": "/a\rb",
    "a line feed": "/a\nb",
    "a NUL": "/a\0b",
    "a control character": "/a\u0001b",
    DEL: "/a\u007fb",
    "a tab": "/a\tb",
};

const METHODS = ["HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "QUERY", "M-SEARCH", "get", "FOO", "TRACE", "PRI"];
const BAD_METHODS: Readonly<Record<string, string>> = {
    "a space": "GET /b HTTP/1.1",
    "a line break": "GET\r\nx-b: 1",
    "a colon": "GET:",
    "a NUL": "GET\0",
    "an umlaut": "GÄT",
};

const AUTHORITIES: Readonly<Record<string, (host: string) => string>> = {
    "upper case": (host) => host.toUpperCase(),
    "a port": (host) => `${host}:80`,
    "another port": (host) => `${host}:8443`,
    "an empty port": (host) => `${host}:`,
    "a port that is none": (host) => `${host}:x`,
    "a port too high": (host) => `${host}:65536`,
    "a trailing dot": (host) => `${host}.`,
    "an IPv6 address": () => "[::1]",
    "a percent": (host) => `${host}%2e`,
};
const BAD_AUTHORITIES: Readonly<Record<string, (host: string) => string>> = {
    userinfo: (host) => `user@${host}`,
    "a list": (host) => `${host}, ${host}`,
    "a space": (host) => `${host} a`,
    "a slash": (host) => `${host}/a`,
    "a line break": (host) => `${host}\r\nx-b: 1`,
    "a line feed": (host) => `${host}\nb`,
    "a NUL": (host) => `${host}\0`,
    "blanks around": (host) => ` ${host} `,
};

/** Sent as they are: an entry is a name and a value. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
    "a name that repeats": ["x-a", "1", "x-b", "2", "x-a", "3"],
    "an empty value": ["x-a", ""],
    "blanks around a value": ["x-a", " b "],
    "a tab before a value": ["x-a", "\tb"],
    "a tab inside": ["x-a", "a\tb"],
    "UTF-8": ["x-a", "Zürich"],
    "names with underscores": ["api_key", "1", "user_id", "2"],
    "underscored names of ours": ["x_forwarded_for", "1.2.3.4", "x_request_id", "1"],
    "underscored names of framing": ["content_length", "5", "transfer_encoding", "chunked"],
    "http2-settings": ["http2-settings", "x"],
    "te trailers": ["te", "trailers"],
    "crumbs of a cookie": ["cookie", "a=1", "x-b", "1", "cookie", "b=2", "cookie", "c=3"],
    "an empty crumb": ["cookie", "a=1", "cookie", "", "cookie", "b=2"],
    "crumbs with signs": ["cookie", "a=1; b=2", "cookie", "c=3;"],
    "what ends at the next hop elsewhere": ["proxy-authorization", "basic x", "proxy-authenticate", "basic", "trailer", "x-a"],
    "what proxies say": [
        ...["forwarded", "for=1.2.3.4", "via", "2 a", "x-forwarded-host", "a", "x-forwarded-port", "1"],
        ...["x-forwarded-proto", "https", "x-real-ip", "1.2.3.4", "x-forwarded-for", "1.2.3.4", "x-request-id", "mine"],
    ],
    "max-forwards": ["max-forwards", "0"],
    "what Envoy says": ["x-envoy-internal", "true", "x-envoy-original-path", "/b", "x-forwarded-client-cert", "x"],
    priority: ["priority", "u=1, i"],
    expect: ["expect", "100-continue"],
    "expect of something else": ["expect", "a-miracle"],
    "content-length 0": ["content-length", "0"],
    "early-data": ["early-data", "1"],
    "a head of 50 KiB": ["x-a", "a".repeat(50_000)],
};
const BAD_FIELDS: Readonly<Record<string, readonly string[]>> = {
    "upper case in a name": ["X-a", "1"],
    "a line break in a value": ["x-a", "1\r\nx-b: 2"],
    "a line feed in a value": ["x-a", "1\nx-b: 2"],
    "a carriage return in a value": ["x-a", "1\rb"],
    "a NUL in a value": ["x-a", "a\0b"],
    "a control character in a value": ["x-a", "a\u0001b"],
    "DEL in a value": ["x-a", "a\u007fb"],
    "a line break in a name": ["x-a\r\nx-b", "1"],
    "a NUL in a name": ["x-\0a", "1"],
    "a colon in a name": ["x:a", "1"],
    "a space in a name": ["x a", "1"],
    "a space behind a name": ["x-a ", "1"],
    "a bracket in a name": ["x(a)", "1"],
    "an umlaut in a name": ["x-ä", "1"],
    "an empty name": ["", "1"],
    connection: ["connection", "close"],
    "connection that names a header": ["connection", "x-a", "x-a", "1"],
    "keep-alive": ["keep-alive", "timeout=5"],
    "proxy-connection": ["proxy-connection", "keep-alive"],
    "transfer-encoding": ["transfer-encoding", "chunked"],
    "transfer-encoding identity": ["transfer-encoding", "identity"],
    upgrade: ["upgrade", "websocket"],
    "upgrade h2c": ["upgrade", "h2c"],
    "te gzip": ["te", "gzip"],
    "te of both": ["te", "gzip, trailers"],
    "te empty": ["te", ""],
    "a hundred and twenty headers": Array.from({ length: 120 }, (_, at) => [`x-${at}`, "1"]).flat(),
    "a head of 70 KiB": ["x-a", "a".repeat(70_000)],
    "a head of 70 KiB in small parts": Array.from({ length: 70 }, (_, at) => [`x-${at}`, "a".repeat(1000)]).flat(),
};

const field = (host: string, list: readonly string[]): Ask =>
    ask2(host, "GET /", [], { pseudo: [...GET, ...HTTP, ":authority", host, ...ROOT, ...list] });

const length = (value: string): readonly string[] => ["content-length", value];
const BODIES: Requests = (host) => {
    return {
        "without a length": post(host, [], data("hello", true)),
        "with a length": post(host, length("5"), data("hello", true)),
        "in several frames": post(host, length("5"), data("he", false), data("", false), data("llo", true)),
        "and an empty frame for its end": post(host, [], data("hello", false), data("", true)),
        "longer than its length": post(host, length("3"), data("hello", true)),
        "longer than its length, frame by frame": post(host, length("3"), data("hel", false), data("lo", true)),
        "shorter than its length": post(host, length("7"), data("hello", true)),
        "of length 0": post(host, length("0"), data("hello", true)),
        "an empty frame, of length 0": post(host, length("0"), data("", true)),
        "with GET": {
            ...post(host, [], data("hello", true)),
            sends: [headers([...GET, ...HTTP, ":authority", host, ...ROOT], false), data("hello", true)],
        },
        "expected, and sent once it is asked for": post(host, ["expect", "100-continue"], /headers 100/, data("hello", true)),
        "expected, and sent at once": post(host, ["expect", "100-continue"], data("hello", true)),
    };
};

const BAD_LENGTHS: Requests = (host) => ({
    "none, of a length": post(host, length("5")),
    "a length with a sign": post(host, length("+5"), data("hello", true)),
    "a length that is none": post(host, length("five"), data("hello", true)),
    "an empty length": post(host, length(""), data("hello", true)),
    "two equal lengths": post(host, [...length("5"), ...length("5")], data("hello", true)),
    "two lengths": post(host, [...length("5"), ...length("6")], data("hello", true)),
    "a list of lengths": post(host, length("5, 5"), data("hello", true)),
    "a length too large to count": post(host, length("99999999999999999999"), data("hello", true)),
    "a length and transfer-encoding": post(host, [...length("5"), "transfer-encoding", "chunked"], data("0\r\n\r\n", true)),
});

/** By title, what `of` makes of each. */
const each = <T>(all: Readonly<Record<string, T>>, of: (one: T) => Ask): Record<string, Ask> =>
    Object.fromEntries(Object.entries(all).map(([title, one]) => [title, of(one)]));
const target = (host: string, path: string): Ask => pseudo(...GET, ...HTTP, ":authority", host, ":path", path);
const method = (host: string, name: string): Ask => ({
    ...pseudo(":method", name, ...HTTP, ":authority", host, ...ROOT),
    http2: { method: name },
});

const AS_OVER_HTTP1 = "as over HTTP/1.1: the reasons there are the reasons here";

export const http2Heads: Topic = {
    name: "http2-heads",
    cases: [
        {
            title: "pseudo-headers",
            make: (setting) => toBoth(setting, PSEUDO, BAD_PSEUDO),
            differences: {
                ...resets(
                    "RFC 9113 §8.3.1: a request whose two hosts are not the same one may be refused, and leads two readers to two hosts",
                    [...toEach("host, another")],
                ),
                ...resets(MALFORMED, [
                    ...["no method", "no scheme", "no path", "an empty path", "two methods", "two schemes", "two paths", "two authorities"],
                    ...["a status", "a protocol", "one that nobody knows", "one in upper case", "one behind a header"],
                    ...["host, empty", "two hosts", "two hosts alone"],
                ]),
                ...refuses(400, "what is asked for is neither http nor https", toEach("scheme ftp")),
                ...refuses(400, ANSWERED, [
                    ...["no authority", "an empty authority", "an empty scheme", "a scheme that is none", "a scheme with a path"],
                ]),
                ...refuses(501, ANSWERED, ["an empty method"]),
                "to HTTP/2: scheme https": {
                    ours: served("HTTP/2", "GET /"),
                    why: "the connection says what the scheme is, to rules and backends alike, and not who asks on it",
                },
            },
        },
        {
            title: "targets",
            make: (setting) =>
                toBoth(
                    setting,
                    (host) => ({ ...each(TARGETS, (path) => target(host, path)), "an asterisk for OPTIONS": ask2(host, "OPTIONS *") }),
                    (host) => each(BAD_TARGETS, (path) => target(host, path)),
                ),
            differences: {
                ...refuses(400, AS_OVER_HTTP1, toEach("a backslash", "a lone percent", "a raw umlaut")),
                ...refuses(400, ANSWERED, ["no slash", "an absolute target", "an asterisk", "a query alone", "a space", "a tab"]),
                ...resets(MALFORMED, [
                    ...["a line break", "a request behind it", "a carriage return", "a line feed", "a NUL", "a control character", "DEL"],
                ]),
            },
        },
        {
            title: "methods",
            make: (setting) =>
                toBoth(
                    setting,
                    (host) => Object.fromEntries(METHODS.map((name) => [name, method(host, name)])),
                    (host) => each(BAD_METHODS, (name) => ({ ...method(host, name), http2: {} })),
                ),
            differences: {
                ...passes("RFC 9110 §9.1: a method that is registered", "QUERY", "QUERY /", {}, { "content-length": "0" }),
                ...refuses(501, "RFC 9110 §9.1: a method that nobody has registered", toEach("get", "FOO", "PRI")),
                ...refuses(405, AS_OVER_HTTP1, toEach("TRACE"), { allow: "GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH" }),
                ...refuses(501, ANSWERED, ["a space", "a colon", "an umlaut"]),
                ...resets(MALFORMED, ["a line break", "a NUL"]),
            },
        },
        {
            title: "authorities",
            make: (setting) =>
                toBoth(
                    setting,
                    (host) => each(AUTHORITIES, (of) => ask2(of(host), "GET /")),
                    (host) => each(BAD_AUTHORITIES, (of) => ask2(of(host), "GET /")),
                ),
            differences: {
                ...refuses(400, AS_OVER_HTTP1, toEach("a port that is none", "a port too high")),
                ...refuses(400, ANSWERED, ["userinfo", "a list", "a space", "a slash"]),
                ...resets(MALFORMED, ["a line break", "a line feed", "a NUL", "blanks around"]),
            },
        },
        {
            title: "fields",
            make: (setting) =>
                toBoth(
                    setting,
                    (host) => each(FIELDS, (list) => field(host, list)),
                    (host) => each(BAD_FIELDS, (list) => field(host, list)),
                ),
            differences: {
                ...resets(MALFORMED, [...Object.keys(BAD_FIELDS), ...toEach("http2-settings")]),
                ...refuses(431, "RFC 6585 §5: it says what was too much", ["a hundred and twenty headers"]),
                ...resets(
                    "a header block that is larger than any head may be is not read to its end",
                    ["a head of 70 KiB", "a head of 70 KiB in small parts"],
                    "goaway ENHANCE_YOUR_CALM",
                ),
                ...passes("they would be read as headers of ours", "underscored names of ours", "GET /"),
                ...passes("they would be read as the length of the message", "underscored names of framing", "GET /"),
                ...passes("RFC 9110 §10.1.1: without a body there is nothing to go on with", "expect", "GET /"),
                ...refuses(417, "RFC 9110 §10.1.1: what it wants is not known", ["to HTTP/2: expect of something else"]),
                ...passes("RFC 9110 §8.6: where no body is expected no length needs to say so", "content-length 0", "GET /"),
            },
        },
        {
            title: "bodies",
            make: (setting) => toBoth(setting, BODIES, BAD_LENGTHS),
            differences: {
                ...resets(MALFORMED, Object.keys(BAD_LENGTHS(""))),
            },
        },
    ],
};
