/** What `up` plans from objects: who runs, with which inputs, on which ports, behind which files. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { KubeObject, ServiceObject } from "../../../istio";
import { parseProxyConfig } from "../../../cli/options";
import { gatewayArguments, proxyConfigOfWorkload } from "../../../cli/up/gateway-arguments";
import { endpointObjects } from "../../../cli/up/endpoints";
import { relocateGatewayServices } from "../../../cli/up/gateway-services";
import { planRun, type RunPlan } from "../../../cli/up/plan";
import { ContentIndex, podInputs } from "../../../cli/up/pod-inputs";
import { LocalPorts, type PortSupply } from "../../../cli/up/ports";
import { servedBy } from "../../../cli/up/served";
import type { ServedServer } from "../../../cli/up/trial";
import { findWorkloads, type SampleWorkload, type LocalWorkload } from "../../../cli/up/workloads";
import { deployment, forwardTo, gateway, secret, server, service, virtualService } from "../objects";

const SAMPLES = ["web", "catalog"];
const supply = (busy: readonly number[], candidates: readonly number[]): PortSupply => ({
    isFree: (port) => Promise.resolve(!busy.includes(port)),
    candidates: () => candidates,
});
const plan = (objects: readonly KubeObject[], ports = new LocalPorts(8000, supply([], [21001, 21002, 21003, 21004]))): Promise<RunPlan> =>
    planRun({ objects, sound: objects, authorities: [], samples: { web: { paths: ["/api/catalog"] }, catalog: {} } }, ports);
const servers = (made: RunPlan): ServedServer[][] => [...servedBy(made, { ignoreSecurityPolicies: false }).values()];
const find = (objects: readonly KubeObject[], kind: string, name: string): KubeObject | undefined =>
    objects.find((one) => one.kind === kind && one.metadata.name === name);

describe("workloads", () => {
    it("run by their pods' annotation, never by image", () => {
        const { gateways, samples, notRun } = findWorkloads(
            [
                deployment("public", "ingress", { run: "proxy" }),
                deployment("shop", "default", { run: "web" }),
                deployment("gatehouse-like", "default", { pod: { containers: [{ image: "gatehouse:1" }] } }),
                service("shop", "default", [80]),
                { apiVersion: "batch/v1", kind: "CronJob", metadata: { name: "nightly" } },
            ],
            SAMPLES,
        );
        assert.deepEqual(
            gateways.map(({ key }) => key),
            ["ingress/public"],
        );
        assert.deepEqual(
            samples.map(({ key, sample }) => [key, sample]),
            [["default/shop", "web"]],
        );
        assert.deepEqual(
            notRun.map(({ ref }) => `${ref.kind} ${ref.name}`),
            ["Deployment gatehouse-like", "CronJob nightly"],
        );
    });

    it("with an unknown name are a finding that lists the known ones", () => {
        const { findings, notRun } = findWorkloads([deployment("shop", "default", { run: "wbe" })], SAMPLES);
        assert.equal(findings[0]?.code, "GH0501");
        assert.match(findings[0]?.message ?? "", /"wbe"; wanted proxy or one of the samples web, catalog/);
        assert.equal(notRun.length, 1);
    });
});

describe("the ProxyConfig of a gateway's pods", () => {
    const CONFIG = "proxyHeaders: { attemptCount: { disabled: true } }";
    const of = (text: string): LocalWorkload =>
        findWorkloads([deployment("public", "ns", { run: "proxy", annotations: { "proxy.istio.io/config": text } })], []).gateways[0]!;

    it("is handed to its proxy as it stands there, and counts in what is foretold", () => {
        assert.deepEqual(gatewayArguments(of(CONFIG)), ["--proxy-config", CONFIG]);
        assert.deepEqual(proxyConfigOfWorkload(of(CONFIG)), { proxyHeaders: { attemptCount: { disabled: true } } });
        const variable = { name: "PROXY_CONFIG", valueFrom: { fieldRef: { fieldPath: "metadata.annotations['proxy.istio.io/config']" } } };
        const none = { name: "NONE", valueFrom: { fieldRef: { fieldPath: "metadata.annotations['constructor']" } } };
        const workload = { ...of(CONFIG), pod: { containers: [{ env: [variable, none] }] } };
        assert.deepEqual(podInputs(workload, new ContentIndex([])).environment, { PROXY_CONFIG: CONFIG, NONE: "" });
    });

    it("is refused by the command where it is none, and is nothing where there is none", () => {
        assert.equal(parseProxyConfig(""), undefined);
        assert.deepEqual(parseProxyConfig('{"gatewayTopology":{}}'), { gatewayTopology: {} });
        for (const text of ["[1]", "a: b: c", "7"]) assert.throws(() => parseProxyConfig(text), /No ProxyConfig in YAML or JSON/, text);
        assert.equal(proxyConfigOfWorkload(of("[1]")), undefined);
    });
});

describe("a pod's inputs", () => {
    const workload = (pod: object): LocalWorkload =>
        findWorkloads([deployment("shop", "ns", { run: "proxy", pod })], [])["gateways"][0] as LocalWorkload;

    it("are its variables: plain, of the downward API, of Secrets and ConfigMaps", () => {
        const index = new ContentIndex([
            secret("s", "ns", { key: "hidden" }),
            { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "m", namespace: "ns" }, data: { k: "shown" } } as KubeObject,
        ]);
        const { environment, findings } = podInputs(
            workload({
                serviceAccountName: "sa",
                containers: [
                    {
                        env: [
                            { name: "A", value: "1" },
                            { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
                            { name: "SA", valueFrom: { fieldRef: { fieldPath: "spec.serviceAccountName" } } },
                            { name: "S", valueFrom: { secretKeyRef: { name: "s", key: "key" } } },
                            { name: "M", valueFrom: { configMapKeyRef: { name: "m", key: "k" } } },
                            { name: "NONE", valueFrom: { secretKeyRef: { name: "absent", key: "key", optional: true } } },
                        ],
                    },
                ],
            }),
            index,
        );
        assert.deepEqual(environment, { A: "1", POD_NAME: "shop-local", SA: "sa", S: "hidden", M: "shown" });
        assert.deepEqual(findings, []);
    });

    it("are the files of its volumes where they are mounted", () => {
        const index = new ContentIndex([
            secret("cert", "ns", { "tls.crt": "C", "tls.key": "K" }),
            secret("cert", "other", { "tls.crt": "wrong" }),
        ]);
        const { files } = podInputs(
            workload({
                containers: [
                    {
                        volumeMounts: [
                            { name: "all", mountPath: "/etc/all" },
                            { name: "some", mountPath: "/etc/some/" },
                            { name: "sub", mountPath: "/etc/one.pem", subPath: "tls.crt" },
                            { name: "up", mountPath: "/../../x" },
                        ],
                    },
                ],
                volumes: [
                    { name: "all", secret: { secretName: "cert" } },
                    {
                        name: "some",
                        projected: { sources: [{ secret: { name: "cert", items: [{ key: "tls.key", path: "deep/key.pem" }] } }] },
                    },
                    { name: "sub", secret: { secretName: "cert" } },
                    { name: "up", secret: { secretName: "cert", items: [{ key: "tls.crt", path: "../../y" }] } },
                    { name: "unmounted", secret: { secretName: "cert" } },
                ],
            }),
            index,
        );
        assert.deepEqual(
            files.map(({ file, content }) => [file, content.toString()]),
            [
                ["etc/all/tls.crt", "C"],
                ["etc/all/tls.key", "K"],
                ["etc/some/deep/key.pem", "K"],
                ["etc/one.pem", "C"],
                ["x/y", "C"],
            ],
        );
    });

    it("that are missing are a finding unless they are optional", () => {
        const { findings } = podInputs(
            workload({
                volumes: [
                    { name: "a", secret: { secretName: "gone" } },
                    { name: "b", secret: { secretName: "gone", optional: true } },
                ],
            }),
            new ContentIndex([]),
        );
        assert.deepEqual(
            findings.map(({ code, field, message }) => [code, field, message]),
            [["GH0502", "spec.template.spec.volumes[0].secret", "it names Secret ns/gone, which the stack does not make."]],
        );
    });
});

describe("ports", () => {
    it("are the number plus the offset where that is free, else a free one", async () => {
        const ports = new LocalPorts(8000, supply([8443], [21001, 21002]));
        assert.equal(await ports.portFor({ gateway: "a", declared: 80 }), 8080);
        assert.equal(await ports.portFor({ gateway: "a", declared: 443 }), 21001);
    });

    it("give the second gateway another one, and each the same again", async () => {
        const ports = new LocalPorts(8000, supply([], [21001, 21002]));
        assert.equal(await ports.portFor({ gateway: "a", declared: 80 }), 8080);
        assert.equal(await ports.portFor({ gateway: "b", declared: 80 }), 21001);
        assert.equal(await ports.portFor({ gateway: "a", declared: 80 }), 8080);
        assert.equal(await ports.samplePort("s"), 21002);
        assert.equal(await ports.samplePort("s"), 21002);
    });

    it("are any free ones with auto, and where the sum is no port", async () => {
        assert.equal(await new LocalPorts("auto", supply([], [21001])).portFor({ gateway: "a", declared: 80 }), 21001);
        assert.equal(await new LocalPorts(40000, supply([], [21001])).portFor({ gateway: "a", declared: 31400 }), 21001);
    });

    it("that are all taken could not run", async () => {
        await assert.rejects(new LocalPorts("auto", supply([21001], [21001])).samplePort("s"), /no local port is free/);
    });
});

describe("the Services of a gateway", () => {
    const workload = (name: string, labels: Record<string, string>): LocalWorkload => ({
        ref: { group: "apps", kind: "Deployment", namespace: "ingress", name },
        key: `ingress/${name}`,
        podName: `${name}-local`,
        labels,
        annotations: {},
        pod: {},
    });
    const portOf = (one: LocalWorkload, declared: number): number => declared + (one.ref.name === "a" ? 1000 : 2000);

    it("lead to the local ports that Gateways open, and nowhere else", () => {
        const [moved] = relocateGatewayServices(
            [service("a", "ingress", [80, 443], { istio: "public" }), gateway("g", "x", [server(80, "HTTP", ["*"])])],
            [workload("a", { istio: "public" })],
            portOf,
        );
        assert.deepEqual(
            (moved as ServiceObject).spec.ports?.map(({ port, targetPort }) => [port, targetPort]),
            [
                [80, 1080],
                [443, 443],
            ],
        );
    });

    it("become one for each gateway where several share one", () => {
        const both = [workload("a", { istio: "public", n: "1" }), workload("b", { istio: "public", n: "2" })];
        const moved = relocateGatewayServices(
            [service("shared", "ingress", [80], { istio: "public" }), gateway("g", "x", [server(80, "HTTP", ["*"])])],
            both,
            portOf,
        ).filter(({ kind }) => kind === "Service") as ServiceObject[];
        assert.deepEqual(
            moved.map(({ metadata, spec }) => [metadata.name, spec.selector, spec.ports?.[0]?.targetPort]),
            [
                ["shared-a", { istio: "public", n: "1" }, 1080],
                ["shared-b", { istio: "public", n: "2" }, 2080],
            ],
        );
    });

    it("of other namespaces and of backends stay as they are", () => {
        const others = [service("a", "elsewhere", [80], { istio: "public" }), service("web", "ingress", [80])];
        assert.deepEqual(relocateGatewayServices(others, [workload("a", { istio: "public" })], portOf), others);
    });

    it("are made for ports that none of them has", () => {
        const all = relocateGatewayServices(
            [gateway("g", "x", [server(9000, "TCP", ["*"])])],
            [workload("a", { istio: "public" })],
            portOf,
        );
        assert.deepEqual((find(all, "Service", "a-local-ports") as ServiceObject).spec.ports, [
            { name: "port-9000", port: 9000, targetPort: 10000 },
        ]);
    });
});

describe("endpoints", () => {
    const sample: SampleWorkload = {
        ref: { group: "apps", kind: "Deployment", namespace: "ns", name: "web-v1" },
        key: "ns/web-v1",
        podName: "web-v1-local",
        labels: { app: "web", version: "v1" },
        annotations: {},
        pod: {},
        sample: "web",
    };

    it("carry the process's port under the names of the Service's ports, and a Pod its labels", () => {
        const made = endpointObjects(
            [
                service("web", "ns", [
                    { name: "http", port: 80, targetPort: "http", appProtocol: "http" },
                    { name: "dns", port: 53, protocol: "UDP" },
                ]),
            ],
            [{ workload: sample, port: 21001 }],
        );
        assert.deepEqual(find(made, "Pod", "web-v1-local")?.metadata.labels, { app: "web", version: "v1" });
        const slice = find(made, "EndpointSlice", "web-web-v1-local") as unknown as {
            ports: unknown;
            endpoints: { addresses: string[] }[];
            metadata: { labels: unknown };
        };
        assert.deepEqual(slice.ports, [{ name: "http", port: 21001, protocol: "TCP", appProtocol: "http" }]);
        assert.deepEqual(slice.endpoints[0]?.addresses, ["127.0.0.1"]);
        assert.deepEqual(slice.metadata.labels, { "kubernetes.io/service-name": "web" });
    });

    it("are not made for Services that select others, nothing, or the outside", () => {
        const external = {
            ...service("ext", "ns", [80], { app: "web" }),
            spec: { ...service("ext", "ns", [80], { app: "web" }).spec, type: "ExternalName" as const },
        };
        const made = endpointObjects(
            [service("web", "other", [80]), service("none", "ns", [80], {}), external],
            [{ workload: sample, port: 1 }],
        );
        assert.deepEqual(
            made.map(({ kind }) => kind),
            ["Pod"],
        );
    });
});

describe("the plan of a run", () => {
    const ingress = (name: string): KubeObject[] => [
        deployment(name, "ingress", { run: "proxy", labels: { istio: name } }),
        service(name, "ingress", [80, 443], { istio: name }),
        gateway(name, "ingress", [server(80, "HTTP", [`${name}.example.com`])], { istio: name }),
        virtualService(name, "default", { hosts: [`${name}.example.com`], gateways: [`ingress/${name}`], http: [forwardTo("shop")] }),
    ];
    const shop = [deployment("shop", "default", { run: "web" }), service("shop", "default", [80])];

    it("serves port 80 of two gateways on two ports, and says so in the files", async () => {
        const made = await plan([...ingress("public"), ...ingress("internal"), ...shop]);
        const { objects } = made;
        assert.deepEqual(
            servers(made).map((all) => all.map(({ port, url }) => [port, url])),
            [[[8080, "http://public.example.com:8080/api/catalog"]], [[21001, "http://internal.example.com:21001/api/catalog"]]],
        );
        assert.deepEqual(
            ["public", "internal"].map((name) => (find(objects, "Service", name) as ServiceObject).spec.ports?.[0]?.targetPort),
            [8080, 21001],
        );
    });

    it("keeps every port when the program grows", async () => {
        const ports = new LocalPorts(8000, supply([], [21001, 21002, 21003]));
        const first = await plan([...ingress("public"), ...shop], ports);
        const second = await plan([...ingress("internal"), ...ingress("public"), ...shop], ports);
        assert.equal(first.samples[0]?.port, second.samples[0]?.port);
        assert.deepEqual(
            servers(second).map(([first]) => first?.port),
            [21002, 8080],
        );
    });

    it("says what is wrong: no gateway, one that is not selected, a port on no Service", async () => {
        assert.deepEqual(
            (await plan(shop)).findings.map(({ code }) => code),
            ["GH0506"],
        );
        const [, , , route] = ingress("public");
        assert.ok(route);
        const { findings } = await plan([
            ...ingress("public"),
            gateway("lost", "x", [server(80, "HTTP", ["a.b"])], { istio: "lost" }),
            gateway("extra", "x", [server(9000, "TCP", ["*"])], { istio: "public" }),
            ...shop,
        ]);
        assert.deepEqual(
            findings.map(({ code, object }) => `${code} ${object?.name}`),
            ["GH0508 lost", "GH0503 public"],
        );
    });

    it("lays out an unsound object without relying on it", async () => {
        const broken = {
            apiVersion: "networking.istio.io/v1",
            kind: "Gateway",
            metadata: { name: "broken", namespace: "x" },
            spec: "?",
        } as unknown as KubeObject;
        const sound = [...ingress("public"), ...shop];
        const { objects } = await planRun(
            { objects: [...sound, broken], sound, authorities: [], samples: { web: { paths: ["/api/catalog"] }, catalog: {} } },
            new LocalPorts("auto", supply([], [21001, 21002, 21003])),
        );
        assert.ok(objects.includes(broken));
    });
});
