/** What an EgressGateway makes beside its workload, as plain data: Sidecars, the forward proxy's server, NetworkPolicies. */
import type * as k8s from "@pulumi/kubernetes";
import { FORWARD_PROXY_ANNOTATION, type Gateway, type Sidecar } from "../../istio";
import { istioCandidate, labelsWith, type Candidate, type Made, type ObjectMetadata } from "../arguments";
import { objectLabels, objectMetadata } from "../workload";
import { enforceName, forwardProxyName, NAMESPACE_POLICY, type EgressGatewayPlan } from "./plan";

/**
 * What holds at the bundled proxy: with REGISTRY_ONLY it passes on what an ExternalService leads through it, with ALLOW_ANY as a
 * forward proxy every public host besides. Istio's proxy has no such rule at a gateway and reads no Sidecar there.
 */
export function buildOwnPolicy(plan: EgressGatewayPlan): Made<Sidecar> {
    return {
        metadata: objectMetadata(plan),
        spec: { workloadSelector: { labels: plan.selector }, outboundTrafficPolicy: { mode: plan.policy } },
    };
}

export function buildNamespacePolicy(plan: EgressGatewayPlan, namespace: string): Made<Sidecar> {
    return {
        metadata: { name: NAMESPACE_POLICY, namespace, labels: objectLabels(plan) },
        spec: { outboundTrafficPolicy: { mode: plan.policy } },
    };
}

/** The server that takes requests for any host; which of them it goes on with the ServiceEntries say that name this Gateway. */
export function buildForwardProxy(plan: EgressGatewayPlan): Made<Gateway> {
    const { port: number = 0, portName: name = "" } = plan.forwardProxy ?? {};
    const metadata = objectMetadata(plan);
    return {
        metadata: {
            ...metadata,
            name: forwardProxyName(plan.name),
            annotations: labelsWith(metadata.annotations, { [FORWARD_PROXY_ANNOTATION]: name }),
        },
        spec: { selector: plan.selector, servers: [{ port: { number, protocol: "HTTP", name }, hosts: ["*"] }] },
    };
}

type Rule = k8s.types.input.networking.v1.NetworkPolicyEgressRule;

const inNamespace = (name: string): k8s.types.input.meta.v1.LabelSelector => ({ matchLabels: { "kubernetes.io/metadata.name": name } });

/** By the labels that every cluster's DNS has had since kube-dns (kubernetes/kubernetes cluster/addons/dns). */
const CLUSTER_DNS: Rule = {
    to: [{ namespaceSelector: inNamespace("kube-system"), podSelector: { matchLabels: { "k8s-app": "kube-dns" } } }],
    ports: ["UDP", "TCP"].map((protocol) => ({ protocol, port: 53 })),
};

/** Selects pods, and no address of any family that no pod has. */
const EVERY_POD: Rule = { to: [{ namespaceSelector: {} }] };

/**
 * Every pod of the namespace reaches pods alone, and outside nothing but what is excepted. No rule names addresses by which
 * IPv4 would be shut and IPv6 forgotten: what is not allowed is closed in both.
 */
export function buildEnforcement(
    plan: EgressGatewayPlan,
    namespace: string,
): { metadata: ObjectMetadata; spec: k8s.types.input.networking.v1.NetworkPolicySpec } {
    const { inCluster = true, except = [] } = plan.enforcement ?? {};
    const gateway: Rule = {
        to: [{ namespaceSelector: inNamespace(plan.args.namespace), podSelector: { matchLabels: plan.selector } }],
        ports: plan.ports.map(({ targetPort }) => ({ protocol: "TCP", port: targetPort })),
    };
    return {
        metadata: { name: enforceName(plan.name), namespace, labels: objectLabels(plan) },
        spec: {
            podSelector: {},
            policyTypes: ["Egress"],
            egress: [
                CLUSTER_DNS,
                gateway,
                ...(inCluster ? [EVERY_POD] : []),
                ...(except.length > 0 ? [{ to: except.map((cidr) => ({ ipBlock: { cidr } })) }] : []),
            ],
        },
    };
}

export function egressGatewayCandidates(plan: EgressGatewayPlan): Candidate[] {
    const sidecars = [buildOwnPolicy(plan), ...plan.applyTo.map((namespace) => buildNamespacePolicy(plan, namespace))];
    return [
        ...sidecars.map((one) => istioCandidate("Sidecar", one)),
        ...(plan.forwardProxy ? [istioCandidate("Gateway", buildForwardProxy(plan))] : []),
    ];
}
