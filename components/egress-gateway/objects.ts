/** What an EgressGateway makes beside its workload, as plain data: the Sidecars that carry its policy. */
import type { Sidecar } from "../../istio";
import { istioCandidate, type Candidate, type Made } from "../arguments";
import { objectLabels, objectMetadata } from "../workload";
import { NAMESPACE_POLICY, type EgressGatewayPlan } from "./plan";

/**
 * What holds at the bundled proxy, whatever is asked for the sidecars: it passes on what an ExternalService leads through
 * it, and nothing else. Istio's proxy has no such rule at a gateway and reads no Sidecar there.
 */
export function buildOwnPolicy(plan: EgressGatewayPlan): Made<Sidecar> {
    return {
        metadata: objectMetadata(plan),
        spec: { workloadSelector: { labels: plan.selector }, outboundTrafficPolicy: { mode: "REGISTRY_ONLY" } },
    };
}

export function buildNamespacePolicy(plan: EgressGatewayPlan, namespace: string): Made<Sidecar> {
    return {
        metadata: { name: NAMESPACE_POLICY, namespace, labels: objectLabels(plan) },
        spec: { outboundTrafficPolicy: { mode: plan.policy } },
    };
}

export function egressGatewayCandidates(plan: EgressGatewayPlan): Candidate[] {
    const sidecars = [buildOwnPolicy(plan), ...plan.applyTo.map((namespace) => buildNamespacePolicy(plan, namespace))];
    return sidecars.map((one) => istioCandidate("Sidecar", one));
}
