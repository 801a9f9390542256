/** The cluster as the source: what is asked for, what is handed on, and what becomes of changes. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, it } from "mocha";
import { isMeshConfigMap, rootNamespaceOf } from "../../../istio/semantics/root-namespace";
import { WATCHED_KINDS } from "../../../proxy/source";
import { ClusterRig, virtualService } from "./support/cluster";

describe("the cluster as the source", () => {
    let rig: ClusterRig;
    beforeEach(() => {
        rig = new ClusterRig();
    });
    afterEach(() => rig.stop());

    it("hands nothing on before every kind has been read, then everything at once", async () => {
        rig.api.putQuietly("virtualservices", virtualService("a", "a.example.com"));
        let isHeld = true;
        rig.api.refuse = ({ resource }) => (isHeld && resource === "services" ? { status: 500, message: "not yet" } : undefined);
        await rig.start();
        await rig.api.watched("virtualservices");
        await rig.until(() => /services|Service/.test(rig.findings) && rig.states.length > 0);
        assert.deepEqual([rig.state.isPartial, rig.objects], [true, []]);
        isHeld = false;
        await rig.ready();
        assert.deepEqual(rig.objects, ["VirtualService a=a.example.com"]);
        assert.equal(rig.findings, "");
    });

    it("reads pages of 500, all of them", async () => {
        for (let at = 0; at < 1100; at += 1) rig.api.putQuietly("virtualservices", virtualService(`v${at}`, `v${at}.example.com`));
        await rig.start();
        await rig.ready();
        assert.equal(rig.state.objects.length, 1100);
        assert.deepEqual(
            rig.api.of("virtualservices", "list").map(({ query }) => [query.get("limit"), query.get("continue")]),
            [
                ["500", null],
                ["500", "500"],
                ["500", "1000"],
            ],
        );
    });

    it("asks for one watch a kind with bookmarks, and for Secrets of its own namespace alone", async () => {
        await rig.start();
        await rig.ready();
        const watches = rig.api.asked.filter(({ verb }) => verb === "watch");
        assert.deepEqual(
            watches.map(({ resource }) => resource).sort(),
            WATCHED_KINDS.filter(({ resource, labelSelector }) => !["pods", "nodes"].includes(resource) && labelSelector === undefined)
                .map(({ resource }) => resource)
                .sort(),
        );
        for (const { query } of watches) {
            assert.equal(query.get("allowWatchBookmarks"), "true");
            assert.ok(Number(query.get("timeoutSeconds")) >= 290 && Number(query.get("timeoutSeconds")) < 590);
        }
        const secrets = rig.api.of("secrets");
        assert.deepEqual([...new Set(secrets.map(({ path }) => path))], ["/api/v1/namespaces/gw/secrets"]);
        assert.ok(secrets.every(({ query }) => query.get("fieldSelector")?.includes("type!=helm.sh/release.v1")));
        assert.ok(rig.api.of("services").every(({ path }) => path === "/api/v1/services"));
    });

    it("hands a change on at once, and leaves every other object the same", async () => {
        rig.api.putQuietly("virtualservices", virtualService("a", "a.example.com"));
        rig.api.putQuietly("virtualservices", virtualService("b", "b.example.com"));
        await rig.start();
        await rig.ready();
        const before = rig.state;
        rig.api.put("virtualservices", virtualService("b", "new.example.com"));
        await rig.until(() => rig.state !== before);
        assert.deepEqual(rig.objects, ["VirtualService a=a.example.com", "VirtualService b=new.example.com"]);
        const named = (state: typeof before, name: string): unknown => state.objects.find(({ object }) => object.metadata.name === name);
        assert.equal(named(rig.state, "a"), named(before, "a"));
        assert.notEqual(named(rig.state, "b"), named(before, "b"));
    });

    it("hands nothing on when only bookkeeping changed", async () => {
        rig.api.putQuietly("virtualservices", virtualService("a", "a.example.com"));
        await rig.start();
        await rig.ready();
        const before = rig.state;
        rig.api.put("virtualservices", {
            ...virtualService("a", "a.example.com", { generation: 7, managedFields: [{ manager: "other" }] }),
            status: { observed: 1 },
        });
        rig.api.put("services", { metadata: { name: "s", namespace: "gw" }, spec: { ports: [{ port: 80 }] } });
        await rig.until(() => rig.state !== before);
        const [kept] = rig.state.objects;
        assert.equal(kept, before.objects[0]);
        assert.deepEqual(kept?.object.metadata, { name: "a", namespace: "gw" });
        assert.equal(rig.states.length, 2 + rig.states.filter(({ isPartial }) => isPartial).length);
    });

    it("gives the items of a list the kind that lists leave out", async () => {
        rig.api.putQuietly("services", { metadata: { name: "s", namespace: "gw" }, spec: { ports: [{ port: 80 }] } });
        await rig.start();
        await rig.ready();
        assert.deepEqual(rig.objects, ["Service s"]);
    });

    it("looks for the gateway's own configuration, by its label, once a policy leaves decisions to somebody else", async () => {
        const own = (name: string, text: string): Parameters<typeof rig.api.put>[1] => ({
            metadata: { name, namespace: "gw", labels: { "gatehouse.dev/mesh-config": "true" } },
            data: { mesh: text },
        });
        rig.api.putQuietly("configmaps", own("own", "extensionProviders: []"));
        await rig.start();
        await rig.ready();
        const asked = (): number => rig.api.of("configmaps").filter(({ path }) => path === "/api/v1/namespaces/gw/configmaps").length;
        assert.equal(asked(), 0);
        rig.api.put("authorizationpolicies", {
            metadata: { name: "ask", namespace: "gw" },
            spec: { action: "CUSTOM", provider: { name: "auth" }, rules: [{}] },
        });
        await rig.until(() => rig.objects.includes("ConfigMap own"));
        assert.ok(
            rig.api
                .of("configmaps")
                .every(({ path, query }) => (query.get("labelSelector") === "gatehouse.dev/mesh-config=true") === path.includes("/gw/")),
        );
        rig.api.put("configmaps", own("own", "extensionProviders: [oops"));
        await rig.until(() => /GH0403 ConfigMap gw\/own: The last good version/.test(rig.findings));
    });

    it("looks for redirects in bulk, by their label, once a VirtualService names some, beside other ConfigMaps of the gateway", async () => {
        const labelled = (name: string, label: string, data: object): Parameters<typeof rig.api.put>[1] => ({
            metadata: { name, namespace: "gw", labels: { [label]: "true" } },
            data,
        });
        rig.api.putQuietly("configmaps", labelled("moved", "gatehouse.dev/redirects", { "a.csv": "/a,/b" }));
        await rig.start();
        await rig.ready();
        const selectors = (): Set<string | null> =>
            new Set(rig.api.of("configmaps").flatMap(({ path, query }) => (path.includes("/gw/") ? [query.get("labelSelector")] : [])));
        assert.deepEqual([...selectors()], []);
        rig.api.put("virtualservices", {
            metadata: { name: "web", namespace: "gw", annotations: { "gatehouse.dev/redirects": '{"configMaps":["moved"]}' } },
            spec: { hosts: ["a.test"], http: [{ route: [{ destination: { host: "b" } }] }] },
        });
        await rig.until(() => rig.objects.includes("ConfigMap moved") && selectors().has("gatehouse.dev/redirects=true"));
        rig.api.put("authorizationpolicies", {
            metadata: { name: "ask", namespace: "gw" },
            spec: { action: "CUSTOM", provider: { name: "auth" }, rules: [{}] },
        });
        await rig.until(() => selectors().has("gatehouse.dev/mesh-config=true"));
        rig.api.put("configmaps", labelled("moved", "gatehouse.dev/redirects", { "a.json": "{" }));
        await rig.until(() => /GH0424 ConfigMap gw\/moved .*it is no JSON/.test(rig.findings));
        assert.ok(rig.objects.includes("ConfigMap moved"), "the last good version");
    });

    it("goes on without the right to look for it, and says so", async () => {
        rig.api.refuse = ({ resource, path }) =>
            resource === "configmaps" && path.includes("/gw/") ? { status: 403, message: "no" } : undefined;
        rig.api.putQuietly("authorizationpolicies", {
            metadata: { name: "ask", namespace: "gw" },
            spec: { action: "CUSTOM", provider: { name: "auth" }, rules: [{}] },
        });
        await rig.start();
        await rig.until(() => rig.objects.includes("AuthorizationPolicy ask"));
        await rig.until(() =>
            /GH0492: .* may not list configmaps in namespace gw; ConfigMap counts as absent\. Bind it to a Role in gw/.test(rig.findings),
        );
    });

    describe("the mesh's configuration", () => {
        const mesh = (text: string): Parameters<typeof rig.api.put>[1] => ({
            metadata: { name: "istio", namespace: "istio-system" },
            data: { mesh: text },
        });
        const root = (): string => rootNamespaceOf(rig.state.objects.find(({ object }) => isMeshConfigMap(object))?.object);

        it("says the root namespace; where it says nothing that can be read, what it said before holds", async () => {
            rig.api.putQuietly("configmaps", mesh("rootNamespace: one"));
            await rig.start();
            await rig.ready();
            assert.equal(root(), "one");
            const asked = rig.api.of("configmaps");
            assert.ok(
                asked.every(
                    ({ path, query }) =>
                        path === "/api/v1/namespaces/istio-system/configmaps" && query.get("fieldSelector") === "metadata.name=istio",
                ),
            );
            rig.api.put("configmaps", mesh("rootNamespace: [two"));
            await rig.until(() => /GH0403 ConfigMap istio-system\/istio: The last good version/.test(rig.findings));
            assert.equal(root(), "one");
            rig.api.put("configmaps", mesh("rootNamespace: two"));
            await rig.until(() => root() === "two" && rig.findings === "");
            rig.api.remove("configmaps", "istio-system", "istio");
            await rig.until(() => root() === "istio-system");
        });

        it("is waited for: a policy in it is not to be overlooked", async () => {
            rig.api.refuse = ({ resource }) => (resource === "configmaps" ? { status: 403, message: "no" } : undefined);
            await rig.start();
            await rig.until(() =>
                /GH0492: .* may not list configmaps istio in namespace istio-system, which says the root namespace; nothing is served before ConfigMap could be read\. .*resourceNames \["istio"\], verbs \["list", "watch"\], or say the namespace with --root-namespace/.test(
                    rig.findings,
                ),
            );
            assert.equal(rig.state.isPartial, true);
        });

        it("is not asked for where the namespace was given", async () => {
            await rig.start(undefined, undefined, undefined, { rootNamespace: "mesh" });
            await rig.ready();
            assert.deepEqual(rig.api.of("configmaps"), []);
        });
    });

    it("forgets what is deleted", async () => {
        rig.api.putQuietly("virtualservices", virtualService("a", "a.example.com"));
        await rig.start();
        await rig.ready();
        rig.api.remove("virtualservices", "gw", "a");
        await rig.until(() => rig.objects.length === 0);
    });

    it("keeps the last good version of an object that goes bad and says which; of one that never was good the hosts are refused", async () => {
        rig.api.putQuietly("virtualservices", virtualService("a", "a.example.com"));
        await rig.start();
        await rig.ready();
        const bad = (name: string): Parameters<typeof rig.api.put>[1] => ({
            ...virtualService(name, "x.example.com"),
            spec: { hosts: ["x.example.com"], htp: [] },
        });
        rig.api.put("virtualservices", bad("a"));
        rig.api.put("virtualservices", bad("c"));
        await rig.until(() => /GH0404 VirtualService gw\/c/.test(rig.findings));
        assert.deepEqual(rig.objects, ["VirtualService a=a.example.com", "VirtualService c=x.example.com"]);
        assert.match(rig.findings, /GH0404 VirtualService gw\/c: .* Requests for x\.example\.com get 500/);
        assert.match(rig.findings, /GH0403 VirtualService gw\/a: The last good version/);
        assert.match(rig.findings, /VirtualService gw\/a spec\.htp/);
        rig.api.put("virtualservices", virtualService("a", "b.example.com"));
        rig.api.remove("virtualservices", "gw", "c");
        await rig.until(() => rig.findings === "");
        assert.deepEqual(rig.objects, ["VirtualService a=b.example.com"]);
    });

    it("asks for pods, and of them for metadata alone, once a DestinationRule has subsets", async () => {
        await rig.start();
        await rig.ready();
        assert.deepEqual(rig.api.of("pods"), []);
        rig.api.put("destinationrules", {
            metadata: { name: "d", namespace: "gw" },
            spec: { host: "s", subsets: [{ name: "v1", labels: { version: "v1" } }] },
        });
        await rig.until(() => rig.objects.length > 0);
        assert.deepEqual([rig.objects, rig.findings], [["DestinationRule d"], ""]);
        rig.api.put("pods", { metadata: { name: "p", namespace: "gw", labels: { version: "v1" }, annotations: { large: "x" } } });
        await rig.until(() => rig.objects.length > 1);
        assert.deepEqual(rig.objects, ["DestinationRule d", "Pod p"]);
        assert.deepEqual(rig.state.objects.find(({ object }) => object.kind === "Pod")?.object, {
            apiVersion: "v1",
            kind: "Pod",
            metadata: { name: "p", namespace: "gw", labels: { version: "v1" } },
        });
        assert.ok(rig.api.of("pods").every(({ accept }) => accept.includes("as=PartialObjectMetadata")));
    });

    it("asks for pods with their addresses once a ServiceEntry selects them, in place of their labels alone", async () => {
        rig.api.putQuietly("destinationrules", {
            metadata: { name: "d", namespace: "gw" },
            spec: { host: "s", subsets: [{ name: "v1", labels: { version: "v1" } }] },
        });
        rig.api.putQuietly("pods", {
            metadata: { name: "p", namespace: "gw", labels: { app: "db" }, annotations: { large: "x" } },
            spec: { nodeName: "n1", serviceAccountName: "db", containers: [{ name: "a", image: "large" }] },
            status: {
                phase: "Running",
                podIP: "10.1.0.1",
                conditions: [
                    { type: "Ready", status: "True", lastProbeTime: "now" },
                    { type: "Initialized", status: "True" },
                ],
                containerStatuses: [{ name: "a" }],
            },
        });
        await rig.start();
        await rig.ready();
        await rig.until(() => rig.objects.includes("Pod p"));
        const podOf = () => rig.state.objects.filter(({ object }) => object.kind === "Pod").map(({ object }) => object);
        assert.equal(Object.hasOwn(podOf()[0] ?? {}, "status"), false);
        rig.api.put("serviceentries", {
            metadata: { name: "e", namespace: "gw" },
            spec: {
                hosts: ["db.example.com"],
                ports: [{ number: 80, name: "http", protocol: "HTTP" }],
                resolution: "STATIC",
                workloadSelector: { labels: { app: "db" } },
            },
        });
        await rig.until(() => Object.hasOwn(podOf()[0] ?? {}, "status"));
        assert.deepEqual(podOf(), [
            {
                apiVersion: "v1",
                kind: "Pod",
                metadata: { name: "p", namespace: "gw", labels: { app: "db" }, annotations: { large: "x" } },
                spec: { nodeName: "n1", serviceAccountName: "db" },
                status: { phase: "Running", podIP: "10.1.0.1", conditions: [{ type: "Ready", status: "True" }] },
            },
        ]);
        assert.deepEqual([rig.objects, rig.findings], [["DestinationRule d", "Pod p", "ServiceEntry e=db.example.com"], ""]);
    });

    it("asks for nodes once traffic is to stay near, and of namespaces and nodes for metadata alone", async () => {
        rig.api.putQuietly("nodes", { metadata: { name: "n1", labels: { "topology.kubernetes.io/zone": "z1" } }, status: { large: "x" } });
        await rig.start();
        await rig.ready();
        assert.deepEqual(rig.api.of("nodes"), []);
        rig.api.put("namespaces", {
            metadata: { name: "shop", annotations: { large: "x", "networking.istio.io/traffic-distribution": "PreferClose" } },
            spec: { finalizers: ["kubernetes"] },
        });
        await rig.until(() => rig.state.objects.some(({ object }) => object.kind === "Node"));
        assert.deepEqual(
            rig.state.objects.map(({ object }) => object),
            [
                {
                    apiVersion: "v1",
                    kind: "Namespace",
                    metadata: { name: "shop", annotations: { "networking.istio.io/traffic-distribution": "PreferClose" } },
                },
                { apiVersion: "v1", kind: "Node", metadata: { name: "n1", labels: { "topology.kubernetes.io/zone": "z1" } } },
            ],
        );
        for (const kind of ["namespaces", "nodes"]) {
            assert.ok(rig.api.of(kind).every(({ accept }) => accept.includes("as=PartialObjectMetadata")));
        }
    });

    it("reads the mounted files that Gateways name, and again as they change", async () => {
        const server = (certificate: string): object => ({
            port: { number: 443, name: "https", protocol: "HTTPS" },
            hosts: ["a.example.com"],
            tls: { mode: "SIMPLE", serverCertificate: certificate, privateKey: "/certs/tls.key" },
        });
        mkdirSync(path.join(rig.api.folder, "certs"));
        writeFileSync(path.join(rig.api.folder, "certs/tls.crt"), "one");
        rig.api.putQuietly("gateways", {
            metadata: { name: "g", namespace: "gw" },
            spec: { selector: { a: "b" }, servers: [server("/certs/tls.crt")] },
        });
        await rig.start();
        await rig.ready();
        const content = (name: string): unknown => rig.state.files.get(name);
        assert.deepEqual([...rig.state.files.keys()], ["/certs/tls.crt", "/certs/tls.key"]);
        assert.deepEqual(content("/certs/tls.crt"), { text: "one" });
        assert.match(JSON.stringify(content("/certs/tls.key")), /there is no such file/);
        const { objects } = rig.state;
        writeFileSync(path.join(rig.api.folder, "certs/tls.crt"), "two");
        await rig.until(() => JSON.stringify(content("/certs/tls.crt")) === `{"text":"two"}`);
        assert.equal(rig.state.objects, objects);
        rig.api.remove("gateways", "gw", "g");
        await rig.until(() => rig.state.files.size === 0);
    });

    it("takes a rule with subsets up without the pods where they may not be read, and says so", async () => {
        rig.api.refuse = ({ resource }) => (resource === "pods" ? { status: 403, message: "no" } : undefined);
        await rig.start();
        await rig.ready();
        rig.api.put("destinationrules", {
            metadata: { name: "d", namespace: "gw" },
            spec: { host: "s", subsets: [{ name: "v1", labels: { version: "v1" } }] },
        });
        await rig.until(() => rig.objects.length > 0);
        assert.match(rig.findings, /GH0492: .* may not list pods in the whole cluster; Pod counts as absent/);
    });
});
