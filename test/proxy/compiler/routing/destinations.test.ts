/** Where routes lead: hosts, ports, subsets, policies and addresses. */
import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import type { CompileInput } from "../../../../proxy/compiler";
import type { ClusterEntry, EndpointsEntry } from "../../../../proxy/tables";
import { makeAuthority, type TestCertificate } from "../../../support/certificates";
import { codesOf, compileYaml, entries, gateway, messagesOf, service, virtualService } from "../support";

const WEB = gateway("web", '- { port: { number: 8000, name: http, protocol: HTTP }, hosts: ["*"] }');
const to = (destination: string, namespace = "istio-system"): string =>
    WEB +
    virtualService("v", `{ hosts: [a.example.com], gateways: [istio-system/web], http: [{ route: [{ destination: ${destination} }] }] }`, {
        namespace,
    });
const rule = (name: string, spec: string, namespace = "istio-system"): string =>
    `\n---\napiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: { name: ${name}, namespace: ${namespace} }\nspec: ${spec}\n`;
const entry = (name: string, spec: string, namespace = "istio-system"): string =>
    `\n---\napiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: { name: ${name}, namespace: ${namespace} }\nspec: ${spec}\n`;
const EXTERNAL = "ports: [{ number: 80, name: http, protocol: HTTP }]";

function used(
    yaml: string,
    options: Partial<CompileInput> = {},
): {
    readonly key: string | undefined;
    readonly cluster: ClusterEntry | undefined;
    readonly endpoints: EndpointsEntry["endpoints"] | undefined;
    readonly codes: string[];
} {
    const compilation = compileYaml(yaml, options);
    const action = entries(compilation.tables, "virtualHosts")[0]?.routes[0]?.action;
    const key = action?.kind === "forward" ? action.clusters[0]?.cluster : undefined;
    return {
        key,
        cluster: compilation.tables.clusters.get(key ?? ""),
        endpoints: compilation.tables.endpoints.get(key ?? "")?.endpoints,
        codes: codesOf(compilation),
    };
}

describe("destinations", () => {
    it("resolves a short name in the VirtualService's namespace", () => {
        assert.equal(
            used(to("{ host: App }", "team") + service("app", 80, { namespace: "team" })).key,
            "outbound|80||app.team.svc.cluster.local",
        );
    });

    it("has no cluster for a host that nobody defines, names what it looked for, and what there is", () => {
        const { key, cluster } = used(to("{ host: app, port: { number: 80 } }", "team") + service("app", 80, { namespace: "prod" }));
        assert.deepEqual([key, cluster], ["outbound|80||app.team.svc.cluster.local", undefined]);
        assert.match(
            messagesOf(compileYaml(to("{ host: app }", "team") + service("app", 80, { namespace: "prod" }))),
            /Warning GH0436 VirtualService team\/v spec\.http\[0\]\.route\[0\]\.destination\.host: No Service or ServiceEntry has the host app\.team\.svc\.cluster\.local; requests get 503.*app\.prod\.svc\.cluster\.local/,
        );
    });

    it("takes the only port, asks for one among several, and falls back to the listener's", () => {
        assert.equal(
            used(to("{ host: app }") + service("app", 9000, { namespace: "istio-system" })).key,
            "outbound|9000||app.istio-system.svc.cluster.local",
        );
        const several = service("app", 80, { namespace: "istio-system" }).replace(
            "targetPort: 8080 }]",
            "targetPort: 8080 }, { name: http-2, port: 81 }]",
        );
        assert.deepEqual(used(to("{ host: app }") + several), {
            key: "outbound|8000||app.istio-system.svc.cluster.local",
            cluster: undefined,
            endpoints: undefined,
            codes: ["GH0437 VirtualService istio-system/v spec.http[0].route[0].destination"],
        });
        assert.equal(used(to("{ host: nobody.example.com }")).key, "outbound|8000||nobody.example.com");
    });

    it("names a port that the Service does not have", () => {
        const { cluster, codes } = used(to("{ host: app, port: { number: 8080 } }") + service("app", 80, { namespace: "istio-system" }));
        assert.equal(cluster, undefined);
        assert.deepEqual(codes, ["GH0438 VirtualService istio-system/v spec.http[0].route[0].destination.port.number"]);
    });

    it("makes clusters of what is routed to and of nothing else", () => {
        const { tables } = compileYaml(
            to("{ host: app }") + service("app", 80, { namespace: "istio-system" }) + service("idle", 80, { namespace: "istio-system" }),
        );
        assert.deepEqual([...tables.clusters.keys()], ["outbound|80||app.istio-system.svc.cluster.local"]);
    });
});

