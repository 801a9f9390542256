/** `when`: each key, its values and what it must not be. */
import { access, allows, both, deniedHere, denies, eachHost, get, policy, GATEWAY_PODS, to, UNREADABLE, when } from "../support/access";
import { ask, type Topic } from "../support/case";

const lines = (...headers: readonly string[]): ReturnType<typeof get> => get("/", headers);
const HEADERS = {
    none: lines(),
    "the value": lines("x-a: one"),
    another: lines("x-a: two"),
    "in capitals": lines("X-A: ONE"),
    empty: lines("x-a:"),
    "with spaces": lines("x-a:  one  "),
    "the value first": lines("x-a: one", "x-a: two"),
    "the value last": lines("x-a: two", "X-A: one"),
    "in a list": lines("x-a: two, one"),
    "begins so": lines("x-a: one1"),
    "ends so": lines("x-a: 1one"),
};

const OWN = {
    "x-forwarded-proto": "https",
    "x-forwarded-for": "9.9.9.9*",
    "x-envoy-internal": "*",
    "x-envoy-external-address": "*",
    "x-forwarded-client-cert": "*",
    "x-envoy-original-path": "*",
    "x-request-id": "*",
    ":scheme": "https",
    te: "*",
    connection: "*",
    "keep-alive": "*",
    "proxy-connection": "*",
    expect: "*",
    "proxy-authorization": "*",
    "transfer-encoding": "*",
    trailer: "*",
    upgrade: "*",
    "content-length": "*",
};

