/** What an ExternalService is given, as a type and as data. */
import type * as pulumi from "@pulumi/pulumi";
import type { ClientTLSSettings, WorkloadEntry } from "../../istio";
import type { Inputs, MetadataArgs } from "../arguments";
import { istioTable } from "../destination";
import { EGRESS, type EgressArg } from "../gateway";
import { PROTOCOL_WORDS, type AnyPorts, type Protocol, type ValidPorts } from "../ports";
import { METADATA, type IstioField, type ObjectFor } from "../schema";

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

const PORT_SPEC: ObjectFor<ExternalPortSpec> = {
    type: "object",
    name: "ExternalPortSpec",
    doc: "A port of an external service in full.",
    fields: {
        number: { type: "number", least: 1, required: true, doc: "The port by which workloads call it." },
        protocol: { type: "text", words: PROTOCOL_WORDS, doc: "", default: "read from the port's name." },
        targetPort: {
            type: "number",
            least: 1,
            doc: "The port on the outside, where that is another: `443` behind plain HTTP with `tls`.",
            default: "`number`.",
        },
    },
};

const ENDPOINT: IstioField<Inputs<WorkloadEntry>> = {
    type: "istio",
    name: "WorkloadEntry",
    table: istioTable("ServiceEntry", "spec", "endpoints"),
    doc: "Istio's WorkloadEntry.",
};

const TLS: IstioField<ExternalTlsArgs> = {
    type: "istio",
    name: "ClientTLSSettings",
    table: istioTable("DestinationRule", "spec", "trafficPolicy", "tls"),
    instead: {
        mode: {
            type: "text",
            words: { SIMPLE: "The gateway shows no certificate.", MUTUAL: "It shows one." },
            doc: "",
            default: "`SIMPLE`.",
        },
    },
    doc: "With `via`, for plain HTTP ports: the gateway speaks TLS to the outside. Verified against the system's authorities by default.",
};

export const EXTERNAL_SERVICE: ObjectFor<ExternalServiceArgs<AnyPorts>> = {
    type: "object",
    name: "ExternalServiceArgs",
    doc: "Names outside the cluster that workloads may call, straight or through an egress gateway.",
    fields: {
        hosts: {
            type: "list",
            required: true,
            decides: true,
            doc: "Names outside the cluster. A wildcard needs `via`, or `endpoints`.",
            of: { type: "text", input: true, doc: "" },
        },
        ports: {
            type: "map",
            required: true,
            decides: true,
            doc: "`{ http: 80 }`: the name says the protocol, or the port does.",
            of: {
                type: "union",
                name: "ExternalPortChoice",
                doc: "",
                members: {
                    number: { as: "number", field: { type: "number", least: 1, doc: "The port, whose protocol its name says." } },
                    object: { as: "spec", field: PORT_SPEC },
                },
            },
        },
        endpoints: {
            type: "list",
            doc: "Fixed addresses.",
            default: "the hosts are looked up in DNS.",
            of: ENDPOINT,
        },
        addresses: {
            type: "list",
            doc: "Virtual addresses by which a mesh tells plain TCP services of one port apart.",
            of: { type: "text", input: true, doc: "" },
        },
        via: { ...EGRESS, doc: "The egress gateway that the traffic goes through.", default: "straight out." },
        tls: TLS,
        namespace: {
            type: "text",
            input: true,
            doc: "Where the ServiceEntry and the VirtualService live.",
            default: "the gateway's namespace. Needed without `via`.",
        },
        exportTo: {
            type: "list",
            doc: "Namespaces that know the service.",
            default: "all.",
            of: { type: "text", input: true, doc: "" },
        },
        metadata: METADATA,
    },
};
