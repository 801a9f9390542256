/** Policies that cannot be read: what counts of them, from a folder and from a cluster. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "mocha";
import { parseDocuments } from "../../../istio/documents";
import { findingText } from "../../../istio/findings";
import type { PlacedObject } from "../../../proxy/resources/placed-object";
import { ResourceStore } from "../../../proxy/resources";
import { ObjectStore } from "../../../proxy/source/kubernetes/object-store";
import { compileYaml, entries, gateway, objectsOf } from "../compiler/support";
import { ClusterRig } from "../source/support/cluster";

const POLICY = (spec: string, name = "deny", namespace = "istio-system"): string =>
    `apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: { name: ${name}, namespace: ${namespace} }\nspec: ${spec}\n`;
const GOOD = "{ selector: { matchLabels: { app: other } }, action: DENY, rules: [{}] }";
/** Good but for one field, with a selector that can be read. */
const BAD = "{ selector: { matchLabels: { istio: ingressgateway } }, action: DENY, rulez: [{}] }";

function put(store: ResourceStore, text: string): void {
    store.setFile("a.yaml", parseDocuments(text, "a.yaml"));
}
const said = (store: ResourceStore): string => store.read().findings.map(findingText).join("\n");
/** Whether a gateway of these labels in this namespace refuses, or asks the policy that denies everybody. */
function refuses(
    objects: readonly PlacedObject[],
    labels: Record<string, string> = { istio: "ingressgateway" },
    namespace = "istio-system",
): boolean {
    const web = objectsOf(
        gateway("web", "- { port: { number: 80, name: http, protocol: HTTP }, hosts: [a.example.com] }", { selector: "{}" }),
    );
    return entries(compileYaml("", { objects: [...web, ...objects], labels, namespace }).tables, "routeTables").some(
        ({ refusal, access }) => refusal !== undefined || access !== undefined,
    );
}

describe("a policy that cannot be read, in a folder", () => {
    it("keeps its last good version", () => {
        const store = new ResourceStore();
        put(store, POLICY(GOOD));
        assert.equal(said(store), "");
        put(store, POLICY(BAD));
        assert.match(said(store), /Warning GH0403 AuthorizationPolicy istio-system\/deny/);
        assert.deepEqual([refuses(store.read().objects, { app: "other" }), refuses(store.read().objects)], [true, false]);
    });

    it("restricts whom its selector selects, as long as it has never been good", () => {
        const store = new ResourceStore();
        put(store, POLICY(BAD));
        const { objects } = store.read();
        assert.match(
            said(store),
            /Error GH0465 AuthorizationPolicy istio-system\/deny: AuthorizationPolicy istio-system\/deny has never been good: whom it could be for refuses everything/,
        );
        assert.deepEqual([refuses(objects), refuses(objects, { istio: "other" })], [true, false]);
        put(store, POLICY("{ action: DENY, rulez: [{}] }"));
        assert.deepEqual(
            [refuses(store.read().objects, { istio: "other" }), /GH0403/.test(said(store))],
            [true, false],
            "a version that was bad is none to keep",
        );
        put(store, POLICY(GOOD));
        assert.deepEqual([refuses(store.read().objects), said(store)], [false, ""]);
    });

    it("restricts everybody in its namespace where its selector cannot be read, and everybody where nothing can", () => {
        for (const [text, elsewhere] of [
            [POLICY("{ selector: { matchLabels: [] } }", "a", "edge"), false],
            [POLICY("{ action: DENY, rules: [{}] }", "a", "edge").replace("/v1", "/v9"), false],
            [POLICY("{ action: DENY, rules: [{}], x: *nowhere }", "a", "edge"), true],
            [POLICY("{ action: DENY, rules: [{}]", "a", "edge"), true],
            [`{"kind": "AuthorizationPolicy", "metadata": {"name": "a", "namespace": "edge"}, "spec": {`, true],
            ["kind: RequestAuthentication\nmetadata: { name: a }\nspec: { jwtRules: [{ issuer: x }] }\n", false],
            [POLICY(GOOD, "a", "edge").replace("name: a", "nam: a"), true],
            [
                "apiVersion: extensions.istio.io/v1alpha1\nkind: WasmPlugin\nmetadata: { name: a, namespace: edge }\nspec: { phase: AUTHN, url: [\n",
                true,
            ],
        ] as const) {
            const store = new ResourceStore();
            put(store, text);
            const { objects } = store.read();
            const own = text.includes("edge") ? "edge" : "default";
            assert.deepEqual([refuses(objects, {}, own), refuses(objects, {}, "far")], [true, elsewhere], text);
            assert.match(said(store), /GH0465/, text);
        }
    });

    it("takes nothing else that cannot be read for a policy", () => {
        for (const text of [
            "kind: VirtualService\nmetadata: {",
            "kind: WasmPlugin\nspec: {",
            "a: [",
            POLICY(GOOD).replace("AuthorizationPolicy", "AuthorizationPolcy"),
        ]) {
            const store = new ResourceStore();
            put(store, text);
            assert.deepEqual(store.read().objects, [], text);
        }
    });

    it("stays as it was while the text around it cannot be read", () => {
        const store = new ResourceStore();
        put(store, POLICY(GOOD));
        assert.equal(said(store), "");
        put(store, POLICY("{ action: DENY, rules: [{}]"));
        assert.deepEqual([refuses(store.read().objects, { app: "other" }), refuses(store.read().objects)], [true, false]);
        assert.doesNotMatch(said(store), /GH0465/);
    });
});

