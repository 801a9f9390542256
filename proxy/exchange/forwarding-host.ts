/**
 * What a forwarding may know of the exchange whose request it sends on, and what it may have it do; and what it says of
 * itself to records and variables.
 */
import type { Socket } from "node:net";
import type { ConnectionInfo, HeaderList, RequestHead, ResetReason, ResponseHead, SocketReading } from "../http/doors";
import type { SpliceEnd } from "../tcp";
import type { Cluster, UpstreamHost } from "../upstream";
import type { Trace } from "../tracing";
import type { Answer } from "./verdict";

export interface ForwardingHost {
    readonly request: ForwardedRequest;
    /** In [0, 1). */
    random(): number;

    /** Takes credit away from the request's body, and gives it back. */
    pauseRequest(): void;
    resumeRequest(): void;

    /** Any of 1xx but 101. */
    informational(status: number, headers: HeaderList): void;
    /** The backend's; with `end` it is all of the response. */
    sendHead(head: ResponseHead, end: boolean): void;
    /** False: stop until the client has taken what there is. */
    sendData(chunk: Buffer): boolean;
    sendEnd(trailers: HeaderList | undefined): void;

    /** One of Envoy's response flags. */
    flag(flag: string): void;
    answer(given: Answer): void;
    /** Nobody answers: the gateway does. */
    reply(status: number, body: string, flag: string, details: string): void;
    /** The response has begun and cannot be completed. */
    cut(reason: ResetReason, flag: string, details: string): void;

    /** The client's own socket, of a connection that has become one flow of bytes each way. */
    takeSocket(reading: SocketReading): Socket | undefined;
    /** So many bytes went past the exchange, and no more will. */
    passed(bytesReceived: number, bytesSent: number): void;
    /** Both flows have ended. */
    endUpgraded(end: SpliceEnd): void;
}

export interface ForwardedRequest {
    /** As it goes to an endpoint. */
    readonly head: RequestHead;
    readonly connection: Pick<
        ConnectionInfo,
        "original" | "remoteAddress" | "remotePort" | "localAddress" | "localPort" | "tlvs" | "tolerance" | "edge"
    >;
    /** Milliseconds since the epoch. */
    readonly start: number;
    /** Which of a proxy's client asks for; 0: it asks no proxy. */
    readonly port: number;
    /** Nothing more comes of it. */
    readonly requestEnded: boolean;
    /** Of its body. */
    readonly bytesReceived: number;
    readonly responseStarted: boolean;
    /** Of a gRPC call: for how many milliseconds it is waited, instead of the route's timeout; 0: for ever. -1: it is none. */
    readonly callTimeoutMs: number;
    /** What the client is known by again; undefined: nothing, or its destination does not ask. */
    readonly hash: number | undefined;
    /** Is told how each attempt goes; undefined: nothing is traced. */
    readonly trace: Trace | undefined;
}

export interface ForwardingState {
    readonly cluster: Cluster;
    /** Of the last attempt. */
    readonly endpoint: UpstreamHost | undefined;
    readonly localAddress: string;
    /** Whom the endpoint is asked for; empty: nobody, as it is a tunnel's end. */
    readonly host: string;
    /** `HTTP/1.1`; empty: there was no connection yet. */
    readonly protocol: string;
    readonly failure: string;
    /** 0: the request is still made ready for the first. */
    readonly attempts: number;
    /** Milliseconds until the response's head; -1: it never came. */
    readonly upstreamTime: number;
}
