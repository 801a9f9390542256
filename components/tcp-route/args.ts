/** What a TcpRoute is given. */
import type * as pulumi from "@pulumi/pulumi";
import type { MetadataArgs } from "../arguments";
import type { DestinationArgs } from "../destination";
import type { IngressArg } from "../gateway";
import type { PortNames, StreamProtocol } from "../ports";

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
    readonly metadata?: MetadataArgs;
}
