/** What the workloads behind endpoints are called in metrics: what istiod tells an Envoy of each endpoint, beside what we compile of the same objects. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import type { KubeObject } from "../../../istio";
import { readWorkload } from "../../../istio/semantics";
import { freePorts } from "../../../harness/ports";
import { compile } from "../../../proxy/compiler";
import { GATEWAY_SELECTOR, istioObject } from "../../answers/support/case";
import { eventually } from "../../support/eventually";
import type { RunningEnvoy } from "../answers/envoys";
import { startMesh, type Mesh } from "./mesh";

const WHAT = "the comparison of workloads with Istio's";
const EDGE = { namespace: "istio-system", labels: GATEWAY_SELECTOR };

interface Maker {
    readonly kind: string;
    readonly name: string;
}

function pod(at: number, name: string, labels: object, maker?: Maker, generateName = `${name.replace(/[^-]*$/, "")}`): KubeObject {
    const ownerReferences = maker ? [{ apiVersion: "apps/v1", uid: `uid-${at}`, controller: true, ...maker }] : [];
    return {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name, namespace: "shop", labels: { in: "all", ...labels }, ...(maker ? { ownerReferences, generateName } : {}) },
        spec: { containers: [{ name: "c", image: "none" }] },
    } as unknown as KubeObject;
}

const PODS: readonly KubeObject[] = [
    pod(
        1,
        "web-6d4cf56db6-abcde",
        { app: "web", version: "v2", "pod-template-hash": "6d4cf56db6" },
        { kind: "ReplicaSet", name: "web-6d4cf56db6" },
    ),
    pod(2, "other-hash-abcde", { "pod-template-hash": "nothing" }, { kind: "ReplicaSet", name: "other-hash" }),
    pod(3, "rolled-5f5f-abcde", { "rollouts-pod-template-hash": "5f5f" }, { kind: "ReplicaSet", name: "rolled-5f5f" }),
    pod(4, "db-0", { "app.kubernetes.io/name": "database", app: "db" }, { kind: "StatefulSet", name: "db" }),
    pod(5, "agent-x2x4b", { "app.kubernetes.io/version": "3" }, { kind: "DaemonSet", name: "agent" }),
    pod(6, "nightly-28012345-bcdfg", {}, { kind: "Job", name: "nightly-28012345" }),
    pod(7, "once-bcdfg", {}, { kind: "Job", name: "once" }),
    pod(8, "shift-1-bcdfg", { deploymentconfig: "shift" }, { kind: "ReplicationController", name: "shift-1" }),
    pod(9, "alone", { version: "v9" }),
    pod(
        10,
        "named-6d4cf56db6-abcde",
        { "service.istio.io/workload-name": "given", app: "named" },
        { kind: "ReplicaSet", name: "named-6d4cf56db6" },
    ),
    pod(11, "canon-0", {
        "service.istio.io/canonical-name": "canon",
        "service.istio.io/canonical-revision": "rev",
        app: "a",
        version: "b",
    }),
    pod(12, "empty-0", { app: "", version: "" }, { kind: "StatefulSet", name: "empty" }),
];

const SERVICE: readonly KubeObject[] = [
    {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "all", namespace: "shop" },
        spec: { selector: { in: "all" }, ports: [{ name: "http", port: 80, targetPort: 8080 }] },
    },
    {
        apiVersion: "discovery.k8s.io/v1",
        kind: "EndpointSlice",
        metadata: { name: "all-1", namespace: "shop", labels: { "kubernetes.io/service-name": "all" } },
        addressType: "IPv4",
        ports: [{ name: "http", port: 8080 }],
        endpoints: [
            ...PODS.map(({ metadata }, at) => ({
                addresses: [`10.1.0.${at + 1}`],
                conditions: { ready: true },
                targetRef: { kind: "Pod", name: metadata.name, namespace: "shop" },
            })),
            { addresses: ["10.1.1.1"], conditions: { ready: true } },
        ],
    },
] as unknown as readonly KubeObject[];

const machine = (name: string, address: string, labels: object, more: object = {}, annotations: Record<string, string> = {}): KubeObject =>
    istioObject("WorkloadEntry", name, { address, labels: { app: "vm", ...labels }, ...more }, { namespace: "shop", annotations });

const ENTRIES: readonly KubeObject[] = [
    machine("vm-1", "10.2.0.1", { version: "v1" }, { serviceAccount: "vm" }),
    machine("vm-2", "10.2.0.2", { "service.istio.io/workload-name": "given" }),
    machine("vm-3", "10.2.0.3", {}, {}, { "istio.io/autoRegistrationGroup": "group" }),
    {
        ...machine("vm-4", "10.2.0.4", {}),
        metadata: { name: "vm-4", namespace: "shop", labels: { "service.istio.io/workload-name": "given" } },
    } as KubeObject,
    istioObject(
        "ServiceEntry",
        "own",
        { hosts: ["own.test"], resolution: "DNS", ports: [{ number: 80, name: "http", protocol: "HTTP" }] },
        { namespace: "shop" },
    ),
    istioObject(
        "ServiceEntry",
        "vms",
        {
            hosts: ["vms.test"],
            location: "MESH_INTERNAL",
            resolution: "STATIC",
            ports: [{ number: 80, name: "http", protocol: "HTTP" }],
            workloadSelector: { labels: { app: "vm" } },
        },
        { namespace: "shop" },
    ),
    istioObject(
        "ServiceEntry",
        "listed",
        {
            hosts: ["listed.test"],
            resolution: "STATIC",
            ports: [{ number: 80, name: "http", protocol: "HTTP" }],
            endpoints: [{ address: "10.3.0.1" }, { address: "10.3.0.2", labels: { app: "ext", version: "v3" } }],
        },
        { namespace: "shop" },
    ),
    istioObject(
        "ServiceEntry",
        "dns",
        {
            hosts: ["dns.test"],
            resolution: "DNS",
            ports: [{ number: 80, name: "http", protocol: "HTTP" }],
            endpoints: [{ address: "127.0.0.1", labels: { app: "by-name" } }],
        },
        { namespace: "shop" },
    ),
];

const HOSTS = ["all.shop.svc.cluster.local", "vms.test", "listed.test", "dns.test", "own.test"];

function doors(port: number): KubeObject[] {
    return [
        istioObject("Gateway", "gw", {
            selector: GATEWAY_SELECTOR,
            servers: [{ port: { number: port, name: "http", protocol: "HTTP" }, hosts: ["*"] }],
        }),
        istioObject("VirtualService", "vs", {
            hosts: ["*"],
            gateways: ["gw"],
            http: HOSTS.map((host, at) => ({
                match: [{ uri: { prefix: `/${at}` } }],
                route: [{ destination: { host, port: { number: 80 } } }],
            })),
        }),
    ];
}

type Told = Readonly<Record<string, string>>;

/** By address, as Istio's metadata has it. */
function told(dump: string): Told {
    const found: [string, string][] = [];
    JSON.parse(dump, (_key, value: unknown) => {
        const { endpoint, metadata } = (value ?? {}) as Dumped;
        const address = endpoint?.address?.socket_address?.address;
        if (address !== undefined) found.push([address, metadata?.filter_metadata?.istio?.workload ?? ""]);
        return value;
    });
    return Object.fromEntries(found);
}

