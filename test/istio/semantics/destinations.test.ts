/** One table of what a destination, a subset and a credential lead to, asked of all who follow them: they must agree. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { Elsewhere } from "../../../cli/objects/elsewhere";
import { analyze, finding, refOf, type KubeObject } from "../../../istio";
import { checkResources } from "../../../policy/library";
import { compile } from "../../../proxy/compiler";
import { resource, type PlainObject } from "../../policy/support/resources";

const LABELS = { istio: "edge" };

const object = (apiVersion: string, kind: string, name: string, more: object): KubeObject => {
    const [namespace, plain] = name.split("/");
    const { annotations, ...rest } = more as { readonly annotations?: object };
    return { apiVersion, kind, metadata: { namespace, name: plain, ...(annotations ? { annotations } : {}) }, ...rest } as KubeObject;
};

/** A gateway in namespace `pods` and what it is told in namespace `shop`. */
const base = (destination: object, credentialName?: string): KubeObject[] => [
    object("apps/v1", "Deployment", "pods/edge", {
        spec: {
            selector: { matchLabels: LABELS },
            template: {
                metadata: { labels: LABELS, annotations: { "gatehouse.dev/run": "proxy" } },
                spec: { containers: [{ name: "proxy" }] },
            },
        },
    }),
    object("v1", "Service", "pods/edge", {
        spec: {
            selector: LABELS,
            ports: [
                { name: "http", port: 80 },
                { name: "https", port: 443 },
            ],
        },
    }),
    object("networking.istio.io/v1", "Gateway", "shop/edge", {
        spec: {
            selector: LABELS,
            servers: [
                { port: { number: 80, name: "http", protocol: "HTTP" }, hosts: ["*.example.com"] },
                ...(credentialName === undefined
                    ? []
                    : [
                          {
                              port: { number: 443, name: "https", protocol: "HTTPS" },
                              hosts: ["*.example.com"],
                              tls: { mode: "SIMPLE", credentialName },
                          },
                      ]),
            ],
        },
    }),
    object("networking.istio.io/v1", "VirtualService", "shop/web", {
        spec: { hosts: ["a.example.com"], gateways: ["edge"], http: [{ route: [{ destination }] }] },
    }),
];
const service = (name: string, more: object = {}): KubeObject =>
    object("v1", "Service", name, { spec: { ports: [{ name: "http", port: 80 }] }, ...more });
const entry = (host: string, more: object = {}): KubeObject =>
    object("networking.istio.io/v1", "ServiceEntry", "shop/outside", {
        spec: {
            hosts: [host],
            ports: [{ number: 80, name: "http", protocol: "HTTP" }],
            resolution: "STATIC",
            location: "MESH_EXTERNAL",
            ...more,
        },
    });
const rule = (name: string, host: string, more: object = {}): KubeObject =>
    object("networking.istio.io/v1", "DestinationRule", name, { spec: { host, subsets: [{ name: "v1", labels: { v: "1" } }], ...more } });

const placed = (objects: readonly KubeObject[]): readonly never[] =>
    objects.map((one) => ({ object: one, placeOf: () => ({ file: "all.yaml", line: 1 }) }) as never);
const compiled = (objects: readonly KubeObject[]): ReturnType<typeof compile> =>
    compile({ objects: placed(objects), labels: LABELS, namespace: "pods", now: 0 });
const isJudged = (objects: readonly KubeObject[], ...policies: readonly string[]): boolean =>
    checkResources(
        objects.map((one) => resource(one as unknown as PlainObject)),
        { complete: true, config: { all: "disabled", ...Object.fromEntries(policies.map((name) => [name, "mandatory"])) } as never },
    ).length > 0;

const leads: Readonly<Record<string, (objects: readonly KubeObject[]) => boolean>> = {
    "the proxy": (objects) => !compiled(objects).findings.some(({ code }) => ["GH0436", "GH0437", "GH0438", "GH0439"].includes(code)),
    "the analysis": (objects) =>
        !analyze(
            objects.map((one) => ({ object: one })),
            { now: 0 },
        ).some(
            ({ code, field }) => ["GH0709", "GH0711", "IST0112"].includes(code) || (code === "IST0101" && field.includes("destination")),
        ),
    "the policies": (objects) => !isJudged(objects, "destination-exists", "subset-defined"),
};

