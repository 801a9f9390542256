/** DestinationRules, ServiceEntries, Services, Sidecars, Telemetries, and objects that Istio refuses or warns of. */
import {
    deployment,
    destinationRule,
    gateway,
    meshConfig,
    namespace,
    node,
    pod,
    secret,
    SELECTOR,
    server,
    service,
    serviceEntry,
    sidecar,
    telemetry,
    to,
    virtualService,
    WEB,
    workload,
    type Configuration,
} from "./objects";

const one = (title: string, ...objects: Configuration["objects"]): Configuration => ({ title, objects });

const rule = (spec: object, name = "web"): Configuration["objects"][number] => destinationRule(name, { host: "web", ...spec });
const tls = (settings: object): Configuration["objects"][number] => rule({ trafficPolicy: { tls: settings } });
const subset = (...labels: readonly object[]): Configuration["objects"][number] =>
    rule({ subsets: labels.map((one, at) => ({ name: `v${at}`, labels: one })) });

const RULES: readonly Configuration[] = [
    one("TLS to a host without an authority", ...WEB, tls({ mode: "SIMPLE" })),
    one("TLS to a host with an authority", ...WEB, tls({ mode: "SIMPLE", caCertificates: "/etc/ca.pem" })),
    one("TLS to a host with a credential", ...WEB, tls({ mode: "SIMPLE", credentialName: "ca" })),
    one("TLS to a host that nobody checks on purpose", ...WEB, tls({ mode: "SIMPLE", insecureSkipVerify: true })),
    one("mutual TLS to a host without an authority", ...WEB, tls({ mode: "MUTUAL", clientCertificate: "/etc/a", privateKey: "/etc/b" })),
    one("the mesh's TLS to a host", ...WEB, tls({ mode: "ISTIO_MUTUAL" })),
    one(
        "TLS to a port without an authority",
        ...WEB,
        rule({ trafficPolicy: { portLevelSettings: [{ port: { number: 80 }, tls: { mode: "SIMPLE" } }] } }),
    ),
    one(
        "TLS to a host and a port, both without an authority",
        ...WEB,
        rule({
            trafficPolicy: {
                tls: { mode: "SIMPLE" },
                portLevelSettings: [
                    { port: { number: 80 }, tls: { mode: "SIMPLE" } },
                    { port: { number: 81 }, tls: { mode: "DISABLE" } },
                ],
            },
        }),
    ),
    one(
        "TLS in a subset without an authority",
        ...WEB,
        rule({ subsets: [{ name: "v1", labels: { app: "web" }, trafficPolicy: { tls: { mode: "SIMPLE" } } }] }),
    ),
    one("a rule for a host that is not there", rule({ host: "nowhere" })),
    one("a rule for a host of another namespace by its short name", service("other/web", [80]), rule({})),
    one(
        "a rule for a host of another namespace by its full name",
        service("other/web", [80]),
        rule({ host: "web.other.svc.cluster.local" }),
    ),
    one("a rule for a wildcard over Services", ...WEB, rule({ host: "*.shop.svc.cluster.local" })),
    one("a rule for everything in the cluster", ...WEB, rule({ host: "*.local" })),
    one(
        "a rule for a ServiceEntry's host",
        serviceEntry("api", { hosts: ["api.example.com"], ports: [{ number: 443, name: "tls", protocol: "TLS" }], resolution: "DNS" }),
        rule({ host: "api.example.com" }),
    ),
    one(
        "a rule for a ServiceEntry's wildcard",
        serviceEntry("api", { hosts: ["*.example.com"], ports: [{ number: 443, name: "tls", protocol: "TLS" }], resolution: "NONE" }),
        rule({ host: "*.example.com" }),
    ),
    one("a subset that selects pods", ...WEB, subset({ app: "web" })),
    one("a subset that selects none", ...WEB, subset({ app: "web", version: "v1" })),
    one("two subsets of which one selects none", ...WEB, subset({ app: "web" }, { version: "v1" })),
    one("a subset without labels", ...WEB, subset({})),
    one(
        "a subset that selects pods of another namespace only",
        service("web", [80]),
        pod("other/p", { version: "v1" }),
        subset({ version: "v1" }),
    ),
    one(
        "a subset by the zone of a node",
        service("web", [80]),
        node("n1", { "topology.kubernetes.io/zone": "a", "kubernetes.io/hostname": "n1" }),
        pod("p", { app: "web" }, { nodeName: "n1" }),
        subset({ "topology.kubernetes.io/zone": "a" }, { "topology.kubernetes.io/zone": "b" }),
    ),
    one(
        "a subset of a ServiceEntry with a workload selector",
        serviceEntry("api", {
            hosts: ["api.example.com"],
            ports: [{ number: 80, name: "http", protocol: "HTTP" }],
            resolution: "STATIC",
            workloadSelector: { labels: { app: "api" } },
        }),
        pod("p", { app: "web", version: "v1" }),
        rule({ host: "api.example.com", subsets: [{ name: "v1", labels: { version: "v1" } }] }),
    ),
    one(
        "a subset whose pods a Deployment will make",
        service("web", [80], { app: "web" }),
        deployment("web", { app: "web", version: "v1" }),
        subset({ version: "v1" }),
    ),
];

