/** VirtualServices of gateway `mesh`. */
import { answering, ask, istioObject, nameOf, type Ask, type Case, type Setting, type Topic } from "../support/case";
import { answeredBy, destined, entryOf, meshed, REGISTRY_ONLY, routed, side, sidecar } from "../support/meshed";

const says = (status: number): object => ({ directResponse: { status } });
const get = (path = "/", headers: readonly string[] = []): Ask => ask("a.test", `GET ${path}`, headers, { anyReason: true });

/** Rules of `a.test`, whose entry is the first backend; `b.test` is the second. */
function rules(
    title: string,
    http: readonly object[] | ((setting: Setting) => readonly object[]),
    asks: Readonly<Record<string, Ask>>,
    more: object = {},
    differences?: Case["differences"],
): Case {
    return side(
        title,
        (setting) => [
            meshed(setting),
            sidecar(setting, { http: "HTTP" }, REGISTRY_ONLY),
            entryOf(setting, "a", ["a.test"]),
            entryOf(setting, "b", ["b.test"], {}, 1),
            routed("a", ["a.test"], typeof http === "function" ? http(setting) : http, more),
        ],
        () => asks,
        differences ? { differences } : {},
    );
}

const WHO: Readonly<Record<string, object>> = {
    "the application's label": { sourceLabels: { app: "web" } },
    "another label": { sourceLabels: { app: "api" } },
    "a label more than it has": { sourceLabels: { app: "web", version: "v1" } },
    "its namespace": { sourceNamespace: "apps" },
    "another namespace": { sourceNamespace: "other" },
    "both of it": { sourceLabels: { app: "web" }, sourceNamespace: "apps" },
    "its label in another namespace": { sourceLabels: { app: "web" }, sourceNamespace: "other" },
    "the mesh": { gateways: ["mesh"] },
    "a gateway": { gateways: ["istio-system/gw"] },
    "a gateway and the mesh": { gateways: ["istio-system/gw", "mesh"] },
    "a port that nobody listens on": { port: 1 },
};

const GATEWAYS: Readonly<Record<string, readonly string[] | undefined>> = {
    none: undefined,
    mesh: ["mesh"],
    "a gateway": ["istio-system/gw"],
    "a gateway and mesh": ["istio-system/gw", "mesh"],
};

