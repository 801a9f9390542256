/** What an application reaches through its own proxy: names of services, Sidecars, and what is in no registry. */
import type { KubeObject } from "../../../istio";
import { ask, istioObject, type Ask, type Case, type Setting, type Topic } from "../support/case";
import { answeredBy, entryOf, meshed, REGISTRY_ONLY, routed, sidecar, side, WEB } from "../support/meshed";

/** `GET /` of these hosts. */
const hosts = (...names: readonly string[]): Record<string, Ask> =>
    Object.fromEntries(names.map((name) => [name, ask(name, "GET /", [], { anyReason: true })]));

const closed = (setting: Setting, more: object = {}, of: readonly string[] = ["*/*"]): KubeObject =>
    sidecar(setting, { http: "HTTP" }, { ...REGISTRY_ONLY, ...more }, of);

/** A Sidecar by another name, of the namespace or of the root. */
const scoped = (setting: Setting, name: string, namespace: string, spec: object): KubeObject =>
    istioObject(
        "Sidecar",
        name,
        {
            egress: [
                {
                    port: { number: setting.ports.http, name: "http", protocol: "HTTP" },
                    bind: "127.0.0.1",
                    captureMode: "NONE",
                    hosts: ["*/*"],
                },
            ],
            ...spec,
        },
        { namespace },
    );

const ONLY_PORT = "a listener that shows a host means it, and this one has no other port";

const NAMES: readonly Case[] = [
    side(
        "names of an entry",
        (setting) => [
            meshed(setting),
            closed(setting),
            entryOf(setting, "a", ["a.test", "b.test"]),
            entryOf(setting, "w", ["*.w.test"], {}, 1),
            entryOf(setting, "v", ["v.test"], { addresses: ["127.0.0.77"], location: "MESH_INTERNAL" }, 1),
        ],
        ({ ports }) => ({
            "its own port": ask(`a.test:${ports.http}`, "GET /", [], { anyReason: true }),
            ...hosts(
                "a.test",
                "A.Test",
                "a.test.",
                "b.test",
                "a.test:1",
                "x.a.test",
                "x.w.test",
                "x.y.w.test",
                "w.test",
                "v.test",
                "127.0.0.77",
                "127.0.0.1",
                "other.test",
            ),
        }),
    ),
    side(
        "an entry of another namespace, and one that is not shown",
        (setting) => [
            meshed(setting),
            closed(setting),
            entryOf(setting, "a", ["a.test"], {}, 0, "other"),
            entryOf(setting, "b", ["b.test"], { exportTo: ["."] }, 0, "other"),
            entryOf(setting, "c", ["c.test"], { exportTo: ["apps"] }, 1, "other"),
            entryOf(setting, "d", ["d.test"], { exportTo: ["~"] }, 1),
            entryOf(setting, "e", ["e.test"], { exportTo: ["."] }, 1),
        ],
        () => hosts("a.test", "b.test", "c.test", "d.test", "e.test"),
    ),
    side(
        "one host in two namespaces",
        (setting) => [
            meshed(setting),
            closed(setting),
            entryOf(setting, "a", ["a.test"], {}, 0, "other"),
            entryOf(setting, "a", ["a.test"], {}, 1, "apps"),
        ],
        () => hosts("a.test"),
    ),
    side(
        "an entry without the listener's port",
        (setting) => [
            meshed(setting),
            closed(setting),
            entryOf(setting, "a", ["a.test"]),
            entryOf(setting, "b", ["b.test"], { ports: [{ number: setting.ports.other, name: "http", protocol: "HTTP" }] }),
        ],
        () => hosts("a.test", "b.test"),
        { differences: { "b.test": { ours: answeredBy(0, "GET /", "b.test"), why: ONLY_PORT } } },
    ),
];

const LIMITS: Readonly<Record<string, readonly string[]>> = {
    "every host": ["*/*"],
    "those of the namespace": ["./*"],
    "those of another namespace": ["other/*"],
    "one host of the namespace": ["./a.test"],
    "one host of any namespace": ["*/o.test"],
    "hosts below a name": ["*/*.w.test"],
    "two kinds": ["./a.test", "other/*"],
    none: ["~/*"],
    "a namespace by its name": ["apps/*"],
};

