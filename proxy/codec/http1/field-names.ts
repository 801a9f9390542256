/**
 * Field names: the common ones as strings made once (a name costs no allocation and compares by pointer), each with
 * what the codec does with it. Hop-by-hop fields never reach the exchange (RFC 9110 §7.6.1).
 */
import { TOKEN } from "./bytes";

/**
 * What is done with a field. PLAIN ones are the exchange's, and never written by the codec otherwise than they stand there.
 * CONTENT_LENGTH and EXPECT stand in the header list too, for whoever reads it, and are written from what was agreed on;
 * all others are taken out of it.
 */
export const PLAIN = 0;
export const HOST = 1;
export const CONTENT_LENGTH = 2;
export const TRANSFER_ENCODING = 3;
export const CONNECTION = 4;
export const UPGRADE = 5;
export const EXPECT = 6;
export const TE = 7;
export const DROPPED = 8;

const SPECIAL: readonly (readonly [name: string, kind: number])[] = [
    ["host", HOST],
    ["content-length", CONTENT_LENGTH],
    ["transfer-encoding", TRANSFER_ENCODING],
    ["connection", CONNECTION],
    ["upgrade", UPGRADE],
    ["expect", EXPECT],
    ["te", TE],
    ["keep-alive", DROPPED],
    ["proxy-connection", DROPPED],
];

const COMMON = [
    "accept",
    "accept-encoding",
    "accept-language",
    "accept-ranges",
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "access-control-expose-headers",
    "access-control-max-age",
    "access-control-request-headers",
    "access-control-request-method",
    "age",
    "allow",
    "alt-svc",
    "authorization",
    "cache-control",
    "content-disposition",
    "content-encoding",
    "content-language",
    "content-location",
    "content-range",
    "content-security-policy",
    "content-type",
    "cookie",
    "date",
    "dnt",
    "etag",
    "expires",
    "forwarded",
    "from",
    "grpc-accept-encoding",
    "grpc-encoding",
    "grpc-message",
    "grpc-status",
    "grpc-timeout",
    "http2-settings",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "last-modified",
    "link",
    "location",
    "max-forwards",
    "origin",
    "pragma",
    "priority",
    "proxy-authenticate",
    "proxy-authorization",
    "range",
    "referer",
    "referrer-policy",
    "retry-after",
    "sec-ch-ua",
    "sec-ch-ua-mobile",
    "sec-ch-ua-platform",
    "sec-fetch-dest",
    "sec-fetch-mode",
    "sec-fetch-site",
    "sec-fetch-user",
    "sec-websocket-accept",
    "sec-websocket-extensions",
    "sec-websocket-key",
    "sec-websocket-protocol",
    "sec-websocket-version",
    "server",
    "server-timing",
    "set-cookie",
    "strict-transport-security",
    "traceparent",
    "tracestate",
    "trailer",
    "upgrade-insecure-requests",
    "user-agent",
    "vary",
    "via",
    "warning",
    "www-authenticate",
    "x-b3-parentspanid",
    "x-b3-sampled",
    "x-b3-spanid",
    "x-b3-traceid",
    "x-client-ip",
    "x-content-type-options",
    "x-envoy-attempt-count",
    "x-envoy-decorator-operation",
    "x-envoy-expected-rq-timeout-ms",
    "x-envoy-external-address",
    "x-envoy-original-path",
    "x-envoy-upstream-service-time",
    "x-forwarded-client-cert",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-frame-options",
    "x-powered-by",
    "x-real-ip",
    "x-request-id",
    "x-requested-with",
    "x-xss-protection",
];

export interface FieldName {
    readonly name: string;
    readonly kind: number;
    readonly bytes: Uint8Array;
}

const SLOTS = 1024;
const slots: (FieldName | undefined)[] = new Array<FieldName | undefined>(SLOTS).fill(undefined);

/** The hash that the head parser computes along, one step a byte of the lower-cased name. */
export function hashStep(hash: number, byte: number): number {
    return (Math.imul(hash, 31) + byte) | 0;
}

function slotOf(hash: number): number {
    return (hash ^ (hash >>> 10) ^ (hash >>> 20)) & (SLOTS - 1);
}

const kinds = new Map<string, number>([...COMMON.map((name) => [name, PLAIN] as const), ...SPECIAL]);

for (const [name, kind] of kinds) {
    const bytes = Uint8Array.from(Buffer.from(name, "latin1"));
    // Of two names in one slot the later stays. The other is made anew each time, and found by its text.
    slots[slotOf(bytes.reduce(hashStep, 0))] = { name, kind, bytes };
}

/** The known name that these bytes spell, whatever their case. */
export function knownName(buffer: Buffer, from: number, to: number, hash: number): FieldName | undefined {
    const known = slots[slotOf(hash)];
    if (known === undefined || known.bytes.length !== to - from) return undefined;
    const bytes = known.bytes;
    for (let index = 0; index < bytes.length; index++) {
        if (TOKEN[buffer[from + index]!] !== bytes[index]) return undefined;
    }
    return known;
}

/** The kind of a lower-case name, undefined for a name that is not known here: such a one is PLAIN. */
export function kindOfName(name: string): number | undefined {
    return kinds.get(name);
}

/**
 * Whether `connection` may take this field away. Framing and Host never; nor what a proxy in front has said about the
 * client, or any client could strip it (CVE-2024-45410).
 */
export function isProtectedFromConnection(name: string): boolean {
    return (kinds.get(name) ?? PLAIN) !== PLAIN || name === "forwarded" || name === "x-real-ip" || name.startsWith("x-forwarded-");
}