const DB = "db.shop.svc.cluster.local";
const TABLE: readonly (readonly [title: string, destination: object, others: readonly KubeObject[], leads: boolean])[] = [
    ["a full name", { host: DB }, [service("shop/db")], true],
    ["a name alone, in its namespace", { host: "db" }, [service("shop/db")], true],
    ["a name alone, in another namespace", { host: "db" }, [service("team/db")], false],
    ["a name and a namespace, which is no name of the cluster's", { host: "db.shop" }, [service("shop/db")], false],
    ["nobody", { host: DB }, [], false],
    ["a port that is there", { host: DB, port: { number: 80 } }, [service("shop/db")], true],
    ["a port that is not there", { host: DB, port: { number: 81 } }, [service("shop/db")], false],
    ["a Service of another group", { host: DB }, [{ ...service("shop/db"), apiVersion: "serving.knative.dev/v1" }], false],
    ["a host outside", { host: "api.example.org", port: { number: 80 } }, [entry("api.example.org")], true],
    ["a host below a pattern", { host: "a.b.example.org", port: { number: 80 } }, [entry("*.example.org")], true],
    ["the pattern's own domain", { host: "example.org", port: { number: 80 } }, [entry("*.example.org")], false],
    [
        "a host of two patterns, by the narrowest",
        { host: "a.b.example.org", port: { number: 80 } },
        [
            {
                ...entry("*.example.org", { ports: [{ number: 81, name: "http", protocol: "HTTP" }] }),
                metadata: { name: "a", namespace: "shop" },
            },
            entry("*.b.example.org"),
        ],
        true,
    ],
    [
        "a Service exported to its own namespace and that of the pods",
        { host: DB },
        [service("shop/db", { annotations: { "networking.istio.io/exportTo": "., pods" } })],
        true,
    ],
    [
        "a Service exported to its own namespace",
        { host: DB },
        [service("shop/db", { annotations: { "networking.istio.io/exportTo": "." } })],
        false,
    ],
    ["a Service exported to none", { host: DB }, [service("shop/db", { annotations: { "networking.istio.io/exportTo": "~" } })], false],
    [
        "a host outside, exported to its own namespace",
        { host: "api.example.org", port: { number: 80 } },
        [entry("api.example.org", { exportTo: ["."] })],
        false,
    ],
    [
        "a host outside, exported to several",
        { host: "api.example.org", port: { number: 80 } },
        [entry("api.example.org", { exportTo: [".", "pods"] })],
        true,
    ],
    ["a subset of a rule in the host's namespace", { host: DB, subset: "v1" }, [service("shop/db"), rule("shop/db", "db")], true],
    ["a subset of a rule in the pods' namespace", { host: DB, subset: "v1" }, [service("shop/db"), rule("pods/db", DB)], true],
    ["a subset of a rule in the root namespace", { host: DB, subset: "v1" }, [service("shop/db"), rule("istio-system/db", DB)], true],
    ["a subset of a rule elsewhere", { host: DB, subset: "v1" }, [service("shop/db"), rule("team/db", DB)], false],
    [
        "a subset of a rule that is not exported",
        { host: DB, subset: "v1" },
        [service("shop/db"), rule("shop/db", DB, { exportTo: ["."] })],
        false,
    ],
    [
        "a subset of a rule that is exported to the pods",
        { host: DB, subset: "v1" },
        [service("shop/db"), rule("shop/db", DB, { exportTo: ["pods"] })],
        true,
    ],
    ["a subset that nobody defines", { host: DB, subset: "v2" }, [service("shop/db"), rule("shop/db", DB)], false],
    [
        "a subset of a rule of another group",
        { host: DB, subset: "v1" },
        [service("shop/db"), { ...rule("shop/db", DB), apiVersion: "rules.example.com/v1" }],
        false,
    ],
];

describe("a destination", () => {
    for (const [title, destination, others, expected] of TABLE)
        it(`leads ${expected ? "somewhere" : "nowhere"}, as all say: ${title}`, () => {
            const objects = [...base({ port: { number: 80 }, ...destination }), ...others];
            const answers = Object.fromEntries(Object.entries(leads).map(([who, ask]) => [who, ask(objects)]));
            assert.deepEqual(answers, Object.fromEntries(Object.keys(leads).map((who) => [who, expected])));
        });
});

const SECRET = object("v1", "Secret", "pods/tls", { type: "kubernetes.io/tls", data: { "tls.crt": "", "tls.key": "" } });
const CERTIFICATE = object("cert-manager.io/v1", "Certificate", "pods/tls", { spec: { secretName: "tls" } });

const finds: Readonly<Record<string, (objects: readonly KubeObject[], credentialName: string) => boolean>> = {
    "the proxy": (objects) => !compiled(objects).findings.some(({ code }) => code === "GH0420" || code === "GH0426"),
    "the policies": (objects) => !isJudged(objects, "gateway-secret-namespace"),
    "a note of what comes from elsewhere": (objects) => {
        const gateway = objects.find(({ kind }) => kind === "Gateway") as KubeObject;
        const missing = finding("GH0420", { object: refOf(gateway), field: "spec.servers[1].tls.credentialName" }, "missing");
        const promised = [...objects.filter((one) => one !== SECRET), CERTIFICATE];
        return new Elsewhere(promised, []).noted([missing])[0]?.code === "GH0510";
    },
};

describe("a credential", () => {
    for (const [credentialName, expected] of [
        ["tls", true],
        ["kubernetes://tls", true],
        ["kubernetes://pods/tls", true],
        ["kubernetes-gateway://pods/tls", true],
        ["pods/tls", true],
        ["kubernetes://shop/tls", false],
        ["shop/tls", false],
    ] as const)
        it(`is ${expected ? "" : "not "}found by all: ${credentialName}`, () => {
            const objects = [...base({ host: DB }, credentialName), service("shop/db"), SECRET];
            const answers = Object.fromEntries(Object.entries(finds).map(([who, ask]) => [who, ask(objects, credentialName)]));
            assert.deepEqual(answers, Object.fromEntries(Object.keys(finds).map((who) => [who, expected])));
        });
});
