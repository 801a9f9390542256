/** `extraManifestTransforms`: what a program may change of a workload's objects, and what it may not. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import * as pulumi from "@pulumi/pulumi";
import * as gatehouse from "pulumi-gatehouse";
import { evaluated, object, refusal } from "./support/evaluation";

const gateway =
    (...extraManifestTransforms: gatehouse.ManifestTransform[]) =>
    () =>
        new gatehouse.IngressGateway("public", { namespace: "edge", extraManifestTransforms });
const refused = (transform: gatehouse.ManifestTransform): Promise<string> => refusal(gateway(transform));

/** Only for one kind. */
const on =
    <K extends gatehouse.ManifestKind>(
        kind: K,
        change: (manifest: Extract<gatehouse.Manifest, { kind: K }>) => void,
    ): gatehouse.ManifestTransform =>
    (manifest) => {
        if (manifest.kind === kind) change(manifest as Extract<gatehouse.Manifest, { kind: K }>);
        return manifest;
    };

describe("functions that change a workload's objects", function () {
    this.timeout(60_000);

    it("see every object once it is whole, and their changes are deployed", async () => {
        const seen: string[] = [];
        const made = await evaluated(
            gateway(
                (manifest, kind) => {
                    seen.push(`${manifest.apiVersion} ${kind}`);
                    return manifest;
                },
                on("Deployment", ({ spec }) => {
                    if (spec?.template.spec) spec.template.spec.runtimeClassName = "gvisor";
                }),
                on("Deployment", ({ spec }) => {
                    if (spec?.template.spec) spec.template.spec.runtimeClassName += "-2";
                }),
                on("ServiceAccount", (account) => {
                    account.metadata = { ...account.metadata, annotations: { "cloud.example/role": "gateway" } };
                }),
            ),
        );
        assert.deepEqual([...new Set(seen)].sort(), [
            "apps/v1 Deployment",
            "autoscaling/v2 HorizontalPodAutoscaler",
            "networking.k8s.io/v1 NetworkPolicy",
            "policy/v1 PodDisruptionBudget",
            "rbac.authorization.k8s.io/v1 ClusterRole",
            "rbac.authorization.k8s.io/v1 ClusterRoleBinding",
            "rbac.authorization.k8s.io/v1 Role",
            "rbac.authorization.k8s.io/v1 RoleBinding",
            "v1 Service",
            "v1 ServiceAccount",
        ]);
        const { spec } = object(made, "Deployment", "public") as { spec: { template: { spec: Record<string, unknown> } } };
        assert.equal(spec.template.spec["runtimeClassName"], "gvisor-2");
        assert.equal(spec.template.spec["serviceAccountName"], "public");
        const { metadata } = object(made, "ServiceAccount", "public") as { metadata: { annotations: unknown } };
        assert.deepEqual(metadata.annotations, { "cloud.example/role": "gateway" });
    });

    it("see what writes the status of Ingresses too, and are refused there alike", async () => {
        const own =
            (...extraManifestTransforms: gatehouse.ManifestTransform[]) =>
            () =>
                new gatehouse.IngressGateway("public", { namespace: "edge", ingressClass: {}, extraManifestTransforms });
        const made = await evaluated(
            own(
                on("Deployment", ({ spec }) => {
                    if (spec?.template.spec) spec.template.spec.runtimeClassName = "gvisor";
                }),
            ),
        );
        const { spec } = object(made, "Deployment", "public-ingress-status") as { spec: { template: { spec: Record<string, unknown> } } };
        assert.equal(spec.template.spec["runtimeClassName"], "gvisor");
        const text = await refusal(
            own(
                on("Deployment", ({ metadata, spec }) => {
                    if (metadata?.name === "public-ingress-status" && spec?.template.spec) spec.template.spec.serviceAccountName = "public";
                }),
            ),
        );
        assert.match(text, /Deployment public-ingress-status: spec\.template\.spec\.serviceAccountName must stay as it is/);
    });

    it("are not called while a value of the object is unknown", async () => {
        const seen: string[] = [];
        await evaluated(
            () =>
                new gatehouse.EgressGateway("egress", {
                    namespace: pulumi.output(Promise.resolve("out")),
                    extraManifestTransforms: [
                        (manifest) => {
                            seen.push(manifest.metadata?.namespace ?? "cluster");
                            return manifest;
                        },
                    ],
                }),
        );
        assert.deepEqual([...new Set(seen)].sort(), ["cluster", "out"]);
    });

    it("may not change what objects find each other by", async () => {
        assert.match(
            await refused(
                on("Deployment", ({ spec }) => {
                    if (spec) spec.selector = { matchLabels: { app: "x" } };
                }),
            ),
            /extraManifestTransforms\[0\]: Deployment public: spec\.selector must stay as it is: .* \(GH0220\)/,
        );
        assert.match(
            await refused(
                on("Deployment", ({ spec }) => {
                    if (spec?.template.metadata) spec.template.metadata.labels = {};
                }),
            ),
            /Deployment public: spec\.template\.metadata\.labels must stay/,
        );
        assert.match(
            await refused(
                on("Service", ({ spec }) => {
                    if (spec) spec.selector = {};
                }),
            ),
            /Service public: spec\.selector must stay/,
        );
        assert.match(
            await refused(
                on("PodDisruptionBudget", ({ spec }) => {
                    if (spec) spec.selector = {};
                }),
            ),
            /PodDisruptionBudget public: spec\.selector must stay/,
        );
        assert.match(
            await refused(
                on("NetworkPolicy", ({ spec }) => {
                    if (spec) spec.podSelector = {};
                }),
            ),
            /NetworkPolicy public: spec\.podSelector must stay/,
        );
        assert.match(
            await refused(
                on("HorizontalPodAutoscaler", ({ spec }) => {
                    if (spec) spec.scaleTargetRef = { kind: "Deployment", name: "x" };
                }),
            ),
            /spec\.scaleTargetRef must stay/,
        );
        assert.match(
            await refused(
                on("ClusterRoleBinding", (binding) => {
                    binding.subjects = [];
                }),
            ),
            /ClusterRoleBinding edge\.public: subjects must stay/,
        );
        assert.match(
            await refused((manifest) => ({ ...manifest, metadata: { ...manifest.metadata, name: "other" } }) as gatehouse.Manifest),
            /Deployment public: metadata\.name, metadata\.labels.gateway-name must stay|metadata\.name must stay/,
        );
        assert.match(
            await refused(
                on("Role", (role) => {
                    Object.assign(role, { immutable: true });
                }),
            ),
            /Role public: immutable must stay/,
        );
    });

    it("give plain data, and the same for the same", async () => {
        let count = 0;
        assert.match(
            await refused(
                on("Service", ({ spec }) => {
                    if (spec) spec.externalName = String(count++);
                }),
            ),
            /Service public: it gives different objects for the same one\./,
        );
        assert.match(await refused(() => undefined as never), /it gives back no object/);
        assert.match(
            await refused(() => {
                throw new Error("no luck");
            }),
            /Deployment public: it throws: no luck\./,
        );
        assert.match(
            await refused(
                on("Service", ({ spec }) => {
                    if (spec) spec.externalName = pulumi.output("x") as never;
                }),
            ),
            /holds an Output, a promise or a function/,
        );
        assert.match(
            await refusal(() => new gatehouse.IngressGateway("public", { namespace: "edge", extraManifestTransforms: ["x" as never] })),
            /this is no function/,
        );
    });
});
