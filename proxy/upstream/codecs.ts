/** The one place that knows which codec speaks a cluster's protocol. HTTP/2 enters here. */
import type net from "node:net";
import { Http1ClientConnection } from "../codec/http1/client-connection";
import type { RequestHead, RequestWriter, ResponseReceiver } from "../http/doors";
import type { ClusterEntry } from "../tables";

/** What a pool needs of a codec's connection. */
export interface CodecConnection {
    open(head: RequestHead, end: boolean, receiver: ResponseReceiver): RequestWriter;
}

/** What a codec tells the pool. */
export interface CodecOwner {
    /** The response ended and the request was written: the connection can carry another one. */
    onIdle(): void;
    onClosed(): void;
}

export interface Codec {
    readonly alpn: readonly string[];
    connect(socket: net.Socket, owner: CodecOwner): CodecConnection;
}

const http1: Codec = {
    alpn: ["http/1.1"],
    connect: (socket, owner) => new Http1ClientConnection(socket, owner),
};

/** Undefined: requests to such a cluster are refused. */
export function codecFor(protocol: ClusterEntry["protocol"]): Codec | undefined {
    switch (protocol) {
        case "http1":
        // A TCP port that an HTTP route leads to: whoever wrote the route knows that it speaks HTTP.
        case "tcp":
            return http1;
        case "http2":
            return undefined;
        default:
            return protocol satisfies never;
    }
}
