/** VirtualServices: their Gateways, destinations, rules and rivals. */
import {
    destinationRule,
    gateway,
    pod,
    requestAuthentication,
    SELECTOR,
    server,
    service,
    serviceEntry,
    to,
    virtualService,
    WEB,
    workload,
    type Configuration,
} from "./objects";

const one = (title: string, ...objects: Configuration["objects"]): Configuration => ({ title, objects });

const SITE = [...workload(), gateway("site", { selector: SELECTOR, servers: [server(80, ["a.com"])] })];
const ROUTE = { route: [to("web")] };
const bound = (spec: object, name = "web"): Configuration["objects"][number] =>
    virtualService(name, { hosts: ["a.com"], gateways: ["site"], http: [ROUTE], ...spec });

const BINDING: readonly Configuration[] = [
    one("a VirtualService that is bound and routed", ...SITE, ...WEB, bound({})),
    one("a gateway that is not there", ...WEB, bound({ gateways: ["nowhere"] })),
    one(
        "a gateway of another namespace by its short name",
        ...workload(),
        gateway("infra/site", { selector: SELECTOR, servers: [server(80, ["a.com"])] }),
        ...WEB,
        bound({}),
    ),
    one(
        "a gateway of another namespace by its full name",
        ...workload(),
        gateway("infra/site", { selector: SELECTOR, servers: [server(80, ["a.com"])] }),
        ...WEB,
        bound({ gateways: ["infra/site"] }),
    ),
    one("a gateway by the name of old releases", ...SITE, ...WEB, bound({ gateways: ["site.shop.svc.cluster.local"] })),
    one("a gateway and the mesh", ...SITE, ...WEB, bound({ gateways: ["site", "mesh"] })),
    one("a host that its gateway does not serve", ...SITE, ...WEB, bound({ hosts: ["b.com"] })),
    one("two hosts of which its gateway serves one", ...SITE, ...WEB, bound({ hosts: ["a.com", "b.com"] })),
    one(
        "a host below its gateway's wildcard",
        ...workload(),
        gateway("site", { selector: SELECTOR, servers: [server(80, ["*.a.com"])] }),
        ...WEB,
        bound({ hosts: ["x.y.a.com"] }),
    ),
    one("a wildcard over its gateway's host", ...SITE, ...WEB, bound({ hosts: ["*.com"] })),
    one("every host at a gateway of one", ...SITE, ...WEB, bound({ hosts: ["*"] })),
    one(
        "a host that its gateway serves for another namespace",
        ...workload(),
        gateway("site", { selector: SELECTOR, servers: [server(80, ["other/a.com"])] }),
        ...WEB,
        bound({}),
    ),
    one(
        "a host that its gateway serves for its own namespace",
        ...workload(),
        gateway("infra/site", { selector: SELECTOR, servers: [server(80, ["./a.com"])] }),
        ...WEB,
        bound({ gateways: ["infra/site"] }),
    ),
    one(
        "a host that its gateway serves for every namespace",
        ...workload(),
        gateway("infra/site", { selector: SELECTOR, servers: [server(80, ["*/a.com"])] }),
        ...WEB,
        bound({ gateways: ["infra/site"] }),
    ),
    one(
        "two gateways of which one serves the host",
        ...SITE,
        gateway("other", { selector: SELECTOR, servers: [server(443, ["b.com"])] }),
        ...WEB,
        bound({ gateways: ["site", "other"] }),
    ),
    one(
        "a delegate and its root",
        ...SITE,
        ...WEB,
        bound({ http: [{ match: [{ uri: { prefix: "/x" } }], delegate: { name: "part", namespace: "shop" } }] }),
        virtualService("part", { http: [ROUTE] }),
    ),
];

const multi = service("many", [80, 81], { app: "web" });
const external = (name: string, spec: object = {}): Configuration["objects"][number] =>
    serviceEntry(name, { hosts: ["api.example.com"], ports: [{ number: 443, name: "tls", protocol: "TLS" }], resolution: "DNS", ...spec });
const routed = (route: object, name = "web"): Configuration["objects"][number] =>
    virtualService(name, { hosts: ["web"], http: [{ route: [route] }] });

