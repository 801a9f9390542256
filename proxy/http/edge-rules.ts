/** What a gateway's options make of the requests of a connection, bound once a listener. */
export interface ClientRules {
    /** Whose X-Forwarded-For is believed; absent: of as many proxies as the listener trusts. */
    readonly isTrusted?: (address: string) => boolean;
    /** What becomes of a client's x-forwarded-client-cert; absent: SANITIZE_SET. */
    readonly clientCert?: "SANITIZE" | "FORWARD_ONLY" | "APPEND_FORWARD" | "ALWAYS_FORWARD_ONLY";
    /** Absent: `server` is the gateway's own. */
    readonly server?: { readonly mode: "overwrite" | "append-if-absent" | "pass-through" | "none"; readonly value: string };
    /** Responses go without headers that begin with `x-envoy-`. */
    readonly stripsEnvoy?: true;
    /** A client's x-request-id is passed on, and none is made. */
    readonly keepsRequestId?: true;
    /** Backends are not told how often a request was tried. */
    readonly hidesAttempts?: true;
    /** Absent: slashes stay as they are. */
    readonly slashes?: SlashRules;
    /** Of a request's body, where its host says nothing; absent: it may be as long as it likes. */
    readonly maxRequestBodyBytes?: number;
}

/** Of a path: whether several in a row are one, and what those are that are written as `%2F`. */
export interface SlashRules {
    readonly merge: boolean;
    readonly escaped: "keep" | "reject" | "redirect" | "forward";
}

/** What a codec tolerates of a client, where not as by default. Times are milliseconds; 0 switches a timeout off. */
export interface ToleranceRules {
    readonly acceptHttp10?: boolean;
    readonly keepAliveTimeout?: number;
    readonly headTimeout?: number;
    readonly bodyIdleTimeout?: number;
    readonly streamIdleTimeout?: number;
    readonly writeIdleTimeout?: number;
    readonly tunnelIdleTimeout?: number;
    /** Bytes of a body in a second that a client must send while it can. */
    readonly uploadRate?: number;
    readonly maxHeadBytes?: number;
    readonly maxHeaders?: number;
    readonly maxRequests?: number;
    readonly maxDuration?: number;
    readonly maxOpenStreams?: number;
    readonly streamWindow?: number;
    readonly connectionWindow?: number;
}

/** The ends of the socket itself, where a PROXY protocol's header said whose the connection is. */
export interface DirectEnds {
    readonly remoteAddress: string;
    readonly remotePort: number;
    readonly localAddress: string;
    readonly localPort: number;
}

/** A part of such a header. */
export interface HeaderPart {
    readonly type: number;
    readonly value: Buffer;
}

/** The peer itself, whoever it speaks for. */
export function directAddress(connection: { readonly direct?: DirectEnds | undefined; readonly remoteAddress: string }): string {
    return connection.direct === undefined ? connection.remoteAddress : connection.direct.remoteAddress;
}
