/** What a VirtualHost is given. */
import type * as pulumi from "@pulumi/pulumi";
import type { MetadataArgs } from "../arguments";
import type { TlsArgs } from "../certificate";
import type { HTTPRouteArgs } from "../destination";
import type { IngressArg } from "../gateway";
import type { HttpProtocol, PortNames } from "../ports";

export interface VirtualHostTlsArgs extends TlsArgs {
    /** What plain HTTP gets: a redirect to HTTPS, the same routes, or nothing. Default: `redirect`, or `off` where the gateway has no port for plain HTTP. */
    readonly http?: "redirect" | "serve" | "off";
}

export interface VirtualHostArgs<M> {
    /** An IngressGateway, its `ref`, or the ref that another stack exports. */
    readonly gateway: IngressArg<M>;
    /** `shop.example.com` or `*.example.com`. A host of a gateway belongs to one VirtualHost. */
    readonly hosts: readonly pulumi.Input<string>[];
    /** Default: plain HTTP, or HTTPS with the gateway's own certificate where that covers the hosts. */
    readonly tls?: VirtualHostTlsArgs;
    /** Istio's HTTP routes: the first that matches is taken. A destination may be a Service. */
    readonly http: readonly HTTPRouteArgs[];
    /** Where the VirtualService lives, from which short destination names are read. Default: the gateway's namespace. */
    readonly namespace?: pulumi.Input<string>;
    /** The gateway's port for plain HTTP. Default: `http`, else the lowest that speaks it. */
    readonly httpPort?: PortNames<NoInfer<M>, HttpProtocol>;
    /** The gateway's port for HTTPS. Default: `https`, else the lowest that speaks it. */
    readonly httpsPort?: PortNames<NoInfer<M>, "HTTPS">;
    readonly metadata?: MetadataArgs;
}
