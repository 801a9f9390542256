/**
 * The two doors of an exchange. On the left a downstream codec hands in requests and takes responses; on the right an
 * upstream codec takes requests and hands in responses. Neither side knows which protocol the other speaks: header
 * names are lower-case, hop-by-hop headers are gone, those that framed are there to be read only, a body is a flow with
 * credit, trailers and resets exist from the start. HTTP/2 enters as a second implementation of the same four interfaces.
 *
 * Hot path: heads are plain objects, header lists flat arrays; no stream, promise or closure a request.
 */

import type { Socket } from "node:net";
import type { DirectEnds, ClientRules, HeaderPart, ToleranceRules } from "./edge-rules";

/** `[name, value, name, value, …]`, names lower-case, in order of arrival; a name may repeat. */
export type HeaderList = string[];

export interface RequestHead {
    method: string;
    scheme: "http" | "https";
    /** Host with its port, as received. An absolute-form target's authority wins over Host (RFC 9112 §3.2.2). */
    authority: string;
    /** Path and query as received; `*` for OPTIONS *, empty for CONNECT, which asks for its authority's host and port. */
    path: string;
    /** The target names its host: absolute form, CONNECT, and any target of HTTP/2. */
    absolute?: boolean;
    /**
     * Without host, transfer-encoding, connection and whatever connection named. What content-length and expect said stands
     * here to be read; a codec frames by the fields below.
     */
    headers: HeaderList;
    /** Bytes of the body; 0: none; -1: not known beforehand. */
    contentLength: number;
    /** Lower-case token of Upgrade, when Connection names it; otherwise empty. */
    upgrade: string;
    /** The client waits for 100 before it sends the body. */
    expectContinue: boolean;
    /** A header's name has an underscore. */
    underscored: boolean;
    protocol: "HTTP/1.0" | "HTTP/1.1" | "HTTP/2";
}

export interface ResponseHead {
    status: number;
    headers: HeaderList;
    /** As in RequestHead. Of a response to HEAD: what content-length says, though no body follows. */
    contentLength: number;
    /** The backend speaks HTTP/1.0. */
    http10?: boolean;
    /** Its connection takes no further request, where the protocol carries one request at a time. */
    isLast?: boolean;
}

/** Why a message ended early. */
export type ResetReason =
    | "client-gone" // the peer of the downstream connection went away
    | "protocol-error" // the peer broke its protocol
    | "connect-failure" // no connection to the endpoint
    | "connect-timeout"
    | "tls-failure" // the upstream handshake or certificate failed
    | "connection-closed" // the peer closed before the message was whole
    | "refused" // the peer said it did not process it: safe to send again
    | "remote-reset" // the peer gave up on it, for a reason of its own
    | "overflow" // a bound of the pool was hit
    | "timeout"
    | "local"; // we gave up on it for a reason of our own

/** Left door, from codec to exchange: the rest of one request, after its head. */
export interface RequestReceiver {
    /** A part of the body. The chunk is the receiver's until it is written on. */
    onRequestData(chunk: Buffer): void;
    onRequestEnd(trailers: HeaderList | undefined): void;
    /**
     * The request will not be completed, or nobody is there for the response any more. `codecError`: how logs call it that
     * a client broke the rules of its protocol, `http1.codec_error`.
     */
    onRequestReset(reason: ResetReason, codecError?: string): void;
    /** After ResponseWriter.data returned false: write again. */
    onResponseWritable(): void;
}

/** How a socket is read by whoever takes it over; Node's OnReadOpts. */
export interface SocketReading {
    readonly buffer: () => Uint8Array;
    readonly callback: (length: number, buffer: Uint8Array) => boolean;
}

/** Left door, from exchange to codec: where the response of one request goes. */
export interface ResponseWriter {
    /** Any of 1xx but 101. */
    informational(status: number, headers: HeaderList): void;
    /**
     * `end`: no body follows. Status 101, and 2xx to CONNECT, turn the rest of the connection into two byte flows: request
     * data and response data are then what passes through, and to CONNECT each ends by itself.
     */
    head(head: ResponseHead, end: boolean): void;
    /** False: stop until onResponseWritable. The chunk may be sent anyway. */
    data(chunk: Buffer): boolean;
    end(trailers: HeaderList | undefined): void;
    /** The response cannot be completed: the connection (HTTP/1) or stream (HTTP/2) is cut so that the client sees it. */
    reset(reason: ResetReason): void;
    /** Takes credit away from the request body, and gives it back. */
    pauseRequest(): void;
    resumeRequest(): void;
    /**
     * Of the two flows after CONNECT or an upgrade: the socket itself, which is read as said from now on and is the caller's. Undefined:
     * they are not a socket's own bytes, or some wait here, and it goes on as it was.
     */
    takeSocket?(reading: SocketReading): Socket | undefined;
}

