/** What a TcpRoute is given, as a type and as data. */
import type * as pulumi from "@pulumi/pulumi";
import { IP_BLOCKS } from "../access";
import type { MetadataArgs } from "../arguments";
import { DESTINATION_FIELD, type DestinationArgs } from "../destination";
import { INGRESS, type IngressArg } from "../gateway";
import { PROXY_PROTOCOL_ELSEWHERE } from "../gateway-options";
import { CONNECTION_LIMITS, type ConnectionLimitsArgs } from "../host-limits";
import type { AnyPorts, PortNames, StreamProtocol } from "../ports";
import { METADATA, type ObjectFor } from "../schema";

export interface TcpRouteArgs<M> {
    /** An IngressGateway, its `ref`, or the ref that another stack exports. */
    readonly gateway: IngressArg<M>;
    /** A declared port that speaks TCP, TLS or a database's protocol. */
    readonly port: PortNames<NoInfer<M>, StreamProtocol>;
    /** On a TLS port: the names for which clients come to this route. Default: whatever name they ask for. */
    readonly sniHosts?: readonly pulumi.Input<string>[];
    /** A Service, or Istio's Destination. TLS is passed through: the backend shows its own certificate. */
    readonly destination: pulumi.Input<DestinationArgs>;
    /** Where the VirtualService lives, from which short destination names are read. Default: the gateway's namespace. */
    readonly namespace?: pulumi.Input<string>;
    /** Addresses of the clients that may connect, alone or as CIDR blocks. Default: anybody's. */
    readonly ipAllowList?: readonly pulumi.Input<string>[];
    /** How many connections it takes. Default: as many as the gateway takes. */
    readonly limits?: ConnectionLimitsArgs;
    readonly metadata?: MetadataArgs;
}

export const TCP_ROUTE: ObjectFor<TcpRouteArgs<AnyPorts>> = {
    type: "object",
    name: "TcpRouteArgs",
    doc: "A port of an ingress gateway passed on to a backend, for TLS by the name that clients ask for.",
    elsewhere: { proxyProtocol: PROXY_PROTOCOL_ELSEWHERE },
    fields: {
        gateway: { ...INGRESS, required: true },
        port: {
            type: "text",
            required: true,
            decides: true,
            doc: "A declared port that speaks TCP, TLS or a database's protocol.",
        },
        sniHosts: {
            type: "list",
            decides: true,
            doc: "On a TLS port: the names for which clients come to this route.",
            default: "whatever name they ask for.",
            of: { type: "text", input: true, doc: "" },
        },
        destination: {
            ...DESTINATION_FIELD,
            required: true,
            doc: "A Service, or Istio's Destination. TLS is passed through: the backend shows its own certificate.",
        },
        namespace: {
            type: "text",
            input: true,
            doc: "Where the VirtualService lives, from which short destination names are read.",
            default: "the gateway's namespace.",
        },
        ipAllowList: { ...IP_BLOCKS, decides: true, doc: "Addresses of the clients that may connect, alone or as CIDR blocks." },
        limits: { ...CONNECTION_LIMITS, decides: true, doc: "How many connections it takes.", default: "as many as the gateway takes." },
        metadata: METADATA,
    },
};
