/** One table of names, hosts, selectors and visibility, asked of all who answer such questions: they must agree. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { RunPlan } from "../../../cli/up/plan";
import { servedBy } from "../../../cli/up/served";
import { findWorkloads } from "../../../cli/up/workloads";
import { analyze, type KubeObject } from "../../../istio";
import { checkResources } from "../../../policy/library";
import { compile } from "../../../proxy/compiler";
import { resource, type PlainObject } from "../../policy/support/resources";

const LABELS = { istio: "edge", tier: "front" };

interface Row {
    readonly gateway?: string;
    readonly gatewayNamespace?: string;
    readonly serverHost?: string;
    readonly namespace?: string;
    readonly host?: string;
    readonly sni?: string;
    readonly exportTo?: readonly string[];
    readonly selector?: Readonly<Record<string, string>>;
    readonly matchGateways?: readonly string[];
    readonly protocol?: string;
    readonly mode?: string;
    /** Which list of rules the VirtualService has; that of the server where it is not said. */
    readonly rules?: "http" | "tls" | "tcp";
    /** What makes the gateway's pods. */
    readonly maker?: readonly [apiVersion: string, kind: string];
    /** Of the Gateway, where it is not Istio's. */
    readonly group?: string;
    /** Objects of other groups stand beside ours, under the same names. */
    readonly twins?: boolean;
}

/** A workload of any kind that makes pods. */
function workload([apiVersion, kind]: readonly [string, string]): object {
    const metadata = { labels: LABELS, annotations: { "gatehouse.dev/run": "proxy" } };
    const pods = { metadata, spec: { containers: [{ name: "proxy" }] } };
    const named = { apiVersion, kind, metadata: { name: "edge", namespace: "pods" } };
    switch (kind) {
        case "Pod":
            return { ...named, metadata: { ...named.metadata, ...metadata }, spec: pods.spec };
        case "CronJob":
            return { ...named, spec: { jobTemplate: { spec: { template: pods } } } };
        default:
            return { ...named, spec: { selector: { matchLabels: LABELS }, template: pods } };
    }
}

/** Of other groups, with the names of ours: whoever takes one for ours finds hosts, selectors and backends that are none. */
const TWINS: readonly object[] = [
    ["gateway.networking.k8s.io/v1", "Gateway", "shop", "edge"],
    ["gateway.networking.k8s.io/v1", "HTTPRoute", "shop", "db"],
    ["routes.example.com/v1", "VirtualService", "shop", "db"],
    ["serving.knative.dev/v1", "Service", "shop", "db"],
    ["serving.knative.dev/v1", "Service", "pods", "edge"],
].map(([apiVersion, kind, namespace, name]) => ({
    apiVersion,
    kind,
    metadata: { name, namespace },
    spec: {
        hosts: ["elsewhere.example.org"],
        gateways: ["nothing"],
        exportTo: ["~"],
        selector: { istio: "nothing" },
        servers: [],
        ports: [],
    },
}));