export const meshRules: Topic = {
    name: "mesh-rules",
    cases: [
        ...Object.entries(WHO).map(([title, match]) =>
            rules(`a match of ${title}`, [{ match: [match], ...says(299) }, { route: [destined("b.test")] }], { GET: get() }),
        ),
        ...Object.entries(GATEWAYS).map(([title, gateways]) =>
            rules(`gateways: ${title}`, [says(299)], { GET: get() }, gateways ? { gateways } : {}),
        ),
        rules(
            "the listener's port",
            ({ ports }) => [
                { match: [{ port: ports.other }], ...says(299) },
                { match: [{ port: ports.http }], ...says(298) },
            ],
            { GET: get() },
        ),
        rules(
            "one of two matches that is for this application",
            [
                {
                    match: [
                        { sourceNamespace: "other", uri: { prefix: "/a" } },
                        { sourceLabels: { app: "web" }, uri: { prefix: "/b" } },
                    ],
                    ...says(299),
                },
            ],
            { "/a": get("/a"), "/b": get("/b"), "/": get() },
        ),
        rules(
            "paths, headers, methods, parameters and authorities",
            [
                { match: [{ uri: { prefix: "/p" } }], ...says(299) },
                { match: [{ headers: { x: { exact: "a" } } }], ...says(298) },
                { match: [{ method: { exact: "POST" } }], ...says(297) },
                { match: [{ queryParams: { q: { exact: "1" } } }], ...says(296) },
                { match: [{ authority: { prefix: "a.test:" } }], ...says(295) },
                { match: [{ scheme: { exact: "https" } }], ...says(294) },
            ],
            {
                path: get("/p/x"),
                header: get("/", ["x: a"]),
                method: ask("a.test", "POST /", [], { body: "x" }),
                parameter: get("/?q=1"),
                authority: ask("a.test:1", "GET /"),
                none: get(),
            },
        ),
        rules("a destination without a port", [{ route: [destined("b.test")] }], { GET: get() }),
        rules("a destination with its port", ({ ports }) => [{ route: [destined("b.test", ports.http)] }], { GET: get() }),
        rules("a destination's port that is not there", [{ route: [destined("b.test", 1)] }], { GET: get() }),
        rules("a destination that is not there", [{ route: [destined("nowhere.test")] }], { GET: get() }),
        rules(
            "a destination that is not seen",
            [{ route: [destined("one.backends.test", 80)] }],
            { GET: get() },
            {},
            {
                GET: { ours: answeredBy(0, "GET /", "a.test"), why: "a listener for every host shows this one too, whose port is another" },
            },
        ),
        rules(
            "a rewrite",
            [
                { match: [{ uri: { prefix: "/a/" } }], rewrite: { uri: "/b/" }, route: [destined("b.test")] },
                { match: [{ uri: { prefix: "/h" } }], rewrite: { authority: "h.test" }, route: [destined("b.test")] },
                { rewrite: { uriRegexRewrite: { match: "/(x+)", rewrite: "/y-\\1" } }, route: [destined("b.test")] },
            ],
            { path: get("/a/1?q"), authority: get("/h"), pattern: get("/xx") },
        ),
        rules("a redirect", [{ redirect: { uri: "/x", authority: "c.test", redirectCode: 302 } }], { GET: get("/q?a=1") }),
        rules("an answer of its own", [answering("own", {})], { GET: get(), HEAD: ask("a.test", "HEAD /") }),
        rules("a fault", [{ fault: { abort: { httpStatus: 418, percentage: { value: 100 } } }, route: [destined("b.test")] }], {
            GET: get(),
            gRPC: ask("a.test", "POST /", ["content-type: application/grpc"], { body: "x" }),
        }),
        rules(
            "header operations",
            [
                {
                    headers: { request: { set: { "x-a": "1" }, remove: ["x-b"] }, response: { add: { "x-c": "2" } } },
                    route: [{ ...destined("b.test"), headers: { request: { add: { "x-d": "3" } } } }],
                },
            ],
            { GET: get("/", ["x-a: 0", "x-b: 0"]) },
        ),
        rules("what an application says of itself", [{ route: [destined("b.test")] }], {
            addresses: get("/", ["x-forwarded-for: 192.0.2.1", "x-forwarded-proto: https"]),
            "a certificate": get("/", ["x-forwarded-client-cert: By=x"]),
            "other words of proxies": get("/", ["via: 1.1 me", "forwarded: for=192.0.2.1", "x-real-ip: 192.0.2.1"]),
        }),
        rules("a mirror of none", [{ route: [destined("a.test")], mirror: { host: "b.test" }, mirrorPercentage: { value: 0 } }], {
            GET: get(),
        }),
        rules(
            "weights, of which one is none",
            [
                {
                    route: [
                        { ...destined("a.test"), weight: 0 },
                        { ...destined("b.test"), weight: 1 },
                    ],
                },
            ],
            { GET: get() },
        ),
        rules(
            "CORS",
            [
                {
                    corsPolicy: { allowOrigins: [{ exact: "https://o.test" }], allowMethods: ["GET"], maxAge: "1h" },
                    route: [destined("a.test")],
                },
            ],
            {
                preflight: ask("a.test", "OPTIONS /", ["origin: https://o.test", "access-control-request-method: GET"]),
                another: ask("a.test", "OPTIONS /", ["origin: https://p.test", "access-control-request-method: GET"]),
                GET: get("/", ["origin: https://o.test"]),
            },
        ),
        rules("a timeout", [{ timeout: "0.1s", route: [destined("nothing.test")] }], { GET: get() }),
        side(
            "a subset, and one that is not there",
            (setting) => [
                meshed(setting),
                sidecar(setting, { http: "HTTP" }, REGISTRY_ONLY),
                entryOf(setting, "a", ["a.test"], {
                    endpoints: setting.backendPorts.map((port, at) => ({
                        address: "127.0.0.1",
                        ports: { http: port },
                        labels: { version: `v${at + 1}` },
                    })),
                }),
                istioObject(
                    "DestinationRule",
                    "a",
                    { host: "a.test", subsets: ["v1", "v2", "v3"].map((name) => ({ name, labels: { version: name } })) },
                    { namespace: "apps" },
                ),
                routed(
                    "a",
                    ["a.test"],
                    ["v1", "v2", "v3", "v4"].map((subset) => ({
                        match: [{ uri: { prefix: `/${subset}` } }],
                        route: [destined("a.test", undefined, { subset })],
                    })),
                ),
            ],
            () => Object.fromEntries(["v1", "v2", "v3", "v4"].map((name) => [name, get(`/${name}`)])),
        ),
        side(
            "a wildcard's VirtualService beside a host's",
            (setting) => [
                meshed(setting),
                sidecar(setting, { http: "HTTP" }, REGISTRY_ONLY),
                entryOf(setting, "a", ["a.w.test", "b.w.test"]),
                entryOf(setting, "w", ["*.v.test"], {}, 1),
                routed("w", ["*.w.test"], [says(299)]),
                routed("a", ["a.w.test"], [says(298)]),
                routed("v", ["x.v.test"], [says(297)]),
            ],
            () =>
                Object.fromEntries(
                    ["a.w.test", "b.w.test", "c.w.test", "x.v.test", "y.v.test"].map((host) => [
                        host,
                        ask(host, "GET /", [], { anyReason: true }),
                    ]),
                ),
        ),
        side(
            "two VirtualServices of one host",
            (setting) => [
                meshed(setting),
                sidecar(setting, { http: "HTTP" }, REGISTRY_ONLY),
                entryOf(setting, "a", ["a.test"]),
                routed("first", ["a.test"], [{ match: [{ uri: { prefix: "/1" } }], ...says(299) }]),
                routed("second", ["a.test"], [{ match: [{ uri: { prefix: "/2" } }], ...says(298) }]),
            ],
            () => ({ first: get("/1"), second: get("/2"), neither: get() }),
        ),
        side(
            "a rule in parts",
            (setting) => [
                meshed(setting),
                sidecar(setting, { http: "HTTP" }, REGISTRY_ONLY),
                entryOf(setting, "a", ["a.test"]),
                routed("a", ["a.test"], [{ match: [{ uri: { prefix: "/d" } }], delegate: { name: "part", namespace: "apps" } }, says(298)]),
                istioObject(
                    "VirtualService",
                    "part",
                    { http: [{ match: [{ uri: { prefix: "/d/e" } }], ...says(299) }] },
                    { namespace: "apps" },
                ),
            ],
            () => ({ part: get("/d/e"), beside: get("/d/f"), rest: get() }),
        ),
        side(
            "short names of destinations",
            (setting) => [
                meshed(setting),
                sidecar(setting, { http: "HTTP" }, REGISTRY_ONLY),
                entryOf(setting, "a", ["a.test"]),
                ...["apps", "other"].map((namespace, at) =>
                    entryOf(setting, "svc", [`svc.${namespace}.svc.cluster.local`], { location: "MESH_INTERNAL" }, at as 0 | 1, namespace),
                ),
                routed(
                    "a",
                    ["a.test"],
                    ["svc", "svc.apps", "svc.other", "svc.other.svc.cluster.local"].map((host) => ({
                        match: [{ uri: { exact: `/${host}` } }],
                        route: [destined(host)],
                    })),
                ),
            ],
            () =>
                Object.fromEntries(
                    ["svc", "svc.apps", "svc.other", "svc.other.svc.cluster.local"].map((host) => [nameOf(host), get(`/${host}`)]),
                ),
        ),
    ],
};
