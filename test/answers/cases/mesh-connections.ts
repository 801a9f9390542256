/** Connections of an application through its own proxy: TLS by the name it asks for, TCP by port and address. */
import type { KubeObject } from "../../../istio";
import { ask, istioObject, type Ask, type Case, type Play, type PortName, type Setting, type Topic } from "../support/case";
import { destined, entryOf, extraBackend, meshed, REGISTRY_ONLY, side, sidecar, WEB } from "../support/meshed";

const over = (host: string, port: PortName = "tls"): Ask => ask(host, "GET /", [], { port, tls: { servername: host }, anyReason: true });

/** Names that differ by the backend's certificate are not what is compared: the backend says who it is. */
async function named(
    setting: Setting,
    objects: (entry: (name: string, hosts: readonly string[], which?: 0 | 1, more?: object) => KubeObject) => readonly KubeObject[],
    asks: Readonly<Record<string, Ask>>,
): Promise<Play> {
    const servers = [
        await extraBackend("one.tls.test", { certificate: setting.certificate }),
        await extraBackend("two.tls.test", { certificate: setting.certificate }),
    ] as const;
    const entry = (name: string, hosts: readonly string[], which: 0 | 1 = 0, more: object = {}): KubeObject =>
        entryOf(setting, name, hosts, {
            ports: [{ number: setting.ports.tls, name: "tls", protocol: "TLS" }],
            endpoints: [{ address: "127.0.0.1", ports: { tls: servers[which].port } }],
            ...more,
        });
    return {
        objects: [meshed(setting, REGISTRY_ONLY), ...objects(entry)],
        asks,
        servers,
        stop: async () => {
            for (const server of servers) await server.stop();
        },
    };
}

const byName = (name: string, hosts: readonly string[], tls: readonly object[], more: object = {}): KubeObject =>
    istioObject("VirtualService", name, { hosts, tls, ...more }, { namespace: "apps" });

const tlsCase = (
    title: string,
    objects: (
        setting: Setting,
        entry: (name: string, hosts: readonly string[], which?: 0 | 1, more?: object) => KubeObject,
    ) => readonly KubeObject[],
    asks: Readonly<Record<string, Ask>>,
    more: Partial<Case> = {},
): Case => ({
    title: `TLS: ${title}`,
    sidecar: WEB,
    make: (setting) => named(setting, (entry) => [sidecar(setting, { tls: "TLS" }, REGISTRY_ONLY), ...objects(setting, entry)], asks),
    ...more,
});

const both = (setting: Setting, entry: (name: string, hosts: readonly string[], which?: 0 | 1) => KubeObject): readonly KubeObject[] => [
    entry("a", ["a.shop.test"]),
    entry("b", ["b.shop.test"], 1),
];

