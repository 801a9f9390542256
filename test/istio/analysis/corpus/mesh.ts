/** What surrounds gateways in a mesh: annotations, policies by their pods and namespaces, patches of Envoy, users of pods, what Istio gives up. */
import { ISTIO_ANNOTATIONS } from "../../../../istio/analysis/istio-annotations";
import type { KubeObject } from "../../../../istio";
import {
    authorizationPolicy,
    deployment,
    envoyFilter,
    meshConfig,
    namespace,
    pod,
    requestAuthentication,
    service,
    sidecar,
    telemetry,
    to,
    virtualService,
    wasmPlugin,
    WEB,
    type Configuration,
} from "./objects";

type Objects = Configuration["objects"];
const one = (title: string, ...objects: Objects): Configuration => ({ title, objects });
const annotated = (object: KubeObject, annotations: Readonly<Record<string, string>>): KubeObject => ({
    ...object,
    metadata: { ...object.metadata, annotations },
});

/** Every one, with a value that none of those takes whose values are read, and some that Istio does not know. */
const EVERY = {
    ...Object.fromEntries([...ISTIO_ANNOTATIONS.keys()].map((name) => [name, "x y"])),
    "sidecar.istio.io/injekt": "x",
    "networking.istio.io/x": "x",
    "policy.istio.io/lang": "x",
    "example.com/istio.io": "x",
    "noistio.io/x": "x",
};
const plain = (name: string): KubeObject => service(name, [80], { app: "nobody" });
const carrying = (annotations: Readonly<Record<string, string>>): KubeObject[] =>
    Object.values(annotations).length === 0 ? [] : [pod("p", { app: "p" }, {}, annotations)];

