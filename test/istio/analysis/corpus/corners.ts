/** The corners of Istio's analyzers: what is empty, said twice, seen by some, or meant for some workloads only. */
import {
    destinationRule,
    gateway,
    meshConfig,
    node,
    pod,
    requestAuthentication,
    secret,
    secure,
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

type Objects = Configuration["objects"];
const one = (title: string, ...objects: Objects): Configuration => ({ title, objects });

const ROUTE = { route: [to("web")] };
const SITE = [...workload(), gateway("site", { selector: SELECTOR, servers: [server(80, ["a.com"])] })];
const bound = (spec: object, name = "web"): Objects[number] =>
    virtualService(name, { hosts: ["a.com"], gateways: ["site"], http: [ROUTE], ...spec });

const entry = (spec: object, name = "api"): Objects[number] =>
    serviceEntry(name, { hosts: ["api.example.com"], resolution: "DNS", ports: [{ number: 80, name: "main", protocol: "HTTP" }], ...spec });
const port = (protocol: string | undefined, number = 80): object => ({
    number,
    name: `p-${number}`,
    ...(protocol === undefined ? {} : { protocol }),
});
const TWO = ["one.example.com", "two.example.com"];
const CAPTURE = meshConfig('defaultConfig: { proxyMetadata: { ISTIO_META_DNS_CAPTURE: "true" } }');

const ADDRESSES: readonly Configuration[] = [
    ...["HTTP", "HTTPS", "TLS", "GRPC", "TCP", "MYSQL", "UDP"].flatMap((protocol) =>
        ["NONE", "DNS", "STATIC"].map((resolution) =>
            one(
                `an entry of ${protocol} and ${resolution} without addresses`,
                entry({
                    resolution,
                    ports: [port(protocol)],
                    ...(resolution === "STATIC" ? { endpoints: [{ address: "10.0.0.1" }] } : {}),
                }),
            ),
        ),
    ),
    one(
        "an entry of TCP and NONE without addresses in a mesh that answers DNS only",
        CAPTURE,
        entry({ resolution: "NONE", ports: [port("TCP")] }),
    ),
    one("an entry of TCP with an empty list of addresses", entry({ ports: [port("TCP")], addresses: [] })),
    one("an entry of TCP and HTTP without addresses", entry({ ports: [port("HTTP"), port("TCP", 81)] })),
    one("an entry of two hosts and TCP without addresses", entry({ hosts: TWO, resolution: "NONE", ports: [port("TCP")] })),
    one(
        "an entry of two hosts and TCP with addresses",
        entry({ hosts: TWO, resolution: "NONE", ports: [port("TCP")], addresses: ["10.0.0.1"] }),
    ),
    one("an entry of two hosts, TCP and DNS without addresses", entry({ hosts: TWO, ports: [port("TCP")] })),
    one("an entry of two hosts, TCP and DNS with addresses", entry({ hosts: TWO, ports: [port("TCP")], addresses: ["10.0.0.1"] })),
    one("an entry of two hosts and HTTP with addresses", entry({ hosts: TWO, ports: [port("HTTP")], addresses: ["10.0.0.1"] })),
    one("an entry of two hosts and TLS with addresses", entry({ hosts: TWO, ports: [port("TLS")], addresses: ["10.0.0.1"] })),
    one("an entry of two hosts and no protocol with addresses", entry({ hosts: TWO, ports: [port(undefined)], addresses: ["10.0.0.1"] })),
    one(
        "an entry of two hosts, TCP and DNS with two addresses",
        entry({ hosts: TWO, ports: [port("TCP")], addresses: ["10.0.0.1", "10.0.0.2"] }),
    ),
    one(
        "an entry of two hosts and TCP in a mesh that answers DNS",
        CAPTURE,
        entry({ hosts: TWO, resolution: "NONE", ports: [port("TCP")] }),
    ),
    one("an entry of a wildcard and TCP without addresses", entry({ hosts: ["*.example.com"], resolution: "NONE", ports: [port("TCP")] })),
    one("an entry with a network as its address", entry({ resolution: "NONE", addresses: ["10.0.0.0/8"], ports: [port("TCP")] })),
    one("an entry of DNS with a network as its address", entry({ addresses: ["10.0.0.0/8"], ports: [port("TCP")] })),
    ...["TCP", "TLS", "HTTPS", "MONGO", "UDP"].flatMap((protocol) =>
        ["NONE", "DNS", "STATIC"].flatMap((resolution) =>
            [true, false].map((addressed) =>
                one(
                    `an entry of two hosts, ${protocol} and ${resolution} ${addressed ? "with" : "without"} addresses, both told apart by nothing else`,
                    entry({
                        hosts: TWO,
                        resolution,
                        ports: [port(protocol)],
                        ...(addressed ? { addresses: ["10.0.0.1"] } : {}),
                        ...(resolution === "STATIC" ? { endpoints: [{ address: "10.0.0.1" }] } : {}),
                    }),
                ),
            ),
        ),
    ),
    one("an entry of NONE whose port says no protocol", entry({ resolution: "NONE", ports: [port(undefined)] })),
    one("an entry of NONE with two ports of TCP", entry({ resolution: "NONE", ports: [port("TCP"), port("tcp", 81)] })),
    one(
        "an entry of NONE with TCP in a mesh that gives addresses",
        meshConfig('defaultConfig: { proxyMetadata: { ISTIO_META_DNS_CAPTURE: "true", ISTIO_META_DNS_AUTO_ALLOCATE: "true" } }'),
        entry({ resolution: "NONE", ports: [port("TCP")] }),
    ),
    one(
        "an entry of NONE with a wildcard among two hosts and TCP",
        entry({ hosts: ["*.example.com", "a.example.org"], resolution: "NONE", ports: [port("TCP")] }),
    ),
    one("an entry of a round robin over DNS and TCP", entry({ resolution: "DNS_ROUND_ROBIN", ports: [port("TCP")] })),
    one(
        "an entry of a wildcard with a lookup for each name and TCP",
        entry({ hosts: ["*.example.com"], resolution: "DYNAMIC_DNS", ports: [port("TLS", 443)] }),
    ),
    one("an entry for a host of the cluster", entry({ hosts: ["web.shop.svc.cluster.local"] })),
    one("an entry for a short name", entry({ hosts: ["web"] })),
];

const claim = (key: string, spec: object = {}): Objects[number] =>
    bound({ http: [{ match: [{ headers: { [key]: { exact: "x" } } }], ...ROUTE }, ROUTE], ...spec });
const CLAIM = "@request.auth.claims.group";
const jwt = (name: string, spec: object = {}): Objects[number] => requestAuthentication(name, { jwtRules: [{ issuer: "x" }], ...spec });

const CLAIMS: readonly Configuration[] = [
    one("a route by a claim at a gateway named by a dot", ...SITE, ...WEB, claim(CLAIM, { gateways: ["./site"] })),
    one(
        "a route by a claim at a gateway of early Istio's name",
        ...SITE,
        ...WEB,
        claim(CLAIM, { gateways: ["site.shop.svc.cluster.local"] }),
    ),
    one("a route by a claim at a gateway and the mesh", ...SITE, ...WEB, claim(CLAIM, { gateways: ["mesh", "site"] })),
    one("a route by a claim of the mesh alone", ...WEB, claim(CLAIM, { gateways: ["mesh"] })),
    one(
        "a route by a claim at no gateway",
        ...WEB,
        virtualService("web", { hosts: ["a.com"], http: [{ match: [{ headers: { [CLAIM]: { exact: "x" } } }], ...ROUTE }] }),
    ),
    one("a route by a claim in brackets", ...SITE, ...WEB, claim("@request.auth.claims[group]")),
    one("a route by a claim within a claim", ...SITE, ...WEB, claim("@request.auth.claims[a][b]")),
    one("a route by a header that begins as a claim does", ...SITE, ...WEB, claim("@request.auth.claimsandmore")),
    one("a route by the principal, which is no claim", ...SITE, ...WEB, claim("@request.auth.principal")),
    one(
        "two routes by claims",
        ...SITE,
        ...WEB,
        bound({
            http: [
                { match: [{ headers: { [CLAIM]: { exact: "x" } } }], ...ROUTE },
                { match: [{ headers: { "@request.auth.claims.role": { exact: "y" } } }], ...ROUTE },
            ],
        }),
    ),
    one(
        "a route by a claim at two gateways",
        ...SITE,
        gateway("more", { selector: SELECTOR, servers: [server(443, ["a.com"])] }),
        ...WEB,
        claim(CLAIM, { gateways: ["site", "more"] }),
    ),
    one(
        "a route by a claim where one of two pods verifies",
        ...SITE,
        pod("ingress/gw2", { istio: "gw", app: "gw", v: "2" }),
        ...WEB,
        claim(CLAIM),
        jwt("ingress/jwt", { selector: { matchLabels: { v: "2" } } }),
    ),
    one(
        "a route by a claim that a policy with an empty selector verifies",
        ...SITE,
        ...WEB,
        claim(CLAIM),
        jwt("ingress/jwt", { selector: {} }),
    ),
    one(
        "a route by a claim that a policy for a Gateway verifies",
        ...SITE,
        ...WEB,
        claim(CLAIM),
        jwt("ingress/jwt", { targetRefs: [{ group: "gateway.networking.k8s.io", kind: "Gateway", name: "other" }] }),
    ),
    one(
        "a route by a claim that a policy of the root namespace for other pods verifies",
        ...SITE,
        ...WEB,
        claim(CLAIM),
        jwt("istio-system/jwt", { selector: { matchLabels: { app: "other" } } }),
    ),
    one(
        "a route by a claim at a gateway without pods",
        gateway("site", { selector: SELECTOR, servers: [server(80, ["a.com"])] }),
        ...WEB,
        claim(CLAIM),
    ),
];

const mesh = (name: string, exportTo: readonly string[], spec: object = {}): Objects[number] =>
    virtualService(name, { hosts: ["x.com"], ...(exportTo.length === 0 ? {} : { exportTo }), http: [ROUTE], ...spec });

const SEEN: readonly Configuration[] = [
    one("two VirtualServices of the mesh, one exported to all and its own namespace", ...WEB, mesh("a", ["."]), mesh("b", [".", "*"])),
    one("two VirtualServices of the mesh, one exported to nobody", ...WEB, mesh("a", []), mesh("b", ["~"])),
    one("two VirtualServices of the mesh, both exported to nobody", ...WEB, mesh("a", ["~"]), mesh("b", ["~"])),
    one("two VirtualServices of the mesh, exported to one namespace by name and by dot", ...WEB, mesh("a", ["."]), mesh("b", ["shop"])),
    one(
        "two VirtualServices of two namespaces, one exported to the other's",
        ...WEB,
        mesh("a", ["."]),
        mesh("other/b", ["shop"], { http: [{ route: [to("web.shop.svc.cluster.local")] }] }),
    ),
    one(
        "two VirtualServices of two namespaces, each exported to its own",
        ...WEB,
        mesh("a", ["."]),
        mesh("other/b", ["."], { http: [{ route: [to("web.shop.svc.cluster.local")] }] }),
    ),
    one(
        "three VirtualServices of the mesh, one for all and two for a namespace each",
        ...WEB,
        mesh("a", []),
        mesh("b", ["p"]),
        mesh("c", ["q"]),
    ),
    one("three VirtualServices of the mesh, two for all and one for a namespace", ...WEB, mesh("a", []), mesh("b", []), mesh("c", ["p"])),
    one("two VirtualServices of the mesh with one host in two cases", ...WEB, mesh("a", [], { hosts: ["X.com"] }), mesh("b", [])),
    one(
        "one VirtualService for a host of the mesh and one for it at mesh and gateway",
        ...SITE,
        ...WEB,
        mesh("a", [], { hosts: ["a.com"] }),
        bound({ gateways: ["mesh", "site"] }, "b"),
    ),
    one(
        "two VirtualServices of the mesh that share one host of two",
        ...WEB,
        mesh("a", [], { hosts: ["x.com", "y.com"] }),
        mesh("b", ["."], { hosts: ["y.com", "z.com"] }),
    ),
    one(
        "a destination that a VirtualService for another namespace cannot see",
        serviceEntry("other/api", {
            hosts: ["api.example.com"],
            exportTo: ["p"],
            resolution: "DNS",
            ports: [{ number: 80, name: "main", protocol: "HTTP" }],
        }),
        virtualService("a", { hosts: ["x.com"], exportTo: ["p"], http: [{ route: [to("api.example.com")] }] }),
    ),
    one(
        "a destination of a Service that is exported to two namespaces",
        service("other/web", [80], undefined, { meta: { annotations: { "networking.istio.io/exportTo": "shop,p" } } }),
        virtualService("a", { hosts: ["x.com"], http: [{ route: [to("web.other.svc.cluster.local")] }] }),
    ),
    one(
        "a destination of a Service that is exported with spaces",
        service("other/web", [80], undefined, { meta: { annotations: { "networking.istio.io/exportTo": "p, shop" } } }),
        virtualService("a", { hosts: ["x.com"], http: [{ route: [to("web.other.svc.cluster.local")] }] }),
    ),
];

const subset = (labels: object): Objects[number] => destinationRule("web", { host: "web", subsets: [{ name: "v1", labels }] });
const zoned = (labels: Readonly<Record<string, string>>, want: object, spec: object = { nodeName: "n1" }): Objects => [
    service("web", [80], { app: "web" }),
    node("n1", labels),
    pod("p", { app: "web" }, spec),
    subset(want),
];
const ZONE = "topology.kubernetes.io/zone";

const TOPOLOGY: readonly Configuration[] = [
    one("a subset by an empty zone, the node without one", ...zoned({}, { [ZONE]: "" })),
    one("a subset by an empty zone, the node's being empty", ...zoned({ [ZONE]: "" }, { [ZONE]: "" })),
    one("a subset by an empty zone, the node's being another", ...zoned({ [ZONE]: "a" }, { [ZONE]: "" })),
    one("a subset by an empty zone of a pod without a node", ...zoned({ [ZONE]: "a" }, { [ZONE]: "" }, {})),
    one("a subset by a zone of a pod without a node", ...zoned({ [ZONE]: "a" }, { [ZONE]: "a" }, {})),
    one("a subset by a region", ...zoned({ "topology.kubernetes.io/region": "r" }, { "topology.kubernetes.io/region": "r" })),
    one(
        "a subset by an old name of the zone",
        ...zoned({ "failure-domain.beta.kubernetes.io/zone": "a" }, { "failure-domain.beta.kubernetes.io/zone": "a" }),
    ),
    one("a subset by a subzone", ...zoned({ "topology.istio.io/subzone": "s" }, { "topology.istio.io/subzone": "s" })),
    one(
        "a subset by a subzone of a zone",
        ...zoned(
            { "topology.kubernetes.io/region": "r", [ZONE]: "a", "topology.istio.io/subzone": "s" },
            { "topology.istio.io/subzone": "s" },
        ),
    ),
    one("a subset by an empty region, the node having a zone", ...zoned({ [ZONE]: "a" }, { "topology.kubernetes.io/region": "" })),
    one(
        "a subset by an empty subzone, the node having a zone",
        ...zoned({ "topology.kubernetes.io/region": "r", [ZONE]: "a" }, { "topology.istio.io/subzone": "" }),
    ),
    one(
        "a subset by the zone that the pod itself says",
        service("web", [80], { app: "web" }),
        pod("p", { app: "web", [ZONE]: "b" }),
        subset({ [ZONE]: "b" }),
    ),
    one(
        "a subset by the zone of the pod, which the node's replaces",
        service("web", [80], { app: "web" }),
        node("n1", { [ZONE]: "a" }),
        pod("p", { app: "web", [ZONE]: "b" }, { nodeName: "n1" }),
        subset({ [ZONE]: "b" }),
    ),
    one("a subset by the node's name", ...zoned({}, { "kubernetes.io/hostname": "n1" })),
    one("a subset by another label of the node", ...zoned({ disk: "ssd" }, { disk: "ssd" })),
    one("a subset by a pod's empty label", service("web", [80], { app: "web" }), pod("p", { app: "web", v: "" }), subset({ v: "" })),
    one("a subset by an empty label that no pod has", service("web", [80], { app: "web" }), pod("p", { app: "web" }), subset({ v: "" })),
];

const selected = { workloadSelector: { matchLabels: { app: "client" } } };
const rule = (spec: object): Objects[number] => destinationRule("web", { host: "web", ...spec });

const SELECTED: readonly Configuration[] = [
    one(
        "TLS to a host without an authority, for some workloads",
        ...WEB,
        rule({ ...selected, trafficPolicy: { tls: { mode: "SIMPLE" } } }),
    ),
    one(
        "TLS to a port without an authority, for some workloads",
        ...WEB,
        rule({ ...selected, trafficPolicy: { portLevelSettings: [{ port: { number: 80 }, tls: { mode: "SIMPLE" } }] } }),
    ),
    one(
        "TLS to a host with a credential, for some workloads",
        ...WEB,
        rule({ ...selected, trafficPolicy: { tls: { mode: "SIMPLE", credentialName: "ca" } } }),
    ),
    one(
        "mutual TLS to a host with a credential, for some workloads",
        ...WEB,
        rule({ ...selected, trafficPolicy: { tls: { mode: "MUTUAL", credentialName: "client" } } }),
    ),
    one(
        "TLS to a port with a credential, for some workloads",
        ...WEB,
        rule({
            ...selected,
            trafficPolicy: { portLevelSettings: [{ port: { number: 80 }, tls: { mode: "SIMPLE", credentialName: "ca" } }] },
        }),
    ),
    one(
        "TLS to a host with a credential, for every workload of an empty selector",
        ...WEB,
        rule({ workloadSelector: {}, trafficPolicy: { tls: { mode: "SIMPLE", credentialName: "ca" } } }),
    ),
    one(
        "mutual TLS to a port with a credential, for every workload",
        ...WEB,
        rule({ trafficPolicy: { portLevelSettings: [{ port: { number: 80 }, tls: { mode: "MUTUAL", credentialName: "ca" } }] } }),
    ),
    one(
        "TLS of a subset without an authority",
        ...WEB,
        rule({ subsets: [{ name: "v1", labels: { app: "web" }, trafficPolicy: { tls: { mode: "SIMPLE" } } }] }),
    ),
    one(
        "TLS to a host without an authority and with names to check",
        ...WEB,
        rule({ trafficPolicy: { tls: { mode: "SIMPLE", subjectAltNames: ["a.com"], sni: "a.com" } } }),
    ),
    one("TLS to a port that is none", ...WEB, rule({ trafficPolicy: { portLevelSettings: [{ tls: { mode: "SIMPLE" } }] } })),
    one("a rule for a wildcard of the cluster", ...WEB, destinationRule("web", { host: "*.shop.svc.cluster.local" })),
    one("a rule for every host", ...WEB, destinationRule("web", { host: "*" })),
    one("a rule for every host of the cluster", ...WEB, destinationRule("web", { host: "*.local" })),
    one(
        "a rule for a host below an entry's wildcard",
        entry({ hosts: ["*.example.com"], resolution: "NONE" }),
        destinationRule("web", { host: "x.example.com" }),
    ),
    one("a rule for a wildcard over an entry's host", entry({}), destinationRule("web", { host: "*.example.com" })),
    one(
        "a rule for the host of an entry that its namespace does not see",
        serviceEntry("other/api", {
            hosts: ["api.example.com"],
            exportTo: ["."],
            resolution: "DNS",
            ports: [{ number: 80, name: "main", protocol: "HTTP" }],
        }),
        destinationRule("web", { host: "api.example.com" }),
    ),
    one(
        "two subsets of one name",
        ...WEB,
        destinationRule("web", {
            host: "web",
            subsets: [
                { name: "v1", labels: { app: "web" } },
                { name: "v1", labels: { app: "none" } },
            ],
        }),
    ),
];

const credential = (name: string, ...more: Objects): Objects => [
    ...workload(),
    ...more,
    gateway("web", { selector: SELECTOR, servers: [secure(name, ["a.com"])] }),
];
const PAIR = { "tls.crt": "${certificate}", "tls.key": "${key}" };

const CREDENTIALS: readonly Configuration[] = [
    ...[
        "kubernetes://ingress/cert",
        "kubernetes-gateway://ingress/cert",
        "builtin://",
        "configmap://cert",
        "vault://cert",
        "a/b/c",
        "/cert",
        "ingress/",
        "Cert",
        "cert_one",
        "cert ",
        "cert.",
        "kubernetes://",
        "file-root:/etc/ca.pem",
        "sds://cert",
        "sds-grpc:cert",
        "cert-cacert",
        "configmap-gateway://ingress/cert",
        "invalid://x",
    ].map((name) => one(`a credential named ${JSON.stringify(name)}`, ...credential(name, secret("ingress/cert", PAIR)))),
    one(
        "a credential with another case of its keys",
        ...credential("cert", secret("ingress/cert", { "TLS.crt": "${certificate}", "TLS.key": "${key}" })),
    ),
    one(
        "a credential by both pairs of names, the first expired",
        ...credential("cert", secret("ingress/cert", { ...PAIR, cert: "${expired}", key: "${key}" })),
    ),
];

const SERVERS: readonly Configuration[] = [
    one(
        "two gateways with one port of two protocols and one host",
        ...workload(),
        gateway("alpha", { selector: SELECTOR, servers: [server(80, ["a.com"])] }),
        gateway("beta", { selector: SELECTOR, servers: [server(80, ["a.com"], {}, "TCP")] }),
    ),
    one(
        "two gateways with one host in two cases",
        ...workload(),
        gateway("alpha", { selector: SELECTOR, servers: [server(80, ["a.com"])] }),
        gateway("beta", { selector: SELECTOR, servers: [server(80, ["A.com"])] }),
    ),
    one(
        "two gateways of which one names every namespace",
        ...workload(),
        gateway("alpha", { selector: SELECTOR, servers: [server(80, ["*/a.com"])] }),
        gateway("beta", { selector: SELECTOR, servers: [server(80, ["a.com"])] }),
    ),
    one(
        "two gateways of which one names its own namespace",
        ...workload(),
        gateway("alpha", { selector: SELECTOR, servers: [server(80, ["./a.com"])] }),
        gateway("beta", { selector: SELECTOR, servers: [server(80, ["shop/a.com"])] }),
    ),
    one(
        "two gateways without selectors and with one host",
        ...workload(),
        gateway("alpha", { servers: [server(80, ["a.com"])] }),
        gateway("beta", { servers: [server(80, ["a.com"])] }),
    ),
    one(
        "a gateway with a host for every namespace and every name",
        ...workload(),
        gateway("site", { selector: SELECTOR, servers: [server(80, ["*/*"])] }),
        ...WEB,
        bound({}),
    ),
    one(
        "a gateway with a host of an own namespace, and its VirtualService there",
        ...workload(),
        gateway("site", { selector: SELECTOR, servers: [server(80, ["./*"])] }),
        ...WEB,
        bound({}),
    ),
    one(
        "a gateway for no namespace",
        ...workload(),
        gateway("site", { selector: SELECTOR, servers: [server(80, ["~/a.com"])] }),
        ...WEB,
        bound({}),
    ),
    one("a VirtualService with a host in another case than its gateway's", ...SITE, ...WEB, bound({ hosts: ["A.com"] })),
    one("a VirtualService without hosts at a gateway", ...SITE, ...WEB, bound({ hosts: [] })),
    one("a gateway by early Istio's name and a domain of any kind", ...SITE, ...WEB, bound({ gateways: ["site.shop.example.com"] })),
    one("a gateway of an empty name", ...SITE, ...WEB, bound({ gateways: [""] })),
    one(
        "a destination without a host's port where a Service has none",
        service("web", [], undefined, { spec: { clusterIP: "None", ports: [] } }),
        bound({ gateways: ["mesh"] }),
    ),
    one(
        "a tcp destination with a port that is not there",
        ...WEB,
        virtualService("web", { hosts: ["a.com"], tcp: [{ route: [to("web", { port: { number: 81 } })] }] }),
    ),
    one(
        "a mirror with a port that is not there",
        ...WEB,
        virtualService("web", { hosts: ["web"], http: [{ ...ROUTE, mirror: { host: "web", port: { number: 81 } } }] }),
    ),
    one("a destination with port 0", ...WEB, virtualService("web", { hosts: ["web"], http: [{ route: [to("web", { port: {} })] }] })),
    one(
        "a destination of a port of UDP",
        service("dns", [{ port: 53, name: "dns", protocol: "UDP" }]),
        virtualService("web", { hosts: ["a.com"], tcp: [{ route: [to("dns", { port: { number: 53 } })] }] }),
    ),
    one(
        "a redirect beside a route to nowhere",
        virtualService("web", {
            hosts: ["a.com"],
            http: [{ match: [{ uri: { exact: "/x" } }], redirect: { uri: "/" } }, { route: [to("nowhere")] }],
        }),
    ),
];

export const CORNERS: readonly Configuration[] = [...ADDRESSES, ...CLAIMS, ...SEEN, ...TOPOLOGY, ...SELECTED, ...CREDENTIALS, ...SERVERS];
