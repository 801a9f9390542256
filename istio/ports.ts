/**
 * Protocols of ports. Istio reads a Service port's protocol from `appProtocol`, else from the prefix of its name, and a
 * Gateway port's from its `protocol` word; the families decide what may be routed how.
 */
export type Protocol = "HTTP" | "HTTPS" | "HTTP2" | "GRPC" | "GRPC-WEB" | "TLS" | "TCP" | "UDP" | "MONGO" | "REDIS" | "MYSQL";

const PROTOCOLS: readonly Protocol[] = ["HTTP", "HTTPS", "HTTP2", "GRPC", "GRPC-WEB", "TLS", "TCP", "UDP", "MONGO", "REDIS", "MYSQL"];
/** `HTTP_PROXY` is HTTP to a client that was told of the proxy. */
const BY_WORD: ReadonlyMap<string, Protocol> = new Map([
    ...PROTOCOLS.map((protocol) => [protocol.toLowerCase(), protocol] as const),
    ["http_proxy", "HTTP"],
]);

/** The words a Gateway's `port.protocol` may be; UDP is not among them. */
export const GATEWAY_PROTOCOLS: readonly Protocol[] = PROTOCOLS.filter((protocol) => protocol !== "UDP");

/** A protocol word in any case; undefined for a word that is none. */
export function parseProtocol(text: string): Protocol | undefined {
    return BY_WORD.get(text.toLowerCase());
}

/** `http2-web` is HTTP2, `grpc-web` GRPC-WEB, `web` nothing: the word before the first `-`, grpc-web being one word. */
export function protocolOfPortName(name: string): Protocol | undefined {
    const lower = name.toLowerCase();
    if (lower === "grpc-web" || lower.startsWith("grpc-web-")) {
        return "GRPC-WEB";
    }
    const dash = lower.indexOf("-");
    return parseProtocol(dash < 0 ? lower : lower.slice(0, dash));
}

/** The parts of a Service or EndpointSlice port that say its protocol. */
export interface PortWords {
    readonly name?: string;
    readonly appProtocol?: string;
    /** The transport. */
    readonly protocol?: string;
}

/**
 * A Service port's protocol. Istio sniffs a port that says nothing; a gateway that originates the connection has nothing
 * to sniff and takes it as plain: `undefined` leaves that to the caller.
 */
export function protocolOfServicePort(port: PortWords): Protocol | undefined {
    if (port.protocol?.toUpperCase() === "UDP") {
        return "UDP";
    }
    return port.appProtocol !== undefined ? protocolOfAppProtocol(port.appProtocol) : protocolOfPortName(port.name ?? "");
}

/** Kubernetes' own names (KEP-3726) beside Istio's words; a name that says nothing falls back to nothing, not to the port name. */
function protocolOfAppProtocol(text: string): Protocol | undefined {
    const lower = text.toLowerCase();
    switch (lower) {
        case "kubernetes.io/h2c":
            return "HTTP2";
        case "kubernetes.io/ws":
            return "HTTP";
        case "kubernetes.io/wss":
            return "HTTPS";
        default:
            return protocolOfPortName(lower);
    }
}

/** Served as HTTP in clear at a gateway: HTTP routes apply. */
export function isHttpFamily(protocol: Protocol): boolean {
    return protocol === "HTTP" || protocol === "HTTP2" || protocol === "GRPC" || protocol === "GRPC-WEB";
}

/** Bytes without a protocol the gateway understands: TCP routes apply. */
export function isTcpFamily(protocol: Protocol): boolean {
    return protocol === "TCP" || protocol === "MONGO" || protocol === "REDIS" || protocol === "MYSQL";
}

/** Begins with a ClientHello. */
export function isTlsFamily(protocol: Protocol): boolean {
    return protocol === "HTTPS" || protocol === "TLS";
}

/** The backend expects HTTP/2 from its first byte. */
export function isHttp2Family(protocol: Protocol): boolean {
    return protocol === "HTTP2" || protocol === "GRPC" || protocol === "GRPC-WEB";
}