export const authorizationConditions: Topic = {
    name: "authorization-conditions",
    http2: ["clients"],
    cases: [
        ...both("a header", when("request.headers[x-a]", ["one"]), HEADERS),
        ...both("a header that is not so", when("request.headers[x-a]", undefined, ["one"]), HEADERS),
        access("a header whose name is in capitals", [denies(when("request.headers[X-A]", ["one"]))], HEADERS),
        access("a header by its beginning", [denies(when("request.headers[x-a]", ["one*"]))], HEADERS),
        access("a header by its end", [denies(when("request.headers[x-a]", ["*one"]))], HEADERS),
        ...both("a header that is there", when("request.headers[x-a]", ["*"]), HEADERS),
        ...both("a header that is not there", when("request.headers[x-a]", undefined, ["*"]), HEADERS),
        access("a header that is so and not so", [denies(when("request.headers[x-a]", ["one*", "two"], ["one1"]))], HEADERS),
        access(
            "headers of the request line",
            [
                denies(
                    when("request.headers[:path]", ["/p"]),
                    when("request.headers[:method]", ["PUT"]),
                    when("request.headers[:authority]", ["b.test"]),
                    when("request.headers[host]", ["c.test"]),
                    when("request.headers[:scheme]", ["https"]),
                ),
            ],
            {
                path: get("/p"),
                "path with a query": get("/p?x"),
                method: get("PUT /"),
                authority: { sends: ["GET / HTTP/1.1\r\nhost: b.test\r\nconnection: close\r\n\r\n"] },
                host: { sends: ["GET / HTTP/1.1\r\nhost: c.test\r\nconnection: close\r\n\r\n"] },
                none: get("/"),
            },
        ),
        {
            title: "headers that the gateway writes or reads itself",
            make: (setting) =>
                eachHost(
                    setting,
                    Object.fromEntries(
                        Object.entries(OWN).map(([name, value]) => [
                            name,
                            (host: string) => ({
                                action: "DENY",
                                rules: [{ ...to({ hosts: [host] }), ...when(`request.headers[${name}]`, [value]) }],
                            }),
                        ]),
                    ),
                    (host) => ({
                        none: ask(host, "GET /"),
                        some: ask(host, "POST /", [
                            "x-forwarded-proto: https",
                            "x-forwarded-for: 9.9.9.9",
                            "x-envoy-internal: true",
                            "x-envoy-external-address: 9.9.9.9",
                            "x-forwarded-client-cert: x",
                            "x-envoy-original-path: /x",
                            "te: trailers",
                            "keep-alive: 1",
                            "proxy-connection: x",
                            "expect: 100-continue",
                            "proxy-authorization: x",
                            "transfer-encoding: chunked",
                            "trailer: x",
                            "",
                            "0",
                            "",
                        ]),
                        "some more": ask(host, "POST /", ["te: gzip", "upgrade: foo", "content-length: 1", "", "x"]),
                    }),
                ),
        },
        access("cookies", [denies(when("request.headers[cookie]", ["*admin=1*"]), when("request.headers[cookie]", ["role=root"]))], {
            alone: lines("cookie: role=root"),
            "beside another": lines("cookie: a=1; role=root"),
            "in lines": lines("cookie: a=1", "cookie: role=root"),
            "in the middle": lines("cookie: a=1; admin=1; b=2"),
        }),
        access("bytes above ASCII", [denies(when("request.headers[x-a]", ["\u00fcber*"]))], {
            "as UTF-8": lines("x-a: \u00fcber alles"),
            "as latin1": {
                sends: [Buffer.from("GET / HTTP/1.1\r\nhost: a.test\r\nconnection: close\r\nx-a: \u00fcber\r\n\r\n", "latin1")],
            },
        }),
        ...both("source.ip", when("source.ip", ["127.0.0.9", "10.0.0.0/8"]), { one: get("/", [], { from: "127.0.0.9" }), other: get("/") }),
        access("source.ip that is not so", [allows(when("source.ip", undefined, ["127.0.0.9"]))], {
            one: get("/", [], { from: "127.0.0.9" }),
            other: get("/"),
        }),
        ...both("remote.ip", when("remote.ip", ["9.9.9.9", "127.0.0.9"]), {
            peer: get("/", [], { from: "127.0.0.9" }),
            forwarded: lines("x-forwarded-for: 9.9.9.9"),
            neither: get("/"),
        }),
        access("destination.ip", [denies(when("destination.ip", ["127.0.0.1"]))], { any: get("/") }),
        access("another destination.ip", [denies(when("destination.ip", ["127.0.0.2", "10.0.0.0/8"]))], { any: get("/") }),
        access("destination.ip that is not so", [allows(when("destination.ip", undefined, ["127.0.0.0/8"]))], { any: get("/") }),
        access("destination.port", (setting) => [denies(when("destination.port", [`${setting.ports.http}`]))], { any: get("/") }),
        access("destination.port that is not so", (setting) => [denies(when("destination.port", undefined, [`${setting.ports.http}`]))], {
            any: get("/"),
        }),
        access("connection.sni in clear", [denies(when("connection.sni", undefined, ["x.test"]))], { any: get("/") }),
        access("connection.sni that must be there, in clear", [allows(when("connection.sni", ["*"]))], { any: get("/") }),
        ...(
            [
                ["source.namespace", "*"],
                ["source.principal", "*"],
                ["source.serviceAccount", "a/b"],
                ["request.auth.principal", "*"],
                ["request.auth.audiences", "*"],
                ["request.auth.presenter", "*"],
                ["request.auth.claims[iss]", "*"],
                ["request.auth.claims[a][b]", "*"],
                ["experimental.envoy.filters.network.mysql_proxy[db.table]", "[*]"],
                ["experimental.envoy.filters.a.b[c]", "x"],
            ] as const
        ).flatMap(([key, value]) => [
            access(`${key} of nobody`, [allows(when(key, [value]))], { any: get("/") }),
            access(`${key} of nobody that is not so`, [denies(when(key, undefined, [value]))], { any: get("/") }),
        ]),
        ...(
            [
                "request.header[x-a]",
                "request.headers",
                "request.headers[]",
                "source.ports",
                "destination.user",
                "nonsense",
                "request.auth.claims",
                "request.headers[x-a",
                "connection.sni[x]",
            ] as const
        ).flatMap((key) => {
            const rules = [when(key, ["one"]), to({ paths: ["/other"] })];
            const asks = { one: lines("x-a: one"), "another rule": get("/other") };
            // Envoy takes no listener with a header without a name.
            const isLost = key === "request.headers[]";
            const isUnknown = !key.startsWith("request.headers");
            return [
                access(`a key that is none: ${key}: denied`, [denies(...rules)], asks, {
                    differences: deniedHere(UNREADABLE, ...(isUnknown || isLost ? ["one"] : []), ...(isLost ? ["another rule"] : [])),
                }),
                access(`a key that is none: ${key}: allowed`, [allows(...rules)], asks, {
                    differences: deniedHere(UNREADABLE, "another rule", ...(isLost ? ["one"] : [])),
                }),
            ];
        }),
        ...(
            [
                ["destination.port", "http"],
                ["destination.port", "0"],
                ["destination.port", "65536"],
                ["source.ip", "not-an-ip"],
                ["source.ip", "10.0.0.0/33"],
                ["remote.ip", "::/129"],
                ["source.ip", "010.0.0.1"],
                ["source.ip", ""],
            ] as const
        ).flatMap(([key, value]) => {
            const rules = [when(key, [value]), to({ paths: ["/other"] })];
            const asks = { any: get("/"), "another rule": get("/other") };
            return [
                access(`a value that is none: ${key} ${value}: denied`, [denies(...rules)], asks),
                access(`a value that is none: ${key} ${value}: allowed`, [allows(...rules)], asks, {
                    differences: value === "0" ? {} : deniedHere(UNREADABLE, "another rule"),
                }),
            ];
        }),
        access(
            "a condition without values",
            [policy("deny", { ...GATEWAY_PODS, action: "DENY", rules: [{ when: [{ key: "request.headers[x-a]" }] }] })],
            { any: get("/") },
        ),
        access(
            "several conditions",
            [
                denies({
                    when: [
                        { key: "request.headers[x-a]", values: ["1"] },
                        { key: "request.headers[x-b]", notValues: ["2"] },
                    ],
                }),
            ],
            {
                both: lines("x-a: 1", "x-b: 3"),
                "the first": lines("x-a: 1", "x-b: 2"),
                "without the second": lines("x-a: 1"),
                none: get("/"),
            },
        ),
    ],
};