const entry = (name: string, ports: readonly object[], spec: object = {}): Configuration["objects"][number] =>
    serviceEntry(name, { hosts: ["api.example.com"], resolution: "DNS", ports, ...spec });
const portOf = (protocol: string | undefined, number = 80): object => ({
    number,
    name: `p-${number}`,
    ...(protocol === undefined ? {} : { protocol }),
});

const ENTRIES: readonly Configuration[] = [
    one("an entry with TCP and no address", entry("a", [portOf("TCP")])),
    one("an entry with TCP and an address", entry("a", [portOf("TCP")], { addresses: ["10.0.0.1"] })),
    one("an entry whose port says no protocol", entry("a", [portOf(undefined)])),
    one("an entry with tcp in small letters", entry("a", [portOf("tcp")])),
    one("an entry with HTTP and no address", entry("a", [portOf("HTTP")])),
    one("an entry with two TCP ports and no address", entry("a", [portOf("TCP"), portOf("TCP", 81), portOf("HTTP", 82)])),
    one(
        "an entry with TCP and no address in a mesh that gives addresses",
        meshConfig('defaultConfig: { proxyMetadata: { ISTIO_META_DNS_CAPTURE: "true", ISTIO_META_DNS_AUTO_ALLOCATE: "true" } }'),
        entry("a", [portOf("TCP")]),
    ),
    one(
        "an entry with TCP and no address in a mesh that answers DNS only",
        meshConfig('defaultConfig: { proxyMetadata: { ISTIO_META_DNS_CAPTURE: "true" } }'),
        entry("a", [portOf("TCP")]),
    ),
    one("an entry with MONGO and no address", entry("a", [portOf("MONGO")])),
    one("two entries that differ about a port's protocol", entry("a", [portOf("HTTP")]), entry("b", [portOf("TLS")])),
    one("two entries that agree about a port's protocol", entry("a", [portOf("HTTP")]), entry("b", [portOf("http")])),
    one("two entries that differ about other ports", entry("a", [portOf("HTTP")]), entry("b", [portOf("TLS", 443)])),
    one(
        "two entries of two namespaces that differ about a port's protocol",
        entry("a", [portOf("HTTP")]),
        entry("other/b", [portOf("GRPC")]),
    ),
    one(
        "two entries that differ and are each exported to their own namespace",
        entry("a", [portOf("HTTP")], { exportTo: ["."] }),
        entry("other/b", [portOf("GRPC")], { exportTo: ["."] }),
    ),
    one(
        "two entries that differ and of which one is exported to its own namespace",
        entry("a", [portOf("HTTP")], { exportTo: ["."] }),
        entry("other/b", [portOf("GRPC")]),
    ),
    one("three entries of which one differs", entry("a", [portOf("HTTP")]), entry("b", [portOf("HTTP")]), entry("c", [portOf("TLS")])),
];

