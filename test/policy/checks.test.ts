/** What single policies know that their examples do not show. */
import "reflect-metadata";
import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import * as x509 from "@peculiar/x509";
import * as k8s from "@pulumi/kubernetes";
import { unknownCheckingProxy } from "@pulumi/policy";
import { describe, it } from "mocha";
import { evaluate } from "pulumi-gatehouse/testing";
import * as gatehouse from "../../components";
import { MESH_CONFIG, WATCHED } from "../../policy/checks/workload-rbac";
import { checkResources } from "../../policy/library";
import { opened, sideOf } from "../../policy/pulumi/wire";
import { UNKNOWN, type Mapping } from "../../policy/values";
import { makeAuthority } from "../support/certificates";
import { resource, type PlainObject } from "./support/resources";

const said = (objects: readonly PlainObject[], policy: string, parameters: object = {}): string[] =>
    checkResources(
        objects.map((one) => resource(one)),
        { complete: true, config: { all: "disabled", [policy]: { enforcementLevel: "mandatory", ...parameters } } },
    ).map(({ message }) => message);

const secret = (cert: string, field: "data" | "stringData" = "stringData"): PlainObject => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "edge", namespace: "shop" },
    [field]: { "tls.crt": field === "data" ? Buffer.from(cert).toString("base64") : cert },
});
const DAY = 24 * 3_600_000;

/** A certificate by hand, with an algorithm of one's own. */
async function certificate(algorithm: webcrypto.RsaHashedKeyGenParams | (webcrypto.EcKeyGenParams & { hash: string })): Promise<string> {
    const keys = (await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as webcrypto.CryptoKeyPair;
    const made = await x509.X509CertificateGenerator.createSelfSigned({
        serialNumber: "01",
        name: "CN=edge",
        notBefore: new Date(),
        notAfter: new Date(Date.now() + 90 * DAY),
        keys: keys as never,
        signingAlgorithm: algorithm as never,
    });
    return made.toString("pem");
}
const rsa = (modulusLength: number, hash: string): webcrypto.RsaHashedKeyGenParams => ({
    name: "RSASSA-PKCS1-v1_5",
    hash,
    publicExponent: new Uint8Array([1, 0, 1]),
    modulusLength,
});

describe("gateway-secret-namespace", () => {
    const gateway = (credentialName: string): PlainObject => ({
        apiVersion: "networking.istio.io/v1",
        kind: "Gateway",
        metadata: { name: "web", namespace: "edge" },
        spec: {
            selector: { istio: "edge" },
            servers: [
                { port: { number: 443, name: "https", protocol: "HTTPS" }, hosts: ["a.test"], tls: { mode: "SIMPLE", credentialName } },
            ],
        },
    });
    const pod: PlainObject = {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "edge", namespace: "edge", labels: { istio: "edge" } },
        spec: { containers: [{ name: "proxy", image: "proxy:1" }] },
    };
    const about = (name: string): string[] => said([pod, gateway(name)], "gateway-secret-namespace");

    for (const name of ["vault://cert", "builtin://", "configmap://cert", "a/b/c", "/cert", "cert/", "kubernetes://"]) {
        it(`refuses ${name}, which names no Secret`, () => {
            assert.deepEqual(about(name), [
                `Gateway edge/web spec.servers[0].tls.credentialName is \`${name}\`, which names no Secret; its gateway reads those of namespace edge only.`,
            ]);
        });
    }

    it("takes the names of Secrets of its gateway's namespace", () => {
        for (const name of ["cert", "edge/cert", "kubernetes://cert", "kubernetes-gateway://edge/cert"])
            assert.deepEqual(about(name), [], name);
        assert.equal(about("shop/cert").length, 1);
    });
});

