/** What a request is let in or kept out for: hosts, ports, methods, paths. */
import { access, allows, both, deniedHere, denies, get, GATEWAY_PODS, paths, policy, refusedHere, to, UNREADABLE } from "../support/access";
import { answering, ask, GATEWAY_SELECTOR, httpServer, istioObject, type Topic } from "../support/case";

const hosts = (...list: readonly string[]): Record<string, ReturnType<typeof ask>> =>
    Object.fromEntries(list.map((host) => [host, ask(host, "GET /")]));

const GOOD_AND_BAD = hosts(
    "bad.test",
    "BAD.test",
    "bad.test:80",
    "bad.test:8443",
    "www.bad.test",
    "bad.test.other",
    "bad.test.",
    "good.test",
);

export const authorizationOperations: Topic = {
    name: "authorization-operations",
    http2: ["clients"],
    cases: [
        ...both("a host", to({ hosts: ["bad.test"] }), GOOD_AND_BAD),
        access("a host in capitals", [denies(to({ hosts: ["Bad.TEST"] }))], GOOD_AND_BAD),
        access("a host with its port", [denies(to({ hosts: ["bad.test:80"] }))], GOOD_AND_BAD),
        access("hosts by their beginning", [denies(to({ hosts: ["bad.*"] }))], GOOD_AND_BAD),
        access("hosts by their end", [denies(to({ hosts: ["*.test"] }))], GOOD_AND_BAD),
        access("hosts by what is in them", [denies(to({ hosts: ["*bad*"] }))], { ...GOOD_AND_BAD, ...hosts("*bad", "x*bad", "bad*") }),
        access("any host", [denies(to({ hosts: ["*"] }))], {
            ...GOOD_AND_BAD,
        }),
        ...both("all hosts but one", to({ notHosts: ["bad.test"] }), GOOD_AND_BAD),
        access("hosts but some of them", [denies(to({ hosts: ["*.test"], notHosts: ["good.test", "www.*"] }))], GOOD_AND_BAD),
        access(
            "a host of an absolute target",
            [denies(to({ hosts: ["bad.test"] }))],
            {
                "in the target": ask("good.test", "GET http://bad.test/"),
                "in the header": ask("bad.test", "GET http://good.test/"),
                "with a port": ask("good.test", "GET http://bad.test:80/"),
                "in capitals": ask("good.test", "GET HTTP://BAD.test/"),
                "with a user": ask("good.test", "GET http://x@bad.test/"),
            },
            { differences: refusedHere("RFC 9110 §4.2.4: a target with a user is refused", "with a user") },
        ),
        ...both("methods", to({ methods: ["POST", "DELETE"] }), {
            GET: get("GET /"),
            POST: get("POST /", [], { body: "x" }),
            DELETE: get("DELETE /"),
        }),
        access("methods by their beginning", [denies(to({ methods: ["P*"] }))], {
            GET: get("GET /"),
            POST: get("POST /", [], { body: "x" }),
            PUT: get("PUT /", [], { body: "x" }),
        }),
        access("methods in small letters", [denies(to({ methods: ["post"] }))], { POST: get("POST /", [], { body: "x" }) }),
        access("all methods but some", [allows(to({ notMethods: ["POST", "OPT*"] }))], {
            GET: get("GET /"),
            POST: get("POST /", [], { body: "x" }),
            OPTIONS: get("OPTIONS /"),
        }),
        ...both(
            "a path",
            to({ paths: ["/admin"] }),
            paths(
                "/admin",
                "/admin/",
                "/ADMIN",
                "/admin?x=1",
                "/admin?",
                "/admin#x",
                "/admin;x=1",
                "/./admin",
                "/x/../admin",
                "/x/%2e%2e/admin",
                "/x/..;/admin",
                "//admin",
                "/\\admin",
                "/x\\..\\admin",
                "/%61dmin",
                "/%2fadmin",
                "/admin%2f",
                "/admin%00",
                "/admin%20",
                "/x%5c..%5cadmin",
                "/admin/.",
                "/admin/x/..",
                "/%2e/admin",
                "/..%2fadmin",
                "/other",
            ),
            { differences: refusedHere("RFC 9112 §3.2: no request target has a backslash", "/\\admin", "/x\\..\\admin") },
        ),
        access(
            "paths by their beginning",
            [denies(to({ paths: ["/admin*"] }))],
            paths("/admin", "/admin/x", "/administer", "/x/admin", "//admin", "/Admin/", "/x/..//admin", "/%61dmin/x"),
        ),
        access(
            "paths by their end",
            [denies(to({ paths: ["*.php"] }))],
            paths("/a.php", "/a.php/", "/a.PHP", "/a.php?x", "/x?y=a.php", "/a.php;v=1", "/a%2ephp", "/a.ph%70"),
        ),
        access(
            "any path",
            [denies(to({ paths: ["*"] }))],
            {
                "/": get("/"),
                "OPTIONS *": get("OPTIONS *"),
            },
            { differences: deniedHere("a policy comes before the answer that no route is found", "OPTIONS *") },
        ),

        access("paths by what is in them", [denies(to({ paths: ["*admin*"] }))], paths("/admin", "/x*admin", "/xadmin")),
        ...both(
            "all paths but some",
            to({ notPaths: ["/healthz", "/public/*", "*.css"] }),
            paths("/healthz", "/healthz/", "/public", "/public/", "/public/../x", "/a.css", "/x", "/healthz?x"),
        ),
        access(
            "paths that are written oddly",
            [denies(to({ paths: ["/%61", "/b/../c", "//d", "/e?x=1", "/f#x", "/h%20i", "/j k", "/\u00fc", "/%c3%bc"] }))],
            paths("/%61", "/a", "/b/../c", "/c", "//d", "/d", "/e?x=1", "/e", "/f#x", "/f", "/h%20i", "/j%20k", "/%c3%bc", "/%C3%BC"),
        ),
        access(
            "templates",
            [denies(to({ paths: ["/files/{**}", "/a/{*}/c", "/u/{*}/{**}/end"] }))],
            paths(
                "/files",
                "/files/",
                "/files/x",
                "/files/x/y",
                "/files//y",
                "/files?x",
                "/filesx",
                "/a/b/c",
                "/a//c",
                "/a/b/c/",
                "/a/b/b/c",
                "/a/b%2fb/c",
                "/a/b/c?x",
                "/a/./c",
                "/a/%62/c",
                "/u/x/end",
                "/u/x/y/end",
                "/u/x//end",
                "/u/x/y/z/end",
                "/a/b;c/c",
                "/a/b@c:d/c",
                "/a/~b/c",
                "/a/%c3%bc/c",
                "/a/b|c/c",
            ),
        ),
        access("all paths but a template", [allows(to({ notPaths: ["/files/{**}"] }))], paths("/files", "/files/x", "/x")),
        access(
            "what a part of a template stands for",
            [denies(to({ paths: ["/c/{*}", "/d/{**}"] }))],
            paths(
                "/c/=",
                "/c/a=b",
                "/c/*",
                "/c/{x}",
                "/c/[x]",
                "/c/^",
                "/c/<",
                "/c/`",
                "/c/'",
                "/c/$",
                "/c/%20",
                "/d/=",
                "/d/*",
                "/d/a=b/c",
                "/d/{x}",
                "/d/[x]",
                "/d/`",
            ),
        ),
        access("a template of everything", [denies(to({ paths: ["/{**}"] }))], paths("/a/x/b/y", "/a/x", "/", "/other")),
        ...(["/a/{x}*", "/a/b{*}", "/a/{*}b", "/{*}/*"] as const).map((template) => {
            const asks = paths("/a/x/b/y", "/a/x", "/", "/other", "/a/bc");
            const hits = template === "/{*}/*" ? ["/a/x", "/a/bc"] : [];
            return access(`a template that is none: ${template}`, [denies(to({ paths: [template] }))], asks, {
                differences: deniedHere(UNREADABLE, ...Object.keys(asks).filter((path) => !hits.includes(path))),
            });
        }),
        {
            title: "ports",
            make: (setting) => ({
                objects: [
                    istioObject("Gateway", "gw", {
                        selector: GATEWAY_SELECTOR,
                        servers: [
                            httpServer(setting.ports.http, ["*"]),
                            { port: { number: setting.ports.other, name: "http-other", protocol: "HTTP" }, hosts: ["*"] },
                        ],
                    }),
                    istioObject("VirtualService", "vs", { hosts: ["*"], gateways: ["gw"], http: [answering("in")] }),
                    policy("deny", { ...GATEWAY_PODS, action: "DENY", rules: [to({ ports: [`${setting.ports.other}`] })] }),
                ],
                asks: {
                    another: get("/"),
                    "the one": get("/", [], { port: "other" }),
                    "the one, and the other in the host": ask(`a.test:${setting.ports.http}`, "GET /", [], { port: "other" }),
                    "the other, and the one in the host": ask(`a.test:${setting.ports.other}`, "GET /"),
                },
            }),
        },
        {
            title: "all ports but one",
            make: (setting) => ({
                objects: [
                    istioObject("Gateway", "gw", {
                        selector: GATEWAY_SELECTOR,
                        servers: [
                            httpServer(setting.ports.http, ["*"]),
                            { port: { number: setting.ports.other, name: "http-other", protocol: "HTTP" }, hosts: ["*"] },
                        ],
                    }),
                    istioObject("VirtualService", "vs", { hosts: ["*"], gateways: ["gw"], http: [answering("in")] }),
                    policy("allow", { ...GATEWAY_PODS, rules: [to({ notPorts: [`${setting.ports.other}`] })] }),
                ],
                asks: { another: get("/"), "the one": get("/", [], { port: "other" }) },
            }),
        },
        access(
            "several fields of an operation, and several operations",
            [denies(to({ methods: ["POST"], paths: ["/a"] }, { methods: ["GET"], paths: ["/b*"], notPaths: ["/b/ok"] }))],
            { "POST /a": get("POST /a"), "GET /a": get("/a"), "GET /b": get("/b"), "GET /b/ok": get("/b/ok"), "POST /b": get("POST /b") },
        ),
        access("several rules", [denies(to({ paths: ["/a"] }), to({ methods: ["PUT"] }))], {
            a: get("/a"),
            PUT: get("PUT /x"),
            neither: get("/x"),
        }),
    ],
};
