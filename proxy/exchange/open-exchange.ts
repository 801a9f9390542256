/**
 * An exchange that is under way, as its passes, its forwarding and its record see it: what is known of the request and of
 * the response so far, and the few things that they may have it do.
 */
import type { ConnectionInfo, HeaderList, RequestHead, ResetReason, ResponseHead, ResponseWriter } from "../http/doors";
import type { Destination, ForwardAction, HeaderOps, Route, RoutedRequest, Snapshot, VirtualHost } from "../snapshot";
import type { Cluster, UpstreamHost } from "../upstream";
import type { TemplateValues } from "./headers";
import type { ExchangeRuntime } from "./runtime";

export const ON = 0;
/** Answered, or on its way to an endpoint. */
export const DONE = 1;
/** Goes on with `exchange.run()`. */
export const HELD = 2;

export interface OpenExchange extends RoutedRequest, TemplateValues {
    readonly runtime: ExchangeRuntime;
    /** The one it began with, whatever is swapped in meanwhile. */
    readonly snapshot: Snapshot;
    readonly head: RequestHead;
    readonly writer: ResponseWriter;
    readonly connection: ConnectionInfo;
    readonly start: number;
    readonly headers: HeaderList;
    /** Normalised, with and without query. */
    path: string;
    pathname: string;
    /** Path and query for the backend, where the route rewrites them; empty: as they are. */
    target: string;
    /** What of the authority decides: lower-case, without port. */
    host: string;
    requestId: string;
    virtualHost: VirtualHost | undefined;
    route: Route | undefined;
    readonly forwarding: ForwardingState | undefined;
    /** The request is whole. */
    requestEnded: boolean;
    /** The origin that the route's CORS policy allows; empty: none. */
    corsOrigin: string;
    delayed: boolean;
    readonly status: number;
    readonly flags: string;
    details: string;
    readonly responseHeaders: HeaderList;
    readonly responseStarted: boolean;
    readonly bytesReceived: number;
    bytesSent: number;

    /** Lets the request wait; then it goes on from the pass it is in. */
    hold(milliseconds: number): void;
    forward(action: ForwardAction): typeof DONE;
    flag(flag: string): void;
    /** Answers by itself. An empty flag is none; the route's operations hold unless others are given. */
    reply(
        status: number,
        body: string | Buffer,
        flag: string,
        details: string,
        headers?: HeaderList,
        ops?: readonly HeaderOps[],
    ): typeof DONE;
    /** The head of any response: the route's operations, CORS, then what every response bears. */
    sendHead(head: ResponseHead, end: boolean, ops: readonly HeaderOps[] | undefined): void;
    /** The response has begun and cannot be completed. */
    cut(reason: ResetReason, flag: string, details: string): void;
    /** The exchange is over, however it went. */
    finish(): void;
}

/** What its forwarding says of itself. */
export interface ForwardingState {
    readonly destination: Destination;
    /** Undefined: the destination names one that there is not. */
    readonly cluster: Cluster | undefined;
    /** Of the last attempt. */
    readonly endpoint: UpstreamHost | undefined;
    readonly localAddress: string;
    readonly failure: string;
    readonly attempts: number;
    /** Milliseconds until the response's head. */
    readonly upstreamTime: number;
}