describe("endpoints of Services", () => {
    const slice = (name: string, ports: string, endpoints: string): string => `
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: ${name}, namespace: istio-system, labels: { kubernetes.io/service-name: app } }
addressType: IPv4
ports: ${ports}
endpoints: ${endpoints}
`;
    const SERVICE =
        "\n---\napiVersion: v1\nkind: Service\nmetadata: { name: app, namespace: istio-system }\nspec: { ports: [{ name: http, port: 80, targetPort: web }] }\n";

    it("are the ready ones of all slices, sorted, each once, on the slice's port", () => {
        const { endpoints } = used(
            to("{ host: app }") +
                SERVICE +
                slice(
                    "b",
                    "[{ name: other, port: 1 }, { name: http, port: 9090 }]",
                    "[{ addresses: [10.0.0.3] }, { addresses: [10.0.0.2], conditions: { ready: false } }]",
                ) +
                slice(
                    "a",
                    "[{ name: http, port: 8080 }]",
                    "[{ addresses: [10.0.0.4, 10.0.0.5], conditions: { ready: true } }, { addresses: [10.0.0.4] }]",
                ),
        );
        assert.deepEqual(endpoints, [
            { address: "10.0.0.3", port: 9090, weight: 1 },
            { address: "10.0.0.4", port: 8080, weight: 1 },
            { address: "10.0.0.5", port: 8080, weight: 1 },
        ]);
    });

    it("are none without a slice, which is said", () => {
        const { cluster, endpoints, codes } = used(to("{ host: app }") + SERVICE);
        assert.deepEqual([cluster?.discovery, endpoints, codes], ["static", [], ["GH0454 Service istio-system/app"]]);
    });

    it("are a name to resolve for ExternalName", () => {
        const { cluster, endpoints } = used(
            to("{ host: app }") +
                "\n---\napiVersion: v1\nkind: Service\nmetadata: { name: app, namespace: istio-system }\nspec: { type: ExternalName, externalName: db.example.com, ports: [{ port: 80 }] }\n",
        );
        assert.deepEqual([cluster?.discovery, endpoints], ["dns", [{ address: "db.example.com", port: 80, weight: 1 }]]);
    });

    it("of a subset are those whose pods have its labels", () => {
        const subsets = rule("r", "{ host: app, subsets: [{ name: v1, labels: { version: v1 } }, { name: all }] }");
        const pod = (name: string, version: string): string =>
            `\n---\napiVersion: v1\nkind: Pod\nmetadata: { name: ${name}, namespace: istio-system, labels: { version: ${version} } }\n`;
        const slices = slice(
            "a",
            "[{ name: http, port: 80 }]",
            "[{ addresses: [10.0.0.1], targetRef: { kind: Pod, name: p1 } }, { addresses: [10.0.0.2], targetRef: { kind: Pod, name: p2 } }]",
        );
        const chosen = used(to("{ host: app, subset: v1 }") + SERVICE + subsets + slices + pod("p1", "v1") + pod("p2", "v2"));
        assert.equal(chosen.key, "outbound|80|v1|app.istio-system.svc.cluster.local");
        assert.deepEqual([chosen.endpoints?.map(({ address }) => address), chosen.codes], [["10.0.0.1"], []]);
        const unknown = used(to("{ host: app, subset: v1 }") + SERVICE + subsets + slices);
        assert.deepEqual([unknown.endpoints, unknown.codes], [[], ["GH0440 EndpointSlice istio-system/a"]]);
        assert.equal(used(to("{ host: app, subset: all }") + SERVICE + subsets + slices).endpoints?.length, 2);
        const undefinedSubset = used(to("{ host: app, subset: v9 }") + SERVICE + subsets + slices);
        assert.deepEqual(
            [undefinedSubset.cluster, undefinedSubset.codes],
            [undefined, ["GH0439 VirtualService istio-system/v spec.http[0].route[0].destination.subset"]],
        );
    });
});