const inject = (name: string): Configuration["objects"][number] => namespace(name, { "istio-injection": "enabled" });
const app = (
    meta: { readonly labels?: Readonly<Record<string, string>>; readonly annotations?: Readonly<Record<string, string>> } = {},
): Configuration["objects"][number] => deployment("web", { app: "web" }, meta);
const clash = [
    service("a", [{ port: 53, name: "dns", protocol: "TCP" }], { app: "web" }),
    service("b", [{ port: 53, name: "dns", protocol: "UDP" }], { app: "web" }),
];
const targets = [
    service("a", [{ port: 80, name: "http", targetPort: 8080 }], { app: "web" }),
    service("b", [{ port: 81, name: "http", targetPort: 8080 }], { app: "web" }),
];

const SERVICES: readonly Configuration[] = [
    one("a port that says its protocol by its name", service("web", [{ port: 80, name: "http-web" }])),
    one("a port without a name", service("web", [{ port: 80 }])),
    one("a port whose name says no protocol", service("web", [{ port: 80, name: "web" }])),
    one("a port whose appProtocol says it", service("web", [{ port: 80, name: "web", appProtocol: "http" }])),
    one(
        "a port whose appProtocol is of another make",
        service("web", [
            { port: 80, name: "http", appProtocol: "kubernetes.io/ws" },
            { port: 81, name: "http-2", appProtocol: "example.com/x" },
        ]),
    ),
    one("a port of UDP", service("web", [{ port: 80, name: "web", protocol: "UDP" }])),
    one(
        "ports whose numbers say it",
        service("web", [
            { port: 3306, name: "db" },
            { port: 53, name: "names" },
            { port: 25, name: "mail" },
            { port: 27017, name: "docs" },
        ]),
    ),
    one(
        "ports of names that begin as protocols do",
        service("web", [
            { port: 80, name: "httpx" },
            { port: 81, name: "grpc-web-x" },
            { port: 82, name: "grpcweb" },
            { port: 83, name: "https" },
            { port: 84, name: "redis-x" },
        ]),
    ),
    one("a port to a named targetPort", service("web", [{ port: 80, name: "web", targetPort: "main" }])),
    one("a Service of the control plane", service("web", [{ port: 80, name: "web" }], undefined, { meta: { labels: { istio: "pilot" } } })),
    one(
        "a Service of a release of istio",
        service("web", [{ port: 80, name: "web" }], undefined, { meta: { labels: { release: "istio" } } }),
    ),
    one(
        "a Service that a gateway's controller made",
        service("web", [{ port: 80, name: "web" }], undefined, {
            meta: { labels: { "gateway.istio.io/managed": "istio.io-gateway-controller" } },
        }),
    ),
    one("a Service in kube-system", service("kube-system/web", [{ port: 80, name: "web" }])),
    one(
        "an ExternalName with a port named tcp",
        service("web", [{ port: 80, name: "tcp" }], undefined, { spec: { type: "ExternalName", externalName: "a.com" } }),
    ),
    one(
        "an ExternalName with a port named http",
        service("web", [{ port: 80, name: "http" }], undefined, { spec: { type: "ExternalName", externalName: "a.com" } }),
    ),
    one(
        "an ExternalName with a port of no protocol",
        service("web", [{ port: 80, name: "web" }], undefined, { spec: { type: "ExternalName", externalName: "a.com" } }),
    ),
    one("Services of one Deployment that differ about a port's transport", inject("shop"), app(), ...clash),
    one("Services of one Deployment outside the mesh that differ about a port's transport", app(), ...clash),
    one("Services of one Deployment that opted in and differ", app({ labels: { "sidecar.istio.io/inject": "true" } }), ...clash),
    one(
        "Services of one Deployment that opted out and differ",
        inject("shop"),
        app({ annotations: { "sidecar.istio.io/inject": "false" } }),
        ...clash,
    ),
    one(
        "Services of one Deployment that brings its sidecar and differ",
        deployment(
            "web",
            { app: "web" },
            {
                containers: [
                    { name: "app", image: "a:1" },
                    { name: "istio-proxy", image: "p:1" },
                ],
            },
        ),
        ...clash,
    ),
    one("Services of one Deployment with one targetPort and two ports", inject("shop"), app(), ...targets),
    one(
        "Services of one Deployment with one port",
        inject("shop"),
        app(),
        service("a", [80], { app: "web" }),
        service("b", [80], { app: "web" }),
    ),
    one(
        "a Service of one Deployment with two ports to one targetPort",
        inject("shop"),
        app(),
        service(
            "a",
            [
                { port: 80, name: "http", targetPort: 8080 },
                { port: 81, name: "http-b", targetPort: 8080 },
            ],
            { app: "web" },
        ),
    ),
];