const DESTINATIONS: readonly Configuration[] = [
    one("a destination that is not there", routed(to("nowhere"))),
    one("a destination by its full name", ...WEB, routed(to("web.shop.svc.cluster.local"))),
    one("a destination of another namespace by its short name", service("other/web", [80]), routed(to("web"))),
    one("a destination of another namespace by its full name", service("other/web", [80]), routed(to("web.other.svc.cluster.local"))),
    one("a destination by name and namespace", service("other/web", [80]), routed(to("web.other"))),
    one("a destination in capitals", ...WEB, routed(to("WEB.shop.svc.cluster.local"))),
    one("a destination of a ServiceEntry", external("api"), routed(to("api.example.com"))),
    one(
        "a destination of a ServiceEntry's wildcard",
        external("api", { hosts: ["*.example.com"], resolution: "NONE" }),
        routed(to("x.example.com")),
    ),
    one(
        "a destination above a ServiceEntry's wildcard",
        external("api", { hosts: ["*.example.com"], resolution: "NONE" }),
        routed(to("example.com")),
    ),
    one("a destination of a ServiceEntry of another namespace", external("other/api"), routed(to("api.example.com"))),
    one(
        "a destination of a ServiceEntry that is exported to its own namespace",
        external("other/api", { exportTo: ["."] }),
        routed(to("api.example.com")),
    ),
    one(
        "a destination of a ServiceEntry that is exported to the VirtualService's",
        external("other/api", { exportTo: ["shop"] }),
        routed(to("api.example.com")),
    ),
    one(
        "a destination of a Service that is exported to its own namespace",
        service("other/web", [80], undefined, { meta: { annotations: { "networking.istio.io/exportTo": "." } } }),
        routed(to("web.other.svc.cluster.local")),
    ),
    one(
        "a destination of a Service that is exported to nobody",
        service("web", [80], undefined, { meta: { annotations: { "networking.istio.io/exportTo": "~" } } }),
        routed(to("web")),
    ),
    one("a destination that is an address", routed(to("10.0.0.1"))),
    one("a destination without a port where there are two", multi, routed(to("many"))),
    one("a destination with one of two ports", multi, routed(to("many", { port: { number: 81 } }))),
    one("a destination with a port that is not there", multi, routed(to("many", { port: { number: 82 } }))),
    one(
        "a destination of a ServiceEntry with a port that is not there",
        external("api"),
        routed(to("api.example.com", { port: { number: 80 } })),
    ),
    one("a mirror that is not there", ...WEB, virtualService("web", { hosts: ["web"], http: [{ ...ROUTE, mirror: { host: "nowhere" } }] })),
    one(
        "a mirror of a list that is not there",
        ...WEB,
        virtualService("web", { hosts: ["web"], http: [{ ...ROUTE, mirrors: [{ destination: { host: "nowhere" } }] }] }),
    ),
    one(
        "a mirror without a port where there are two",
        ...WEB,
        multi,
        virtualService("web", { hosts: ["web"], http: [{ ...ROUTE, mirror: { host: "many" } }] }),
    ),
    one(
        "tcp and tls destinations that are not there",
        virtualService("web", {
            hosts: ["a.com"],
            tcp: [{ route: [to("nowhere")] }],
            tls: [{ match: [{ sniHosts: ["a.com"] }], route: [to("neither")] }],
        }),
    ),
    one(
        "a redirect and a direct response, which have no destination",
        virtualService("web", {
            hosts: ["a.com"],
            http: [{ match: [{ uri: { prefix: "/a" } }], redirect: { uri: "/b" } }, { directResponse: { status: 200 } }],
        }),
    ),
    one(
        "two destinations of which one is not there",
        ...WEB,
        virtualService("web", {
            hosts: ["web"],
            http: [
                {
                    route: [
                        { ...to("web"), weight: 50 },
                        { ...to("nowhere"), weight: 50 },
                    ],
                },
            ],
        }),
    ),
];

const subsets = (name: string, host: string, ...names: readonly string[]): Configuration["objects"][number] =>
    destinationRule(name, { host, subsets: names.map((subset) => ({ name: subset, labels: { app: "web" } })) });

