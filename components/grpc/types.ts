/** Routes of gRPC by service and method, which become Istio's HTTPRoutes: a method is the path `/package.Service/Method`. */
import type * as pulumi from "@pulumi/pulumi";
import type { HTTPFaultInjection, HTTPRoute, StringMatch } from "../../istio";
import type { Inputs } from "../arguments";
import type { HTTPMirrorArgs, HTTPRouteDestinationArgs } from "../destination";

/** Conditions that all hold. Without `service` only requests of gRPC's content type are meant. */
export interface GRPCMatch {
    /** With its package: `echo.v1.Echo`. Default: every service. */
    readonly service?: pulumi.Input<string>;
    /** `Say`. Default: every method. */
    readonly method?: pulumi.Input<string>;
    /** Metadata, by name; Istio's StringMatch, `{}` where it only has to be there. */
    readonly headers?: Inputs<Readonly<Record<string, StringMatch>>>;
    /** Metadata that must not be so, by name. */
    readonly withoutHeaders?: Inputs<Readonly<Record<string, StringMatch>>>;
}

/** gRPC's status codes as Envoy writes them, and what happens before a backend has seen anything. */
export type GRPCRetryCondition =
    | "cancelled"
    | "deadline-exceeded"
    | "internal"
    | "resource-exhausted"
    | "unavailable"
    | "connect-failure"
    | "refused-stream"
    | "reset"
    | "reset-before-request";

export interface GRPCRetry {
    /** How often to try again; 0: never. Default: 2. */
    readonly attempts?: number;
    /** How long one try may take. Default: the route's timeout. */
    readonly perTryTimeout?: pulumi.Input<string>;
    /** When to try again. A stream is tried again only while none of its answer has come. Default: `connect-failure`, `refused-stream`, `unavailable` and `cancelled`, as Istio has it. */
    readonly retryOn?: readonly GRPCRetryCondition[];
}

/** Istio's, without what only HTTP has. */
export type GRPCFault = Omit<HTTPFaultInjection, "abort"> & {
    readonly abort?: Omit<NonNullable<HTTPFaultInjection["abort"]>, "httpStatus" | "http2Error">;
};

export interface GRPCRouteArgs {
    /** For access logs. */
    readonly name?: pulumi.Input<string>;
    /** Blocks of conditions, one of which must hold. Default: every request of gRPC. */
    readonly match?: readonly GRPCMatch[];
    /** Backends, by weight. The port of a Service has to say that it speaks HTTP/2. */
    readonly route: readonly HTTPRouteDestinationArgs[];
    /** How long a call may take, a stream as a whole, whatever its client's deadline is. Default: as long as the client's deadline lets it. */
    readonly timeout?: pulumi.Input<string>;
    /** Default: Istio's: two more tries where no connection was made, the stream was refused, or the status is UNAVAILABLE or CANCELLED. */
    readonly retries?: GRPCRetry;
    /** Faults for tests: `{ delay, abort: { grpcStatus, percentage } }`. */
    readonly fault?: Inputs<GRPCFault>;
    /** Where copies of the calls go. */
    readonly mirrors?: readonly HTTPMirrorArgs[];
    /** For gRPC-Web from pages of other origins. Needs a `service` in every block of conditions. Default: none; of one that is given methods and headers are those of gRPC-Web unless it says others. */
    readonly corsPolicy?: Inputs<NonNullable<HTTPRoute["corsPolicy"]>>;
    /** Changes to the metadata of requests and responses. */
    readonly headers?: Inputs<NonNullable<HTTPRoute["headers"]>>;
}