/** Whom a captured connection was meant for. */
export interface OriginalDestination {
    /** IP literal. */
    readonly address: string;
    readonly port: number;
}

/** What is known of the connection a request came on. */
export interface ConnectionInfo {
    /** By which logs tell it from every other of this proxy. */
    readonly id?: number;
    readonly remoteAddress: string;
    readonly remotePort: number;
    readonly localAddress: string;
    readonly localPort: number;
    /** What the socket says of both, where a PROXY protocol's header said the above; absent: the same. */
    readonly direct?: DirectEnds | undefined;
    /** What such a header said besides. */
    readonly tlvs?: readonly HeaderPart[] | undefined;
    /** How requests are taken; absent: as by default. It may become another while the connection goes. */
    readonly edge?: ClientRules | undefined;
    /** What the codec tolerates; absent: as by default. */
    readonly tolerance?: ToleranceRules | undefined;
    /** What the listener opens in its pod, wherever it is open here; absent: `localPort`. */
    readonly targetPort?: number;
    /** How many proxies in front of the listener are believed about a client; absent: none. */
    readonly trustedProxies?: number;
    /** An application's own proxy: what comes in it says of itself. */
    readonly outbound?: boolean;
    /** The declared port of the listener. */
    readonly port: number;
    readonly scheme: "http" | "https";
    /** Empty without TLS or SNI. */
    readonly serverName: string;
    /** Empty: nothing is asked on it any more. The two may become another server's while the connection goes. */
    readonly routeTable: string;
    /** Its clients ask a proxy: CONNECT is taken, and HTTP/1.0. */
    readonly isProxy?: boolean;
    /** Tells TLS identity: the filter chain's key. */
    readonly chain: string;
    /** Value for x-forwarded-client-cert; empty: no client certificate. */
    readonly forwardedClientCert: string;
    /** Undefined without TLS. */
    readonly tls?: HandshakeInfo | undefined;
    /** Undefined: it was meant for us. */
    readonly original?: OriginalDestination | undefined;
}

/** What a TLS handshake agreed on, read when somebody asks. */
export interface HandshakeInfo {
    readonly version: string;
    readonly cipher: string;
    readonly peer: CertificateInfo | undefined;
    readonly local: CertificateInfo | undefined;
    /** URIs in the client's certificate. Undefined: it has shown none, or nobody has verified the one that it has. */
    readonly principals: readonly string[] | undefined;
}

/** A certificate as variables say it: names joined by commas, hexadecimal in lower case, times in milliseconds since 1970. */
export interface CertificateInfo {
    readonly subject: string;
    readonly issuer: string;
    readonly serial: string;
    readonly sha256: string;
    readonly sha1: string;
    /** PEM, encoded for a URL. */
    readonly encoded: string;
    readonly validFrom: number;
    readonly validTo: number;
    readonly names: { readonly uri: string; readonly dns: string; readonly ip: string; readonly email: string };
}

/** How a codec hands a request in. `end`: the head was all. */
export type RequestHandler = (head: RequestHead, end: boolean, writer: ResponseWriter, connection: ConnectionInfo) => RequestReceiver;

/** Right door, from exchange to upstream codec: one request on its way to an endpoint. */
export interface RequestWriter {
    data(chunk: Buffer): boolean;
    end(trailers: HeaderList | undefined): void;
    /** Gives up on the request; nothing is called on the receiver afterwards. */
    reset(reason: ResetReason): void;
    pauseResponse(): void;
    resumeResponse(): void;
    /** Of an upgraded connection: whether `takeSocket` gives it now. */
    readonly hasSocket?: boolean;
    /** As of a ResponseWriter. */
    takeSocket?(reading: SocketReading): Socket | undefined;
}

/** Right door, from upstream codec to exchange. */
export interface ResponseReceiver {
    onInformational(status: number, headers: HeaderList): void;
    onResponseHead(head: ResponseHead, end: boolean): void;
    onResponseData(chunk: Buffer): void;
    onResponseEnd(trailers: HeaderList | undefined): void;
    /**
     * `sent`: whether the endpoint may have acted on the request: false where no byte of it has reached it, or where it
     * says so itself, which makes it safe to send again.
     * `detail` is for the log: `ECONNREFUSED`, `certificate has expired`.
     */
    onResponseReset(reason: ResetReason, sent: boolean, detail: string): void;
    onRequestWritable(): void;
}