describe("ServiceEntries", () => {
    it("STATIC: addresses with their own ports and weights", () => {
        const { cluster, endpoints } = used(
            to("{ host: ext.example.com }") +
                entry(
                    "e",
                    "{ hosts: [Ext.example.com], ports: [{ number: 80, name: http, protocol: HTTP, targetPort: 8080 }], resolution: STATIC, endpoints: [{ address: 10.1.0.2, weight: 5 }, { address: 10.1.0.1, ports: { http: 9000 } }] }",
                ),
        );
        assert.equal(cluster?.discovery, "static");
        assert.deepEqual(endpoints, [
            { address: "10.1.0.1", port: 9000, weight: 1, workload: "e-1;istio-system;e-1;;;" },
            { address: "10.1.0.2", port: 8080, weight: 5, workload: "e-0;istio-system;e-0;;;" },
        ]);
    });

    it("DNS: the host itself, or the names given", () => {
        const own = used(to("{ host: ext.example.com }") + entry("e", `{ hosts: [ext.example.com], ${EXTERNAL}, resolution: DNS }`));
        assert.deepEqual(
            [own.cluster?.discovery, own.endpoints],
            ["dns", [{ address: "ext.example.com", port: 80, weight: 1, workload: "e;istio-system;e;;;" }]],
        );
        const given = used(
            to("{ host: ext.example.com }") +
                entry(
                    "e",
                    `{ hosts: [ext.example.com], ${EXTERNAL}, resolution: DNS_ROUND_ROBIN, endpoints: [{ address: real.example.com }] }`,
                ),
        );
        assert.deepEqual(
            [given.cluster?.discovery, given.endpoints],
            ["logicalDns", [{ address: "real.example.com", port: 80, weight: 1, workload: "e-0;istio-system;e-0;;;" }]],
        );
        assert.equal(
            used(
                to("{ host: ext.example.com }") +
                    entry("e", `{ hosts: [ext.example.com], ${EXTERNAL}, resolution: DNS, endpoints: [{ address: 10.0.0.9 }] }`),
            ).cluster?.discovery,
            "static",
        );
    });

    it("NONE: at a gateway the name is all there is, and it is looked up", () => {
        const { endpoints, codes } = used(to("{ host: ext.example.com }") + entry("e", `{ hosts: [ext.example.com], ${EXTERNAL} }`));
        assert.deepEqual([endpoints, codes], [[{ address: "ext.example.com", port: 80, weight: 1 }], []]);
    });

    it("serve the names below a wildcard host, unless one is defined itself", () => {
        const wild = entry("wild", `{ hosts: ["*.example.com"], ${EXTERNAL}, resolution: STATIC, endpoints: [{ address: 10.0.0.1 }] }`);
        assert.deepEqual(used(to("{ host: x.example.com }") + wild).endpoints, [
            { address: "10.0.0.1", port: 80, weight: 1, workload: "wild-0;istio-system;wild-0;;;" },
        ]);
        assert.deepEqual(
            used(
                to("{ host: x.example.com }") +
                    wild +
                    entry("x", `{ hosts: [x.example.com], ${EXTERNAL}, resolution: STATIC, endpoints: [{ address: 10.0.0.2 }] }`),
            ).endpoints,
            [{ address: "10.0.0.2", port: 80, weight: 1, workload: "x-0;istio-system;x-0;;;" }],
        );
    });

    it("that are not exported to the gateway are not there", () => {
        assert.equal(
            used(
                to("{ host: ext.example.com }") +
                    entry("e", `{ hosts: [ext.example.com], ${EXTERNAL}, resolution: DNS, exportTo: ["."] }`, "team"),
            ).cluster,
            undefined,
        );
    });

    it("of one host and namespace are one where they say the same", () => {
        const two = used(
            to("{ host: ext.example.com }") +
                entry("b", `{ hosts: [ext.example.com], ${EXTERNAL}, resolution: STATIC, endpoints: [{ address: 10.0.0.2 }] }`) +
                entry("a", `{ hosts: [ext.example.com], ${EXTERNAL}, resolution: STATIC, endpoints: [{ address: 10.0.0.1 }] }`),
        );
        assert.deepEqual([two.endpoints?.map(({ address }) => address), two.codes], [["10.0.0.1", "10.0.0.2"], []]);
    });

    it("leave out endpoints that can't be connected to", () => {
        const { endpoints, codes } = used(
            to("{ host: ext.example.com }") +
                entry(
                    "e",
                    `{ hosts: [ext.example.com], ${EXTERNAL}, resolution: STATIC, endpoints: [{ address: "unix:///x" }, { address: 10.0.0.1 }] }`,
                ),
        );
        assert.deepEqual([endpoints?.length, codes], [1, ["GH0455 ServiceEntry istio-system/e spec.endpoints[0].address"]]);
    });
});