const select = (labels: object): object => ({ workloadSelector: { labels }, egress: [{ hosts: ["./*"] }] });
const EGRESS = { egress: [{ hosts: ["./*"] }] };
const logs = (spec: object = {}): object => ({ accessLogging: [{ providers: [{ name: "envoy" }] }], ...spec });
const PODS = [pod("p1", { app: "web", tier: "x" }), pod("p2", { app: "api" })];

const SCOPED: readonly Configuration[] = [
    one("a Sidecar that selects a pod", ...PODS, sidecar("a", select({ app: "web" }))),
    one("a Sidecar that selects none", ...PODS, sidecar("a", select({ app: "nobody" }))),
    one("a Sidecar that selects a pod of another namespace", ...PODS, sidecar("other/a", select({ app: "web" }))),
    one("two Sidecars that select one pod", ...PODS, sidecar("a", select({ app: "web" })), sidecar("b", select({ tier: "x" }))),
    one("two Sidecars that select two pods", ...PODS, sidecar("a", select({ app: "web" })), sidecar("b", select({ app: "api" }))),
    one("two Sidecars without a selector", sidecar("a", EGRESS), sidecar("b", EGRESS)),
    one("two Sidecars without a selector in two namespaces", sidecar("a", EGRESS), sidecar("other/b", EGRESS)),
    one("a Sidecar without a selector beside one with", ...PODS, sidecar("a", EGRESS), sidecar("b", select({ app: "web" }))),
    one("a Sidecar whose pods a Deployment will make", deployment("web", { app: "web" }), sidecar("a", select({ app: "web" }))),
    one(
        "two Sidecars without a selector in an ambient namespace",
        namespace("shop", { "istio.io/dataplane-mode": "ambient" }),
        sidecar("a", EGRESS),
        sidecar("b", EGRESS),
    ),
    one("a Telemetry that selects a pod", ...PODS, telemetry("a", logs({ selector: { matchLabels: { app: "web" } } }))),
    one("a Telemetry that selects none", ...PODS, telemetry("a", logs({ selector: { matchLabels: { app: "nobody" } } }))),
    one(
        "two Telemetries that select one pod",
        ...PODS,
        telemetry("a", logs({ selector: { matchLabels: { app: "web" } } })),
        telemetry("b", logs({ selector: { matchLabels: { tier: "x" } } })),
    ),
    one("two Telemetries without a selector", telemetry("a", logs()), telemetry("b", logs())),
    one("two Telemetries without a selector in two namespaces", telemetry("a", logs()), telemetry("other/b", logs())),
    one("a Telemetry without a provider", telemetry("a", { accessLogging: [{ disabled: false }] })),
    one(
        "a Telemetry without a provider in a mesh with a default one",
        meshConfig("defaultProviders: { accessLogging: [envoy] }"),
        telemetry("a", { accessLogging: [{ disabled: false }] }),
    ),
    one(
        "a Telemetry without a provider in a mesh with a default one for metrics",
        meshConfig("defaultProviders: { metrics: [prometheus] }"),
        telemetry("a", { accessLogging: [{ disabled: false }] }),
    ),
    one("a Telemetry that is off and has no provider", telemetry("a", { accessLogging: [{ disabled: true }] })),
    one(
        "a Telemetry with a filter as an item of its own",
        telemetry("a", { accessLogging: [{ providers: [{ name: "envoy" }] }, { filter: { expression: "response.code >= 400" } }] }),
    ),
    one("a Telemetry with metrics only", telemetry("a", { metrics: [{ providers: [{ name: "prometheus" }] }] })),
];

const GONE = { match: [{ uri: { prefix: "/" } }], route: [to("web")] };
const refused = (spec: object): Configuration["objects"] => [
    ...WEB,
    virtualService("web", { hosts: ["web"], http: [{ ...GONE, ...spec }] }),
];
const serverOf = (change: object, protocol = "HTTP"): Configuration["objects"] => [
    ...workload(),
    gateway("web", { selector: SELECTOR, servers: [server(80, ["a.com"], change, protocol)] }),
];

