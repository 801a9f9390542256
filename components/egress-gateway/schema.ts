/** What an EgressGateway is given, as a type and as data: beside its workload, what may leave the cluster. */
import type * as pulumi from "@pulumi/pulumi";
import type { Ports } from "../ports";
import type { ObjectFor } from "../schema";
import { WORKLOAD_FIELDS, type WorkloadArgs } from "../workload";

export type OutboundTrafficPolicy = "REGISTRY_ONLY" | "ALLOW_ANY";

/** An explicit proxy, as applications find it in HTTP_PROXY and HTTPS_PROXY. */
export interface ForwardProxyArgs {
    /** Of the gateway's Service. Default: 3128. */
    readonly port?: number;
}

/** NetworkPolicies that leave pods no other way out of the cluster. */
export interface EnforceArgs {
    /** Those whose pods are held to it. Default: those of `applyTo`. */
    readonly namespaces?: readonly string[];
    /** Whether their pods may reach other pods of the cluster. Default: true; else only the gateway and the cluster's DNS. */
    readonly inCluster?: boolean;
    /** Addresses they may reach besides, as CIDR blocks: the API server, a node's DNS cache. Default: none. */
    readonly except?: readonly pulumi.Input<string>[];
}

export interface EgressGatewayArgs<P extends Ports = Ports> extends WorkloadArgs<P> {
    /**
     * Whether the forward proxy lets through public hosts that no ExternalService leads through it, and the sidecars of
     * `applyTo` what no ServiceEntry names. Default: `REGISTRY_ONLY`.
     */
    readonly outboundTrafficPolicy?: OutboundTrafficPolicy;
    /**
     * Namespaces whose Istio sidecars are put under the same policy, by a Sidecar called `default` in each. Never
     * Istio's root namespace, where it would hold for the whole mesh. Default: none.
     */
    readonly applyTo?: readonly string[];
    /** Whether applications may name it as their proxy, for the hosts of the ExternalServices that lead through it. Default: false. */
    readonly forwardProxy?: boolean | ForwardProxyArgs;
    /** Whether NetworkPolicies make it the only way out, in IPv4 and IPv6. Default: false. */
    readonly enforce?: boolean | EnforceArgs;
}

const FORWARD_PROXY: ObjectFor<ForwardProxyArgs> = {
    type: "object",
    name: "ForwardProxyArgs",
    doc: "An explicit proxy, as applications find it in HTTP_PROXY and HTTPS_PROXY.",
    fields: { port: { type: "number", least: 1, doc: "Of the gateway's Service.", default: "3128." } },
};

const ENFORCE: ObjectFor<EnforceArgs> = {
    type: "object",
    name: "EnforceArgs",
    doc: "NetworkPolicies that leave pods no other way out of the cluster.",
    fields: {
        namespaces: {
            type: "list",
            doc: "Those whose pods are held to it.",
            default: "those of `applyTo`.",
            of: { type: "text", doc: "" },
        },
        inCluster: {
            type: "flag",
            doc: "Whether their pods may reach other pods of the cluster.",
            default: "true; else only the gateway and the cluster's DNS.",
        },
        except: {
            type: "list",
            doc: "Addresses they may reach besides, as CIDR blocks: the API server, a node's DNS cache.",
            default: "none.",
            of: { type: "text", input: true, doc: "" },
        },
    },
};

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
                REGISTRY_ONLY: "What a ServiceEntry names is let through.",
                ALLOW_ANY:
                    "The forward proxy lets through every public host, inner addresses never; the sidecars everything, past the gateway.",
            },
            doc: "Whether the forward proxy lets through public hosts that no ExternalService leads through it, and the sidecars of `applyTo` what no ServiceEntry names.",
            default: "`REGISTRY_ONLY`.",
        },
        applyTo: {
            type: "list",
            decides: true,
            doc: "Namespaces whose Istio sidecars are put under the same policy, by a Sidecar called `default` in each. Never Istio's root namespace, where it would hold for the whole mesh.",
            default: "none.",
            of: { type: "text", doc: "" },
        },
        forwardProxy: {
            type: "union",
            name: "ForwardProxyChoice",
            decides: true,
            doc: "Whether applications may name it as their proxy, for the hosts of the ExternalServices that lead through it.",
            default: "false.",
            members: {
                flag: { as: "enabled", field: { type: "flag", doc: "Whether it is, on port 3128." } },
                object: { as: "proxy", field: FORWARD_PROXY },
            },
        },
        enforce: {
            type: "union",
            name: "EnforceChoice",
            decides: true,
            doc: "Whether NetworkPolicies make it the only way out, in IPv4 and IPv6.",
            default: "false.",
            members: {
                flag: { as: "enabled", field: { type: "flag", doc: "Whether they do, for the namespaces of `applyTo`." } },
                object: { as: "policy", field: ENFORCE },
            },
        },
    },
};