/** A gateway in namespace `pods`, and a VirtualService that leads every name of its host to a Service. */
function objectsOf(row: Row): KubeObject[] {
    const {
        gateway = "shop/edge",
        gatewayNamespace = "shop",
        serverHost = "a.example.com",
        namespace = "shop",
        host = "a.example.com",
        exportTo,
        selector = { istio: "edge" },
        matchGateways,
    } = row;
    const isTcp = row.protocol === "TCP";
    const { rules = isTcp ? "tcp" : "tls", maker = ["apps/v1", "Deployment"], group = "networking.istio.io" } = row;
    const match = { ...(rules !== "tls" ? {} : { sniHosts: [row.sni ?? host] }), ...(matchGateways ? { gateways: matchGateways } : {}) };
    const rule = {
        ...(Object.keys(match).length === 0 ? {} : { match: [match] }),
        route: [{ destination: { host: "db.shop.svc.cluster.local", port: { number: 5432 } } }],
    };
    return [
        ...(row.twins ? TWINS : []),
        workload(maker),
        {
            apiVersion: "v1",
            kind: "Service",
            metadata: { name: "edge", namespace: "pods" },
            spec: { selector: LABELS, ports: [{ name: "tls", port: 443 }] },
        },
        {
            apiVersion: "v1",
            kind: "Service",
            metadata: { name: "db", namespace: "shop" },
            spec: { selector: { app: "db" }, ports: [{ name: "tcp", port: 5432 }] },
        },
        {
            apiVersion: `${group}/v1`,
            kind: "Gateway",
            metadata: { name: "edge", namespace: gatewayNamespace },
            spec: {
                selector,
                servers: [
                    {
                        port: { number: 443, name: "main", protocol: row.protocol ?? "TLS" },
                        hosts: [serverHost],
                        ...(isTcp ? {} : { tls: { mode: row.mode ?? "PASSTHROUGH" } }),
                    },
                ],
            },
        },
        {
            apiVersion: "networking.istio.io/v1",
            kind: "VirtualService",
            metadata: { name: "db", namespace },
            spec: { hosts: [host], gateways: [gateway], ...(exportTo ? { exportTo } : {}), [rules]: [rule] },
        },
    ] as unknown as KubeObject[];
}

const isBound: Readonly<Record<string, (objects: readonly KubeObject[]) => boolean>> = {
    "the proxy": (objects) =>
        compile({
            objects: objects.map((object) => ({ object, placeOf: () => ({ file: "all.yaml", line: 1 }) }) as never),
            labels: LABELS,
            namespace: "pods",
            now: 0,
        }).tables.chains.size > 0,
    "the analysis": (objects) => {
        const codes = analyze(
            objects.map((object) => ({ object })),
            { now: 0 },
        ).map(({ code, field }) => `${code} ${field}`);
        // Istio says of every name with dots that it is no Gateway's: it is believed where there is none of its own.
        const isMissing = codes.some((code) => code.startsWith("GH0113")) && codes.includes("IST0101 spec.gateways[0]");
        return !isMissing && !codes.includes("GH0414 spec.servers[0]") && !codes.includes("IST0101 spec.selector");
    },
    "the policies": (objects) =>
        checkResources(
            objects.map((object) => resource(object as unknown as PlainObject)),
            {
                complete: true,
                config: { all: "disabled", "virtual-service-bound": "mandatory", "gateway-selector-unmatched": "mandatory" },
            },
        ).length === 0,
    "a local run": (objects) => {
        const [workload] = findWorkloads(objects, []).gateways;
        assert.ok(workload);
        const plan: RunPlan = {
            gateways: [{ workload, files: [] }],
            outbounds: [],
            samples: [],
            notRun: [],
            objects,
            sound: objects,
            portOf: (_, port) => port,
            ca: "",
            findings: [],
        };
        return [...servedBy(plan, { ignoreSecurityPolicies: false }).values()].flat().some(({ trials }) => trials.length > 0);
    },
};

