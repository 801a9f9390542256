/** Pods and WorkloadEntries behind ServiceEntries and Services, as istiod was seen to choose them, and where they stand. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { codesOf, compileYaml, gateway, virtualService } from "./support";

const WEB = gateway("web", '- { port: { number: 8000, name: http, protocol: HTTP }, hosts: ["*"] }');

interface Behind {
    /** `address:port`, with what else is said of it. */
    readonly endpoints: readonly string[];
    readonly codes: readonly string[];
}

function behind(yaml: string, host: string, port = 80, subset = ""): Behind {
    const destination = `{ host: ${host}, port: { number: ${port} }${subset === "" ? "" : `, subset: ${subset}`} }`;
    const compilation = compileYaml(
        yaml +
            WEB +
            virtualService(
                "v",
                `{ hosts: [a.example.com], gateways: [istio-system/web], http: [{ route: [{ destination: ${destination} }] }] }`,
            ),
    );
    const list = compilation.tables.endpoints.get(`outbound|${port}|${subset}|${host}`)?.endpoints ?? [];
    return {
        endpoints: list.map(({ address, port: at, weight, locality = "" }) => `${address}:${at} ${weight} ${locality}`.trim()),
        codes: codesOf(compilation),
    };
}

interface PodState {
    readonly namespace?: string;
    readonly labels?: string;
    readonly ip?: string;
    readonly phase?: string;
    readonly ready?: boolean;
    readonly node?: string;
    readonly deleted?: boolean;
}

const pod = (
    name: string,
    {
        namespace = "shop",
        labels = "app: db",
        ip = "10.1.0.1",
        phase = "Running",
        ready = true,
        node = "n1",
        deleted = false,
    }: PodState = {},
): string => `
---
apiVersion: v1
kind: Pod
metadata: { name: ${name}, namespace: ${namespace}, labels: { ${labels} }${deleted ? ', deletionTimestamp: "2026-01-01T00:00:00Z"' : ""} }
spec: { nodeName: ${node} }
status: { phase: ${phase}, ${ip === "" ? "" : `podIP: "${ip}", `}conditions: [{ type: Ready, status: "${ready ? "True" : "False"}" }] }
`;
const workload = (name: string, spec: string, metadata = "namespace: shop", status = ""): string => `
---
apiVersion: networking.istio.io/v1
kind: WorkloadEntry
metadata: { name: ${name}, ${metadata} }
spec: ${spec}
${status}
`;
const node = (name: string, labels: string): string => `
---
apiVersion: v1
kind: Node
metadata: { name: ${name}, labels: { ${labels} } }
`;
const selecting = (resolution = "STATIC", more = ""): string => `
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: db, namespace: shop }
spec:
  hosts: [db.example.com]
  ports: [{ number: 80, name: http, protocol: HTTP, targetPort: 8080 }, { number: 81, name: alt, protocol: HTTP }]
  resolution: ${resolution}
  workloadSelector: { labels: { app: db } }
${more}
`;