const NAMES: readonly Case[] = [
    tlsCase(
        "one service of a port",
        (_setting, entry) => [entry("a", ["a.shop.test"])],
        {
            "its name": over("a.shop.test"),
            "another name": over("b.shop.test"),
            "no TLS": ask("a.shop.test", "GET /", [], { port: "tls", waitMs: 1_000, anyReason: true }),
        },
        {
            differences: {
                "no TLS": {
                    ours: { status: 502, ended: undefined as never },
                    why: "who asks in clear where no host speaks HTTP is told so",
                },
            },
        },
    ),
    tlsCase(
        "two services of a port, each with its VirtualService",
        (setting, entry) => [
            ...both(setting, entry),
            byName("a", ["a.shop.test"], [{ match: [{ sniHosts: ["a.shop.test"] }], route: [destined("a.shop.test", setting.ports.tls)] }]),
            byName("b", ["b.shop.test"], [{ match: [{ sniHosts: ["b.shop.test"] }], route: [destined("b.shop.test", setting.ports.tls)] }]),
        ],
        { a: over("a.shop.test"), b: over("b.shop.test") },
    ),
    tlsCase(
        "another destination for a name",
        (setting, entry) => [
            ...both(setting, entry),
            byName("a", ["a.shop.test"], [{ match: [{ sniHosts: ["a.shop.test"] }], route: [destined("b.shop.test", setting.ports.tls)] }]),
        ],
        { a: over("a.shop.test") },
    ),
    tlsCase(
        "the application's label and another",
        (setting, entry) => [
            ...both(setting, entry),
            byName(
                "a",
                ["a.shop.test"],
                [
                    {
                        match: [{ sniHosts: ["a.shop.test"], sourceLabels: { app: "api" } }],
                        route: [destined("a.shop.test", setting.ports.tls)],
                    },
                    {
                        match: [{ sniHosts: ["a.shop.test"], sourceLabels: { app: "web" } }],
                        route: [destined("b.shop.test", setting.ports.tls)],
                    },
                ],
            ),
        ],
        { a: over("a.shop.test") },
    ),
    tlsCase(
        "the application's namespace and another",
        (setting, entry) => [
            ...both(setting, entry),
            byName(
                "a",
                ["a.shop.test"],
                [
                    {
                        match: [{ sniHosts: ["a.shop.test"], sourceNamespace: "other" }],
                        route: [destined("a.shop.test", setting.ports.tls)],
                    },
                    {
                        match: [{ sniHosts: ["a.shop.test"], sourceNamespace: "apps" }],
                        route: [destined("b.shop.test", setting.ports.tls)],
                    },
                ],
            ),
        ],
        { a: over("a.shop.test") },
    ),
    tlsCase(
        "the mesh and a gateway",
        (setting, entry) => [
            ...both(setting, entry),
            byName(
                "a",
                ["a.shop.test"],
                [
                    {
                        match: [{ sniHosts: ["a.shop.test"], gateways: ["istio-system/gw"] }],
                        route: [destined("a.shop.test", setting.ports.tls)],
                    },
                    { match: [{ sniHosts: ["a.shop.test"], gateways: ["mesh"] }], route: [destined("b.shop.test", setting.ports.tls)] },
                ],
                { gateways: ["mesh", "istio-system/gw"] },
            ),
        ],
        { a: over("a.shop.test") },
    ),
    tlsCase(
        "a port of the match",
        (setting, entry) => [
            ...both(setting, entry),
            byName(
                "a",
                ["a.shop.test"],
                [
                    { match: [{ sniHosts: ["a.shop.test"], port: 1 }], route: [destined("a.shop.test", setting.ports.tls)] },
                    {
                        match: [{ sniHosts: ["a.shop.test"], port: setting.ports.tls }],
                        route: [destined("b.shop.test", setting.ports.tls)],
                    },
                ],
            ),
        ],
        { a: over("a.shop.test") },
    ),
    tlsCase(
        "names below a wildcard",
        (setting, entry) => [
            entry("w", ["*.shop.test"]),
            entry("b", ["b.other.test"], 1),
            byName(
                "w",
                ["*.shop.test"],
                [
                    { match: [{ sniHosts: ["x.shop.test"] }], route: [destined("b.other.test", setting.ports.tls)] },
                    { match: [{ sniHosts: ["*.shop.test"] }], route: [destined("*.shop.test", setting.ports.tls)] },
                ],
            ),
        ],
        { x: over("x.shop.test"), y: over("y.shop.test"), deeper: over("y.z.shop.test") },
    ),
    tlsCase(
        "weights, of which one is none",
        (setting, entry) => [
            ...both(setting, entry),
            byName(
                "a",
                ["a.shop.test"],
                [
                    {
                        match: [{ sniHosts: ["a.shop.test"] }],
                        route: [
                            { ...destined("a.shop.test", setting.ports.tls), weight: 0 },
                            { ...destined("b.shop.test", setting.ports.tls), weight: 100 },
                        ],
                    },
                ],
            ),
        ],
        { a: over("a.shop.test") },
    ),
    tlsCase(
        "a destination that is not there",
        (setting, entry) => [
            ...both(setting, entry),
            byName("a", ["a.shop.test"], [{ match: [{ sniHosts: ["a.shop.test"] }], route: [destined("nowhere.test", 443)] }]),
        ],
        { a: over("a.shop.test") },
    ),
    tlsCase(
        "an endpoint that is not there",
        (setting, entry) => [
            entry("a", ["a.shop.test"]),
            entryOf(setting, "e", ["e.shop.test"], {
                ports: [{ number: setting.ports.tls, name: "tls", protocol: "TLS" }],
                endpoints: [],
            }),
            byName("a", ["a.shop.test"], [{ match: [{ sniHosts: ["a.shop.test"] }], route: [destined("e.shop.test", setting.ports.tls)] }]),
        ],
        { a: over("a.shop.test") },
    ),
];