const TABLE: readonly (readonly [title: string, row: Row, bound: boolean])[] = [
    ["a full name", { gateway: "shop/edge" }, true],
    ["a name alone, in its namespace", { gateway: "edge" }, true],
    ["a name alone, in another namespace", { gateway: "edge", namespace: "team" }, false],
    ["a dot for the own namespace", { gateway: "./edge" }, true],
    ["a dot for another namespace", { gateway: "./edge", namespace: "team" }, false],
    ["a name and namespace with a dot", { gateway: "edge.shop", namespace: "team" }, true],
    ["a name and namespace with `svc`", { gateway: "edge.shop.svc", namespace: "team" }, true],
    ["the name of early Istio", { gateway: "edge.shop.svc.cluster.local", namespace: "team" }, true],
    ["a name with a domain of any kind behind it", { gateway: "edge.shop.example.com", namespace: "team" }, true],
    ["a name with another namespace behind a dot", { gateway: "edge.team.svc.cluster.local", namespace: "shop" }, false],
    ["a namespace and a name with dots", { gateway: "shop/edge.shop" }, false],
    ["another namespace", { gateway: "team/edge" }, false],
    ["the same host", { host: "a.example.com", serverHost: "a.example.com" }, true],
    ["a host in other case", { host: "A.example.com", serverHost: "a.Example.com" }, true],
    ["a host below a wildcard", { host: "x.y.example.com", serverHost: "*.example.com" }, true],
    ["the wildcard's own domain", { host: "example.com", serverHost: "*.example.com" }, false],
    ["a wildcard over the server's host", { host: "*.com", sni: "a.example.com", serverHost: "a.example.com" }, true],
    ["every host", { host: "a.example.com", serverHost: "*" }, true],
    ["a short name", { host: "web", sni: "web.shop.svc.cluster.local", serverHost: "web.shop.svc.cluster.local" }, true],
    [
        "a short name of another namespace",
        {
            host: "web",
            sni: "web.shop.svc.cluster.local",
            serverHost: "web.shop.svc.cluster.local",
            namespace: "team",
            gateway: "shop/edge",
        },
        false,
    ],
    ["a host of another suffix", { host: "a.example.com", serverHost: "b.example.com" }, false],
    ["a server for its own namespace", { serverHost: "./a.example.com" }, true],
    ["a server for its own namespace, from another", { serverHost: "./a.example.com", namespace: "team" }, false],
    ["a server for a namespace", { serverHost: "team/a.example.com", namespace: "team" }, true],
    ["a server for another namespace", { serverHost: "team/a.example.com" }, false],
    ["a server for every namespace", { serverHost: "*/a.example.com", namespace: "team" }, true],
    ["an export to all", { exportTo: ["*"] }, true],
    ["an export to the pods' namespace", { exportTo: ["pods"] }, true],
    ["an export to the own namespace", { exportTo: ["."] }, false],
    ["an export to the own namespace, where the pods are", { exportTo: ["."], namespace: "pods" }, true],
    ["an export to the Gateway's namespace", { exportTo: ["shop"] }, false],
    ["an empty export", { exportTo: [] }, true],
    ["a selector of several labels", { selector: LABELS }, true],
    ["a selector with a label that the pods lack", { selector: { ...LABELS, zone: "a" } }, false],
    ["a selector with another value", { selector: { istio: "inner" } }, false],
    ["a rule for this Gateway", { matchGateways: ["edge.shop.example.com"] }, true],
    ["connections without a name", { protocol: "TCP" }, true],
    ["connections without a name, of a host that the server does not have", { protocol: "TCP", host: "b.example.com" }, false],
    ["connections without a name, of every host", { protocol: "TCP", host: "*", serverHost: "*" }, true],
    ["a pattern below a wider one", { host: "*.shop.example.com", serverHost: "*.example.com" }, true],
    ["a pattern over a narrower one", { host: "*.example.com", serverHost: "*.shop.example.com" }, true],
    ["a pattern beside another", { host: "*.a.example.com", serverHost: "*.b.example.com" }, false],
    ["an export to none", { exportTo: ["~"] }, false],
    ["an export to several", { exportTo: [".", "pods"] }, true],
    ["no selector", { selector: {} }, true],
    ["rules of HTTP behind TLS that passes", { rules: "http" }, false],
    ["rules of bytes behind TLS that passes", { rules: "tcp" }, false],
    ["rules of TLS on a server of bytes", { protocol: "TCP", rules: "tls" }, false],
    ...(
        [
            ["v1", "Pod"],
            ["apps/v1", "StatefulSet"],
            ["apps/v1", "DaemonSet"],
            ["apps/v1", "ReplicaSet"],
            ["batch/v1", "Job"],
            ["batch/v1", "CronJob"],
        ] as const
    ).map((maker): readonly [string, Row, boolean] => [`pods of a ${maker[1]}`, { maker }, true]),
    ["namesakes of other groups beside all of it", { twins: true }, true],
    ["namesakes of other groups beside connections without a name", { twins: true, protocol: "TCP" }, true],
    ["a Gateway of another group in the place of ours", { group: "gateway.networking.k8s.io" }, false],
    ["HTTPS that passes", { protocol: "HTTPS" }, true],
];