describe("a policy that cannot be read, in a cluster", () => {
    const API = "security.istio.io/v1";
    const policy = (spec: unknown, resourceVersion: string): object => ({
        metadata: { name: "deny", namespace: "istio-system", resourceVersion },
        spec,
    });

    it("keeps its last good version, and restricts whom it could be for without one", () => {
        const store = new ObjectStore("AuthorizationPolicy", false);
        store.put(
            store.examine(policy({ action: "DENY", rulez: [{}], selector: { matchLabels: { istio: "ingressgateway" } } }, "1"), API)!,
        );
        assert.deepEqual(
            [refuses(store.objects), refuses(store.objects, { app: "x" }), store.findings.map(({ code }) => code)],
            [true, false, ["GH0101", "GH0103", "GH0465"]],
        );
        store.put(store.examine(policy({ action: "DENY", rulez: [{}] }, "2"), API)!);
        assert.equal(refuses(store.objects, { app: "x" }), true, "a version that was bad is none to keep");
        store.put(store.examine(policy({ action: "DENY", rules: [{}], selector: { matchLabels: { app: "x" } } }, "3"), API)!);
        store.put(store.examine(policy({ action: "DENY", rulez: [{}] }, "4"), API)!);
        assert.deepEqual(
            [refuses(store.objects), refuses(store.objects, { app: "x" }), store.findings.map(({ code }) => code)],
            [false, true, ["GH0101", "GH0103", "GH0403"]],
        );
    });
});

describe("kinds of policies in a cluster", () => {
    /** And nothing else is said. */
    const NOT_KNOWN =
        /^Warning GH0493: The cluster does not know AuthorizationPolicy and RequestAuthentication of security\.istio\.io: it counts as having none\.[^\n]*$/;
    let rig: ClusterRig;
    beforeEach(() => {
        rig = new ClusterRig();
    });
    afterEach(() => rig.stop());
    const deny = {
        apiVersion: "security.istio.io/v1",
        kind: "AuthorizationPolicy",
        metadata: { name: "deny", namespace: "gw" },
        spec: { action: "DENY", rules: [{}] },
    };

    it("are read and followed, in the versions that the cluster serves", async () => {
        rig.api.putQuietly("authorizationpolicies", deny);
        rig.api.refuse = ({ path }) => (path.startsWith("/apis/security.istio.io/v1/") ? { status: 404 } : undefined);
        await rig.start();
        await rig.ready();
        assert.deepEqual(rig.objects, ["AuthorizationPolicy deny"]);
        rig.api.put("wasmplugins", { metadata: { name: "w", namespace: "gw" }, spec: { url: "oci://x", phase: "AUTHN" } });
        await rig.until(() => rig.objects.length === 2);
        rig.api.remove("authorizationpolicies", "gw", "deny");
        await rig.until(() => rig.objects.join() === "WasmPlugin w");
    });

    it("that the cluster does not have are no restriction, and those that decide by themselves are named", async () => {
        rig.api.refuse = ({ resource }) =>
            /policies|requestauth|plugins|trafficext|envoyfilters|proxyconfigs/.test(resource) ? { status: 404 } : undefined;
        await rig.start();
        await rig.ready();
        assert.match(rig.findings, NOT_KNOWN);
    });

    for (const resource of ["authorizationpolicies", "requestauthentications", "wasmplugins", "trafficextensions"]) {
        it(`hold everything back where ${resource} may not be read, and say which right is missing`, async () => {
            let isForbidden = true;
            rig.api.refuse = (asked) =>
                isForbidden && asked.resource === resource ? { status: 403, message: `User "gw" cannot list resource` } : undefined;
            await rig.start();
            await rig.api.watched("telemetries");
            await rig.until(() => /GH0492/.test(rig.findings));
            assert.match(
                rig.findings,
                new RegExp(
                    `^Error GH0492: gw may not list ${resource}\\.\\w+\\.istio\\.io in the whole cluster; nothing is served before \\w+ could be read\\.`,
                ),
            );
            assert.equal(rig.state.isPartial, true);
            isForbidden = false;
            await rig.ready();
        });
    }

    it("count as none where they may not be read and the API's own list does not have them", async () => {
        const kinds = ["authorizationpolicies", "requestauthentications", "wasmplugins", "trafficextensions"];
        rig.api.refuse = ({ resource, path }) =>
            kinds.includes(resource) ? { status: 403 } : /^\/apis\/\w+\.istio\.io\/v\w+$/.test(path) ? { status: 404 } : undefined;
        await rig.start();
        await rig.ready();
        assert.match(rig.findings, NOT_KNOWN);
    });

    it("that may not be read any more stay as they were", async () => {
        rig.api.putQuietly("authorizationpolicies", deny);
        await rig.start();
        await rig.ready();
        rig.api.refuse = ({ resource }) => (resource === "authorizationpolicies" ? { status: 403 } : undefined);
        rig.api.endWatches("authorizationpolicies", "end");
        await rig.until(() => /GH0492/.test(rig.findings));
        assert.deepEqual(rig.objects, ["AuthorizationPolicy deny"]);
    });

    it("do not hold anything back that keep nobody out", async () => {
        rig.api.refuse = ({ resource }) => (/envoyfilters|proxyconfigs/.test(resource) ? { status: 403 } : undefined);
        await rig.start();
        await rig.ready();
        assert.match(rig.findings, /GH0492.*envoyfilters[^]*GH0492.*proxyconfigs/);
    });
});