describe("certificates in Secrets", function () {
    this.timeout(60_000);

    it("are weak with 1024 bits of RSA, or signed over SHA-1, and sound with P-256", async () => {
        assert.match(
            said([secret(await certificate(rsa(1024, "SHA-256")))], "certificate-weak-key").join(),
            /^Secret shop\/edge stringData\["tls\.crt"\] is an RSA key of 1024 bits\. Want 2048 or more\.$/,
        );
        assert.match(
            said([secret(await certificate(rsa(2048, "SHA-1")), "data")], "certificate-weak-key").join(),
            /^Secret shop\/edge data\["tls\.crt"\] is signed over SHA-1/,
        );
        const sound = await certificate({ name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" });
        assert.deepEqual(said([secret(sound)], "certificate-weak-key"), []);
        assert.match(said([secret(sound)], "certificate-weak-key", { ecBits: 384 }).join(), /an EC key of 256 bits\. Want 384/);
    });

    it("expire soon by the days that are asked for, the chain's first", async () => {
        const authority = await makeAuthority();
        const { cert } = await authority.issue({ dns: ["a.example.com"], notAfter: new Date(Date.now() + 40 * DAY) });
        assert.deepEqual(said([secret(cert)], "certificate-near-expiry"), []);
        assert.match(
            said([secret(cert)], "certificate-near-expiry", { days: 60 }).join(),
            /expires on \d{4}-\d\d-\d\d, in less than 60 days/,
        );
        const past = await authority.issue({
            dns: ["a.example.com"],
            notBefore: new Date(Date.now() - 9 * DAY),
            notAfter: new Date(Date.now() - DAY),
        });
        assert.match(said([secret(cert + past.cert)], "certificate-near-expiry").join(), /expired on/);
    });

    it("live too long by the days between their dates", async () => {
        const authority = await makeAuthority();
        const { cert } = await authority.issue({
            dns: ["a.example.com"],
            notBefore: new Date(Date.now() - DAY),
            notAfter: new Date(Date.now() + 398 * DAY),
        });
        assert.match(said([secret(cert)], "certificate-lifetime").join(), /is valid for 399 days\. Want 398 days at most/);
        assert.deepEqual(said([secret(cert)], "certificate-lifetime", { days: 400 }), []);
        assert.deepEqual(said([secret(authority.cert)], "certificate-lifetime", { days: 1 }), []);
    });
});

describe("the source ranges of a load balancer", () => {
    const service = (spec: object, annotations: object = {}): PlainObject => ({
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "edge", namespace: "shop", annotations },
        spec: { type: "LoadBalancer", ...spec },
    });
    it("count as none where they are everybody's, however they are written", () => {
        for (const range of ["0.0.0.0/0", "::/0", "0::0/0", "0.0.0.0/00"])
            assert.equal(
                said([service({ loadBalancerSourceRanges: ["10.0.0.0/8", range] })], "load-balancer-source-ranges").length,
                1,
                range,
            );
    });
    it("may stand in the annotation, and are not asked of a load balancer that is internal or of another type", () => {
        assert.deepEqual(
            said([service({}, { "service.beta.kubernetes.io/load-balancer-source-ranges": "10.0.0.0/8" })], "load-balancer-source-ranges"),
            [],
        );
        assert.deepEqual(said([service({}, { "networking.gke.io/load-balancer-type": "Internal" })], "load-balancer-source-ranges"), []);
        assert.deepEqual(said([service({ type: "NodePort" })], "load-balancer-source-ranges"), []);
    });
});

describe("images", () => {
    const deployment = (image: string): PlainObject => ({
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "edge", namespace: "shop", labels: { "gateway-type": "ingress" } },
        spec: { template: { spec: { containers: [{ name: "proxy", image }] } } },
    });
    const digest = `@sha256:${"a".repeat(64)}`;
    it("are foreign outside the registries that are allowed, as a runtime reads their names", () => {
        const foreign = (image: string): boolean =>
            said([deployment(image + digest)], "workload-image", { allowedRegistries: ["registry.example.com/team", "docker.io/library"] })
                .length > 0;
        assert.deepEqual(["registry.example.com/team/proxy:1", "envoy:1", "registry.example.com/team"].map(foreign), [false, false, false]);
        assert.deepEqual(
            ["registry.example.com/teams/proxy", "someone/envoy", "localhost:5000/envoy", "registry.example.com.evil.net/team/proxy"].map(
                foreign,
            ),
            [true, true, true, true],
        );
    });
    it("are pinned by digest alone", () => {
        assert.deepEqual(said([deployment(`proxy:1${digest}`), deployment("auto")], "workload-image"), []);
        assert.equal(said([deployment("proxy@sha256:abc"), deployment("proxy")], "workload-image").length, 2);
    });
});

