/** What an EgressGateway is given beside its workload: what may leave the cluster. */
import type { Ports } from "../ports";
import type { WorkloadArgs } from "../workload";

export type OutboundTrafficPolicy = "REGISTRY_ONLY" | "ALLOW_ANY";

export interface EgressGatewayArgs<P extends Ports = Ports> extends WorkloadArgs<P> {
    /**
     * Whether the sidecars of `applyTo` let through what no ServiceEntry names. The gateway itself passes on only what an
     * ExternalService leads through it. Default: `REGISTRY_ONLY`.
     */
    readonly outboundTrafficPolicy?: OutboundTrafficPolicy;
    /**
     * Namespaces whose Istio sidecars are put under the same policy, by a Sidecar called `default` in each. Never
     * Istio's root namespace, where it would hold for the whole mesh. Default: none.
     */
    readonly applyTo?: readonly string[];
}
