/** A connection that no codec serves: TCP, passthrough, or one that was refused before anything was served on it. */
import type { HandshakeInfo } from "../http/doors";
import type { DirectEnds, HeaderPart } from "../http/edge-rules";
import type { PolicyMark } from "../tables";

/** What is known of it once it is known whose it is. */
export interface OpenedConnection {
    /** By which logs tell it from every other of this proxy. */
    readonly id?: number;
    /** Milliseconds since the epoch. */
    readonly start: number;
    /** `10.0.0.1:443`, `[::1]:443`. */
    readonly downstreamLocalAddress: string;
    readonly downstreamRemoteAddress: string;
    /** What the socket says of both, where a PROXY protocol's header said the above; and what it said besides. */
    readonly direct?: DirectEnds;
    readonly tlvs?: readonly HeaderPart[];
    /** Empty without TLS or SNI. */
    readonly serverName: string;
    /** TLS ends here, and the client has shown a certificate. */
    readonly mtls: boolean;
    /** Undefined: TLS does not end here. */
    readonly tls?: HandshakeInfo | undefined;
    /** What policies did, or would have done. */
    readonly policyMarks: readonly PolicyMark[];
    /** How it goes, while it is open; undefined: it has not begun. */
    progress?: (() => ConnectionProgress) | undefined;
}

export interface ConnectionProgress {
    readonly cluster: string;
    /** Empty: no endpoint was reached yet. */
    readonly upstreamHost: string;
    /** What the endpoint's workload is called; empty: not known. */
    readonly upstreamWorkload: string;
    readonly bytesReceived: number;
    readonly bytesSent: number;
}

export interface ConnectionRecord extends OpenedConnection {
    /** Milliseconds. */
    readonly duration: number;
    readonly bytesReceived: number;
    readonly bytesSent: number;
    /** Envoy's response flags; empty: none. */
    readonly flags: string;
    /** `filter_chain_not_found`; empty: none. */
    readonly details: string;
    readonly upstreamFailure: string;
    readonly upstreamHost: string;
    /** What the endpoint's workload is called; empty: not known. */
    readonly upstreamWorkload: string;
    readonly cluster: string;
    readonly upstreamLocalAddress: string;
}
