/** A connection to an endpoint as the exchange sees it, whatever protocol it speaks. */
import type { RequestHead, RequestWriter, ResetReason, ResponseReceiver } from "../http/doors";
import type { Endpoint } from "./endpoint";

export interface UpstreamConnection {
    readonly endpoint: Endpoint;
    /** Whether a request went over it before: then the endpoint may be closing it at this moment. */
    readonly reused: boolean;
    /** `10.0.0.7:41234`. */
    readonly localAddress: string;
    open(head: RequestHead, end: boolean, receiver: ResponseReceiver): RequestWriter;
    /** Gives back a connection on which nothing was opened. */
    release(): void;
}

/** Who waits for a connection. */
export interface ConnectionWaiter {
    onConnection(connection: UpstreamConnection): void;
    /** `endpoint`: whose connection failed; undefined: there was none to try. */
    onNoConnection(failure: ConnectionFailure, endpoint: Endpoint | undefined, detail: string): void;
}

export type ConnectionFailure = Extract<ResetReason, "connect-failure" | "connect-timeout" | "tls-failure" | "overflow"> | "no-endpoint" | "unsupported";

/** What a request asks of the pool besides a connection. */
export interface ConnectionWish {
    /** The request's host, lower-case and without port: what an endpoint's certificate is held against. */
    readonly host: string;
    /** Endpoints not to be tried again, while there are others. */
    readonly avoid: readonly Endpoint[] | undefined;
    /** Only a connection that nothing was sent on. */
    readonly fresh: boolean;
}