describe("the rights of a gateway", function () {
    this.timeout(60_000);

    it("are those that the component gives", async () => {
        const { resources, findings } = await evaluate(
            () => {
                new gatehouse.IngressGateway("public", { namespace: "edge", image: "proxy" });
                new gatehouse.EgressGateway("out", { namespace: "edge", image: "proxy" });
            },
            { timeoutMs: 60_000 },
        );
        assert.deepEqual(
            findings.filter(({ level }) => level === "Error"),
            [],
        );
        const rules = resources
            .filter(({ type }) => type.endsWith(":ClusterRole"))
            .flatMap(({ inputs }) => inputs["rules"] as unknown as { apiGroups: string[]; resources: string[] }[]);
        const reached = new Set(
            rules.flatMap(({ apiGroups, resources: names }) => apiGroups.flatMap((group) => names.map((name) => `${group}/${name}`))),
        );
        assert.deepEqual([...reached].sort(), [...WATCHED, MESH_CONFIG].sort());
        const faults = (): string[] =>
            checkResources(resources)
                .filter(({ policy }) => policy === "workload-rbac")
                .map(({ message }) => message);
        assert.deepEqual(faults(), []);
        for (const rule of rules as { resourceNames?: string[] }[]) delete rule.resourceNames;
        assert.match(faults().join("\n"), /reach `\/configmaps`, which a gateway does not read/);
    });
});

describe("policies of a stack that its gateways do not evaluate", function () {
    this.timeout(60_000);

    const judged = async (dataPlane: "gatehouse" | "istio", kind: string, spec: object, namespace = "edge"): Promise<string[]> => {
        const apis: Readonly<Record<string, string>> = {
            AuthorizationPolicy: "security.istio.io/v1",
            RequestAuthentication: "security.istio.io/v1",
            EnvoyFilter: "networking.istio.io/v1alpha3",
            WasmPlugin: "extensions.istio.io/v1alpha1",
            TrafficExtension: "extensions.istio.io/v1alpha1",
        };
        const { resources } = await evaluate(
            () => {
                new gatehouse.IngressGateway("public", {
                    namespace: "edge",
                    ...(dataPlane === "istio" ? { dataPlane } : { image: "proxy" }),
                });
                new k8s.apiextensions.CustomResource("p", { apiVersion: apis[kind] ?? "", kind, metadata: { name: "p", namespace }, spec });
            },
            { timeoutMs: 60_000 },
        );
        return checkResources(resources)
            .filter(({ policy }) => policy === "gateway-policy-unserved")
            .map(({ message, enforcementLevel }) => `${enforcementLevel} ${message}`);
    };
    const PLUGIN = { url: "oci://x", phase: "AUTHN" };

    it("are violations with the bundled proxy, and none with Istio's", async () => {
        for (const [kind, spec] of [
            ["WasmPlugin", PLUGIN],
            ["TrafficExtension", { lua: { inlineCode: "x" }, phase: "AUTHZ" }],
        ] as const) {
            assert.match(
                (await judged("gatehouse", kind, spec)).join(),
                new RegExp(`^mandatory ${kind} edge/p is for Deployment edge/public, and the bundled proxy does not evaluate it`),
            );
            assert.deepEqual(await judged("istio", kind, spec), []);
        }
        assert.deepEqual(await judged("gatehouse", "AuthorizationPolicy", { action: "DENY", rules: [{}] }), []);
        assert.match(
            (
                await judged("gatehouse", "EnvoyFilter", {
                    configPatches: [{ applyTo: "CLUSTER", patch: { operation: "MERGE", value: { connect_timeout: "1s" } } }],
                })
            ).join(),
            /does nothing of it.*DestinationRule/,
        );
    });

    it("are those that are for them: by label, by reference, from the namespace and the root namespace", async () => {
        const reference = (name: string): object => ({
            ...PLUGIN,
            targetRefs: [{ group: "gateway.networking.k8s.io", kind: "Gateway", name }],
        });
        const counts = async (spec: object, namespace?: string): Promise<number> =>
            (await judged("gatehouse", "WasmPlugin", spec, namespace)).length;
        assert.deepEqual(
            [
                await counts({ ...PLUGIN, selector: { matchLabels: { istio: "public" } } }),
                await counts({ ...PLUGIN, selector: { matchLabels: { istio: "other" } } }),
            ],
            [1, 0],
        );
        assert.deepEqual([await counts(reference("public")), await counts(reference("other"))], [1, 0]);
        const plugin = async (match: object): Promise<number> =>
            (await judged("gatehouse", "WasmPlugin", { url: "oci://x", phase: "AUTHZ", match: [match] })).length;
        assert.deepEqual(
            [await plugin({ ports: [{ number: 443 }] }), await plugin({ ports: [{ number: 9 }] }), await plugin({ mode: "SERVER" })],
            [1, 0, 0],
        );
        assert.deepEqual(
            [await counts(PLUGIN, "istio-system"), await counts(PLUGIN, "apps"), await counts({ ...PLUGIN, match: [{ mode: "SERVER" }] })],
            [1, 0, 0],
        );
    });
});

