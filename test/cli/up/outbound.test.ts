/** What a local run makes of applications that send out: the proxy beside them, the outside that runs here, what they ask. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import type { GatewayObject, KubeObject, ServiceEntryObject } from "../../../istio";
import { commandLine } from "../../../cli/up/curl";
import { relocateEntries } from "../../../cli/up/external-entries";
import { forwardProxyTrials, outboundServer } from "../../../cli/up/proxy-trials";
import { findWorkloads, type SampleWorkload } from "../../../cli/up/workloads";

const object = (kind: string, namespace: string, name: string, spec: object, more: object = {}): KubeObject =>
    ({
        apiVersion: kind === "Deployment" ? "apps/v1" : kind === "Service" ? "v1" : "networking.istio.io/v1",
        kind,
        metadata: { name, namespace, ...more },
        spec,
    }) as unknown as KubeObject;

const deployment = (name: string, labels: Readonly<Record<string, string>>): KubeObject =>
    object("Deployment", "shop", name, {
        template: { metadata: { labels: { app: name, ...labels }, annotations: { "gatehouse.dev/run": "web" } }, spec: {} },
    });

const entry = (name: string, hosts: readonly string[], spec: object, annotations: object = {}): KubeObject =>
    object("ServiceEntry", "out", name, { hosts, location: "MESH_EXTERNAL", ...spec }, { annotations });

const http = { number: 80, name: "http", protocol: "HTTP" };
const https = { number: 443, name: "https", protocol: "TLS" };

describe("an application into whose pods Istio puts its proxy", () => {
    it("has one beside it here, and no other has", () => {
        const injected = deployment("checkout", { "sidecar.istio.io/inject": "true" });
        const { samples, outbounds } = findWorkloads([injected, deployment("plain", {})], ["web"]);
        assert.deepEqual(
            samples.map(({ key }) => key),
            ["shop/checkout", "shop/plain"],
        );
        assert.deepEqual(
            outbounds.map(({ key, ref, labels }) => [key, ref.namespace, labels["app"]]),
            [["shop/checkout outbound", "shop", "checkout"]],
        );
    });

    it("is held by its own Sidecar, and not by that of others in its namespace", () => {
        const workload = findWorkloads([deployment("checkout", { "sidecar.istio.io/inject": "true" })], ["web"]).outbounds[0]!;
        const sidecar = (name: string, spec: object): KubeObject => object("Sidecar", "shop", name, spec);
        const registryOnly = { outboundTrafficPolicy: { mode: "REGISTRY_ONLY" } };
        const gateways = sidecar("egress", { workloadSelector: { labels: { app: "egress" } }, ...registryOnly });
        const hosts = (...objects: KubeObject[]): string[] => outboundServer({ workload, port: 1 }, objects).trials.map(({ host }) => host);
        assert.deepEqual(hosts(gateways), []);
        assert.deepEqual(hosts(sidecar("default", registryOnly), gateways), ["nobody.invalid"]);
        assert.deepEqual(hosts(sidecar("default", { outboundTrafficPolicy: {} })), ["nobody.invalid"]);
        const own = { workloadSelector: { labels: { app: "checkout" } }, outboundTrafficPolicy: { mode: "ALLOW_ANY" } };
        assert.deepEqual(hosts(sidecar("default", registryOnly), sidecar("own", own)), []);
    });

    it("is shown what it reaches by it, and what it does not", () => {
        const workload = findWorkloads([deployment("checkout", { "sidecar.istio.io/inject": "true" })], ["web"]).outbounds[0]!;
        const sidecar = object("Sidecar", "shop", "default", { outboundTrafficPolicy: { mode: "REGISTRY_ONLY" } });
        const hidden = entry("hidden", ["hidden.example"], { ports: [http], exportTo: ["other"] });
        const closed = entry("closed", ["closed.example"], { ports: [http] }, { "gatehouse.dev/allow-from": '[{"namespaces":["jobs"]}]' });
        const { trials, url } = outboundServer({ workload, port: 23080 }, [
            entry("news", ["news.example"], { ports: [http, https] }),
            hidden,
            closed,
            sidecar,
        ]);
        assert.equal(url, "http://127.0.0.1:23080");
        assert.deepEqual(
            trials.map(({ protocol, host, port, proxy, expect }) => [protocol, host, port, proxy, expect]),
            [
                ["http", "news.example", 80, 23080, { kind: "answer" }],
                ["https", "news.example", 443, 23080, { kind: "answer" }],
                ["http", "closed.example", 80, 23080, { kind: "status", status: 403 }],
                ["http", "nobody.invalid", 80, 23080, { kind: "status", status: 502 }],
            ],
        );
    });
});

describe("a forward proxy", () => {
    const gateway = object("Gateway", "out", "egress-forward-proxy", { servers: [] }) as GatewayObject;
    const led = { "gatehouse.dev/forward-proxy": "out/egress-forward-proxy" };

    it("is asked for the hosts that lead through it, and for one that does not", () => {
        const objects = [
            entry("search", ["*.search.example"], { ports: [https] }, led),
            entry("other", ["other.example"], { ports: [http] }),
        ];
        const trials = forwardProxyTrials({ objects, gateway, port: 11128, isOpen: false });
        assert.deepEqual(
            trials.map(({ protocol, host, expect }) => [protocol, host, expect]),
            [
                ["https", "any.search.example", { kind: "answer" }],
                ["http", "nobody.invalid", { kind: "status", status: 403 }],
            ],
        );
        const options = { address: "127.0.0.1", caFile: "/s/ca.pem", behindProxy: true };
        assert.deepEqual(
            trials.map((trial) => commandLine(trial, options)),
            [
                "curl -x http://127.0.0.1:11128 --cacert /s/ca.pem https://any.search.example:443/",
                "curl -i -x http://127.0.0.1:11128 http://nobody.invalid:80/",
            ],
        );
    });
});

describe("a service for some pods alone", () => {
    it("is said to answer whoever asks from here 403, and why", () => {
        const gateway = object("Gateway", "out", "egress-forward-proxy", { servers: [] }) as GatewayObject;
        const annotations = {
            "gatehouse.dev/forward-proxy": "out/egress-forward-proxy",
            "gatehouse.dev/allow-from": '[{"namespaces":["jobs"]}]',
        };
        const objects = [entry("bank", ["bank.example"], { ports: [http] }, annotations)];
        const [bank, ...others] = forwardProxyTrials({ objects, gateway, port: 11128, isOpen: true });
        assert.deepEqual(others, [], "what comes of a host that nobody named hangs on the outside where all are let through");
        assert.deepEqual(bank?.expect, { kind: "status", status: 403 });
        assert.match(
            bank?.note ?? "",
            /^ServiceEntry out\/bank lets pods through by their addresses, and 127\.0\.0\.1 is no pod's: 403 here/,
        );
    });
});

describe("the outside that runs here", () => {
    const service = object("Service", "outside", "external", { selector: { app: "external" }, ports: [{ port: 80 }] });
    const workload = {
        ref: { group: "apps", kind: "Deployment", namespace: "outside", name: "external" },
        key: "outside/external",
        podName: "external-local",
        labels: { app: "external" },
        annotations: {},
        pod: {},
        sample: "external",
    } as SampleWorkload;
    const relocated = (endpoints: readonly object[]): ServiceEntryObject["spec"] => {
        const made = entry("news", ["news.example"], { ports: [http, https], resolution: "DNS", endpoints });
        const [, moved] = relocateEntries([service, made], [{ workload, port: 21000 }]);
        return (moved as ServiceEntryObject).spec;
    };

    it("is where entries lead that name its Service", () => {
        for (const address of ["external.outside.svc.cluster.local", "external.outside"])
            assert.deepEqual(relocated([{ address, weight: 3 }]), {
                hosts: ["news.example"],
                location: "MESH_EXTERNAL",
                ports: [http, https],
                resolution: "STATIC",
                endpoints: [{ address: "127.0.0.1", weight: 3, ports: { http: 21000, https: 21000 } }],
            });
    });

    it("is not where others do", () => {
        for (const endpoints of [[], [{ address: "198.51.100.1" }], [{ address: "external.outside" }, { address: "db.example.net" }]])
            assert.deepEqual([relocated(endpoints).resolution, relocated(endpoints).endpoints], ["DNS", endpoints]);
    });
});
