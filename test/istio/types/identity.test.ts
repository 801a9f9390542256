/** What names an object: which group it is of, what keeps it apart from others, and how messages name it. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { describe, it } from "mocha";
import {
    analyze,
    findingText,
    GROUP_OF_KIND,
    homeGroup,
    isSameRef,
    KIND_TABLES,
    KINDS,
    kindTable,
    meantGroup,
    parseSuppression,
    refKey,
    refOf,
    refText,
    validateObject,
    type KubeObject,
    type Suppression,
} from "../../../istio";
import { groupsOfKind } from "../../../istio/kinds";

const object = (apiVersion: string, kind: string): KubeObject => ({ apiVersion, kind, metadata: { name: "web", namespace: "shop" } });

describe("the identity of an object", () => {
    it("has for every kind that is read one table, under the group that the kind is known to be of", () => {
        assert.deepEqual(Object.keys(KIND_TABLES).sort(), KINDS.map((kind) => `${GROUP_OF_KIND[kind]}/${kind}`).sort());
        for (const kind of KINDS) {
            assert.ok(groupsOfKind(kind).includes(GROUP_OF_KIND[kind]), kind);
            assert.equal(homeGroup(kind), GROUP_OF_KIND[kind]);
            assert.equal(kindTable(kind), KIND_TABLES[`${GROUP_OF_KIND[kind]}/${kind}` as keyof typeof KIND_TABLES]);
        }
    });

    it("names the group where the kind alone would be taken for another's, and nowhere else", () => {
        for (const [apiVersion, kind, text] of [
            ["networking.istio.io/v1", "Gateway", "Gateway shop/web"],
            ["networking.istio.io/v1beta1", "Gateway", "Gateway shop/web"],
            ["gateway.networking.k8s.io/v1", "Gateway", "Gateway.gateway.networking.k8s.io shop/web"],
            ["gateway.networking.k8s.io/v1", "HTTPRoute", "HTTPRoute shop/web"],
            ["policy.linkerd.io/v1beta3", "HTTPRoute", "HTTPRoute.policy.linkerd.io shop/web"],
            ["policy.linkerd.io/v1alpha1", "AuthorizationPolicy", "AuthorizationPolicy.policy.linkerd.io shop/web"],
            ["extensions.higress.io/v1alpha1", "WasmPlugin", "WasmPlugin.extensions.higress.io shop/web"],
            ["v1", "Service", "Service shop/web"],
            ["serving.knative.dev/v1", "Service", "Service.serving.knative.dev shop/web"],
            ["networking.internal.knative.dev/v1alpha1", "Ingress", "Ingress.networking.internal.knative.dev shop/web"],
            ["networking.k8s.io/v1", "Ingress", "Ingress shop/web"],
            ["apps/v1", "Deployment", "Deployment shop/web"],
            ["cert-manager.io/v1", "Certificate", "Certificate shop/web"],
            // Kubernetes has one object under its old group and the new one.
            ["extensions/v1beta1", "Ingress", "Ingress shop/web"],
            ["extensions/v1beta1", "Deployment", "Deployment shop/web"],
            ["events.k8s.io/v1", "Event", "Event shop/web"],
        ] as const)
            assert.equal(refText(refOf(object(apiVersion, kind))), text, apiVersion);
    });

    it("stays what it is while its apiVersion is missing or mistaken", () => {
        const istio = refOf(object("networking.istio.io/v1", "Gateway"));
        for (const apiVersion of ["", "v1", "networking.istio.oi/v1", "Networking.Istio.io/v1", "networking/v1", "apps/v1", "istio.io/v1"])
            assert.deepEqual(refOf(object(apiVersion, "Gateway")), istio, apiVersion);
        assert.equal(meantGroup(undefined, "Gateway"), "networking.istio.io");
        assert.equal(meantGroup(7, "Nothing"), "");
        for (const apiVersion of ["gateway.networking.k8s.io/v1", "gateway.networking.k8s.oi/v1"])
            assert.equal(refOf(object(apiVersion, "Gateway")).group, "gateway.networking.k8s.io", apiVersion);
        const policy = refOf(object("security.istio.io/v1", "AuthorizationPolicy"));
        for (const apiVersion of ["networking.istio.io/v1", "rbac.istio.io/v1alpha1", "security.istio.i/v1"])
            assert.deepEqual(refOf(object(apiVersion, "AuthorizationPolicy")), policy, apiVersion);
    });

    it("has a key that objects share only with themselves", () => {
        const part = fc.stringMatching(/^[a-z.-]{0,3}$/);
        const ref = fc.record({ group: part, kind: part, namespace: part, name: part });
        fc.assert(
            fc.property(ref, ref, (a, b) => {
                assert.equal(refKey(a) === refKey(b), isSameRef(a, b));
                assert.equal(refKey(a), refKey({ ...a }));
            }),
        );
    });

    it("is in findings, where a suppression reaches the kind of all groups, or of the one that it names", () => {
        const twins = ["networking.istio.io/v1", "gateway.networking.k8s.io/v1"].map((apiVersion) => ({
            object: { ...object(apiVersion, "Gateway"), spec: { selector: { istio: "nobody" }, servers: [] } } as KubeObject,
        }));
        assert.deepEqual(
            validateObject(twins[1]!.object).findings.map((one) => findingText(one)),
            ["Info GH0113 Gateway.gateway.networking.k8s.io shop/web: a Gateway of gateway.networking.k8s.io is not read."],
        );
        const said = (...texts: readonly string[]): (string | undefined)[] =>
            analyze(twins, { now: 0, suppressions: texts.map((text) => parseSuppression(text) as Suppression) })
                .filter(({ code }) => code === "GH0113" || code === "IST0101")
                .map(({ object: about }) => about?.group);
        const both = said();
        assert.deepEqual([...new Set(both)].sort(), ["gateway.networking.k8s.io", "networking.istio.io"]);
        assert.deepEqual(said("GH0113=Gateway web.shop", "IST0101=Gateway web.shop"), []);
        assert.ok(!said("GH0113=Gateway.gateway.networking.k8s.io web.shop").includes("gateway.networking.k8s.io"));
        assert.deepEqual(said("GH0113=Gateway.networking.istio.io web.shop", "IST0101=Gateway.example.com *"), both);
    });
});
