/** Texts of a configuration that are not plain ASCII, or no part of a head: what becomes of them on the wire. */
import { ask, httpGateway, to, type Answer, type Ask, type Setting, type Topic } from "../support/case";

const ENCODED = "RFC 9112 §3.2: a request line has no other characters, and would end at a space";
const UP = "RFC 3986 §5.2.4: the backend would resolve it to a path that the rule does not lead to";
const MEANT = "RFC 3986 §2.1: it is the same path, which nobody can ask for in the form that Istio waits for";

const EMPTY = { "content-length": "0" };
/** Nothing reached one. */
const NONE = undefined as unknown as [] & string;

/** What the backend gets instead. */
function sent(request: string): { ours: Partial<Answer>; why: string } {
    const backend = [
        {
            at: "one.backends.test",
            request: `${request} HTTP/1.1`,
            headers: { host: "a.test", "x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "http" },
        },
    ];
    return {
        ours: { status: 200, headers: { "content-type": "text/plain", "x-backend": "one.backends.test" }, body: NONE, backend },
        why: ENCODED,
    };
}

/** `[path, rule]`: each rule by its path, a catch-all behind them, and a GET of every path. */
function rules(
    setting: Setting,
    list: readonly (readonly [string, object, Ask?])[],
): { objects: ReturnType<typeof httpGateway>; asks: Record<string, Ask> } {
    return {
        objects: httpGateway(
            setting,
            ["a.test"],
            [...list.map(([path, rule]) => ({ match: [{ uri: { prefix: path } }], ...rule })), to(setting.backends[1])],
        ),
        asks: Object.fromEntries(list.map(([path, , asked]) => [path, asked ?? ask("a.test", `GET ${path}/1?q=1`)])),
    };
}

export const texts: Topic = {
    name: "texts",
    http2: ["clients", "backends"],
    cases: [
        {
            title: "headers, reasons and bodies",
            make: (setting) =>
                rules(setting, [
                    [
                        "/admin",
                        {
                            directResponse: { status: 403, body: { string: "Zürich" } },
                            headers: { response: { set: { "x-reason": "staff only – ask ops" } } },
                        },
                    ],
                    [
                        "/sent",
                        to(setting.backends[0], {
                            headers: {
                                request: { set: { "x-city": "Zürich" }, add: { "x-tab": "a\tb" } },
                                response: { add: { "x-answer": "日本" } },
                            },
                        }),
                    ],
                    ["/name", to(setting.backends[0], { name: "straße", headers: { response: { set: { "x-route": "%ROUTE_NAME%" } } } })],
                ]),
        },
        {
            title: "redirects",
            make: (setting) =>
                rules(setting, [
                    ["/uri", { redirect: { uri: "/straße" } }],
                    ["/space", { redirect: { uri: "/a b" } }],
                    ["/query", { redirect: { uri: "/n?z=ü" } }],
                    ["/bare", { redirect: { uri: "x" } }],
                    ["/prefix", { redirect: { prefixRewrite: "/straße" } }],
                    ["/gap", { redirect: { prefixRewrite: "/x y" } }],
                    ["/host", { redirect: { authority: "münchen.example" } }],
                    ["/two", { redirect: { authority: "a b" } }],
                    ["/static", { redirect: { prefixRewrite: "/files/" } }, ask("a.test", "GET /static../secret")],
                ]),
            differences: { "/static": { ours: { status: 400, headers: EMPTY }, why: UP } },
        },
        {
            title: "rewrites",
            make: (setting) =>
                rules(setting, [
                    ["/gap", to(setting.backends[0], { rewrite: { uri: "/x y" } })],
                    ["/uri", to(setting.backends[0], { rewrite: { uri: "/straße" } })],
                    ["/mark", to(setting.backends[0], { rewrite: { uri: "/50%#" } })],
                    ["/regex", to(setting.backends[0], { rewrite: { uriRegexRewrite: { match: "/regex", rewrite: "/b ü" } } })],
                    ["/back", to(setting.backends[0], { rewrite: { uriRegexRewrite: { match: "/back(.*)", rewrite: "/b\\z" } } })],
                    ["/group", to(setting.backends[0], { rewrite: { uriRegexRewrite: { match: "/group(.*)", rewrite: "/b\\3" } } })],
                    ["/host", to(setting.backends[0], { rewrite: { authority: "münchen.example" } })],
                    ["/two", to(setting.backends[0], { rewrite: { authority: "a b" } })],
                    ["/set", to(setting.backends[0], { headers: { request: { set: { host: "münchen.example" } } } })],
                    ["/static", to(setting.backends[0], { rewrite: { uri: "/files/" } }), ask("a.test", "GET /static../secret")],
                    ["/dot", to(setting.backends[0], { rewrite: { uri: "/files/" } }), ask("a.test", "GET /dot./x")],
                ]),
            differences: {
                "/gap": sent("GET /x%20y/1?q=1"),
                "/uri": sent("GET /stra%C3%9Fe/1?q=1"),
                "/mark": sent("GET /50%25%23/1?q=1"),
                "/regex": sent("GET /b%20%C3%BC/1?q=1"),
                "/static": { ours: { status: 400, headers: EMPTY, backend: NONE }, why: UP },
                "/dot": { ours: { status: 400, headers: EMPTY, backend: NONE }, why: UP },
            },
        },
        {
            title: "headers that are matched",
            make: (setting) => ({
                objects: httpGateway(
                    setting,
                    ["a.test"],
                    [
                        { match: [{ headers: { x: { exact: "Zürich" } } }], directResponse: { status: 210 } },
                        { match: [{ headers: { x: { prefix: "Ü" } } }], directResponse: { status: 211 } },
                        { match: [{ headers: { x: { regex: "^.$" } } }], directResponse: { status: 212 } },
                        { match: [{ headers: { x: { regex: "a..b" } } }], directResponse: { status: 213 } },
                        { match: [{ headers: { x: { regex: "[äöü]{2}" } } }], directResponse: { status: 214 } },
                        { match: [{ headers: { x: { regex: "(?i)GRÜN" } } }], directResponse: { status: 215 } },
                        { match: [{ headers: { x: { regex: "\\x{e9}" } } }], directResponse: { status: 216 } },
                        { match: [{ headers: { x: { regex: "öl.*" } } }], directResponse: { status: 217 } },
                        { match: [{ withoutHeaders: { x: { exact: "ß" } }, headers: { y: {} } }], directResponse: { status: 218 } },
                        to(setting.backends[1]),
                    ],
                ),
                asks: Object.fromEntries(
                    ["Zürich", "Über", "ü", "aüb", "äö", "grün", "é", "öle", "ß"].map((value) => [
                        value,
                        ask("a.test", "GET /", [`x: ${value}`, "y: 1"]),
                    ]),
                ),
            }),
        },
        {
            title: "paths, queries and hosts that are matched",
            make: (setting) => ({
                objects: httpGateway(
                    setting,
                    ["*"],
                    [
                        { match: [{ uri: { exact: "/Zürich" } }], directResponse: { status: 210 } },
                        { match: [{ uri: { prefix: "/p%C3%BC" } }], directResponse: { status: 211 } },
                        { match: [{ uri: { regex: "/r.{2}" } }], directResponse: { status: 212 } },
                        { match: [{ uri: { exact: "/a b" } }], directResponse: { status: 213 } },
                        { match: [{ uri: { exact: "/{id}" } }], directResponse: { status: 214 } },
                        { match: [{ uri: { exact: "/ÜBER" }, ignoreUriCase: true }], directResponse: { status: 215 } },
                        { match: [{ queryParams: { q: { exact: "ü" } } }], directResponse: { status: 216 } },
                        { match: [{ uri: { exact: "/%61dmin" } }], directResponse: { status: 217 } },
                        to(setting.backends[1]),
                    ],
                ),
                asks: Object.fromEntries(
                    ["/Z%C3%BCrich", "/p%C3%BC", "/p%c3%bc", "/r%C3%BC", "/a%20b", "/{id}", "/%C3%BCber", "/?q=%C3%BC", "/admin"].map(
                        (path) => [path, ask("a.test", `GET ${path}`)],
                    ),
                ),
            }),
            differences: {
                "/Z%C3%BCrich": { ours: { status: 210, headers: EMPTY, backend: NONE }, why: MEANT },
                "/p%c3%bc": {
                    ours: { status: 211, headers: EMPTY, backend: NONE },
                    why: "RFC 3986 §6.2.2.1: the case of an escape says nothing, and no rule is to be walked around by it",
                },
                "/a%20b": { ours: { status: 213, headers: EMPTY, backend: NONE }, why: MEANT },
                "/{id}": { ours: { status: 214, headers: EMPTY, backend: NONE }, why: MEANT },
                "/admin": { ours: { status: 217, headers: EMPTY, backend: NONE }, why: MEANT },
            },
        },
        {
            title: "origins",
            make: (setting) => ({
                objects: httpGateway(
                    setting,
                    ["a.test"],
                    [
                        to(setting.backends[0], {
                            corsPolicy: { allowOrigins: [{ exact: "http://zürich" }, { regex: "http://.{2}" }], allowMethods: ["GET"] },
                        }),
                    ],
                ),
                asks: {
                    "a name": ask("a.test", "GET /", ["origin: http://zürich"]),
                    "a pattern": ask("a.test", "GET /", ["origin: http://ü"]),
                    neither: ask("a.test", "GET /", ["origin: http://zurich"]),
                    "a preflight": ask("a.test", "OPTIONS /", ["origin: http://zürich", "access-control-request-method: GET"]),
                },
            }),
        },
    ],
};
