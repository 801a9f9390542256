/** For whom a policy is, and what it does there. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { podsOfGateway, reaches, type Surroundings } from "../../istio/semantics/gateway-pods";
import { effectOf } from "../../istio/semantics/policy-effect";
import { appliesTo, attachmentOf, type GatewayWorkload } from "../../istio/semantics/policy-scope";
import { typedAlternatives } from "../../istio/semantics/typed-alternatives";
import type { KubeObject } from "../../istio/types";

const ROOT = "istio-system";
const policy = (spec: unknown, { kind = "AuthorizationPolicy", namespace = "edge", annotations = {} as unknown } = {}): KubeObject =>
    ({ apiVersion: "security.istio.io/v1", kind, metadata: { name: "p", namespace, annotations }, spec }) as unknown as KubeObject;
const pods = (labels: Record<string, string> = { istio: "public" }): GatewayWorkload => ({
    namespace: "edge",
    labels,
    gateway: { namespace: "apps", name: "web" },
});
const isFor = (spec: unknown, namespace = "edge", workload = pods()): boolean =>
    appliesTo(attachmentOf(policy(spec)), namespace, workload, ROOT);
const reference = (kind: string, name: string, group = "", more: object = {}): unknown => ({
    targetRefs: [{ group, kind, name, ...more }],
});
const API = "gateway.networking.k8s.io";

describe("for whom a policy is", () => {
    it("is decided by labels, in its own namespace and from the root namespace in all", () => {
        const selects = (matchLabels: unknown): unknown => ({ selector: { matchLabels } });
        assert.deepEqual(
            [isFor(selects({ istio: "public" })), isFor(selects({ istio: "public" }), ROOT), isFor(selects({ istio: "public" }), "other")],
            [true, true, false],
        );
        assert.deepEqual([isFor(selects({ istio: "other" })), isFor(selects({ istio: "public", more: "x" }))], [false, false]);
        for (const nothing of [
            {},
            undefined,
            null,
            { selector: {} },
            { selector: null },
            { selector: { matchLabels: {} } },
            { targetRefs: [] },
        ]) {
            assert.deepEqual([isFor(nothing), isFor(nothing, ROOT), isFor(nothing, "other")], [true, true, false], JSON.stringify(nothing));
        }
    });

    it("is decided by references to a Gateway: by the pod's label, or by the Gateway's own name", () => {
        const labelled = pods({ istio: "public", "gateway.networking.k8s.io/gateway-name": "front" });
        assert.equal(isFor(reference("Gateway", "front", API), "edge", labelled), true);
        assert.equal(isFor({ targetRef: { group: API, kind: "Gateway", name: "front" } }, "edge", labelled), true);
        assert.equal(isFor(reference("Gateway", "front", API), "edge", pods({ "gateway-name": "front" })), true);
        assert.equal(isFor(reference("Gateway", "front", API), ROOT, labelled), false, "not from the root namespace");
        assert.equal(isFor(reference("Gateway", "other", API), "edge", labelled), false);
        assert.equal(isFor(reference("Gateway", "front", API), "edge", pods()), false, "the pod bears no such label");
        assert.equal(isFor(reference("Gateway", "web", "networking.istio.io"), "apps"), true);
        assert.equal(isFor(reference("Gateway", "web", "networking.istio.io"), "edge"), false, "the Gateway is in another namespace");
        for (const [kind, group] of [
            ["Service", ""],
            ["Service", "core"],
            ["ServiceEntry", "networking.istio.io"],
            ["GatewayClass", API],
            ["HTTPRoute", API],
        ] as const) {
            assert.equal(isFor(reference(kind, "front", group), "edge", labelled), false, kind);
        }
        assert.equal(
            isFor(
                {
                    targetRefs: [
                        { kind: "Service", name: "a" },
                        { group: API, kind: "Gateway", name: "front" },
                    ],
                },
                "edge",
                labelled,
            ),
            true,
            "one of several",
        );
    });

    it("is everybody it could be for, where it cannot be read", () => {
        for (const spec of [
            "text",
            [],
            { selector: "istio" },
            { selector: { matchLabels: "istio" } },
            { selector: { matchLabels: { istio: 1 } } },
            { selector: { matchLabels: { istio: "pub*" } } },
            { selector: { matchLabel: { app: "a" } } },
            { targetRefs: "front" },
            { targetRefs: [null] },
            { targetRefs: [{ kind: "Gateway" }] },
            { targetRef: { kind: 1, name: "a" } },
            { selector: { matchLabels: { app: "other" } }, targetRefs: [{ kind: "Service", name: "a" }] },
        ]) {
            assert.deepEqual([isFor(spec), isFor(spec, ROOT), isFor(spec, "other")], [true, true, false], JSON.stringify(spec));
        }
    });
});

describe("for whom a policy may be, where nobody has said which pods a Gateway has", () => {
    const nothing: Surroundings = { services: [], pods: [], secrets: [], namespace: undefined, likely: "default" };
    const gateway = { namespace: "apps", name: "web", selector: { istio: "public" } as Record<string, string>, credentials: ["web-tls"] };
    const may = (spec: unknown, namespace: string, known: Partial<Surroundings> = {}, of = gateway): boolean =>
        reaches(attachmentOf(policy(spec)), namespace, podsOfGateway(of, { ...nothing, ...known }), ROOT);
    const selects = (labels: object): unknown => ({ selector: { matchLabels: labels } });

    it("takes the Gateway's selector for the pods' labels, with those that Istio's own pods bear beside it", () => {
        assert.deepEqual(
            [
                may(selects({ istio: "public" }), "anywhere"),
                may(selects({ app: "istio-public" }), "anywhere"),
                may(selects({ app: "web" }), "apps"),
            ],
            [true, true, false],
        );
        assert.equal(may(selects({ istio: "ingressgateway" }), ROOT, {}, { ...gateway, selector: { app: "istio-ingressgateway" } }), true);
    });

    it("takes the Gateway's namespace, that of its Secrets and of the Services before its pods for theirs", () => {
        assert.deepEqual([may({}, "apps"), may({}, "default"), may({}, ROOT), may({}, "other")], [true, true, true, false]);
        assert.equal(may({}, "other", { secrets: [{ namespace: "other", name: "web-tls" }] }), true);
        const services = [{ namespace: "edge", selector: { istio: "public", tier: "front" } }];
        assert.deepEqual(
            [
                may({}, "edge", { services }),
                may(selects({ tier: "front" }), "edge", { services }),
                may(selects({ tier: "back" }), "edge", { services }),
            ],
            [true, true, false],
        );
    });

    it("asks the pods themselves where there are any, and the namespace where it is given", () => {
        const known = { pods: [{ namespace: "edge", labels: { istio: "public", zone: "a" } }] };
        assert.deepEqual(
            [
                may(selects({ zone: "a" }), "edge", known),
                may({}, "edge", known),
                may({}, "apps", known),
                may(selects({ istio: "public" }), "apps", known),
            ],
            [true, true, false, false],
        );
        assert.deepEqual(
            [
                may(selects({ istio: "public" }), "edge", { namespace: "edge" }),
                may(selects({ istio: "public" }), "apps", { namespace: "edge" }),
            ],
            [true, false],
        );
    });

    it("is in doubt for a Gateway that selects all pods, and for what cannot be read", () => {
        assert.deepEqual(
            [
                may(selects({ app: "x" }), "apps", {}, { ...gateway, selector: {} }),
                may(selects({ app: "x" }), "other", {}, { ...gateway, selector: {} }),
            ],
            [true, false],
        );
        assert.deepEqual([may("text", "anywhere"), may("text", "anywhere", { namespace: "edge" })], [true, false]);
    });
});

describe("what a policy does at a gateway", () => {
    const effect = (spec: unknown, more: Parameters<typeof policy>[1] = {}): string => effectOf(policy(spec, more)).kind;

    it("is to decide, unless it provably lets every request pass", () => {
        for (const spec of [undefined, {}, { action: "ALLOW" }, { rules: [] }, { rules: [{ from: [] }] }, { action: "DENY", rules: [{}] }])
            assert.equal(effect(spec), "decides", JSON.stringify(spec));
        for (const spec of [{ action: "DNEY", rules: [{}] }, { action: 1 }, "text"])
            assert.equal(effect(spec), "restricts", JSON.stringify(spec));
        for (const spec of [
            { rules: [{}] },
            { action: "ALLOW", rules: [{ to: [] }, {}] },
            { action: "DENY" },
            { action: "DENY", rules: [] },
            { action: "CUSTOM" },
            { action: "AUDIT", rules: [{}] },
        ]) {
            assert.equal(effect(spec), "none", JSON.stringify(spec));
        }
    });

    it("is nothing in a dry run, by what Go takes for true", () => {
        const run = (value: unknown): string => effect({ action: "DENY", rules: [{}] }, { annotations: { "istio.io/dry-run": value } });
        assert.deepEqual(["true", "1", "T", "false", "yes", "", true].map(run), [
            "none",
            "none",
            "none",
            "decides",
            "decides",
            "decides",
            "decides",
        ]);
        assert.equal(effect({ action: "DENY", rules: [{}] }, { annotations: "x" }), "decides");
    });

    it("is decided by the phase of a plugin, by the issuers of a RequestAuthentication", () => {
        for (const kind of ["WasmPlugin", "TrafficExtension"]) {
            assert.deepEqual(
                [{ phase: "AUTHN" }, { phase: "AUTHZ" }, { phase: "AUHTZ" }, "x", {}, { phase: "STATS" }].map((spec) =>
                    effect(spec, { kind }),
                ),
                ["restricts", "restricts", "restricts", "restricts", "extends", "extends"],
            );
        }
        assert.deepEqual(
            [{ jwtRules: [{ issuer: "x" }] }, { jwtRules: "x" }, "x", {}, { jwtRules: [] }].map((spec) =>
                effect(spec, { kind: "RequestAuthentication" }),
            ),
            ["decides", "restricts", "restricts", "none", "none"],
        );
    });

    it("is none of an EnvoyFilter whose patches are for sidecars alone", () => {
        const patch = (context?: string): object => ({
            configPatches: [{ applyTo: "HTTP_FILTER", match: context === undefined ? {} : { context } }],
        });
        assert.deepEqual(
            [patch(), patch("ANY"), patch("GATEWAY"), patch("SIDECAR_INBOUND"), {}, { configPatches: "x" }].map((spec) =>
                effect(spec, { kind: "EnvoyFilter" }),
            ),
            ["extends", "extends", "extends", "none", "none", "extends"],
        );
        assert.equal(effect({ concurrency: 2 }, { kind: "ProxyConfig" }), "settings");
    });

    it("has a typed kind that says the same, where there is one", () => {
        const filter = (applyTo: string, value: unknown): string =>
            typedAlternatives(policy({ configPatches: [{ applyTo, patch: { operation: "MERGE", value } }] }, { kind: "EnvoyFilter" }));
        assert.equal(filter("HTTP_FILTER", { name: "envoy.filters.http.cors" }), "Write a VirtualService's `corsPolicy`.");
        assert.match(
            filter("HTTP_FILTER", { typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz" } }),
            /AuthorizationPolicy with `action: CUSTOM`/,
        );
        assert.equal(filter("CLUSTER", { connect_timeout: "1s" }), "Write a DestinationRule's `trafficPolicy.connectionPool`.");
        assert.equal(filter("HTTP_ROUTE", { route: { timeout: "5s" } }), "Write a VirtualService's `timeout`.");
        assert.equal(filter("BOOTSTRAP", { admin: {} }), "No typed kind says what it does.");
    });
});