describe("DestinationRules", () => {
    const HOST = to("{ host: app }", "team") + service("app", 80, { namespace: "team" });
    const timeout = (ms: number): string => `trafficPolicy: { connectionPool: { tcp: { connectTimeout: ${ms}ms } } }`;
    const FQDN = "app.team.svc.cluster.local";

    it("of the proxy's namespace come before the service's, and those before the root's", () => {
        const rules =
            rule("r", `{ host: "*.local", ${timeout(3)} }`, "istio-system") +
            rule("s", `{ host: app, ${timeout(2)} }`, "team") +
            rule("c", `{ host: ${FQDN}, ${timeout(1)} }`, "edge");
        const inEdge = { namespace: "edge" };
        assert.equal(used(HOST + rules, inEdge).cluster?.connectTimeoutMs, 1);
        assert.equal(used(HOST + rules, { namespace: "nowhere" }).cluster?.connectTimeoutMs, 2);
        assert.equal(used(HOST + rule("r", `{ host: "*.local", ${timeout(3)} }`), inEdge).cluster?.connectTimeoutMs, 3);
        // A gateway in the root namespace does not overrule the service's own.
        assert.equal(used(HOST + rules).cluster?.connectTimeoutMs, 2);
    });

    it("hold by the most specific host, and not where they are not exported", () => {
        assert.equal(
            used(
                HOST +
                    rule("a", `{ host: "*.local", ${timeout(1)} }`, "team") +
                    rule("b", `{ host: "*.team.svc.cluster.local", ${timeout(2)} }`, "team"),
            ).cluster?.connectTimeoutMs,
            2,
        );
        assert.equal(used(HOST + rule("a", `{ host: app, ${timeout(1)}, exportTo: ["."] }`, "team")).cluster?.connectTimeoutMs, 10_000);
    });

    it("for one host are merged: the first policy, the subsets of all", () => {
        const { cluster } = used(
            to("{ host: app, subset: two }", "team") +
                service("app", 80, { namespace: "team" }) +
                rule("a", `{ host: app, ${timeout(1)}, subsets: [{ name: one }] }`, "team") +
                rule("b", `{ host: app, ${timeout(2)}, subsets: [{ name: two }] }`, "team"),
        );
        assert.equal(cluster?.connectTimeoutMs, 1);
    });

    // Asked of istiod 1.31, object by object: which rule a gateway's cluster for the host was made by.
    const FIRST = "2026-01-01T00:00:00Z";
    const THEN = "2026-02-02T00:00:00Z";
    const LAST = "2026-03-03T00:00:00Z";
    const OURS = "workloadSelector: { matchLabels: { istio: ingressgateway } }";
    const OTHERS = "workloadSelector: { matchLabels: { istio: nobody } }";
    const subset = (name: string): string => `subsets: [{ name: ${name} }]`;
    const exported = (...to: string[]): string => `exportTo: [${to.map((one) => `"${one}"`).join(", ")}]`;
    interface Ruled {
        readonly what: string;
        /** Namespace, time, and all but the host; `policy` sets the number that tells the rules apart. */
        readonly rules: readonly (readonly [namespace: string, created: string, policy: number | undefined, ...more: string[]])[];
        /** The number of the rule in force; of nothing 10,000. */
        readonly holds: number;
        /** Subsets that there are. */
        readonly subsets?: readonly string[];
        /** Where it is not the root namespace's. */
        readonly gateway?: string;
    }
    const RULED: readonly Ruled[] = [
        {
            what: "a root namespace's own rule comes before the service's",
            rules: [
                ["istio-system", FIRST, 3, exported(".")],
                ["team", FIRST, 4],
            ],
            holds: 3,
        },
        {
            what: "so does one exported to it by name",
            rules: [
                ["istio-system", FIRST, 3, exported("istio-system")],
                ["team", FIRST, 4],
            ],
            holds: 3,
        },
        {
            what: "and one for its own workloads",
            rules: [
                ["istio-system", FIRST, 1, OURS],
                ["team", FIRST, 2],
            ],
            holds: 1,
        },
        {
            what: "another rule of the root namespace does not",
            rules: [
                ["istio-system", FIRST, 1],
                ["team", FIRST, 2],
            ],
            holds: 2,
        },
        {
            what: "a rule for other workloads hides none",
            rules: [
                ["istio-system", FIRST, 1, OTHERS],
                ["istio-system", THEN, 2, subset("b")],
            ],
            holds: 2,
            subsets: ["b"],
        },
        {
            what: "a rule for workloads is none elsewhere",
            rules: [
                ["team", FIRST, 1, OURS],
                ["team", THEN, 2],
            ],
            holds: 2,
        },
        {
            what: "a rule with a selector comes before one without",
            rules: [
                ["edge", FIRST, 1],
                ["edge", THEN, 2, OURS, subset("x")],
            ],
            holds: 2,
            subsets: ["x"],
            gateway: "edge",
        },
        {
            what: "and is not joined with it",
            rules: [
                ["edge", FIRST, 1, OURS, subset("a")],
                ["edge", THEN, 2, subset("b")],
            ],
            holds: 1,
            subsets: ["a"],
            gateway: "edge",
        },
        {
            what: "two with the same selector are joined",
            rules: [
                ["istio-system", FIRST, 1, OURS, subset("a")],
                ["istio-system", THEN, 2, OURS, subset("b")],
            ],
            holds: 1,
            subsets: ["a", "b"],
        },
        {
            what: "also around one without",
            rules: [
                ["istio-system", FIRST, undefined, OURS, subset("a")],
                ["istio-system", THEN, 2, subset("b")],
                ["istio-system", LAST, 3, OURS, subset("c")],
            ],
            holds: 3,
            subsets: ["a", "c"],
        },
        {
            what: "two that are exported alike are joined",
            rules: [
                ["team", FIRST, 1, exported("istio-system", "other")],
                ["team", THEN, 2, exported("other", "istio-system"), subset("b")],
            ],
            holds: 1,
            subsets: ["b"],
        },
        {
            what: "of two that are exported otherwise the younger counts",
            rules: [
                ["team", FIRST, 1],
                ["team", THEN, 2, exported("istio-system"), subset("b")],
            ],
            holds: 2,
            subsets: ["b"],
        },
        {
            what: "whichever is exported wider",
            rules: [
                ["team", FIRST, 1, exported("istio-system")],
                ["team", THEN, 2, subset("b")],
            ],
            holds: 2,
            subsets: ["b"],
        },
        {
            what: "`*` and nothing are not alike",
            rules: [
                ["team", FIRST, 1, exported("*")],
                ["team", THEN, 2, subset("b")],
            ],
            holds: 2,
            subsets: ["b"],
        },
        {
            what: "of three the last that differs stands alone",
            rules: [
                ["team", FIRST, 1],
                ["team", THEN, 2, exported("istio-system")],
                ["team", LAST, 3, subset("c")],
            ],
            holds: 3,
            subsets: ["c"],
        },
        {
            what: "a rule that is exported elsewhere is not there",
            rules: [
                ["team", FIRST, 1, exported("other")],
                ["team", THEN, 2, exported("istio-system"), subset("b")],
            ],
            holds: 2,
            subsets: ["b"],
        },
        {
            what: "nor is one that is exported to nobody",
            rules: [
                ["team", FIRST, 1, exported("~")],
                ["team", THEN, 2],
            ],
            holds: 2,
        },
        {
            what: "the oldest policy holds, whoever brings it",
            rules: [
                ["team", FIRST, undefined, subset("s")],
                ["team", THEN, 5, subset("s")],
                ["team", LAST, 6, subset("t")],
            ],
            holds: 5,
            subsets: ["s", "t"],
        },
        {
            what: "a gateway's own rule must be exported to it as well",
            rules: [
                ["edge", FIRST, 1, exported("other")],
                ["team", FIRST, 2],
            ],
            holds: 2,
            gateway: "edge",
        },
        {
            what: "its own comes first, the service's then",
            rules: [
                ["edge", FIRST, 1],
                ["team", FIRST, 2],
            ],
            holds: 1,
            gateway: "edge",
        },
        {
            what: "the root namespace's private rules are not others'",
            rules: [["istio-system", FIRST, 1, exported(".")]],
            holds: 10_000,
            gateway: "edge",
        },
        { what: "nor those for workloads", rules: [["istio-system", FIRST, 1, OURS]], holds: 10_000, gateway: "edge" },
    ];

    for (const { what, rules, holds, subsets = [], gateway: namespace = "istio-system" } of RULED) {
        it(`are chosen as istiod does: ${what}`, () => {
            const made = rules.map(([owner, created, policy, ...more], at) =>
                rule(
                    `r${at}`,
                    `{ ${[`host: ${FQDN}`, ...(policy === undefined ? [] : [timeout(policy)]), ...more].join(", ")} }`,
                    owner,
                ).replace(`name: r${at}`, `name: r${at}, creationTimestamp: "${created}"`),
            );
            const found = (yaml: string): ReturnType<typeof used> => used(yaml + made.join(""), { namespace });
            assert.equal(found(HOST).cluster?.connectTimeoutMs, holds);
            const names = ["a", "b", "c", "s", "t", "x"].filter(
                (name) =>
                    found(to(`{ host: app, subset: ${name} }`, "team") + service("app", 80, { namespace: "team" })).cluster !== undefined,
            );
            assert.deepEqual(names, subsets);
        });
    }

    it("that do not hold are told with the reason, and of those that hold together what has no effect", () => {
        const { cluster, codes } = used(
            HOST +
                rule("a", `{ host: app, ${timeout(1)}, subsets: [{ name: one }] }`, "team") +
                rule("b", `{ host: app, ${timeout(2)}, subsets: [{ name: one }] }`, "team") +
                rule("wide", `{ host: "*.local", ${timeout(3)} }`, "team") +
                rule("hidden", `{ host: app, ${timeout(4)}, exportTo: ["."] }`, "team") +
                rule("away", `{ host: ${FQDN}, ${timeout(5)} }`, "other") +
                rule("root", `{ host: "*", ${timeout(6)} }`) +
                rule("others", `{ host: "*", ${timeout(7)}, ${OTHERS} }`),
        );
        assert.deepEqual(cluster?.rules, {
            applied: ["DestinationRule team/a", "DestinationRule team/b"],
            lost: [
                { rule: "DestinationRule other/away", why: "stands in namespace other; rules are looked for in team, istio-system" },
                { rule: "DestinationRule team/hidden", why: "is not exported to namespace istio-system" },
                { rule: "DestinationRule istio-system/others", why: "is for other workloads, by its workloadSelector" },
                { rule: "DestinationRule istio-system/root", why: "comes after those of namespace team" },
                {
                    rule: "DestinationRule team/wide",
                    why: `is for *.local, and DestinationRule team/a for ${FQDN}, which is more specific`,
                },
            ],
        });
        assert.deepEqual(codes, ["GH0442 DestinationRule team/b spec.subsets[0]", "GH0442 DestinationRule team/b spec.trafficPolicy"]);
    });

    it("replace everything by the settings of the port, and override field by field in the subset", () => {
        const policy =
            "trafficPolicy: { loadBalancer: { simple: RANDOM }, connectionPool: { tcp: { maxConnections: 7, idleTimeout: 1s }, http: { http1MaxPendingRequests: 3, maxRequestsPerConnection: 9, idleTimeout: 2s } }";
        const base = used(HOST + rule("r", `{ host: app, ${policy} } }`, "team")).cluster;
        assert.deepEqual(
            [base?.lb, base?.maxConnections, base?.maxPendingRequests, base?.maxRequestsPerConnection, base?.idleTimeoutMs],
            ["RANDOM", 7, 3, 9, 2000],
        );
        const port = used(
            HOST +
                rule(
                    "r",
                    `{ host: app, ${policy}, portLevelSettings: [{ port: { number: 80 }, loadBalancer: { simple: ROUND_ROBIN } }] } }`,
                    "team",
                ),
        ).cluster;
        assert.deepEqual([port?.lb, port?.maxConnections], ["ROUND_ROBIN", 4_294_967_295]);
        const subset = used(
            to("{ host: app, subset: s }", "team") +
                service("app", 80, { namespace: "team" }) +
                rule(
                    "r",
                    `{ host: app, ${policy} }, subsets: [{ name: s, trafficPolicy: { loadBalancer: { simple: LEAST_REQUEST } } }] }`,
                    "team",
                ),
        ).cluster;
        assert.deepEqual([subset?.lb, subset?.maxConnections], ["LEAST_REQUEST", 7]);
    });

    it("that ask for ISTIO_MUTUAL are refused with the two ways out", () => {
        const compilation = compileYaml(HOST + rule("r", "{ host: app, trafficPolicy: { tls: { mode: ISTIO_MUTUAL } } }", "team"));
        assert.equal(compilation.tables.clusters.size, 0);
        assert.match(
            messagesOf(compilation),
            /Error GH0452 DestinationRule team\/r spec\.trafficPolicy\.tls\.mode: .*the bundled proxy is outside the mesh.*port-level PERMISSIVE.*dataPlane: "istio"/,
        );
    });

    describe("that originate TLS", () => {
        let client: TestCertificate;
        before(async () => {
            client = await (await makeAuthority()).issue({ dns: ["client"] });
        });
        const secret = (data: string): string =>
            `\n---\napiVersion: v1\nkind: Secret\nmetadata: { name: up, namespace: istio-system }\nstringData: ${data}\n`;

        it("verify with a CA from a Secret of the proxy's namespace, or the system's", () => {
            const ca = used(
                HOST +
                    rule("r", "{ host: app, trafficPolicy: { tls: { mode: SIMPLE, credentialName: up, sni: x.example.com } } }", "team") +
                    secret(`{ cacert: ${JSON.stringify(client.cert)} }`),
            );
            assert.deepEqual(ca.cluster?.tls, {
                mode: "SIMPLE",
                caSecret: "kubernetes://istio-system/up",
                sni: "x.example.com",
                subjectAltNames: [],
                insecureSkipVerify: false,
            });
            assert.deepEqual(ca.codes, []);
            assert.deepEqual(
                used(HOST + rule("r", "{ host: app, trafficPolicy: { tls: { mode: SIMPLE, subjectAltNames: [a] } } }", "team")).cluster
                    ?.tls,
                { mode: "SIMPLE", sni: "", subjectAltNames: ["a"], insecureSkipVerify: false },
            );
        });

        it("show a client certificate from a Secret or from files", () => {
            const both = `{ tls.crt: ${JSON.stringify(client.cert)}, tls.key: ${JSON.stringify(client.key)}, ca.crt: ${JSON.stringify(client.cert)} }`;
            assert.deepEqual(
                used(HOST + rule("r", "{ host: app, trafficPolicy: { tls: { mode: MUTUAL, credentialName: up } } }", "team") + secret(both))
                    .cluster?.tls,
                {
                    mode: "MUTUAL",
                    secret: "kubernetes://istio-system/up",
                    caSecret: "kubernetes://istio-system/up",
                    sni: "",
                    subjectAltNames: [],
                    insecureSkipVerify: false,
                },
            );
            const files = compileYaml(
                HOST +
                    rule(
                        "r",
                        "{ host: app, trafficPolicy: { tls: { mode: MUTUAL, clientCertificate: /c, privateKey: /k, caCertificates: /ca } } }",
                        "team",
                    ),
                {
                    files: new Map([
                        ["/c", { text: client.cert }],
                        ["/k", { text: client.key }],
                        ["/ca", { text: client.cert }],
                    ]),
                },
            );
            assert.deepEqual([...files.tables.secrets.keys()], ["file:///ca", "file:///c~/k"]);
            assert.deepEqual(codesOf(files), []);
        });
    });
});