const SUBSETS: readonly Configuration[] = [
    one("a subset that is defined", ...WEB, subsets("web", "web", "v1"), routed(to("web", { subset: "v1" }))),
    one("a subset that no rule defines", ...WEB, routed(to("web", { subset: "v1" }))),
    one("a subset that the rule does not have", ...WEB, subsets("web", "web", "v2"), routed(to("web", { subset: "v1" }))),
    one(
        "a subset that is defined by the full name",
        ...WEB,
        subsets("web", "web.shop.svc.cluster.local", "v1"),
        routed(to("web", { subset: "v1" })),
    ),
    one(
        "a subset that is defined in another namespace by the full name",
        ...WEB,
        subsets("other/web", "web.shop.svc.cluster.local", "v1"),
        routed(to("web", { subset: "v1" })),
    ),
    one(
        "a subset that is defined in another namespace by the short name",
        ...WEB,
        service("other/web", [80]),
        subsets("other/web", "web", "v1"),
        routed(to("web", { subset: "v1" })),
    ),
    one(
        "a subset of a ServiceEntry's host",
        external("api"),
        pod("p", { app: "web" }),
        subsets("api", "api.example.com", "v1"),
        routed(to("api.example.com", { subset: "v1" })),
    ),
    one(
        "a subset of a ServiceEntry's host that is defined in another namespace",
        external("api"),
        pod("p", { app: "web" }),
        subsets("other/api", "api.example.com", "v1"),
        routed(to("api.example.com", { subset: "v1" })),
    ),
    one(
        "a mirror to a subset that is not defined",
        ...WEB,
        virtualService("web", { hosts: ["web"], http: [{ ...ROUTE, mirror: { host: "web", subset: "v1" } }] }),
    ),
    one(
        "a subset of the mesh that a gateway's VirtualService goes past",
        ...SITE,
        ...WEB,
        subsets("web", "web", "v1"),
        routed(to("web", { subset: "v1" }), "mesh"),
        bound({}),
    ),
    one(
        "a subset that a gateway's VirtualService names too",
        ...SITE,
        ...WEB,
        subsets("web", "web", "v1"),
        routed(to("web", { subset: "v1" }), "mesh"),
        bound({ http: [{ route: [to("web", { subset: "v1" })] }] }),
    ),
    one(
        "a subset of the mesh under another spelling of the host",
        ...SITE,
        ...WEB,
        subsets("web", "web", "v1"),
        routed(to("web", { subset: "v1" }), "mesh"),
        bound({ http: [{ route: [to("web.shop.svc.cluster.local")] }] }),
    ),
];

const mesh = (name: string, ...hosts: readonly string[]): Configuration["objects"][number] =>
    virtualService(name, { hosts, http: [ROUTE] });
const HOSTS: readonly Configuration[] = [
    one("two VirtualServices of the mesh with one host", ...WEB, mesh("a", "web"), mesh("b", "web")),
    one(
        "two VirtualServices of the mesh with one host in two spellings",
        ...WEB,
        mesh("a", "web"),
        mesh("b", "web.shop.svc.cluster.local"),
    ),
    one("two VirtualServices of the mesh in two namespaces", ...WEB, service("other/web", [80]), mesh("a", "web"), mesh("other/b", "web")),
    one(
        "two VirtualServices of the mesh of which one is exported to its namespace",
        ...WEB,
        mesh("a", "web"),
        virtualService("b", { hosts: ["web"], exportTo: ["."], http: [ROUTE] }),
    ),
    one(
        "two VirtualServices of the mesh that are exported to one namespace",
        ...WEB,
        ...["a", "b"].map((name) => virtualService(name, { hosts: ["web"], exportTo: ["."], http: [ROUTE] })),
    ),
    one(
        "two VirtualServices of the mesh that are exported to one namespace of two",
        ...WEB,
        virtualService("a", { hosts: ["x.com"], exportTo: ["p", "q"], http: [ROUTE] }),
        virtualService("b", { hosts: ["x.com"], exportTo: ["q"], http: [ROUTE] }),
    ),
    one(
        "two VirtualServices of the mesh that are exported to two namespaces",
        ...WEB,
        virtualService("a", { hosts: ["x.com"], exportTo: ["p"], http: [ROUTE] }),
        virtualService("b", { hosts: ["x.com"], exportTo: ["q"], http: [ROUTE] }),
    ),
    one("one VirtualService of the mesh and one of a gateway with one host", ...SITE, ...WEB, mesh("a", "a.com"), bound({})),
    one(
        "two VirtualServices of a gateway with one host",
        ...SITE,
        ...WEB,
        bound({ http: [{ match: [{ uri: { prefix: "/a" } }], ...ROUTE }] }, "a"),
        bound({ http: [{ match: [{ uri: { prefix: "/b" } }], ...ROUTE }] }, "b"),
    ),
    one("two VirtualServices of the mesh with a wildcard over a host", ...WEB, mesh("a", "*.a.com"), mesh("b", "x.a.com")),
];

const rules = (...http: readonly object[]): Configuration["objects"] => [...WEB, virtualService("web", { hosts: ["web"], http })];
const on = (match: object, rest: object = {}): object => ({ match: [match], ...ROUTE, ...rest });
const path = (prefix: string): object => ({ uri: { prefix } });

