/** Where a route leads: Istio's Destination, or a Service object, whose name, namespace and port then flow through. */
import type * as pulumi from "@pulumi/pulumi";
import type { Destination, HTTPRoute, HTTPRouteDestination, HTTPMirrorPolicy } from "../../istio";
import type { Inputs } from "../arguments";

export interface ServicePortShape {
    readonly name?: pulumi.Input<string>;
    readonly port: pulumi.Input<number>;
    readonly appProtocol?: pulumi.Input<string>;
}

/** What a Service and everything shaped like one has; typed by shape, so that any version of a Kubernetes SDK fits. */
export interface ServiceShape {
    readonly metadata: pulumi.Input<{ readonly name?: pulumi.Input<string>; readonly namespace?: pulumi.Input<string> }>;
    readonly spec: pulumi.Input<{
        readonly ports?: pulumi.Input<readonly pulumi.Input<ServicePortShape>[]>;
    }>;
}

/** A Service of several ports with the one that is meant. */
export interface ServicePortOf {
    readonly service: ServiceShape;
    /** By number or name. May be left out where the Service has one port. */
    readonly port?: pulumi.Input<number | string>;
    /** A subset that a DestinationRule of this Service defines. */
    readonly subset?: pulumi.Input<string>;
}

export type DestinationArgs = Inputs<Destination> | ServiceShape | ServicePortOf;

/** Istio's HTTPRouteDestination, where the destination may be a Service. */
export interface HTTPRouteDestinationArgs extends Omit<Inputs<HTTPRouteDestination>, "destination"> {
    readonly destination: pulumi.Input<DestinationArgs>;
}

export interface HTTPMirrorArgs extends Omit<Inputs<HTTPMirrorPolicy>, "destination"> {
    readonly destination: pulumi.Input<DestinationArgs>;
}

/** Istio's HTTPRoute, where a destination may be a Service, and a prefix may be compared by segment. */
export interface HTTPRouteArgs extends Omit<Inputs<HTTPRoute>, "route" | "mirror" | "mirrors"> {
    /**
     * A path and what is below it: `/foo` takes `/foo` and `/foo/bar`, and not `/foobar`, as prefixes of Kubernetes' HTTPRoute do. With it
     * no `match` has a `uri`, and `rewrite.uri` takes the place of the prefix alone. Default: the path is what `match` says.
     */
    readonly pathPrefix?: pulumi.Input<string>;
    readonly route?: readonly HTTPRouteDestinationArgs[];
    readonly mirror?: pulumi.Input<DestinationArgs>;
    readonly mirrors?: readonly HTTPMirrorArgs[];
}