describe("names, hosts, selectors and visibility", () => {
    for (const [title, row, expected] of TABLE) {
        it(`are read alike by all: ${title}`, () => {
            const objects = objectsOf(row);
            const answers = Object.fromEntries(Object.entries(isBound).map(([who, ask]) => [who, ask(objects)]));
            assert.deepEqual(answers, Object.fromEntries(Object.keys(isBound).map((who) => [who, expected])));
        });
    }
});

describe("a delegate", () => {
    const objects = (delegate: {
        readonly namespace?: string;
        readonly exportTo?: readonly string[];
        readonly hosts?: readonly string[];
    }): KubeObject[] =>
        [
            ...objectsOf({ protocol: "HTTP" }).slice(0, 3),
            {
                apiVersion: "networking.istio.io/v1",
                kind: "Gateway",
                metadata: { name: "edge", namespace: "shop" },
                spec: { selector: LABELS, servers: [{ port: { number: 443, name: "main", protocol: "HTTP" }, hosts: ["*"] }] },
            },
            {
                apiVersion: "networking.istio.io/v1",
                kind: "VirtualService",
                metadata: { name: "root", namespace: "shop" },
                spec: {
                    hosts: ["a.example.com"],
                    gateways: ["edge"],
                    http: [{ delegate: { name: "part", namespace: delegate.namespace ?? "shop" } }],
                },
            },
            {
                apiVersion: "networking.istio.io/v1",
                kind: "VirtualService",
                metadata: { name: "part", namespace: delegate.namespace ?? "shop" },
                spec: {
                    ...(delegate.hosts ? { hosts: delegate.hosts } : {}),
                    ...(delegate.exportTo ? { exportTo: delegate.exportTo } : {}),
                    http: [{ directResponse: { status: 200 } }],
                },
            },
        ] as unknown as KubeObject[];
    const said = (all: readonly KubeObject[]): Record<string, boolean> => {
        const hasCode = (findings: readonly { readonly code: string }[]): boolean => findings.some(({ code }) => code === "GH0434");
        return {
            proxy: hasCode(
                compile({
                    objects: all.map((object) => ({ object, placeOf: () => ({ file: "all.yaml", line: 1 }) }) as never),
                    labels: LABELS,
                    namespace: "pods",
                    now: 0,
                }).findings,
            ),
            analysis: hasCode(
                analyze(
                    all.map((object) => ({ object })),
                    { now: 0 },
                ),
            ),
            policies:
                checkResources(
                    all.map((object) => resource(object as unknown as PlainObject)),
                    { complete: true, config: { all: "disabled", "virtual-service-bound": "mandatory" } },
                ).length > 0,
        };
    };

    for (const [title, delegate, fault] of [
        ["in its root's namespace", {}, false],
        ["of another namespace, exported to all", { namespace: "team" }, false],
        ["of another namespace, exported to the root's", { namespace: "team", exportTo: ["shop"] }, false],
        ["of another namespace, exported to its own", { namespace: "team", exportTo: ["."] }, true],
        ["exported to its own namespace, which is the root's", { exportTo: ["."] }, false],
        ["exported to the pods' namespace only", { exportTo: ["pods"] }, true],
        ["with hosts of its own", { hosts: ["b.example.com"] }, true],
    ] as const) {
        it(`${fault ? "is refused" : "is taken"} by all ${title}`, () =>
            assert.deepEqual(said(objects(delegate)), { proxy: fault, analysis: fault, policies: fault }));
    }
});
