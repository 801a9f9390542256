/** The finished connection that no codec served: TCP, passthrough, or refused before anything was served. */
export interface ConnectionRecord {
    /** Milliseconds since the epoch. */
    readonly start: number;
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
    readonly cluster: string;
    readonly upstreamLocalAddress: string;
    readonly downstreamLocalAddress: string;
    readonly downstreamRemoteAddress: string;
    readonly serverName: string;
}

export interface ConnectionSink {
    connectionFinished(record: ConnectionRecord): void;
}