const SCHEMA: readonly Configuration[] = [
    one("a VirtualService without rules", virtualService("web", { hosts: ["web"] })),
    one("a VirtualService of the mesh for every host", ...WEB, virtualService("web", { hosts: ["*"], http: [GONE] })),
    one("a route and a redirect", ...refused({ redirect: { uri: "/x" } })),
    one("a retry word that is none", ...refused({ retries: { attempts: 1, retryOn: "sometimes" } })),
    one(
        "weights that sum to nothing",
        ...WEB,
        service("b", [80]),
        virtualService("web", {
            hosts: ["web"],
            http: [
                {
                    route: [
                        { ...to("web"), weight: 0 },
                        { ...to("b"), weight: 0 },
                    ],
                },
            ],
        }),
    ),
    one("hosts of one VirtualService that overlap", ...WEB, virtualService("web", { hosts: ["*.a.com", "x.a.com"], http: [GONE] })),
    one("a header that may not be removed", ...refused({ headers: { request: { remove: [":path"] } } })),
    one("a gateway of an unknown protocol", ...serverOf({}, "SMTP")),
    one("a gateway with a host that is none", ...serverOf({ hosts: ["a..com"] })),
    one("a gateway of HTTPS without tls", ...serverOf({}, "HTTPS")),
    one("a gateway of HTTPS that redirects", ...serverOf({ tls: { mode: "PASSTHROUGH", httpsRedirect: true } }, "HTTPS")),
    one(
        "a gateway with TLS 1.0 and no suites",
        ...workload([80]),
        secret("ingress/cert", { "tls.crt": "${certificate}", "tls.key": "${key}" }),
        gateway("web", {
            selector: SELECTOR,
            servers: [server(80, ["a.com"], { tls: { mode: "SIMPLE", credentialName: "cert", minProtocolVersion: "TLSV1_0" } }, "HTTPS")],
        }),
    ),
    one(
        "a gateway with a cipher suite that is none",
        ...workload([80]),
        secret("ingress/cert", { "tls.crt": "${certificate}", "tls.key": "${key}" }),
        gateway("web", {
            selector: SELECTOR,
            servers: [server(80, ["a.com"], { tls: { mode: "SIMPLE", credentialName: "cert", cipherSuites: ["NONE"] } }, "HTTPS")],
        }),
    ),
    one(
        "a gateway with a cipher suite twice",
        ...workload([80]),
        secret("ingress/cert", { "tls.crt": "${certificate}", "tls.key": "${key}" }),
        gateway("web", {
            selector: SELECTOR,
            servers: [
                server(
                    80,
                    ["a.com"],
                    {
                        tls: {
                            mode: "SIMPLE",
                            credentialName: "cert",
                            cipherSuites: ["ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256"],
                        },
                    },
                    "HTTPS",
                ),
            ],
        }),
    ),
    one(
        "an entry with endpoints and no resolution",
        serviceEntry("a", { hosts: ["a.com"], ports: [portOf("HTTP")], resolution: "NONE", endpoints: [{ address: "10.0.0.1" }] }),
    ),
    one("an entry for every host", serviceEntry("a", { hosts: ["*"], ports: [portOf("HTTP")], resolution: "NONE" })),
    one("an entry with a wildcard within a label", serviceEntry("a", { hosts: ["*x.a.com"], ports: [portOf("HTTP")], resolution: "NONE" })),
    one("a static entry without endpoints", serviceEntry("a", { hosts: ["a.com"], ports: [portOf("HTTP")], resolution: "STATIC" })),
    one(
        "an entry with two hosts, TCP and an address",
        serviceEntry("a", { hosts: ["a.com", "b.com"], addresses: ["10.0.0.1"], ports: [portOf("TCP")], resolution: "NONE" }),
    ),
    one(
        "an entry with two hosts, TCP, DNS and an address",
        serviceEntry("a", { hosts: ["a.com", "b.com"], addresses: ["10.0.0.1"], ports: [portOf("TCP")], resolution: "DNS" }),
    ),
    one(
        "an entry with two hosts, TCP, DNS and no address",
        serviceEntry("a", { hosts: ["a.com", "b.com"], ports: [portOf("TCP")], resolution: "DNS" }),
    ),
    one(
        "an entry with two hosts, TCP and no address",
        serviceEntry("a", { hosts: ["a.com", "b.com"], ports: [portOf("TCP")], resolution: "NONE" }),
    ),
    one(
        "an entry with two hosts, MONGO and an address",
        serviceEntry("a", { hosts: ["a.com", "b.com"], addresses: ["10.0.0.1"], ports: [portOf("MONGO")], resolution: "NONE" }),
    ),
    one(
        "an entry with two hosts, HTTP and no address",
        serviceEntry("a", { hosts: ["a.com", "b.com"], ports: [portOf("HTTP")], resolution: "NONE" }),
    ),
    one(
        "an entry with a selector without labels",
        serviceEntry("a", { hosts: ["a.com"], ports: [portOf("HTTP")], resolution: "STATIC", workloadSelector: { labels: {} } }),
    ),
    one(
        "an entry with an endpoint of a network and no address",
        serviceEntry("a", { hosts: ["a.com"], ports: [portOf("HTTP")], resolution: "STATIC", endpoints: [{ network: "n" }] }),
    ),
    one(
        "a gateway of PASSTHROUGH with a credential",
        ...workload([80]),
        secret("ingress/cert", { "tls.crt": "${certificate}", "tls.key": "${key}" }),
        gateway("web", {
            selector: SELECTOR,
            servers: [server(80, ["a.com"], { tls: { mode: "PASSTHROUGH", credentialName: "cert" } }, "HTTPS")],
        }),
    ),
    one("a rule with a selector without labels", ...WEB, rule({ workloadSelector: { matchLabels: {} } })),
    one("a rule of LEAST_CONN, the old word", ...WEB, rule({ trafficPolicy: { loadBalancer: { simple: "LEAST_CONN" } } })),
    one("a Telemetry with a selector without labels", pod("p", { app: "web" }), telemetry("a", logs({ selector: { matchLabels: {} } }))),
    one("a Telemetry whose tracing has two providers", telemetry("a", { tracing: [{ providers: [{ name: "x" }, { name: "y" }] }] })),
    one(
        "a direct response of a hundred kilobytes",
        virtualService("web", { hosts: ["web"], http: [{ directResponse: { status: 200, body: { string: "x".repeat(103_424) } } }] }),
    ),
    one(
        "a gateway named by a dot and its name",
        ...workload(),
        gateway("site", { selector: SELECTOR, servers: [server(80, ["a.com"])] }),
        ...WEB,
        virtualService("web", { hosts: ["a.com"], gateways: ["./site"], http: [GONE] }),
    ),
    one(
        "a rule with two subsets of one name",
        ...WEB,
        rule({
            subsets: [
                { name: "v1", labels: { app: "web" } },
                { name: "v1", labels: { app: "web" } },
            ],
        }),
    ),
    one("a rule of mutual TLS without a certificate", ...WEB, tls({ mode: "MUTUAL", caCertificates: "/etc/ca.pem" })),
    one("a rule with the old name of a field", ...WEB, rule({ trafficPolicy: { outlierDetection: { consecutiveErrors: 5 } } })),
    one(
        "a Sidecar with a selector without labels",
        pod("p", { app: "web" }),
        sidecar("a", { workloadSelector: { labels: {} }, ...EGRESS }),
    ),
    one("a Sidecar with egress without hosts", sidecar("a", { egress: [{ hosts: [] }] })),
    one(
        "a Telemetry with two tracing items",
        telemetry("a", { tracing: [{ providers: [{ name: "x" }] }, { providers: [{ name: "y" }] }] }),
    ),
    one("a mirror share under its old name", ...refused({ mirror: { host: "web" }, mirrorPercent: 50 })),
    one(
        "a regular expression that does not compile",
        ...WEB,
        virtualService("web", { hosts: ["web"], http: [{ match: [{ uri: { regex: "(" } }], route: [to("web")] }] }),
    ),
    one("a CORS origin without a match", ...refused({ corsPolicy: { allowOrigins: [{}] } })),
    one("an abort without a share", ...refused({ fault: { abort: { httpStatus: 500 } } })),
];

export const OTHERS: readonly Configuration[] = [...RULES, ...ENTRIES, ...SERVICES, ...SCOPED, ...SCHEMA];