describe("workloads that a ServiceEntry selects", () => {
    it("are pods of its namespace that take requests, by their first address, on the entry's target port", () => {
        const { endpoints, codes } = behind(
            selecting() +
                pod("good") +
                pod("elsewhere", { namespace: "other", ip: "10.1.0.2" }) +
                pod("unready", { ready: false, ip: "10.1.0.3" }) +
                pod("pending", { phase: "Pending", ip: "10.1.0.4" }) +
                pod("over", { phase: "Succeeded", ip: "10.1.0.5" }) +
                pod("going", { deleted: true, ip: "10.1.0.6" }) +
                pod("nowhere", { ip: "" }) +
                pod("other", { labels: "app: web", ip: "10.1.0.7" }),
            "db.example.com",
        );
        assert.deepEqual([endpoints, codes], [["10.1.0.1:8080 1"], []]);
    });

    it("are WorkloadEntries too, by the labels of either place, with ports, weight and locality of their own", () => {
        const yaml =
            selecting() +
            pod("good") +
            workload("vm", "{ address: 10.9.0.1, ports: { http: 8181 }, labels: { app: db }, weight: 5, locality: r1/z1/s1 }") +
            workload("marked", "{ address: 10.9.0.5, labels: { other: x } }", "namespace: shop, labels: { app: db }") +
            workload("elsewhere", "{ address: 10.9.0.4, labels: { app: db } }", "namespace: other") +
            workload("none", "{ address: 10.9.0.6, labels: { app: db }, weight: 0, locality: /z9 }");
        assert.deepEqual(behind(yaml, "db.example.com").endpoints, [
            "10.1.0.1:8080 1",
            "10.9.0.1:8181 5 r1/z1/s1",
            "10.9.0.5:8080 1",
            "10.9.0.6:8080 1 /z9",
        ]);
        assert.deepEqual(behind(yaml, "db.example.com", 81).endpoints, [
            "10.1.0.1:81 1",
            "10.9.0.1:81 5 r1/z1/s1",
            "10.9.0.5:81 1",
            "10.9.0.6:81 1 /z9",
        ]);
    });

    it("are left out where they say that they are not well, and only where an agent reports on them", () => {
        const healthy = (value: string): string => `status: { conditions: [{ type: Healthy, status: "${value}" }] }`;
        const checked = 'namespace: shop, annotations: { proxy.istio.io/health-checks-enabled: "true" }';
        const { endpoints } = behind(
            selecting() +
                workload("silent", "{ address: 10.9.0.1, labels: { app: db } }", checked) +
                workload("well", "{ address: 10.9.0.2, labels: { app: db } }", checked, healthy("True")) +
                workload("ill", "{ address: 10.9.0.3, labels: { app: db } }", checked, healthy("False")) +
                workload("unasked", "{ address: 10.9.0.4, labels: { app: db } }", "namespace: shop", healthy("False")),
            "db.example.com",
        );
        assert.deepEqual(endpoints, ["10.9.0.2:8080 1", "10.9.0.4:8080 1"]);
    });

    it("are named where nobody can connect to them, and take nothing else away", () => {
        const { endpoints, codes } = behind(
            selecting() +
                workload("name", "{ address: vm.example.org, labels: { app: db } }") +
                workload("far", "{ network: far, labels: { app: db } }") +
                workload("good", "{ address: 10.9.0.1, labels: { app: db } }"),
            "db.example.com",
        );
        assert.deepEqual(
            [endpoints, codes],
            [["10.9.0.1:8080 1"], ["GH0455 WorkloadEntry shop/far spec.address", "GH0455 WorkloadEntry shop/name spec.address"]],
        );
    });

    it("may be names where names are looked up", () => {
        const compilation = compileYaml(
            selecting("DNS") +
                workload("name", "{ address: vm.example.org, labels: { app: db } }") +
                pod("good") +
                WEB +
                virtualService(
                    "v",
                    "{ hosts: [a.example.com], gateways: [istio-system/web], http: [{ route: [{ destination: { host: db.example.com, port: { number: 80 } } }] }] }",
                ),
        );
        const key = "outbound|80||db.example.com";
        assert.equal(compilation.tables.clusters.get(key)?.discovery, "dns");
        assert.deepEqual(
            compilation.tables.endpoints.get(key)?.endpoints.map(({ address }) => address),
            ["10.1.0.1", "vm.example.org"],
        );
    });

    it("count with NONE as well, where an address is otherwise the client's to say", () => {
        assert.deepEqual(behind(selecting("NONE") + pod("good"), "db.example.com"), { endpoints: ["10.1.0.1:8080 1"], codes: [] });
    });

    it("are said to be missing where there are none", () => {
        assert.deepEqual(behind(selecting(), "db.example.com"), {
            endpoints: [],
            codes: ["GH0451 ServiceEntry shop/db spec.workloadSelector"],
        });
    });

    it("are parted by subsets, also by the place that they stand in", () => {
        const yaml =
            selecting() +
            pod("one", { labels: "app: db, version: v1" }) +
            pod("two", { labels: "app: db, version: v2", ip: "10.1.0.2", node: "n2" }) +
            workload("vm", "{ address: 10.9.0.1, labels: { app: db, version: v1 }, locality: r1/z2 }") +
            node("n1", "topology.kubernetes.io/region: r1, topology.kubernetes.io/zone: z1, topology.istio.io/subzone: s1") +
            node("n2", "topology.kubernetes.io/region: r1, topology.kubernetes.io/zone: z2") +
            `
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: db, namespace: shop }
spec:
  host: db.example.com
  subsets:
    - { name: v1, labels: { version: v1 } }
    - { name: z2, labels: { topology.kubernetes.io/zone: z2 } }
`;
        assert.deepEqual(behind(yaml, "db.example.com", 80, "v1").endpoints, ["10.1.0.1:8080 1 r1/z1/s1", "10.9.0.1:8080 1 r1/z2"]);
        assert.deepEqual(behind(yaml, "db.example.com", 80, "z2").endpoints, ["10.1.0.2:8080 1 r1/z2", "10.9.0.1:8080 1 r1/z2"]);
    });
});

