/** Objects of two API groups that share a kind, a namespace and a name: whatever is said or done of one is no matter of the other's. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { Elsewhere } from "../../../cli/objects/elsewhere";
import { distinct, placed } from "../../../cli/objects/examine";
import { objectFiles } from "../../../cli/objects/files";
import {
    analyze,
    apiVersionOf,
    finding,
    findingText,
    GROUP_OF_KIND,
    KINDS,
    kindTable,
    parseDocuments,
    refKey,
    refOf,
    type Finding,
    type Kind,
    type KubeObject,
} from "../../../istio";
import { checkResources } from "../../../policy/library";
import { compile } from "../../../proxy/compiler";
import { NamedFiles, ResourceStore } from "../../../proxy/resources";
import { ObjectStore } from "../../../proxy/source/kubernetes/object-store";
import { resource, type PlainObject } from "../../policy/support/resources";

const FOREIGN: Partial<Record<Kind, string>> = {
    Gateway: "gateway.networking.k8s.io/v1",
    Service: "serving.knative.dev/v1",
    Ingress: "networking.internal.knative.dev/v1alpha1",
    AuthorizationPolicy: "policy.linkerd.io/v1alpha1",
    WasmPlugin: "extensions.higress.io/v1alpha1",
};
const LABELS = { istio: "edge" };

/** Of each kind what it takes to be good. */
const SPECS: { readonly [K in Kind]: object } = {
    Gateway: {
        spec: {
            selector: LABELS,
            servers: [
                { port: { number: 80, name: "http", protocol: "HTTP" }, hosts: ["*.example.com"] },
                {
                    port: { number: 443, name: "https", protocol: "HTTPS" },
                    hosts: ["*.example.com"],
                    tls: { mode: "SIMPLE", serverCertificate: "/etc/own/tls.crt", privateKey: "/etc/own/tls.key" },
                },
            ],
        },
    },
    VirtualService: {
        spec: {
            hosts: ["a.example.com"],
            gateways: ["twin"],
            http: [{ route: [{ destination: { host: "twin", port: { number: 80 } } }] }],
        },
    },
    ServiceEntry: { spec: { hosts: ["b.example.org"], ports: [{ number: 80, name: "http", protocol: "HTTP" }], resolution: "DNS" } },
    WorkloadEntry: { spec: { address: "10.0.0.7", labels: LABELS } },
    WorkloadGroup: { spec: { template: { serviceAccount: "web" } } },
    DestinationRule: { spec: { host: "twin", trafficPolicy: { loadBalancer: { simple: "RANDOM" } } } },
    Sidecar: { spec: { egress: [{ hosts: ["./*"] }] } },
    Telemetry: { spec: { accessLogging: [{ disabled: true }] } },
    AuthorizationPolicy: { spec: { action: "DENY", rules: [{}] } },
    RequestAuthentication: { spec: { jwtRules: [{ issuer: "https://a.example.com", jwks: '{"keys":[]}' }] } },
    WasmPlugin: { spec: { url: "oci://example.com/a:1", phase: "AUTHN" } },
    TrafficExtension: { spec: { phase: "AUTHN", wasm: { url: "oci://example.com/a:1" } } },
    EnvoyFilter: { spec: { configPatches: [] } },
    ProxyConfig: { spec: { concurrency: 2 } },
    Secret: { data: { "tls.crt": "", "tls.key": "" } },
    Service: { spec: { selector: { app: "a" }, ports: [{ name: "http", port: 80 }] } },
    EndpointSlice: {
        addressType: "IPv4",
        ports: [{ name: "http", port: 80 }],
        endpoints: [{ addresses: ["10.0.0.1"], conditions: { ready: true } }],
    },
    Endpoints: { subsets: [{ addresses: [{ ip: "10.0.0.1" }], ports: [{ name: "http", port: 80 }] }] },
    IngressClass: { spec: { controller: "gatehouse.dev/ingress-controller" } },
    Ingress: { spec: { defaultBackend: { service: { name: "twin", port: { number: 80 } } } } },
    Pod: { spec: { containers: [{ name: "a" }] } },
    Node: { spec: { podCIDR: "10.0.0.0/24" } },
    Namespace: {},
};