/** Values on both sides, each in a Pod of its own. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
    "sidecar.istio.io/interceptionMode": ["NONE", "tproxy", "", "REDIRECT "],
    "status.sidecar.istio.io/port": ["0", "65535", "65536", " 80 ", "", "-1", "+80", "0x10"],
    "readiness.status.sidecar.istio.io/periodSeconds": ["0", "4294967295", "4294967296", " 1", "", "01"],
    "traffic.sidecar.istio.io/includeOutboundIPRanges": [
        "*",
        "",
        "10.0.0.0/8,fd00::/8",
        "10.0.0.0/8, 11.0.0.0/8",
        "10.0.0.1/8",
        "10.0.0.0",
        "10.0.0.0/33",
        "10.0.0.0/08",
        "fe80::1%eth0/64",
        "010.0.0.0/8",
        "::ffff:1.2.3.4/96",
        "fd00::/129",
        ",",
        "/8",
        "10.0.0.0/",
        "10.0/8",
    ],
    "traffic.sidecar.istio.io/excludeOutboundIPRanges": ["*", "", "10.0.0.0/8"],
    "traffic.sidecar.istio.io/includeInboundPorts": ["*", "", "80, 90", "80,", " ", "80-90", "70000"],
    "traffic.sidecar.istio.io/excludeInboundPorts": ["*", "80"],
    "prometheus.istio.io/merge-metrics": ["true", "T", "yes", "TRUE", "tRue", "", "0"],
    "sidecar.istio.io/proxyCPU": [
        "100m",
        "1",
        "",
        "1.5",
        "-1",
        "1e3",
        "1E",
        "1Ei",
        "1 ",
        "1kk",
        "1K",
        ".5",
        "5.",
        "1.2.3",
        "1e",
        "1e-3",
        "1n",
        ".",
    ],
    "proxy.istio.io/config": ["", "concurrency: 2", "unknown: x", "[]", "x: [", '"a"', "null", "proxyMetadata: {A: b}"],
};

const ANNOTATIONS: readonly Configuration[] = [
    one("a Pod with every annotation of Istio", ...carrying(EVERY)),
    one("a Service with every annotation of Istio", annotated(plain("s"), EVERY)),
    one("a Deployment with every annotation of Istio", annotated(deployment("d", { app: "p" }), EVERY)),
    one("a Namespace with every annotation of Istio", annotated(namespace("marked", {}), EVERY)),
    one(
        "a Deployment whose template has annotations of Istio",
        deployment("d", { app: "p" }, { annotations: { "sidecar.istio.io/injekt": "x", "sidecar.istio.io/proxyCPU": "a lot" } }),
    ),
    one(
        "a Pod that says by label and annotation whether it has a sidecar",
        pod("p", { app: "p", "sidecar.istio.io/inject": "true" }, {}, { "sidecar.istio.io/inject": "true" }),
    ),
    one(
        "Pods with values of annotations",
        ...Object.entries(VALUES).flatMap(([name, values], at) =>
            values.map((value, valueAt) => pod(`p-${at}-${valueAt}`, { app: "p" }, {}, { [name]: value })),
        ),
    ),
];

const from = (source: object): object => ({ rules: [{ from: [{ source }] }] });
const SELECT = { selector: { matchLabels: { app: "web" } } };
const PROXY = { containers: [{ name: "istio-proxy", image: "proxy:1" }] };
const meshed = (name = "web-1", labels: Readonly<Record<string, string>> = { app: "web" }): KubeObject => pod(name, labels, PROXY);

const POLICIES: readonly Configuration[] = [
    one("a policy for a pod of the mesh", meshed(), authorizationPolicy("p", SELECT)),
    one("a policy for a pod outside the mesh", ...WEB, authorizationPolicy("p", SELECT)),
    one(
        "a policy for a pod with a sidecar among its first containers",
        pod("web-1", { app: "web" }, { initContainers: [{ name: "istio-proxy", image: "proxy:1", restartPolicy: "Always" }] }),
        authorizationPolicy("p", SELECT),
    ),
    one(
        "a policy for a pod in a namespace of the mesh",
        namespace("shop", { "istio-injection": "enabled" }),
        ...WEB,
        authorizationPolicy("p", SELECT),
    ),
    one(
        "a policy for a pod that opted in",
        pod("web-1", { app: "web", "sidecar.istio.io/inject": "true" }),
        authorizationPolicy("p", SELECT),
    ),
    one("a policy for no pod", meshed(), authorizationPolicy("p", { selector: { matchLabels: { app: "web", tier: "x" } } })),
    one("a policy for a pod of another namespace", meshed("other/web-1"), authorizationPolicy("p", SELECT)),
    one("a policy of a namespace without pods", authorizationPolicy("p", {})),
    one("a policy of a namespace with pods", meshed(), authorizationPolicy("p", {})),
    one(
        "a policy of the mesh for a pod of any namespace",
        meshConfig("rootNamespace: istio-system"),
        meshed(),
        authorizationPolicy("istio-system/p", SELECT),
    ),
    one("a policy of the mesh for no pod", meshConfig("rootNamespace: istio-system"), authorizationPolicy("istio-system/p", SELECT)),
    one("a policy of the mesh for all", meshConfig("rootNamespace: istio-system"), authorizationPolicy("istio-system/p", {})),
    one(
        "a policy with references in a namespace without pods",
        authorizationPolicy("p", { targetRefs: [{ group: "gateway.networking.k8s.io", kind: "Gateway", name: "x" }] }),
    ),
    one(
        "a policy for a pod that a Deployment of the mesh will make",
        deployment("web", { app: "web" }, { labels: { "sidecar.istio.io/inject": "true" } }),
        authorizationPolicy("p", SELECT),
    ),
    one(
        "a policy for a gateway of the bundled proxy",
        pod("web-1", { app: "web" }, {}, { "gatehouse.dev/run": "proxy" }),
        authorizationPolicy("p", SELECT),
    ),
    one(
        "a policy from namespaces that are there",
        meshed(),
        authorizationPolicy("p", { ...SELECT, ...from({ namespaces: ["shop", "SHOP", "sh*", "*op", "*"] }) }),
    ),
    one(
        "a policy from a namespace of Kubernetes itself",
        meshed(),
        authorizationPolicy("p", { ...SELECT, ...from({ namespaces: ["kube-system"] }) }),
    ),
    one(
        "a policy from a namespace that is not there",
        meshed(),
        authorizationPolicy("p", { ...SELECT, ...from({ namespaces: ["nobodys"] }) }),
    ),
    one(
        "a policy not from a namespace that is not there",
        meshed(),
        authorizationPolicy("p", { ...SELECT, ...from({ notNamespaces: ["nobodys*"] }) }),
    ),
    one(
        "policies that select pods of a Gateway of the Gateway API",
        meshed("gw", { app: "web", "gateway.networking.k8s.io/gateway-name": "kgw" }),
        authorizationPolicy("p", SELECT),
        requestAuthentication("p", { ...SELECT, jwtRules: [{ issuer: "x" }] }),
        telemetry("p", { ...SELECT, tracing: [{ disableSpanReporting: true }] }),
        wasmPlugin("p", { ...SELECT, url: "oci://example.com/x" }),
    ),
    one(
        "policies without a selector beside pods of a Gateway of the Gateway API",
        meshed("gw", { app: "web", "gateway.networking.k8s.io/gateway-name": "kgw" }),
        authorizationPolicy("p", {}),
        wasmPlugin("p", { url: "oci://example.com/x" }),
    ),
    one(
        "policies that select pods of a Gateway of another namespace",
        meshed("gw", { app: "web", "gateway.networking.k8s.io/gateway-name": "kgw" }),
        meshed("other/w"),
        authorizationPolicy("other/p", SELECT),
    ),
    one("istiod that fetches keys from anywhere", annotatedIstiod([]), requestAuthentication("a", { jwtRules: [{ issuer: "x" }] })),
    one(
        "istiod that does not fetch keys from anywhere",
        annotatedIstiod([{ name: "BLOCKED_CIDRS_IN_JWKS_URIS", value: "10.0.0.0/8" }]),
        requestAuthentication("a", { jwtRules: [{ issuer: "x" }] }),
    ),
    one("istiod without a token to verify", annotatedIstiod([])),
];

function annotatedIstiod(env: readonly object[]): KubeObject {
    return deployment(
        "istio-system/istiod",
        { app: "istiod" },
        { containers: [{ name: "discovery", image: "i:1", env }] },
        { labels: { app: "istiod" } },
    );
}

const ROUTER = {
    name: "envoy.filters.http.router",
    typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" },
};
const change = (applyTo: string, operation: string, rest: object = {}): object => ({
    applyTo,
    match: { context: "GATEWAY", ...rest },
    patch: { operation, ...(operation === "REMOVE" ? {} : { value: ROUTER }) },
});
const versioned = { proxy: { proxyVersion: "1\\.31.*" } };
const named = { listener: { filterChain: { filter: { name: "envoy.filters.network.http_connection_manager" } } } };

const FILTERS: readonly Configuration[] = [
    ...["HTTP_FILTER", "NETWORK_FILTER", "HTTP_ROUTE", "ROUTE_CONFIGURATION", "VIRTUAL_HOST", "CLUSTER", "LISTENER"].flatMap((applyTo) =>
        ["ADD", "REMOVE", "REPLACE", "MERGE", "INSERT_FIRST", "INSERT_BEFORE"].map((operation) =>
            one(`an EnvoyFilter that does ${operation} to ${applyTo}`, envoyFilter("f", { configPatches: [change(applyTo, operation)] })),
        ),
    ),
    one(
        "an EnvoyFilter with a priority",
        envoyFilter("f", { priority: 10, configPatches: [change("HTTP_FILTER", "INSERT_BEFORE"), change("CLUSTER", "MERGE")] }),
    ),
    one("an EnvoyFilter with a priority below none", envoyFilter("f", { priority: -1, configPatches: [change("HTTP_FILTER", "MERGE")] })),
    one(
        "an EnvoyFilter with a patch of a name that one before has for a version",
        envoyFilter("f", { configPatches: [change("HTTP_FILTER", "INSERT_BEFORE", versioned), change("HTTP_FILTER", "INSERT_AFTER")] }),
    ),
    one(
        "an EnvoyFilter with patches for versions",
        envoyFilter("f", { configPatches: [change("HTTP_FILTER", "INSERT_BEFORE", versioned)] }),
    ),
    one(
        "an EnvoyFilter with a removal of what one before has for a version",
        envoyFilter("f", {
            configPatches: [change("NETWORK_FILTER", "REMOVE", { ...named, ...versioned }), change("NETWORK_FILTER", "REMOVE", named)],
        }),
    ),
    one("an EnvoyFilter without patches", envoyFilter("f", {})),
];

const USERS: readonly Configuration[] = [
    one("a pod that runs as the sidecar's user", pod("p", { app: "p" }, { securityContext: { runAsUser: 1337 } })),
    one(
        "a container that runs as the sidecar's user",
        pod("p", { app: "p" }, { containers: [{ name: "app", image: "a:1", securityContext: { runAsUser: 1337 } }] }),
    ),
    one(
        "a sidecar that runs as its own user",
        pod("p", { app: "p" }, { containers: [{ name: "istio-proxy", image: "a:1", securityContext: { runAsUser: 1337 } }] }),
    ),
    one("a pod that runs as another user", pod("p", { app: "p" }, { securityContext: { runAsUser: 1000 } })),
    one(
        "a Deployment whose container runs as the sidecar's user",
        deployment("d", { app: "p" }, { containers: [{ name: "app", image: "a:1", securityContext: { runAsUser: 1337 } }] }),
    ),
    one(
        "a pod of the control plane that runs as the sidecar's user",
        pod("p", { istio: "pilot" }, { securityContext: { runAsUser: 1337 } }),
    ),
];

const delayed = (delay: object): KubeObject =>
    virtualService("web", { hosts: ["web"], http: [{ fault: { delay: { fixedDelay: "1s", ...delay } }, route: [to("web")] }] });

const GIVEN_UP: readonly Configuration[] = [
    one("a delay by the old share", ...WEB, delayed({ percent: 5 })),
    one("a delay by an old share of nothing", ...WEB, delayed({ percent: 0 })),
    one("a delay by the share of today", ...WEB, delayed({ percentage: { value: 5 } })),
    one(
        "a Sidecar with an egress proxy",
        service("web", [80], { app: "web" }),
        sidecar("a", {
            egress: [{ hosts: ["./*"] }],
            outboundTrafficPolicy: { mode: "ALLOW_ANY", egressProxy: { host: "web.shop.svc.cluster.local", port: { number: 80 } } },
        }),
    ),
    one(
        "a trace by a provider that is given up",
        meshConfig("extensionProviders: [{ name: ls, lightstep: { service: a.example.com, port: 80, accessToken: x } }]"),
        telemetry("t", { tracing: [{ providers: [{ name: "ls" }] }] }),
    ),
    one(
        "a trace by a provider that is not given up",
        meshConfig("extensionProviders: [{ name: zip, zipkin: { service: a.example.com, port: 80 } }]"),
        telemetry("t", { tracing: [{ providers: [{ name: "zip" }] }] }),
    ),
];

export const MESH: readonly Configuration[] = [...ANNOTATIONS, ...POLICIES, ...FILTERS, ...USERS, ...GIVEN_UP];
