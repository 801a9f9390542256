/**
 * What a gateway tolerates of its clients, one row a limit: what is written, between which bounds, and what holds where nothing is.
 * Arguments, annotation, validation, proxy and docs read this table. Sizes are bytes, times milliseconds once they are read.
 */
import { parseDuration } from "../durations";

/** `duration`: written as Go writes it, `15s`; `0s` switches it off, where `least` is 0. */
export interface GatewayLimit {
    readonly kind: "bytes" | "count" | "duration";
    readonly least: number;
    readonly most: number;
    /** Of what no default can be a number: nothing is limited. */
    readonly default: number | undefined;
    readonly doc: string;
    /** What has met it, by this name in the figure `limits_reached`; absent: nothing is counted. */
    readonly counter?: string;
}

const KIB = 1024;
const MIB = 1024 * KIB;
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const GATEWAY_LIMITS = {
    headBytes: {
        kind: "bytes",
        least: 4 * KIB,
        most: 256 * KIB,
        default: 60 * KIB,
        doc: "Of a request's head: its line and its headers. Beyond it 431.",
        counter: "head_too_large",
    },
    headers: {
        kind: "count",
        least: 20,
        most: 1000,
        default: 100,
        doc: "Header lines of a request. Beyond it 431.",
        counter: "head_too_large",
    },
    headTimeout: {
        kind: "duration",
        least: SECOND,
        most: HOUR,
        default: 15 * SECOND,
        doc: "From a request's first byte to the end of its head. Beyond it 408; who does not begin within it is cut.",
        counter: "head_timeout",
    },
    bodyPause: {
        kind: "duration",
        least: 0,
        most: DAY,
        default: MINUTE,
        doc: "Between two parts of a request's body on HTTP/1.1. Beyond it 408.",
        counter: "stream_idle_timeout",
    },
    streamIdleTimeout: {
        kind: "duration",
        least: 0,
        most: DAY,
        default: 5 * MINUTE,
        doc: "How long nothing may move in a request. Beyond it 408, or 504.",
        counter: "stream_idle_timeout",
    },
    writeIdleTimeout: {
        kind: "duration",
        least: 0,
        most: DAY,
        default: MINUTE,
        doc: "How long a client may read nothing of what waits for it. Beyond it the connection is cut.",
        counter: "write_idle_timeout",
    },
    tunnelIdleTimeout: {
        kind: "duration",
        least: 0,
        most: 30 * DAY,
        default: HOUR,
        doc: "How long nothing may move on a connection that was upgraded, such as a WebSocket's.",
    },
    handshakeTimeout: {
        kind: "duration",
        least: SECOND,
        most: 5 * MINUTE,
        default: 15 * SECOND,
        doc: "From a connection's beginning to the end of its TLS handshake, a PROXY protocol's header included.",
    },
    requestsPerConnection: {
        kind: "count",
        least: 1,
        most: 1_000_000_000,
        default: undefined,
        doc: "Then the client is told to connect anew.",
    },
    connectionDuration: {
        kind: "duration",
        least: SECOND,
        most: 365 * DAY,
        default: undefined,
        doc: "Then the client is told to connect anew, once its requests are answered.",
    },
    concurrentStreams: {
        kind: "count",
        least: 1,
        most: 10_000,
        default: 100,
        doc: "Requests that an HTTP/2 client may have open at once.",
    },
    streamWindow: {
        kind: "bytes",
        least: 65_535,
        most: 16 * MIB,
        default: 256 * KIB,
        doc: "Body bytes that a stream of HTTP/2 may hold while nobody takes them.",
    },
    connectionWindow: {
        kind: "bytes",
        least: 65_536,
        most: 64 * MIB,
        default: 1 * MIB,
        doc: "Body bytes that all streams of an HTTP/2 connection may hold together.",
    },
    maxRequestBodyBytes: {
        kind: "bytes",
        least: 1,
        most: 2 ** 50,
        default: undefined,
        doc: "Of a request's body, where its host says nothing. Beyond it 413.",
        counter: "request_payload_too_large",
    },
    uploadRate: {
        kind: "bytes",
        least: 0,
        most: MIB,
        default: 100,
        doc: "That a client sends of a body in a second, over 30 s in which it could have; 0: none. Beyond it 408.",
        counter: "upload_rate",
    },
    connections: {
        kind: "count",
        least: 1,
        most: 10_000_000,
        default: undefined,
        doc: "Of a listener, over all workers of a pod. A further one is closed at once.",
        counter: "downstream_cx_overflow",
    },
    connectionsPerAddress: {
        kind: "count",
        least: 1,
        most: 10_000_000,
        default: undefined,
        doc: "Of a client's address, or of the /64 of an IPv6 one, over all workers of a pod. A further one is closed at once.",
        counter: "downstream_cx_overflow_address",
    },
    connectionsPerSecondPerAddress: {
        kind: "count",
        least: 1,
        most: 1_000_000,
        default: undefined,
        doc: "The same of those that begin within a second.",
        counter: "downstream_cx_rate_address",
    },
} as const satisfies Readonly<Record<string, GatewayLimit>>;

export type GatewayLimitName = keyof typeof GATEWAY_LIMITS;
export const GATEWAY_LIMIT_NAMES = Object.keys(GATEWAY_LIMITS) as readonly GatewayLimitName[];

/** Bytes, counts and milliseconds; absent: the default. */
export type GatewayLimits = { readonly [N in GatewayLimitName]?: number };

/** As it is written: a number, or a duration's text. */
export function readLimit(limit: GatewayLimit, said: unknown): { readonly value: number } | { readonly fault: string } {
    const wanted = `wanted ${rangeText(limit)}`;
    if (limit.kind === "duration") {
        const value = typeof said === "string" ? parseDuration(said) : undefined;
        const isWithin = value !== undefined && ((value === 0 && limit.least === 0) || (value >= SECOND && value <= limit.most));
        return isWithin ? { value } : { fault: `got ${JSON.stringify(said)}, ${wanted}` };
    }
    const isWithin = typeof said === "number" && Number.isInteger(said) && said >= limit.least && said <= limit.most;
    return isWithin ? { value: said } : { fault: `got ${JSON.stringify(said)}, ${wanted}` };
}

function rangeText({ kind, least, most }: GatewayLimit): string {
    if (kind !== "duration") return `a whole number from ${least} to ${most}${kind === "bytes" ? ", of bytes" : ""}`;
    return `a duration as in "15s", from 1s to ${most / SECOND}s${least === 0 ? ', or "0s" for none' : ""}`;
}
