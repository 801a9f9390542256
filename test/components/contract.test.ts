/** The program that introduces the components deploys as it is written. */
import assert from "node:assert/strict";
import { before, describe, it } from "mocha";
import { secretsInClear, type Evaluation } from "pulumi-gatehouse/testing";
import { validateObject } from "../../istio";
import { contract } from "./programs/contract";
import { evaluated, object, service } from "./support/evaluation";

describe("the program that introduces the components", () => {
    let made: Evaluation;
    before(async () => {
        made = await evaluated(() =>
            contract({
                webapp: service("webapp"),
                echo: service("echo", "default", [{ port: 2701 }]),
                simpleTls: service("simple-tls", "default", [{ port: 443 }]),
            }),
        );
    });

    it("makes the objects that each component is known for", () => {
        const names = made
            .kubernetesObjects()
            .filter(({ kind }) => kind !== "Secret")
            .map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ""}/${metadata.name}`)
            .sort();
        assert.deepEqual(names, [
            "ClusterRole /istio-egress.egress",
            "ClusterRole /istio-ingress.public",
            "ClusterRoleBinding /istio-egress.egress",
            "ClusterRoleBinding /istio-ingress.public",
            "Deployment istio-egress/egress",
            "Deployment istio-ingress/public",
            "DestinationRule istio-egress/httpbin",
            "Gateway istio-egress/httpbin",
            "Gateway istio-ingress/echo",
            "Gateway istio-ingress/sni",
            "Gateway istio-ingress/webapp",
            "HorizontalPodAutoscaler istio-egress/egress",
            "HorizontalPodAutoscaler istio-ingress/public",
            "NetworkPolicy istio-egress/egress",
            "NetworkPolicy istio-ingress/public",
            "PodDisruptionBudget istio-egress/egress",
            "PodDisruptionBudget istio-ingress/public",
            "Role istio-egress/egress",
            "Role istio-ingress/public",
            "RoleBinding istio-egress/egress",
            "RoleBinding istio-ingress/public",
            "Service default/echo",
            "Service default/simple-tls",
            "Service default/webapp",
            "Service istio-egress/egress",
            "Service istio-ingress/public",
            "ServiceAccount istio-egress/egress",
            "ServiceAccount istio-ingress/public",
            "ServiceEntry istio-egress/httpbin",
            "Sidecar istio-egress/egress",
            "Telemetry istio-ingress/public",
            "VirtualService istio-egress/httpbin",
            "VirtualService istio-ingress/echo",
            "VirtualService istio-ingress/sni",
            "VirtualService istio-ingress/webapp",
        ]);
    });

    it("makes nothing that the rules for resources find fault with", () => {
        const faults = made.kubernetesObjects().flatMap((one) => validateObject(one).findings);
        assert.deepEqual(
            faults.filter(({ level }) => level === "Error"),
            [],
        );
    });

    it("keeps every key secret", () => {
        assert.deepEqual(secretsInClear(made), []);
        assert.ok(made.resources.some(({ type, secretInputs }) => type === "kubernetes:core/v1:Secret" && secretInputs.length > 0));
    });

    it("lets no stand-in for an unknown value through", () => {
        assert.doesNotMatch(JSON.stringify(made.resources), /\\u0001/);
    });

    it("points the Gateway at the Secret that was named by itself", () => {
        const secret = made.kubernetesObjects().find(({ kind }) => kind === "Secret");
        assert.match(secret?.metadata.name ?? "", /^webapp-tls-[0-9a-f]{8}$/);
        assert.equal(secret?.metadata.namespace, "istio-ingress");
        const { spec } = object(made, "Gateway", "webapp") as { spec: { servers: { tls: { credentialName?: string } }[] } };
        assert.equal(spec.servers[0]?.tls.credentialName, secret?.metadata.name);
    });

    it("gives every child a parent and a name that says whose it is", () => {
        const orphans = made.resources.filter(
            ({ type, name, parent }) =>
                type !== "pulumi:pulumi:Stack" &&
                !type.startsWith("pulumi:providers") &&
                !parent?.includes("gatehouse:index") &&
                !type.startsWith("gatehouse:index:") &&
                !["webapp", "echo", "simple-tls"].includes(name),
        );
        assert.deepEqual(
            orphans.map(({ urn }) => urn),
            [],
        );
    });

    it("makes the same of the same program again", async () => {
        const again = await evaluated(() =>
            contract({
                webapp: service("webapp"),
                echo: service("echo", "default", [{ port: 2701 }]),
                simpleTls: service("simple-tls", "default", [{ port: 443 }]),
            }),
        );
        const shape = (one: Evaluation): string[] =>
            one
                .kubernetesObjects()
                .filter(({ kind }) => kind !== "Secret")
                .map((each) => JSON.stringify(each).replaceAll(/webapp-tls-[0-9a-f]{8}/g, "webapp-tls"))
                .sort();
        assert.deepEqual(shape(again), shape(made));
    });
});