describe("workloads outside Kubernetes that a Service selects", () => {
    const service = (more = "", slice = ""): string => `
---
apiVersion: v1
kind: Service
metadata: { name: db, namespace: shop }
spec: { selector: { app: db }, ports: [{ name: http, port: 80, targetPort: 8080 }, { name: alt, port: 81, targetPort: named }]${more} }
${slice}
`;
    const HOST = "db.shop.svc.cluster.local";

    it("stand beside its pods, on the port that they have by the name of the target port, else by the Service's own", () => {
        const yaml =
            service(
                "",
                `---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: db-1, namespace: shop, labels: { kubernetes.io/service-name: db } }
addressType: IPv4
ports: [{ name: http, port: 8080 }]
endpoints: [{ addresses: [10.1.0.1] }]`,
            ) +
            workload("plain", "{ address: 10.9.0.1, labels: { app: db } }") +
            workload("ports", "{ address: 10.9.0.2, labels: { app: db }, ports: { named: 9999, alt: 8888, http: 7777 } }") +
            workload("alt", "{ address: 10.9.0.3, labels: { app: db }, ports: { alt: 8888 } }");
        assert.deepEqual(behind(yaml, HOST).endpoints, ["10.1.0.1:8080 1", "10.9.0.1:8080 1", "10.9.0.2:7777 1", "10.9.0.3:8080 1"]);
        assert.deepEqual(behind(yaml, HOST, 81).endpoints, ["10.9.0.2:9999 1"]);
    });

    it("are enough: a Service without a slice is not said to have none", () => {
        assert.deepEqual(behind(service() + workload("vm", "{ address: 10.9.0.1, labels: { app: db } }"), HOST), {
            endpoints: ["10.9.0.1:8080 1"],
            codes: [],
        });
        assert.deepEqual(behind(service() + workload("vm", "{ address: 10.9.0.1, labels: { app: web } }"), HOST).codes, [
            "GH0454 Service shop/db",
        ]);
    });
});

describe("a ServiceEntry that leaves addresses to its clients", () => {
    const ENTRY = `
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: any, namespace: shop }
spec: { hosts: [any.example.com], ports: [{ number: 80, name: http, protocol: HTTP }], resolution: NONE }
`;

    it("leads where the client's connection was meant for, beside an application", () => {
        const { tables } = compileYaml(ENTRY, {
            mode: "mesh",
            namespace: "shop",
            labels: { app: "web" },
            httpProxy: { address: "127.0.0.1", port: 15080 },
        });
        assert.equal(tables.clusters.get("outbound|80||any.example.com")?.discovery, "original");
    });
});

describe("the names of workloads behind endpoints", () => {
    const slice = (targets: readonly string[]): string => `
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop }
spec: { selector: { app: web }, ports: [{ name: http, port: 80, targetPort: 8080 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: web-1, namespace: shop, labels: { kubernetes.io/service-name: web } }
addressType: IPv4
ports: [{ name: http, port: 8080 }]
endpoints:
${targets.map((target, at) => `- { addresses: [10.1.0.${at + 1}]${target} }`).join("\n")}
`;
    const named = (yaml: string): (string | undefined)[] => {
        const route =
            "{ hosts: [a.example.com], gateways: [istio-system/web], http: [{ route: [{ destination: { host: web.shop.svc.cluster.local } }] }] }";
        const { tables } = compileYaml(yaml + WEB + virtualService("v", route));
        return (tables.endpoints.get("outbound|80||web.shop.svc.cluster.local")?.endpoints ?? []).map(({ workload: text }) => text);
    };

    it("are those of the pod where it is known, of its name and of the Service's selector where it is not, and none where no pod is named", () => {
        const targets = [
            ", targetRef: { kind: Pod, name: web-6d4cf56db6-x2k8q, namespace: shop }",
            ", targetRef: { kind: Pod, name: known, namespace: shop }",
            ", targetRef: { kind: Node, name: n1 }",
            "",
        ];
        assert.deepEqual(named(slice(targets) + pod("known", { labels: "app: web, version: v3, app.kubernetes.io/name: shop-web" })), [
            "web;shop;web;;web;",
            "known;shop;shop-web;v3;web;v3",
            undefined,
            undefined,
        ]);
    });

    it("are those of the WorkloadEntry that a Service selects", () => {
        const entry = workload("vm-1", "{ address: 10.2.0.1, labels: { app: web, version: v9 } }");
        assert.deepEqual(named(slice([""]) + entry), [undefined, "vm-1;shop;web;v9;web;v9"]);
    });
});
