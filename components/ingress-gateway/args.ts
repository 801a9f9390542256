/** What an IngressGateway is given beside its workload: the hosts it serves with certificates of its own. */
import type * as pulumi from "@pulumi/pulumi";
import type { TlsArgs } from "../certificate";
import type { Ports } from "../ports";
import type { WorkloadArgs } from "../workload";

/** Hosts with one certificate that VirtualHosts share, as with the platform's wildcard certificate. */
export interface SharedTlsArgs extends TlsArgs {
    /** `*.example.com`: VirtualHosts whose hosts these cover need no certificate of their own. */
    readonly hosts: readonly pulumi.Input<string>[];
    /** Whose VirtualHosts may use the hosts. Default: any namespace's. */
    readonly allowedNamespaces?: readonly pulumi.Input<string>[];
    /** Names the children made for this entry. Default: made of the first host. */
    readonly name?: string;
    /** What plain HTTP gets on these hosts. Default: `redirect`. */
    readonly http?: "redirect" | "serve" | "off";
}

export interface IngressGatewayArgs<P extends Ports = Ports> extends WorkloadArgs<P> {
    /** Default: none; each VirtualHost brings its own certificate. */
    readonly tls?: readonly SharedTlsArgs[];
}