const metadata = { name: "twin", namespace: "shop", labels: { ...LABELS, "kubernetes.io/service-name": "twin" } };
const ownVersion = (kind: Kind): string => apiVersionOf(GROUP_OF_KIND[kind], kindTable(kind).versions[0] ?? "v1");
const own = (kind: Kind): KubeObject => ({ apiVersion: ownVersion(kind), kind, metadata, ...SPECS[kind] }) as KubeObject;
/** It says the same, and something that no object of ours may say. */
const twin = (kind: Kind): KubeObject =>
    ({
        apiVersion: FOREIGN[kind] ?? "twins.example.com/v1",
        kind,
        metadata: { ...metadata, annotations: { "galley.istio.io/analyze-suppress": "*" } },
        spec: { ...(SPECS[kind] as { readonly spec?: object }).spec, unheardOf: 7, tls: "yes" },
    }) as KubeObject;

const REST = KINDS.filter((kind) => kind !== "TrafficExtension");
const texts = (findings: readonly Finding[], of = "shop/twin"): string[] =>
    findings
        .map(findingText)
        .filter((text) => text.includes(of))
        .sort();
/** What they say is for others. */
const UNREAD: ReadonlySet<Kind> = new Set(["WorkloadGroup"]);
const isNote = (text: string): boolean => text.startsWith("Info GH0113");

function read(
    store: ResourceStore,
    objects: readonly (KubeObject | string)[],
): { readonly objects: readonly KubeObject[]; readonly said: string[] } {
    const text = objects.map((one) => (typeof one === "string" ? one : JSON.stringify(one))).join("\n---\n");
    store.setFile("all.yaml", parseDocuments(text, "all.yaml"));
    const state = store.read();
    return { objects: state.objects.map(({ object }) => object), said: texts(state.findings, "/twin") };
}

