/** Kubernetes Ingresses of Istio's class: whose they are, their hosts, paths, order, backends and certificates. */
import type { KubeObject } from "../../../istio";
import {
    ask,
    GATEWAY_SELECTOR,
    httpServer,
    istioObject,
    secret,
    to,
    type Answer,
    type Ask,
    type Play,
    type Setting,
    type Topic,
} from "../support/case";
import { backend, ingress, ingressClass, ingressed, ISTIO, path, rule } from "../support/ingressed";

const gets = (host: string, paths: readonly string[], more: Partial<Ask> = {}): Record<string, Ask> =>
    Object.fromEntries(paths.map((one) => [`${host} ${one}`, ask(host, `GET ${one}`, [], { anyReason: true, ...more })]));

const DEFAULT_BACKEND = "Istio leaves a default backend out; Kubernetes has it answer for what no rule is for.";
const HIDDEN_BACKEND = "What leads to nothing that can be served answers for itself, and leaves nothing to a shorter path.";

const WAITING = "At Istio's gateway one Secret that is missing keeps the port closed for all; here it is the trouble of its own hosts.";
const BEHIND = "A VirtualService is the more particular word, and whoever may write Ingresses alone takes nothing from it.";

export const ingresses: Topic = {
    name: "ingresses",
    cases: [
        {
            title: "prefixes are by segment, and the longest path comes first",
            make: (setting) =>
                ingressed(
                    setting,
                    [
                        ingress("paths", {
                            rules: [
                                rule(
                                    "a.test",
                                    path("/foo"),
                                    path("/foo", "Exact", "api"),
                                    path("/foo/bar/", "Prefix", "api"),
                                    path("/%7euser"),
                                ),
                                rule("b.test", path("/"), path("/deep/er", "Prefix", "api"), path("/deep")),
                            ],
                        }),
                    ],
                    {
                        ...gets("a.test", [
                            "/foo",
                            "/foo/",
                            "/foo/x",
                            "/foobar",
                            "/FOO",
                            "/foo?x=1",
                            "/foo/bar",
                            "/foo/bar/x",
                            "/foo/barx",
                            "/foo//bar",
                            "/x/../foo",
                            "/",
                            "/~user",
                        ]),
                        ...gets("b.test", ["/", "/x", "/deep", "/deep/er", "/deep/erx", "/deeper"]),
                    },
                ),
            differences: {
                "a.test /~user": {
                    ours: () => served("web", "/~user", "a.test"),
                    why: "A path that is written with an escape means what it stands for.",
                },
            },
        },
        {
            title: "ImplementationSpecific is exact, or a prefix before a star",
            make: (setting) =>
                ingressed(
                    setting,
                    [
                        ingress("specific", {
                            rules: [
                                rule(
                                    "a.test",
                                    path("/status/*", "ImplementationSpecific"),
                                    path("/delay/*", "ImplementationSpecific", "api"),
                                    path("/re.*", "ImplementationSpecific"),
                                    path("/only", "ImplementationSpecific"),
                                    path("/in*side", "ImplementationSpecific"),
                                ),
                                rule("b.test", path("/*", "ImplementationSpecific")),
                                rule("c.test", path("", "ImplementationSpecific")),
                                rule("d.test", path("/x/*", "Prefix"), path("/y.*", "Exact")),
                            ],
                        }),
                    ],
                    {
                        ...gets("a.test", [
                            "/status",
                            "/status/",
                            "/status/200",
                            "/statusx",
                            "/delay/1",
                            "/re",
                            "/rest",
                            "/re/st",
                            "/only",
                            "/only/",
                            "/only/x",
                            "/in*side",
                            "/inxside",
                            "/",
                        ]),
                        ...gets("b.test", ["/", "/x"]),
                        ...gets("c.test", ["/", "/x"]),
                        ...gets("d.test", ["/x/", "/x/*", "/x/*/y", "/x/y", "/y.*", "/y"]),
                    },
                ),
        },
        {
            title: "hosts are exact, under a star, or any",
            make: (setting) =>
                ingressed(
                    setting,
                    [
                        ingress("hosts", {
                            rules: [
                                rule("a.test", path("/a")),
                                rule("*.wild.test", path("/", "Prefix", "api")),
                                rule(undefined, path("/any")),
                            ],
                        }),
                    ],
                    {
                        ...gets("a.test", ["/a", "/any"]),
                        ...gets("A.Test:8080", ["/a"]),
                        ...gets("x.wild.test", ["/"]),
                        ...gets("x.y.wild.test", ["/"]),
                        ...gets("wild.test", ["/", "/any"]),
                        ...gets("other.test", ["/", "/any"]),
                    },
                ),
        },
        {
            title: "several Ingresses of one host are one",
            make: (setting) =>
                ingressed(
                    setting,
                    [
                        ingress("one", { rules: [rule("a.test", path("/same"), path("/"))] }),
                        ingress("two", { rules: [rule("a.test", path("/same", "Prefix", "api"), path("/two", "Prefix", "api"))] }),
                        ingress("three", { rules: [rule("a.test", path("/two/three"))] }),
                    ],
                    gets("a.test", ["/", "/same", "/two", "/two/three", "/two/threes"]),
                ),
        },
        {
            title: "a default backend, and backends that are missing",
            make: (setting) =>
                ingressed(
                    setting,
                    [
                        ingress("default", { defaultBackend: backend("web"), rules: [rule("a.test", path("/api", "Prefix", "api"))] }),
                        ingress("missing", {
                            rules: [
                                rule(
                                    "b.test",
                                    path("/gone", "Prefix", "gone"),
                                    { path: "/port", pathType: "Prefix", backend: backend("web", { number: 81 }) },
                                    { path: "/named", pathType: "Prefix", backend: backend("gone", { name: "http" }) },
                                    {
                                        path: "/resource",
                                        pathType: "Prefix",
                                        backend: { resource: { apiGroup: "k8s.example.com", kind: "Bucket", name: "b" } },
                                    },
                                    path("/"),
                                ),
                            ],
                        }),
                    ],
                    {
                        ...gets("a.test", ["/api", "/other"]),
                        ...gets("c.test", ["/"]),
                        ...gets("b.test", ["/gone", "/port", "/named", "/resource", "/"]),
                    },
                ),
            differences: {
                "a.test /other": { ours: () => served("web", "/other", "a.test"), why: DEFAULT_BACKEND },
                "c.test /": { ours: () => served("web", "/", "c.test"), why: DEFAULT_BACKEND },
                "b.test /named": {
                    ours: { status: 503, headers: undefined, backend: undefined } as unknown as Partial<Answer>,
                    why: HIDDEN_BACKEND,
                },
                "b.test /resource": {
                    ours: { status: 500, headers: undefined, backend: undefined } as unknown as Partial<Answer>,
                    why: HIDDEN_BACKEND,
                },
            },
        },
        {
            title: "classes",
            make: (setting) =>
                ingressed(
                    setting,
                    [
                        ingressClass("mesh", "istio.io/ingress-controller"),
                        ingressClass("other", "example.com/ingress-controller"),
                        ...(
                            [
                                ["by-annotation", ISTIO, undefined],
                                ["another-annotation", { "kubernetes.io/ingress.class": "nginx" }, undefined],
                                ["empty-annotation", { "kubernetes.io/ingress.class": "" }, undefined],
                                ["by-class", {}, "mesh"],
                                ["another-class", {}, "other"],
                                ["missing-class", {}, "gone"],
                                ["no-class", {}, undefined],
                            ] as const
                        ).map(([name, annotations, ingressClassName]) =>
                            ingress(
                                name,
                                {
                                    ...(ingressClassName === undefined ? {} : { ingressClassName }),
                                    rules: [rule(`${name}.test`, path("/"))],
                                },
                                { annotations },
                            ),
                        ),
                    ],
                    Object.assign(
                        {},
                        ...[
                            "by-annotation",
                            "another-annotation",
                            "empty-annotation",
                            "by-class",
                            "another-class",
                            "missing-class",
                            "no-class",
                        ].map((name) => gets(`${name}.test`, ["/"])),
                    ) as Record<string, Ask>,
                ),
        },
        ...(["DEFAULT", "OFF"] as const).map((mode) => ({
            title: `classes in mode ${mode}`,
            make: (setting: Setting): Promise<Play> =>
                ingressed(
                    setting,
                    [
                        istioObject("ConfigMap", "istio", {}, { apiVersion: "v1" }),
                        ingress(
                            "named",
                            { rules: [rule("named.test", path("/"))] },
                            { annotations: { "kubernetes.io/ingress.class": "edge" } },
                        ),
                        ingress("istio", { rules: [rule("istio.test", path("/"))] }),
                        ingress("none", { rules: [rule("none.test", path("/"))] }, { annotations: {} }),
                    ].map((object) =>
                        object.kind === "ConfigMap"
                            ? ({
                                  ...object,
                                  data: { mesh: `ingressControllerMode: ${mode === "OFF" ? 1 : mode}\ningressClass: edge\n` },
                              } as KubeObject)
                            : object,
                    ),
                    { ...gets("named.test", ["/"]), ...gets("istio.test", ["/"]), ...gets("none.test", ["/"]) },
                ),
        })),
        {
            title: "certificates",
            make: (setting) => {
                const { cert, key } = setting.certificate;
                const secure = (servername: string): Partial<Ask> => ({ port: "https", tls: { servername } });
                return ingressed(
                    setting,
                    [
                        secret("ingress-certs", { "tls.crt": cert, "tls.key": key }),
                        ingress("certificates", {
                            tls: [
                                { hosts: ["a.shop.test", "*.wild.shop.test"], secretName: "ingress-certs" },
                                { hosts: ["nothing.shop.test"] },
                            ],
                            rules: [
                                rule("a.shop.test", path("/")),
                                rule("b.shop.test", path("/")),
                                rule("*.wild.shop.test", path("/w", "Prefix", "api")),
                                rule("nothing.shop.test", path("/")),
                            ],
                        }),
                        ingress("second", {
                            tls: [{ hosts: ["a.shop.test"], secretName: "ingress-certs" }],
                            rules: [rule("a.shop.test", path("/second", "Prefix", "api"))],
                        }),
                    ],
                    {
                        "a host over TLS": ask("a.shop.test", "GET /x", [], secure("a.shop.test")),
                        "the second Ingress of it": ask("a.shop.test", "GET /second", [], secure("a.shop.test")),
                        "a host under a star": ask("x.wild.shop.test", "GET /w", [], secure("x.wild.shop.test")),
                        "another host on its connection": ask("b.shop.test", "GET /", [], secure("a.shop.test")),
                        "a host without a certificate": ask("b.shop.test", "GET /", [], secure("b.shop.test")),
                        "a host whose Secret is not named": ask("nothing.shop.test", "GET /", [], secure("nothing.shop.test")),
                        "a host with a certificate in the clear": ask("a.shop.test", "GET /x"),
                    },
                );
            },
        },
        {
            title: "a Secret that is missing",
            make: (setting) => {
                const { cert, key } = setting.certificate;
                const secure = (servername: string): Partial<Ask> => ({ port: "https", tls: { servername }, anyReason: true });
                return ingressed(
                    setting,
                    [
                        secret("ingress-certs", { "tls.crt": cert, "tls.key": key }),
                        ingress("good", {
                            tls: [{ hosts: ["a.shop.test"], secretName: "ingress-certs" }],
                            rules: [rule("a.shop.test", path("/"))],
                        }),
                        ingress("bad", { tls: [{ hosts: ["b.shop.test"], secretName: "gone" }], rules: [rule("b.shop.test", path("/"))] }),
                    ],
                    {
                        "its host": ask("b.shop.test", "GET /", [], secure("b.shop.test")),
                        "its host in the clear": ask("b.shop.test", "GET /"),
                        "another Ingress's host": ask("a.shop.test", "GET /", [], secure("a.shop.test")),
                    },
                );
            },
            differences: {
                "another Ingress's host": { ours: () => served("web", "/", "a.shop.test", "https"), why: WAITING },
            },
        },
        {
            title: "a VirtualService for the same host",
            make: (setting) =>
                ingressed(
                    setting,
                    [
                        istioObject("Gateway", "gw", { selector: GATEWAY_SELECTOR, servers: [httpServer(80, ["*"])] }),
                        istioObject("VirtualService", "vs", {
                            hosts: ["a.test"],
                            gateways: ["gw"],
                            http: [
                                { match: [{ uri: { prefix: "/both" } }], ...to("one.backends.test") },
                                { match: [{ uri: { prefix: "/own" } }], ...to("one.backends.test") },
                                to("two.backends.test"),
                            ],
                        }),
                        ingress("beside", { rules: [rule("a.test", path("/both"), path("/ingress"), path("/"))] }),
                    ],
                    gets("a.test", ["/both", "/own", "/ingress", "/else"]),
                ),
            differences: {
                "a.test /both": { ours: () => served("one.backends.test", "/both", "a.test"), why: BEHIND },
                "a.test /else": { ours: () => served("two.backends.test", "/else", "a.test"), why: BEHIND },
            },
        },
    ],
};

function served(at: string, target: string, host: string, proto = "http"): Partial<Answer> {
    return {
        status: 200,
        ended: undefined,
        headers: { "content-type": "text/plain", "x-backend": at },
        backend: [{ at, request: `GET ${target} HTTP/1.1`, headers: { host, "x-forwarded-for": "127.0.0.1", "x-forwarded-proto": proto } }],
    } as Partial<Answer>;
}
