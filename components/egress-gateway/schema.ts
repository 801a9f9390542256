/** What an EgressGateway is given, as a type and as data: beside its workload, what may leave the cluster. */
import type { Ports } from "../ports";
import type { ObjectFor } from "../schema";
import { WORKLOAD_FIELDS, type WorkloadArgs } from "../workload";

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

export const EGRESS_GATEWAY: ObjectFor<EgressGatewayArgs> = {
    type: "object",
    name: "EgressGatewayArgs",
    doc: "The one way out of the cluster, for what ExternalServices name.",
    fields: {
        ...WORKLOAD_FIELDS,
        outboundTrafficPolicy: {
            type: "text",
            known: true,
            words: {
                REGISTRY_ONLY: "They let through what a ServiceEntry names.",
                ALLOW_ANY: "They let through everything, past the gateway.",
            },
            doc: "Whether the sidecars of `applyTo` let through what no ServiceEntry names. The gateway itself passes on only what an ExternalService leads through it.",
            default: "`REGISTRY_ONLY`.",
        },
        applyTo: {
            type: "list",
            decides: true,
            doc: "Namespaces whose Istio sidecars are put under the same policy, by a Sidecar called `default` in each. Never Istio's root namespace, where it would hold for the whole mesh.",
            default: "none.",
            of: { type: "text", doc: "" },
        },
    },
};
