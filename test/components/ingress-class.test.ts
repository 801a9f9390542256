/** The class of Ingresses that a gateway serves, and what writes their status. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { UNKNOWN } from "../../components/arguments";
import { buildIngressClass } from "../../components/ingress-gateway/objects";
import { judgeIngressGateway, planIngressGateway, type IngressGatewayData } from "../../components/ingress-gateway/plan";
import { buildIngressStatus, podLabels } from "../../components/workload";
import { selects } from "../../istio/semantics";

const args = (more: Partial<IngressGatewayData> = {}): IngressGatewayData => ({
    namespace: "edge",
    image: "registry.example/gatehouse:1",
    ingressClass: {},
    ...more,
});

describe("the IngressClass of a gateway", () => {
    it("names our controller and the gateway's Service, and is the cluster's default only where that is said", () => {
        const { metadata, spec } = buildIngressClass(planIngressGateway("public", args()));
        assert.deepEqual(spec, {
            controller: "gatehouse.dev/ingress-controller",
            parameters: { kind: "Service", scope: "Namespace", namespace: "edge", name: "public" },
        });
        assert.equal(metadata.name, "public");
        assert.equal(metadata.namespace, undefined);
        assert.equal(metadata.annotations, undefined);
        const other = buildIngressClass(planIngressGateway("public", args({ ingressClass: { name: "nginx", isDefault: true } })));
        assert.equal(other.metadata.name, "nginx");
        assert.deepEqual(other.metadata.annotations, { "ingressclass.kubernetes.io/is-default-class": "true" });
    });

    it("leaves annotations that are not known at all as they are", () => {
        const plan = planIngressGateway("public", args({ ingressClass: { isDefault: true }, metadata: { annotations: UNKNOWN as never } }));
        assert.equal(buildIngressClass(plan).metadata.annotations, UNKNOWN);
    });

    it("is refused where nothing would serve it, and under a name that Kubernetes does not take", () => {
        const pathsOf = (more: Partial<IngressGatewayData>): string[] =>
            judgeIngressGateway("public", args(more)).faults.map(({ path, code }) => `${code} ${path}`);
        assert.deepEqual(pathsOf({}), []);
        assert.deepEqual(pathsOf({ dataPlane: "istio", image: undefined as never }), ["GH0203 ingressClass"]);
        assert.deepEqual(pathsOf({ ports: { http: false, https: false, mysql: 3306 } as never }), ["GH0203 ingressClass"]);
        assert.deepEqual(pathsOf({ ingressClass: { name: "Not a name" } }), ["GH0201 ingressClass.name"]);
    });
});

describe("what writes the status of Ingresses", () => {
    const plan = planIngressGateway("public", args());
    const built = buildIngressStatus(plan);
    const template = (
        built.deployment.spec as {
            template: {
                metadata: { labels: Record<string, string> };
                spec: { serviceAccountName: string; containers: { args: string[] }[] };
            };
        }
    ).template;

    it("runs under an account of its own, which is not the gateway's, and is found by no Service and no Gateway", () => {
        assert.equal(template.spec.serviceAccountName, "public-ingress-status");
        assert.deepEqual(
            template.spec.containers.map((one) => one.args),
            [["ingress-status", "--gateway-service", "edge/public", "--lease", "public-ingress-status"]],
        );
        assert.equal(selects(plan.selector, template.metadata.labels), false);
        assert.equal(template.metadata.labels["istio"], undefined);
        const own = (built.deployment.spec as { selector: { matchLabels: Record<string, string> } }).selector.matchLabels;
        assert.equal(selects(own, template.metadata.labels), true);
        assert.equal(selects(own, podLabels(plan)), false);
    });

    it("may write the status of Ingresses and its Lease, and nothing else", () => {
        const rules = [...built.clusterRole.rules, ...built.role.rules].map(({ resources, verbs, resourceNames }) => [
            resources,
            verbs,
            resourceNames ?? [],
        ]);
        assert.deepEqual(rules, [
            [["ingressclasses", "ingresses"], ["list", "watch"], []],
            [["ingresses/status"], ["patch"], []],
            [["services"], ["list", "watch"], ["public"]],
            [["leases"], ["create"], []],
            [["leases"], ["get", "update"], ["public-ingress-status"]],
        ]);
    });
});