const RULES: readonly Configuration[] = [
    one("a rule behind one for everything", ...rules(ROUTE, on(path("/a")))),
    one("two rules for everything", ...rules(ROUTE, ROUTE)),
    one("a rule for everything at the end", ...rules(on(path("/a")), ROUTE)),
    one("two rules with one match", ...rules(on(path("/a")), on(path("/a")))),
    one(
        "two rules with one match of two names",
        ...rules(on({ ...path("/a"), name: "x" }, { name: "first" }), on({ ...path("/a"), name: "y" }, { name: "second" })),
    ),
    one("a rule of which one match was there before", ...rules(on(path("/a")), { match: [path("/a"), path("/b")], ...ROUTE })),
    one("one rule with a match twice", ...rules({ match: [path("/a"), path("/a")], ...ROUTE })),
    one("a prefix behind a shorter one", ...rules(on(path("/a")), on(path("/a/b")))),
    one("a prefix before a shorter one", ...rules(on(path("/a/b")), on(path("/a")))),
    one("a prefix behind a shorter one with a method", ...rules(on({ ...path("/a"), method: { exact: "POST" } }), on(path("/a/b")))),
    one(
        "a prefix with a method behind a shorter one with the same",
        ...rules(on({ ...path("/a"), method: { exact: "POST" } }), on({ ...path("/a/b"), method: { exact: "POST" } })),
    ),
    one(
        "a prefix with a header behind a shorter one without",
        ...rules(on(path("/a")), on({ ...path("/a/b"), headers: { x: { exact: "1" } } })),
    ),
    one(
        "a prefix behind a shorter one, both with a header",
        ...rules(on({ ...path("/a"), headers: { x: { exact: "1" } } }), on({ ...path("/a/b"), headers: { x: { exact: "1" } } })),
    ),
    one("a prefix behind a shorter one on another port", ...rules(on({ ...path("/a"), port: 80 }), on({ ...path("/a/b"), port: 81 }))),
    one("an exact path behind a prefix of it", ...rules(on(path("/a")), on({ uri: { exact: "/a/b" } }))),
    one("a prefix for all behind nothing", ...rules(on(path("/")), on(path("/a")))),
    one(
        "tcp rules behind one for everything",
        ...WEB,
        virtualService("web", { hosts: ["a.com"], tcp: [{ route: [to("web")] }, { match: [{ port: 81 }], route: [to("web")] }] }),
    ),
    one(
        "tcp rules with one match",
        ...WEB,
        virtualService("web", {
            hosts: ["a.com"],
            tcp: [
                { match: [{ port: 81 }], route: [to("web")] },
                { match: [{ port: 81 }], route: [to("web")] },
            ],
        }),
    ),
    one(
        "tls rules with one match",
        ...WEB,
        virtualService("web", {
            hosts: ["a.com"],
            tls: [
                { match: [{ sniHosts: ["a.com"] }], route: [to("web")] },
                { match: [{ sniHosts: ["a.com"] }], route: [to("web")] },
            ],
        }),
    ),
];

const claim = (spec: object = {}): Configuration["objects"][number] =>
    bound({ http: [{ match: [{ headers: { "@request.auth.claims.group": { exact: "x" } } }], ...ROUTE }, ROUTE], ...spec });
const CLAIMS: readonly Configuration[] = [
    one("a route by a claim that nobody verifies", ...SITE, ...WEB, claim()),
    one(
        "a route by a claim that the gateway's pods verify",
        ...SITE,
        ...WEB,
        claim(),
        requestAuthentication("ingress/jwt", { selector: { matchLabels: SELECTOR }, jwtRules: [{ issuer: "x" }] }),
    ),
    one(
        "a route by a claim that the gateway's namespace verifies",
        ...SITE,
        ...WEB,
        claim(),
        requestAuthentication("ingress/jwt", { jwtRules: [{ issuer: "x" }] }),
    ),
    one(
        "a route by a claim that the root namespace verifies",
        ...SITE,
        ...WEB,
        claim(),
        requestAuthentication("istio-system/jwt", { jwtRules: [{ issuer: "x" }] }),
    ),
    one(
        "a route by a claim that other pods verify",
        ...SITE,
        ...WEB,
        claim(),
        requestAuthentication("ingress/jwt", { selector: { matchLabels: { app: "other" } }, jwtRules: [{ issuer: "x" }] }),
    ),
    one(
        "a route by a claim that the VirtualService's namespace verifies",
        ...SITE,
        ...WEB,
        claim(),
        requestAuthentication("shop/jwt", { jwtRules: [{ issuer: "x" }] }),
    ),
    one(
        "a route by a missing claim",
        ...SITE,
        ...WEB,
        bound({ http: [{ match: [{ withoutHeaders: { "@request.auth.claims.group": { exact: "x" } } }], ...ROUTE }] }),
    ),
];

export const VIRTUAL_SERVICES: readonly Configuration[] = [...BINDING, ...DESTINATIONS, ...SUBSETS, ...HOSTS, ...RULES, ...CLAIMS];
