/** What an ExternalService is given. */
import type * as pulumi from "@pulumi/pulumi";
import type { ClientTLSSettings, WorkloadEntry } from "../../istio";
import type { Inputs, MetadataArgs } from "../arguments";
import type { EgressArg } from "../gateway";
import type { Protocol, ValidPorts } from "../ports";

/** A port of an external service in full. */
export interface ExternalPortSpec {
    readonly number: number;
    /** Default: read from the port's name. */
    readonly protocol?: Protocol;
    /** The port on the outside, where that is another: `443` behind plain HTTP with `tls`. Default: `number`. */
    readonly targetPort?: number;
}

/** TLS that begins at the gateway; fields are Istio's own. */
export type ExternalTlsArgs = Inputs<Omit<ClientTLSSettings, "mode">> & { readonly mode?: "SIMPLE" | "MUTUAL" };

/** The ports of an external service by name. */
export type ExternalPorts = Readonly<Record<string, number | ExternalPortSpec>>;

export interface ExternalServiceArgs<M, P extends ExternalPorts = ExternalPorts> {
    /** Names outside the cluster. A wildcard needs `via`, or `endpoints`. */
    readonly hosts: readonly pulumi.Input<string>[];
    /** `{ http: 80 }`: the name says the protocol, or the port does. */
    readonly ports: P & ValidPorts<P>;
    /** Fixed addresses. Default: the hosts are looked up in DNS. */
    readonly endpoints?: readonly Inputs<WorkloadEntry>[];
    /** Virtual addresses by which a mesh tells plain TCP services of one port apart. */
    readonly addresses?: readonly pulumi.Input<string>[];
    /** The egress gateway that the traffic goes through. Default: straight out. */
    readonly via?: EgressArg<M>;
    /** With `via`, for plain HTTP ports: the gateway speaks TLS to the outside. Verified against the system's authorities by default. */
    readonly tls?: ExternalTlsArgs;
    /** Where the ServiceEntry and the VirtualService live. Default: the gateway's namespace. Needed without `via`. */
    readonly namespace?: pulumi.Input<string>;
    /** Namespaces that know the service. Default: all. */
    readonly exportTo?: readonly pulumi.Input<string>[];
    readonly metadata?: MetadataArgs;
}
