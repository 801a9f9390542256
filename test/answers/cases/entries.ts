/** ServiceEntries, WorkloadEntries and Services: which endpoints a destination has. */
import type { KubeObject } from "../../../istio";
import { ask, httpGateway, istioObject, type Answer, type Ask, type Case, type Setting, type Topic } from "../support/case";
import { destined, entryOf, meshed, REGISTRY_ONLY, side, sidecar } from "../support/meshed";

const get = (path = "/"): Ask => ask("a.test", `GET ${path}`, [], { anyReason: true });
const often: Ask = ask("a.test", "GET /", [], { times: 20, anyReason: true });
const at = (port: number, more: object = {}): object => ({ address: "127.0.0.1", ports: { http: port }, ...more });

/** Of a gateway whose one route goes to `out.test`. */
function entry(
    title: string,
    spec: (setting: Setting) => object,
    asks: Readonly<Record<string, Ask>> = { GET: get() },
    objects: (setting: Setting) => readonly KubeObject[] = () => [],
    more: Partial<Case> = {},
): Case {
    return {
        title,
        make: (setting) => {
            const own = objects(setting);
            const gateway = httpGateway(
                setting,
                ["a.test"],
                [{ retries: { attempts: 0 }, route: [destined("out.test", setting.ports.http)] }],
            );
            return {
                objects: [
                    entryOf(setting, "out", ["out.test"], spec(setting), 0, "istio-system"),
                    // Of a case with rules of its own those count.
                    ...gateway.filter(({ kind }) => !own.some((one) => one.kind === kind)),
                    ...own,
                ],
                asks,
            };
        },
        ...more,
    };
}

const workload = (name: string, spec: object, namespace = "istio-system"): KubeObject =>
    istioObject("WorkloadEntry", name, spec, { namespace });
const selecting = { resolution: "STATIC", endpoints: undefined, workloadSelector: { labels: { app: "out" } } };

const service = (name: string, spec: object, more: object = {}, namespace = "istio-system"): KubeObject =>
    ({ apiVersion: "v1", kind: "Service", metadata: { name, namespace, ...more }, spec }) as unknown as KubeObject;

/** Of a gateway whose one route goes to the Service `svc`. */
function served(
    title: string,
    objects: (setting: Setting) => readonly KubeObject[],
    asks: Readonly<Record<string, Ask>> = { GET: get() },
    host = "svc.istio-system.svc.cluster.local",
    more: Partial<Case> = {},
): Case {
    return {
        title,
        make: (setting) => ({
            objects: [
                ...objects(setting),
                ...httpGateway(setting, ["a.test"], [{ retries: { attempts: 0 }, route: [destined(host, 80)] }]),
            ],
            asks,
        }),
        ...more,
    };
}

