/** A connection to an endpoint as the exchange sees it, whatever protocol it speaks. */
import type { OriginalDestination, RequestHead, RequestWriter, ResetReason, ResponseHead, ResponseReceiver } from "../http/doors";
import type { ConnectionEnds } from "../net/proxy-header";

/** The endpoint of a connection. */
export interface UpstreamHost {
    /** `10.0.0.1:8080`, `[fd00::1]:8080`. */
    readonly text: string;
    /** What its workload is called, for figures; empty: not known. */
    readonly workload: string;
    /** Its last answer was one of HTTP/1.0. */
    http10: boolean;
    /** Whoever has an answer of it, or none, says so; undefined: nobody wants to know. */
    readonly outcomes: EndpointOutcomes | undefined;
}

export interface EndpointOutcomes {
    answered(head: ResponseHead): void;
    /** A connection was made. `isAll`: of what goes on it nothing will be known. */
    connected(isAll: boolean): void;
    /** No connection was made, or what was under way was lost. */
    failed(): void;
    timedOut(): void;
}

export interface UpstreamConnection {
    readonly endpoint: UpstreamHost;
    /** Whether it was kept alive without a request until now: then the endpoint may be closing it at this moment. */
    readonly reused: boolean;
    /** As logs call it: `HTTP/1.1`. */
    readonly protocol: string;
    /** `10.0.0.7:41234`. */
    readonly localAddress: string;
    open(head: RequestHead, end: boolean, receiver: ResponseReceiver): RequestWriter;
    /** Gives it back with nothing opened on it. */
    release(): void;
}

/** Who waits for a connection. */
export interface ConnectionWaiter {
    onConnection(connection: UpstreamConnection): void;
    /** `endpoint`: whose connection failed; undefined: there was none to try. */
    onNoConnection(failure: ConnectionFailure, endpoint: UpstreamHost | undefined, detail: string): void;
}

export type ConnectionFailure =
    | Extract<ResetReason, "connect-failure" | "connect-timeout" | "tls-failure" | "overflow">
    | "no-endpoint"
    /** The name comes out at an address that nobody may be led to. */
    | "inner-address"
    | "unsupported";

/** What a request asks of the pool besides a connection. */
export interface ConnectionWish {
    /** The request's host, lower-case and without port: what an endpoint's certificate is held against. */
    readonly host: string;
    /** Endpoints not to be tried again, while there are others. */
    readonly avoid: readonly UpstreamHost[] | undefined;
    /** Endpoints that were tried: after several, one of a priority that is none of theirs, while there is one. Undefined: of any. */
    readonly elsewhere?: readonly UpstreamHost[] | undefined;
    /** Only a connection that nothing was sent on. */
    readonly fresh: boolean;
    /** What its client is known by again, an unsigned integer of 32 bits: the same for one endpoint. Undefined: nothing, or nobody asks. */
    readonly hash?: number | undefined;
    /** It came in HTTP/2: what a cluster is asked in that is to be asked as the client asks. */
    readonly http2: boolean;
    /** That was asked for, for a cluster that is whatever name it is asked for; absent: it knows its own. */
    readonly port?: number;
    /** What a cluster that leads to original destinations goes by; absent: it has none. */
    readonly original?: OriginalDestination | undefined;
    /** Of the client's connection, where endpoints are told whose it is; absent: it is ours. */
    readonly ends?: ConnectionEnds | undefined;
}

/** A request that waits for a connection. */
export interface WaitingRequest {
    readonly waiter: ConnectionWaiter;
    /** The host it is for, in case it must wait elsewhere. */
    readonly host: string;
    readonly http2: boolean;
    readonly hash: number | undefined;
    /** What a cluster that leads to original destinations goes by. */
    readonly original: OriginalDestination | undefined;
    readonly ends: ConnectionEnds | undefined;
    /** Where it waits; undefined: for the first answer of DNS, or not any more. */
    pool: ConnectionPool | undefined;
    /** The waiter was called, or no longer wants to be. */
    over: boolean;
}

/** The connections to one endpoint, for those who look for one. */
export interface ConnectionPool {
    /** Room for a request on a connection that is there. */
    take(): UpstreamConnection | undefined;
    wait(waiting: WaitingRequest): void;
    cancel(waiting: WaitingRequest): void;
    readonly idleSince: number | undefined;
    readonly isEmpty: boolean;
    closeIdle(): boolean;
    connectForWaiting(): void;
    retire(): void;
}