const plain = (port: PortName = "tcp"): Ask => ask("x", "GET /", [], { port, waitMs: 1_500 });

function tcpCase(
    title: string,
    objects: (setting: Setting) => readonly KubeObject[],
    asks: Readonly<Record<string, Ask>> = { GET: plain() },
    more: Partial<Case> = {},
): Case {
    const entry = (setting: Setting, name: string, which: 0 | 1): KubeObject =>
        entryOf(
            setting,
            name,
            [`${name}.test`],
            {
                ports: [{ number: setting.ports.tcp, name: "tcp", protocol: "TCP" }],
                endpoints: [{ address: "127.0.0.1", ports: { tcp: setting.backendPorts[which] } }],
            },
            which,
        );
    return side(
        `TCP: ${title}`,
        (setting) => [
            meshed(setting, REGISTRY_ONLY),
            sidecar(setting, { tcp: "TCP", other: "TCP" }, REGISTRY_ONLY, ["./t.test", "./u.test"]),
            entry(setting, "t", 0),
            ...objects(setting),
        ],
        () => asks,
        more,
    );
}

const second = (setting: Setting): KubeObject =>
    entryOf(
        setting,
        "u",
        ["u.test"],
        {
            ports: [{ number: setting.ports.other, name: "tcp", protocol: "TCP" }],
            endpoints: [{ address: "127.0.0.1", ports: { tcp: setting.backendPorts[1] } }],
        },
        1,
    );
const byPort = (tcp: readonly object[], more: object = {}): KubeObject =>
    istioObject("VirtualService", "t", { hosts: ["t.test"], tcp, ...more }, { namespace: "apps" });
const toSecond = ({ ports }: Setting): object => ({ route: [destined("u.test", ports.other)] });
const toNowhere = { route: [destined("nowhere.test", 1)] };

const STREAMS: readonly Case[] = [
    tcpCase("one service of a port", () => []),
    tcpCase("another destination", (setting) => [second(setting), byPort([toSecond(setting)])]),
    tcpCase("a port of the match", (setting) => [
        second(setting),
        byPort([
            { match: [{ port: 1 }], ...toNowhere },
            { match: [{ port: setting.ports.tcp }], ...toSecond(setting) },
        ]),
    ]),
    tcpCase("the application's label and another", (setting) => [
        second(setting),
        byPort([
            { match: [{ sourceLabels: { app: "api" } }], ...toNowhere },
            { match: [{ sourceLabels: { app: "web" } }], ...toSecond(setting) },
        ]),
    ]),
    tcpCase("the application's namespace and another", (setting) => [
        second(setting),
        byPort([
            { match: [{ sourceNamespace: "other" }], ...toNowhere },
            { match: [{ sourceNamespace: "apps" }], ...toSecond(setting) },
        ]),
    ]),
    tcpCase("a gateway and the mesh", (setting) => [
        second(setting),
        byPort(
            [
                { match: [{ gateways: ["istio-system/gw"] }], ...toNowhere },
                { match: [{ gateways: ["mesh"] }], ...toSecond(setting) },
            ],
            { gateways: ["mesh", "istio-system/gw"] },
        ),
    ]),
    tcpCase("matches that none fits", (setting) => [second(setting), byPort([{ match: [{ port: 1 }], ...toSecond(setting) }])]),
    tcpCase("a destination that is not there", () => [byPort([toNowhere])]),
    tcpCase("weights, of which one is none", (setting) => [
        second(setting),
        byPort([
            {
                route: [
                    { ...destined("t.test", setting.ports.tcp), weight: 0 },
                    { ...destined("u.test", setting.ports.other), weight: 1 },
                ],
            },
        ]),
    ]),
    tcpCase("a VirtualService of a gateway only", (setting) => [
        second(setting),
        byPort([toSecond(setting)], { gateways: ["istio-system/gw"] }),
    ]),
];

export const meshConnections: Topic = { name: "mesh-connections", cases: [...NAMES, ...STREAMS] };