interface Dumped {
    readonly endpoint?: { readonly address?: { readonly socket_address?: { readonly address: string } } };
    readonly metadata?: { readonly filter_metadata?: { readonly istio?: { readonly workload?: string } } };
}

/** The cluster of a proxy is not known here; a revision is left out where it is the one that is meant without any. */
function ours(objects: readonly KubeObject[]): Told {
    const { tables } = compile({ ...EDGE, now: Date.now(), objects: objects.map((object) => ({ object })) });
    const all = [...tables.endpoints.values()].flatMap(({ endpoints }) => endpoints);
    return Object.fromEntries(
        all.map(({ address, workload }) => {
            const { workload: name, namespace, canonicalService, canonicalRevision } = readWorkload(workload ?? "");
            return [address, [name, namespace, canonicalService, canonicalRevision, "Kubernetes"].join(";")];
        }),
    );
}

describe("workloads behind endpoints", function () {
    this.timeout(300_000);
    let stand: Mesh | undefined;
    let gateway: RunningEnvoy | undefined;
    let port = 0;

    before(async function () {
        stand = await startMesh(this, WHAT);
        const [open = 0] = await freePorts(1);
        port = open;
        gateway = await stand.envoys.of("router", EDGE);
    });
    after(async () => {
        await stand?.stop();
    });

    it("are called what istiod calls them, by their pods, by WorkloadEntries and in ServiceEntries", async () => {
        const objects = [...PODS, ...SERVICE, ...ENTRIES, ...doors(port)];
        await stand!.plane.apply([{ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } }, ...objects]);
        await stand!.envoys.pushed([gateway!], 180_000);
        const expected = ours(objects);
        await eventually(async () => {
            const answer = await fetch(`http://${gateway!.address}:${gateway!.admin}/config_dump?include_eds`);
            const all = told(await answer.text());
            const theirs = Object.fromEntries(Object.entries(all).filter(([address]) => address in expected));
            assert.deepEqual(expected, theirs);
        }, 30_000);
    });
});
