import assert from "node:assert/strict";
import { LabelIndex, ObjectIndex, parseDocuments, selectorText, type ObjectRef } from "../../../istio";

const indexOf = (text: string, namespace?: string): ObjectIndex =>
    new ObjectIndex(parseDocuments(text, "all.yaml").documents, namespace === undefined ? {} : { namespace });
const names = (refs: readonly { readonly ref: ObjectRef }[]): string[] => refs.map(({ ref }) => `${ref.namespace}/${ref.name}`);

const PODS = `
apiVersion: v1
kind: Pod
metadata: { name: p, namespace: a, labels: { app: web, tier: x } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: d, namespace: b, labels: { app: not-the-pods } }
spec: { template: { metadata: { labels: { app: web } } } }
`;

describe("the object index", () => {
    it("finds pods by selector: Pods, and those that a Deployment will make", () => {
        const { pods } = indexOf(PODS);
        const named = (found: readonly { readonly namespace: string; readonly name: string }[]): string[] =>
            found.map(({ namespace, name }) => `${namespace}/${name}`);
        assert.deepEqual(named(pods.selected({ app: "web" })), ["a/p", "b/d"]);
        assert.deepEqual(named(pods.selected({ app: "web", tier: "x" })), ["a/p"]);
        assert.deepEqual(named(pods.selected({})), ["a/p", "b/d"]);
        assert.deepEqual(named(pods.selectedIn("b", { app: "web" })), ["b/d"]);
        assert.deepEqual(named(pods.selected({ app: "not-the-pods" })), []);
    });

    it("has no pods of what another object made to make its own by", () => {
        const template = (version: string): string => `{ metadata: { labels: { version: ${version} } }, spec: {} }`;
        const owners = (apiVersion: string, kind: string): string =>
            `[{ apiVersion: ${apiVersion}, kind: ${kind}, name: d, uid: u, controller: true }]`;
        const made = (kind: string, owner: string, version: string): string => `
---
apiVersion: ${kind === "Job" ? "batch/v1" : "apps/v1"}
kind: ${kind}
metadata: { name: ${version}, namespace: a, ownerReferences: ${owner} }
spec: { template: ${template(version)} }
`;
        const { pods } = indexOf(`
apiVersion: apps/v1
kind: Deployment
metadata: { name: d, namespace: a }
spec: { template: ${template("now")} }
---
apiVersion: batch/v1
kind: CronJob
metadata: { name: d, namespace: a }
spec: { jobTemplate: { spec: { template: ${template("nightly")} } } }
${made("ReplicaSet", owners("apps/v1", "Deployment"), "before")}
${made("Job", owners("batch/v1", "CronJob"), "yesterday")}
${made("ReplicaSet", owners("argoproj.io/v1alpha1", "Rollout"), "rollout")}
${made("ReplicaSet", "[]", "alone")}
---
apiVersion: v1
kind: Pod
metadata: { name: p, namespace: a, labels: { version: before }, ownerReferences: ${owners("apps/v1", "ReplicaSet")} }
`);
        const of = (version: string): string[] => pods.selected({ version }).map(({ owner }) => owner.ref.kind);
        assert.deepEqual(
            Object.fromEntries(["now", "nightly", "before", "yesterday", "rollout", "alone"].map((version) => [version, of(version)])),
            {
                now: ["Deployment"],
                nightly: ["CronJob"],
                before: ["Pod"],
                yesterday: [],
                rollout: ["ReplicaSet"],
                alone: ["ReplicaSet"],
            },
        );
    });

    it("takes a missing namespace for the one of the configuration, and the last of two objects of one name", () => {
        const index = indexOf(
            `
apiVersion: v1
kind: Service
metadata: { name: s }
spec: { ports: [{ port: 1 }] }
---
apiVersion: v1
kind: Service
metadata: { name: s, namespace: shop }
spec: { ports: [{ port: 2 }] }
`,
            "shop",
        );
        assert.deepEqual(names(index.of("Service")), ["shop/s"]);
        assert.equal(index.find("Service", "shop", "s")?.usable.spec?.ports?.[0]?.port, 2);
        assert.deepEqual(names(index.overwritten), ["shop/s"]);
    });

    it("keeps kinds of one name and different groups apart, and gives kinds without a type as they are", () => {
        const index = indexOf(`
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: g }
---
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: { name: p }
spec: { mtls: { mode: STRICT } }
`);
        assert.deepEqual(names(index.of("Gateway")), []);
        assert.deepEqual(
            index.others("security.istio.io", "PeerAuthentication").map(({ object }) => (object as { spec?: unknown }).spec),
            [{ mtls: { mode: "STRICT" } }],
        );
    });

    it("leaves ill-typed parts out of typed objects, so that nobody meets them", () => {
        const index = indexOf(
            "apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: { name: g }\nspec: { selector: [1], servers: [{ hosts: 5 }, 7] }\n",
        );
        const [gateway] = index.of("Gateway");
        assert.equal(gateway?.usable.spec?.selector, undefined);
        assert.deepEqual(gateway?.usable.spec?.servers, [{}, undefined]);
        assert.ok((gateway?.findings.length ?? 0) > 0);
    });

    it("knows hosts of Services and ServiceEntries as far as they are exported", () => {
        const { hosts } = indexOf(`
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop, annotations: { networking.istio.io/exportTo: "." } }
spec: { ports: [{ port: 80 }] }
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: e, namespace: egress }
spec: { hosts: ["*.example.com", "*.api.example.com", x.org], resolution: NONE, ports: [{ number: 443, name: tls, protocol: TLS }] }
`);
        const found = (host: string, namespace: string): string | undefined => hosts.find(host, namespace)?.owner.ref.name;
        assert.equal(found("web", "shop"), "web");
        assert.equal(found("web.shop.svc.cluster.local", "shop"), "web");
        assert.equal(found("web.shop.svc.cluster.local", "other"), undefined);
        assert.equal(found("a.example.com", "other"), "e");
        assert.equal(found("x.org", "other"), "e");
        assert.equal(found("y.org", "other"), undefined);
    });

    it("selects by a label that is missing or has another value in none of them", () => {
        const index = new LabelIndex([{ a: "1" }, { a: "1", b: "2" }], (one: Record<string, string>) => one);
        assert.equal(index.selected({ a: "1" }).length, 2);
        assert.equal(index.selected({ b: "2", a: "1" }).length, 1);
        assert.equal(index.selected({ c: "1" }).length, 0);
        assert.equal(selectorText({ b: "2", a: "1" }), "a=1,b=2");
    });
});
