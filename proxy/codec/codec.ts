/**
 * What a codec is to the rest of the proxy: it serves sockets that were accepted and connects sockets that were dialled,
 * and between its bytes and the doors nobody else knows its protocol. A connection to an endpoint tells how many requests
 * it takes at once, when one of them ended, and when it takes no more: what pools count by, whatever the protocol.
 */
import type { Socket } from "node:net";
import type { ConnectionInfo, RequestHandler, RequestHead, RequestWriter, ResponseReceiver } from "../http/doors";
import type { ApplicationProtocol } from "../http/protocols";

export interface Codec {
    readonly protocol: ApplicationProtocol;
    /** Made once a worker: what serves each accepted socket, and has its bytes by `readInto`. It may be paused, with bytes that were read already. */
    server(service: HttpService): ServeConnection;
    /** A socket is connected, and its TLS handshake done. The owner is told of nothing before this returns. */
    connect(socket: Socket, owner: ClientOwner, keepAlive: KeepAlive | undefined): ClientConnection;
}

// --- downstream ----------------------------------------------------------------------------------------------------

/** What a worker has all its connections served by. */
export interface HttpService {
    readonly handler: RequestHandler;
    /** Told of a connection that met a limit, where no request is refused for it. */
    readonly onLimit?: (name: string) => void;
    /** Told of each request that is refused for what it is. `recorded`: an exchange has begun, and its record says so. */
    readonly onRefused?: (refused: RefusedRequest, connection: ConnectionInfo, recorded: boolean) => void;
}

export interface RefusedRequest {
    readonly status: number;
    /** In words: `malformed host`. */
    readonly detail: string;
    /** Envoy's: `http1.codec_error`. */
    readonly codecError: string;
    /** Of the answer. */
    readonly bodyBytes: number;
}

export type ServeConnection = (socket: Socket, info: ConnectionInfo) => ServerConnection;

/** A connection that is served, as a drain sees it. */
export interface ServerConnection {
    /** Nothing is under way now, though more may come at any time. */
    readonly idle: boolean;
    /** Bytes that wait here: for the client to read them, or for somebody to take them. */
    readonly held?: number;
    /** Its client is told to go elsewhere: with its next response, or at once where the protocol has words for it. */
    retire(): void;
    /** Ends as soon as nothing is under way. */
    drain(): void;
    destroy(): void;
}

// --- upstream ------------------------------------------------------------------------------------------------------

/** How a connection is asked whether its endpoint is still there, by protocols that have words for it. Milliseconds. */
export interface KeepAlive {
    readonly intervalMs: number;
    /** For the answer, or the connection is lost. */
    readonly timeoutMs: number;
}

export interface ClientConnection {
    /** How many requests it carries at once: 1 on HTTP/1.1; 0 once it takes no more. */
    readonly capacity: number;
    /** Only while fewer than `capacity` are open. */
    open(head: RequestHead, end: boolean, receiver: ResponseReceiver): RequestWriter;
    /** Ends it, and with it whatever is open. */
    close(): void;
}

/**
 * What a connection tells who has it. The end of each request is told once: by itself, or by the connection's. Where others
 * could still be opened on it, the owner hears that there is no more room before any receiver hears of its request: what
 * that one sends next must not come here.
 */
export interface ClientOwner {
    /** A request is over, and nothing of it is left on the wire; the connection goes on. */
    onStreamEnd(): void;
    /** `capacity` is another one now. */
    onCapacity(): void;
    /** It takes no more requests, for good; those that are open may finish. */
    onGoingAway(): void;
    /** It is gone, in whatever state it was, with all that was open; called once. */
    onClosed(): void;
}
