/**
 * The protocols of HTTP that are spoken here, as data: what is offered in a TLS handshake, which ports of backends they
 * are for, how logs call them. A row here and a codec of the same name in `proxy/codec/registry.ts` is all that a
 * protocol is to the rest of the house, the compiler among it: nothing here does I/O.
 */

/** What a port of a backend speaks, as clusters say it. */
export type PortProtocol = "http1" | "http2" | "tcp";

export interface ApplicationProtocol {
    /** Its ids for ALPN (RFC 7301), which clients choose it by. */
    readonly alpn: readonly string[];
    /** What a client begins with that speaks it without asking, Latin1; empty: whatever is no other's beginning. */
    readonly preface: string;
    /** How logs call it, where a message does not say it more exactly. */
    readonly text: string;
    /** Envoy's detail of a request that broke its rules. */
    readonly codecError: string;
    /** The same of one whose head is too large, where it has one of its own. */
    readonly headTooLarge?: string;
    /** The ports of backends it is spoken to. */
    readonly ports: readonly PortProtocol[];
    /** How many requests a connection is taken to carry at once until it says so itself. */
    readonly expectedStreams: number;
}

/** In order of preference. */
export const PROTOCOLS = {
    http2: {
        alpn: ["h2"],
        preface: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        text: "HTTP/2",
        codecError: "http2.codec_error",
        ports: ["http2"],
        expectedStreams: 100,
    },
    http1: {
        alpn: ["http/1.1"],
        preface: "",
        text: "HTTP/1.1",
        codecError: "http1.codec_error",
        headTooLarge: "http1.headers_too_large",
        // A TCP port that an HTTP route leads to: whoever wrote the route knows that it speaks HTTP.
        ports: ["http1", "tcp"],
        expectedStreams: 1,
    },
} as const satisfies Readonly<Record<string, ApplicationProtocol>>;

export type ProtocolName = keyof typeof PROTOCOLS;

const ALL: readonly ApplicationProtocol[] = Object.values(PROTOCOLS);

/** What HTTPS servers offer. */
export const HTTP_ALPN: readonly string[] = ALL.flatMap(({ alpn }) => alpn);

const NAMES: Readonly<Record<PortProtocol, string>> = { http1: "HTTP/1.1", http2: "HTTP/2", tcp: "TCP" };

/** What is not spoken to backends though a port of theirs wants it; undefined: it is spoken. */
export function unspokenTo(port: PortProtocol): string | undefined {
    return ALL.some(({ ports }) => ports.includes(port)) ? undefined : NAMES[port];
}