/** What the first backend answers. */
const fromOne = (): Partial<Answer> => ({
    status: 200,
    headers: { "content-type": "text/plain", "x-backend": "one.backends.test" },
    backend: [
        {
            at: "one.backends.test",
            request: "GET / HTTP/1.1",
            headers: { host: "a.test", "x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "http" },
        },
    ],
});

const selector = { selector: { app: "svc" } };
const one = ({ backendPorts }: Setting, more: object = {}): KubeObject =>
    workload("svc", { address: "127.0.0.1", labels: { app: "svc" }, ports: { http: backendPorts[0] }, ...more });

const ENTRIES: readonly Case[] = [
    entry("no endpoint", () => ({ endpoints: [] })),
    entry("two endpoints", ({ backendPorts }) => ({ endpoints: backendPorts.map((port) => at(port)) }), { often }),
    entry(
        "an endpoint of weight 0 beside one of weight 1",
        ({ backendPorts }) => ({
            endpoints: [at(backendPorts[0], { weight: 0 }), at(backendPorts[1], { weight: 1 })],
        }),
        { often },
    ),
    entry("one endpoint twice", ({ backendPorts }) => ({ endpoints: [at(backendPorts[0]), at(backendPorts[0])] }), { often }),
    entry("the endpoint's port by targetPort", ({ ports, backendPorts }) => ({
        ports: [{ number: ports.http, name: "http", protocol: "HTTP", targetPort: backendPorts[1] }],
        endpoints: [{ address: "127.0.0.1" }],
    })),
    entry("the endpoint's port before targetPort", ({ ports, backendPorts }) => ({
        ports: [{ number: ports.http, name: "http", protocol: "HTTP", targetPort: backendPorts[1] }],
        endpoints: [at(backendPorts[0])],
    })),
    entry("an endpoint that is a name", ({ backendPorts }) => ({
        resolution: "DNS",
        endpoints: [{ address: "localhost", ports: { http: backendPorts[0] } }],
    })),
    entry("an endpoint that is a name, in turn", ({ backendPorts }) => ({
        resolution: "DNS_ROUND_ROBIN",
        endpoints: [{ address: "localhost", ports: { http: backendPorts[0] } }],
    })),
    entry("a name that nobody knows", () => ({ resolution: "DNS", endpoints: [{ address: "nowhere.invalid" }] })),
    entry("an address where names are looked up", ({ backendPorts }) => ({ resolution: "DNS", endpoints: [at(backendPorts[1])] })),
    entry(
        "a name and an address",
        ({ backendPorts }) => ({
            resolution: "DNS",
            endpoints: [{ address: "localhost", ports: { http: backendPorts[0] } }, at(backendPorts[1])],
        }),
        { often },
    ),
    entry("a name in the place of an address", () => ({ endpoints: [{ address: "localhost" }] })),
    entry("an entry that is not shown", ({ backendPorts }) => ({ exportTo: ["apps"], endpoints: [at(backendPorts[0])] })),
    entry("an entry for its own namespace", ({ backendPorts }) => ({ exportTo: ["."], endpoints: [at(backendPorts[0])] })),
    entry(
        "a workload",
        () => selecting,
        { GET: get() },
        ({ backendPorts }) => [workload("w", { address: "127.0.0.1", labels: { app: "out" }, ports: { http: backendPorts[1] } })],
    ),
    entry(
        "two workloads, and one of other labels",
        () => selecting,
        { often },
        ({ backendPorts }) => [
            ...backendPorts.map((port, index) =>
                workload(`w${index}`, { address: "127.0.0.1", labels: { app: "out", index: `${index}` }, ports: { http: port } }),
            ),
            workload("x", { address: "127.0.0.1", labels: { app: "other" }, ports: { http: 1 } }),
        ],
    ),
    entry(
        "a workload of another namespace",
        () => selecting,
        { GET: get() },
        ({ backendPorts }) => [workload("w", { address: "127.0.0.1", labels: { app: "out" }, ports: { http: backendPorts[1] } }, "apps")],
    ),
    entry(
        "a workload on the entry's targetPort",
        ({ ports, backendPorts }) => ({
            ...selecting,
            ports: [{ number: ports.http, name: "http", protocol: "HTTP", targetPort: backendPorts[1] }],
        }),
        { GET: get() },
        () => [workload("w", { address: "127.0.0.1", labels: { app: "out" } })],
    ),
    entry("no workload", () => selecting),
    entry(
        "subsets of workloads",
        () => selecting,
        { v1: get("/v1"), v2: get("/v2"), v3: get("/v3") },
        (setting) => [
            ...setting.backendPorts.map((port, index) =>
                workload(`w${index}`, { address: "127.0.0.1", labels: { app: "out", version: `v${index + 1}` }, ports: { http: port } }),
            ),
            istioObject("DestinationRule", "out", {
                host: "out.test",
                subsets: ["v1", "v2", "v3"].map((name) => ({ name, labels: { version: name } })),
            }),
            istioObject("VirtualService", "vs", {
                hosts: ["a.test"],
                gateways: ["gw"],
                http: ["v1", "v2", "v3"].map((subset) => ({
                    match: [{ uri: { prefix: `/${subset}` } }],
                    route: [destined("out.test", setting.ports.http, { subset })],
                })),
            }),
        ],
    ),
    entry(
        "two entries of one host, one namespace",
        ({ backendPorts }) => ({ endpoints: [at(backendPorts[0])] }),
        { often },
        (setting) => [entryOf(setting, "out2", ["out.test"], {}, 1, "istio-system")],
    ),
    entry(
        "two entries of one host with a port each",
        ({ backendPorts }) => ({ endpoints: [at(backendPorts[0])] }),
        { GET: get(), other: get("/other") },
        (setting) => [
            entryOf(
                setting,
                "out2",
                ["out.test"],
                {
                    ports: [{ number: setting.ports.other, name: "other", protocol: "HTTP" }],
                    endpoints: [{ address: "127.0.0.1", ports: { other: setting.backendPorts[1] } }],
                },
                1,
                "istio-system",
            ),
            istioObject("VirtualService", "vs", {
                hosts: ["a.test"],
                gateways: ["gw"],
                http: [
                    { match: [{ uri: { prefix: "/other" } }], route: [destined("out.test", setting.ports.other)] },
                    { route: [destined("out.test", setting.ports.http)] },
                ],
            }),
        ],
    ),
];

const SERVICES: readonly Case[] = [
    served("a Service of workloads", (setting) => [service("svc", { ...selector, ports: [{ name: "http", port: 80 }] }), one(setting)]),
    served(
        "a Service by its short name",
        (setting) => [service("svc", { ...selector, ports: [{ name: "http", port: 80 }] }), one(setting)],
        { GET: get() },
        "svc",
    ),
    served("a Service with a named targetPort", (setting) => [
        service("svc", { ...selector, ports: [{ name: "http", port: 80, targetPort: "web" }] }),
        one(setting, { ports: { web: setting.backendPorts[1] } }),
    ]),
    served("a Service with a targetPort's number", (setting) => [
        service("svc", { ...selector, ports: [{ name: "http", port: 80, targetPort: setting.backendPorts[1] }] }),
        one(setting, { ports: undefined }),
    ]),
    served("a Service without a selector", (setting) => [service("svc", { ports: [{ name: "http", port: 80 }] }), one(setting)]),
    served("a Service without endpoints", () => [service("svc", { ...selector, ports: [{ name: "http", port: 80 }] })]),
    served("a port that the Service has not", (setting) => [
        service("svc", { ...selector, ports: [{ name: "http", port: 81 }] }),
        one(setting),
    ]),
    served(
        "a headless Service",
        (setting) => [service("svc", { ...selector, clusterIP: "None", ports: [{ name: "http", port: 80 }] }), one(setting)],
        { GET: get() },
        "svc.istio-system.svc.cluster.local",
        { differences: { GET: { ours: fromOne(), why: "it selects the workload as any other Service does" } } },
    ),
    served("a Service that is shown to nobody", (setting) => [
        service("svc", { ...selector, ports: [{ name: "http", port: 80 }] }, { annotations: { "networking.istio.io/exportTo": "~" } }),
        one(setting),
    ]),
    served("a Service that is shown to its own namespace", (setting) => [
        service("svc", { ...selector, ports: [{ name: "http", port: 80 }] }, { annotations: { "networking.istio.io/exportTo": "." } }),
        one(setting),
    ]),
    served("another name for a host", ({ backends }) => [
        service("svc", { type: "ExternalName", externalName: backends[0], ports: [{ name: "http", port: 80 }] }),
    ]),
    served("another name for a host, without ports", ({ backends }) => [
        service("svc", { type: "ExternalName", externalName: backends[0] }),
    ]),
    served("another name for a host that nobody knows", () => [
        service("svc", { type: "ExternalName", externalName: "nowhere.invalid", ports: [{ name: "http", port: 80 }] }),
    ]),
    served(
        "another name for another name",
        ({ backends }) => [
            service("svc", {
                type: "ExternalName",
                externalName: "next.istio-system.svc.cluster.local",
                ports: [{ name: "http", port: 80 }],
            }),
            service("next", { type: "ExternalName", externalName: backends[0], ports: [{ name: "http", port: 80 }] }),
        ],
        { GET: get() },
        "svc.istio-system.svc.cluster.local",
        { differences: { GET: { ours: fromOne(), why: "names are followed to what they mean, as DNS follows them" } } },
    ),
    side(
        "an application's names for another name",
        (setting) => [
            meshed(setting, REGISTRY_ONLY),
            sidecar(setting, { http: "HTTP" }, REGISTRY_ONLY),
            entryOf(setting, "out", ["out.test"]),
            service(
                "ext",
                { type: "ExternalName", externalName: "out.test", ports: [{ name: "http", port: setting.ports.http }] },
                {},
                "apps",
            ),
        ],
        () =>
            Object.fromEntries(
                ["ext", "ext.apps", "ext.apps.svc", "ext.apps.svc.cluster.local"].map((host) => [
                    host,
                    ask(host, "GET /", [], { anyReason: true }),
                ]),
            ),
    ),
    side(
        "an application's names for a Service",
        (setting) => [
            meshed(setting, REGISTRY_ONLY),
            sidecar(setting, { http: "HTTP" }, REGISTRY_ONLY),
            service("svc", { ...selector, ports: [{ name: "http", port: setting.ports.http }] }, {}, "apps"),
            workload("svc", { address: "127.0.0.1", labels: { app: "svc" }, ports: { http: setting.backendPorts[0] } }, "apps"),
            service("far", { ...selector, ports: [{ name: "http", port: setting.ports.http }] }, {}, "other"),
            workload("far", { address: "127.0.0.1", labels: { app: "svc" }, ports: { http: setting.backendPorts[1] } }, "other"),
        ],
        () =>
            Object.fromEntries(
                [
                    "svc",
                    "svc.apps",
                    "svc.apps.svc",
                    "svc.apps.svc.cluster.local",
                    "far",
                    "far.other",
                    "far.other.svc",
                    "far.other.svc.cluster.local",
                ].map((host) => [host, ask(host, "GET /", [], { anyReason: true })]),
            ),
    ),
];

export const entries: Topic = { name: "entries", cases: [...ENTRIES, ...SERVICES] };