describe("objects of one kind's name, namespace and name, of two API groups", () => {
    for (const kind of KINDS) {
        const [mine, other] = [own(kind), twin(kind)];
        const name = `${kind}.${other.apiVersion.split("/")[0]} shop/twin`;

        it(`are two in a folder: ${kind}`, () => {
            const alone = read(new ResourceStore(), [mine]);
            assert.equal(alone.objects.length, UNREAD.has(kind) ? 0 : 1);
            const store = new ResourceStore();
            for (const both of [
                [mine, other],
                [other, mine],
            ]) {
                const { objects, said } = read(store, both);
                assert.deepEqual(objects, alone.objects);
                const line = (text: string): string => text.replace(/all\.yaml:\d+/g, "all.yaml");
                assert.deepEqual(said.filter((text) => !isNote(text)).map(line), alone.said.map(line));
                assert.ok(said.filter(isNote).every((text) => text.includes(name)));
                assert.equal(said.filter(isNote).length, 1);
            }
        });

        it(`have each its own last good version: ${kind}`, () => {
            const store = new ResourceStore();
            const good = read(store, [mine, other]).objects;
            const broken = JSON.stringify(mine)
                .replace('"metadata"', '"unheardOf":1,"metadata"')
                .replace('"labels":{', '"labels":{"-/-":"-",');
            // The other one's faults are none of ours, whether they are read or only noticed.
            for (const bad of [
                { ...other, metadata: { ...metadata, labels: "none" } } as never,
                { ...other, metadata: { ...metadata, namespace: 7 } } as never,
                `${JSON.stringify(other).slice(0, -1)},"kind":"${kind}"}`,
            ]) {
                const { objects, said } = read(store, [mine, bad]);
                assert.deepEqual(objects, good);
                assert.deepEqual(
                    said.filter((text) => /GH040[34]|GH0465/.test(text)),
                    [],
                );
            }
            assert.deepEqual(read(store, [broken, other]).objects, good);
            assert.deepEqual(read(store, [other]).objects, []);
        });

        it(`are two to the analysis, of which one is suppressed: ${kind}`, () => {
            const all = REST.map(own);
            const judge = (objects: readonly KubeObject[]): string[] =>
                texts(
                    analyze(
                        objects.map((object) => ({ object })),
                        { now: 0 },
                    ),
                ).filter((text) => !isNote(text));
            assert.deepEqual(judge([...all, other]), judge(all));
            assert.deepEqual(judge([other, ...all]), judge(all));
        });

        it(`are two to the policies: ${kind}`, () => {
            const judge = (objects: readonly KubeObject[]): string[] =>
                checkResources(
                    objects.map((object) => resource(object as unknown as PlainObject)),
                    { complete: true, config: { all: "advisory" } },
                ).map(({ policy, message }) => `${policy}: ${message}`);
            const all = REST.map(own);
            const notes = (text: string): boolean => !text.includes(name);
            assert.deepEqual(judge([...all, other]).filter(notes), judge(all));
            assert.deepEqual(
                judge([...all, other]).filter((text) => !notes(text) && !text.includes("is not read")),
                [],
            );
        });

        it(`lead to the same tables: ${kind}`, () => {
            const tables = (objects: readonly KubeObject[]): unknown =>
                compile({ objects: objects.map((object) => ({ object })), labels: LABELS, namespace: "shop", now: 0 }).tables;
            assert.deepEqual(tables([other, ...KINDS.map(own)]), tables(KINDS.map(own)));
            assert.deepEqual(
                tables(KINDS.map((one) => (one === kind ? other : own(one)))),
                tables(KINDS.filter((one) => one !== kind).map(own)),
            );
        });

        it(`are named apart by what commands say and write: ${kind}`, () => {
            const findings = [mine, other].map((object) => finding("GH0404", { object: refOf(object) }, "one message"));
            assert.equal(distinct([...findings, ...findings]).length, 2);
            const places = new Map([[refKey(refOf(other)), { file: "index.ts", line: 7 }]]);
            assert.deepEqual(
                placed(findings, places).map(({ place }) => place?.line),
                [undefined, 7],
            );
            assert.deepEqual(
                findings.map((one) => findingText(one).includes(name)),
                [false, true],
            );
            assert.equal(new Set(objectFiles([mine, other]).map((file) => file.name)).size, 2);
            assert.deepEqual(new NamedFiles().of([{ object: other }]), []);
            assert.deepEqual(new Elsewhere([mine, other], []).noted(findings), findings);
        });
    }

    it("are two where a cluster's objects are kept, also where one can't be read at all", () => {
        const store = new ObjectStore("Gateway", false);
        const examined = (object: KubeObject): readonly Finding[] => store.examine(object, object.apiVersion)?.findings ?? [];
        assert.deepEqual(texts(examined(own("Gateway"))), []);
        const said = examined({ ...twin("Gateway"), spec: undefined } as never).map(({ object }) => object && refKey(object));
        assert.deepEqual([...new Set(said)], [refKey(refOf(twin("Gateway")))]);
    });

    it("are two where a Secret is looked for that a Gateway names", () => {
        const gateway = {
            ...own("Gateway"),
            spec: {
                selector: LABELS,
                servers: [
                    {
                        port: { number: 443, name: "https", protocol: "HTTPS" },
                        hosts: ["*"],
                        tls: { mode: "SIMPLE", credentialName: "twin" },
                    },
                ],
            },
        } as KubeObject;
        const certificate = {
            apiVersion: "cert-manager.io/v1",
            kind: "Certificate",
            metadata: { name: "twin", namespace: "shop" },
            spec: { secretName: "twin" },
        } as KubeObject;
        const missing = finding("GH0420", { object: refOf(gateway), field: "spec.servers[0].tls.credentialName" }, "missing");
        const code = (objects: readonly KubeObject[], about: Finding): string | undefined =>
            new Elsewhere(objects, []).noted([about])[0]?.code;
        assert.equal(code([gateway, twin("Gateway"), twin("Secret"), certificate], missing), "GH0510");
        assert.equal(code([gateway, own("Secret"), certificate], missing), "GH0420");
        assert.equal(code([gateway, twin("Gateway"), certificate], { ...missing, object: refOf(twin("Gateway")) }), "GH0420");
    });
});