describe("what Pulumi hands to the pack", () => {
    const UNKNOWN_TEXT = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
    const sealed = (value: unknown): object => ({ "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", value });

    it("is opened, with what is secret and what is not known", () => {
        assert.deepEqual(
            opened({ data: sealed({ key: "k" }), spec: { list: [1, UNKNOWN_TEXT, { "a.b": sealed("x") }], none: UNKNOWN_TEXT } }),
            {
                values: { data: { key: "k" }, spec: { list: [1, UNKNOWN, { "a.b": "x" }], none: UNKNOWN } },
                secretPaths: ["data", 'spec.list[2]["a.b"]'],
            },
        );
    });

    it("is read through the package's guard where nothing else is there, and then nothing is known of secrets", () => {
        const guarded = unknownCheckingProxy({ spec: { name: UNKNOWN_TEXT, list: ["a", UNKNOWN_TEXT] } }) as Mapping;
        assert.deepEqual(sideOf(guarded), { values: { spec: { name: UNKNOWN, list: ["a", UNKNOWN] } }, secretPaths: undefined });
    });
});

describe("a variable in a header that the bundled proxy does not serve", () => {
    const HEADERS = {
        headers: { request: { set: { "x-id": "%CONNECTION_ID%", "x-path": "%REQ(:path)%" } } },
        route: [{ destination: { host: "web" }, headers: { response: { add: { "x-size": "%NOBODYS%" } } } }],
    };
    const route = (name: string, spec: object): PlainObject => ({
        apiVersion: "networking.istio.io/v1",
        kind: "VirtualService",
        metadata: { name, namespace: "shop" },
        spec,
    });
    const gateway: PlainObject = {
        apiVersion: "networking.istio.io/v1",
        kind: "Gateway",
        metadata: { name: "edge", namespace: "shop" },
        spec: { selector: { istio: "edge" }, servers: [{ port: { number: 80, name: "http", protocol: "HTTP" }, hosts: ["*"] }] },
    };
    const pods = (labels: object): PlainObject => ({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "edge", namespace: "shop", labels: { istio: "edge", ...labels } },
        spec: { containers: [] },
    });
    const BUNDLED = pods({ "sidecar.istio.io/inject": "false" });
    const faults = (...objects: readonly PlainObject[]): string[] => said(objects, "route-header-unserved");

    it("is told by its field, at rules and at destinations", () => {
        assert.deepEqual(faults(gateway, BUNDLED, route("web", { hosts: ["*"], gateways: ["edge"], http: [HEADERS] })), [
            "VirtualService shop/web spec.http[0].headers.request.set.x-id header x-id has %CONNECTION_ID%, no variable that the bundled proxy knows; nothing is sent in its place.",
            "VirtualService shop/web spec.http[0].route[0].headers.response.add.x-size header x-size has %NOBODYS%, no variable that the bundled proxy knows; it stays in the header as it stands.",
        ]);
    });

    it("is told of a delegate by the gateways of who names it", () => {
        const root = route("root", { hosts: ["*"], gateways: ["shop/edge"], http: [{ delegate: { name: "web" } }] });
        assert.equal(faults(gateway, BUNDLED, root, route("web", { http: [HEADERS] })).length, 2);
        assert.deepEqual(faults(gateway, BUNDLED, root, route("other", { http: [HEADERS] })), []);
    });

    it("is none at gateways of Envoy, nor where no gateway is named", () => {
        const web = route("web", { hosts: ["*"], gateways: ["edge"], http: [HEADERS] });
        assert.deepEqual(faults(gateway, pods({ "sidecar.istio.io/inject": "true" }), web), []);
        assert.deepEqual(faults(gateway, web), []);
        assert.deepEqual(faults(gateway, BUNDLED, route("web", { hosts: ["*"], gateways: ["mesh"], http: [HEADERS] })), []);
    });
});