const limited = (setting: Setting): readonly KubeObject[] => [
    meshed(setting),
    entryOf(setting, "a", ["a.test"]),
    entryOf(setting, "b", ["b.test"], {}, 1),
    entryOf(setting, "w", ["x.w.test"], {}, 1),
    entryOf(setting, "o", ["o.test"], {}, 0, "other"),
];

const SIDECARS: readonly Case[] = [
    ...Object.entries(LIMITS).map(([title, of]) =>
        side(
            `a Sidecar that sees ${title}`,
            (setting) => [...limited(setting), closed(setting, {}, of)],
            () => hosts("a.test", "b.test", "x.w.test", "o.test", "else.test"),
        ),
    ),
    side(
        "the workload's Sidecar before the namespace's and the root's",
        (setting) => [
            ...limited(setting),
            closed(setting, {}, ["./a.test"]),
            scoped(setting, "all", "apps", REGISTRY_ONLY),
            scoped(setting, "root", "istio-system", REGISTRY_ONLY),
        ],
        () => hosts("a.test", "b.test", "o.test"),
    ),
    side(
        "the namespace's Sidecar before the root's",
        (setting) => [
            ...limited(setting),
            scoped(setting, "all", "apps", {
                ...REGISTRY_ONLY,
                egress: [
                    {
                        port: { number: setting.ports.http, name: "http", protocol: "HTTP" },
                        bind: "127.0.0.1",
                        captureMode: "NONE",
                        hosts: ["./b.test"],
                    },
                ],
            }),
            scoped(setting, "root", "istio-system", REGISTRY_ONLY),
        ],
        () => hosts("a.test", "b.test", "o.test"),
    ),
    side(
        "the root's Sidecar for all namespaces",
        (setting) => [...limited(setting), scoped(setting, "root", "istio-system", REGISTRY_ONLY)],
        () => hosts("a.test", "o.test", "else.test"),
    ),
    side(
        "a Sidecar of other workloads",
        (setting) => [
            ...limited(setting),
            scoped(setting, "not-mine", "apps", { workloadSelector: { labels: { app: "api" } }, ...REGISTRY_ONLY }),
            scoped(setting, "root", "istio-system", REGISTRY_ONLY),
        ],
        () => hosts("a.test", "else.test"),
    ),
    side(
        "the policy of the mesh where the Sidecar has none",
        (setting) => [...limited(setting).slice(1), meshed(setting, REGISTRY_ONLY), sidecar(setting, { http: "HTTP" })],
        () => hosts("a.test", "else.test"),
    ),
    side(
        "the policy of the Sidecar before the mesh's",
        (setting) => [...limited(setting).slice(1), meshed(setting, { outboundTrafficPolicy: { mode: "ALLOW_ANY" } }), closed(setting)],
        () => hosts("a.test", "else.test"),
    ),
];

const RULES: readonly Case[] = [
    side(
        "a VirtualService that a Sidecar does not see",
        (setting) => [
            ...limited(setting),
            closed(setting, {}, ["./*"]),
            routed("a", ["a.test"], [{ directResponse: { status: 299 } }], {}, "other"),
            routed("b", ["b.test"], [{ directResponse: { status: 298 } }]),
            routed("w", ["x.w.test"], [{ directResponse: { status: 297 } }], { exportTo: ["other"] }),
        ],
        () => hosts("a.test", "b.test", "x.w.test"),
    ),
    {
        title: "an application of another namespace",
        sidecar: { namespace: "other", labels: { app: "api" } },
        make: (setting) => ({
            objects: [
                ...limited(setting),
                closed(setting, {}, ["~/*"]),
                scoped(setting, "own", "other", { ...REGISTRY_ONLY }),
                entryOf(setting, "p", ["p.test"], { exportTo: ["."] }),
                routed(
                    "b",
                    ["b.test"],
                    [
                        { match: [{ sourceNamespace: "other" }], directResponse: { status: 299 } },
                        { match: [{ sourceNamespace: WEB.namespace }], directResponse: { status: 298 } },
                    ],
                ),
                routed(
                    "a",
                    ["a.test"],
                    [
                        { match: [{ sourceLabels: WEB.labels }], directResponse: { status: 297 } },
                        { match: [{ sourceLabels: { app: "api" } }], directResponse: { status: 296 } },
                    ],
                ),
            ],
            asks: hosts("a.test", "b.test", "o.test", "p.test", "else.test"),
        }),
    },
];

export const meshRoutes: Topic = { name: "mesh-routes", cases: [...NAMES, ...SIDECARS, ...RULES] };
