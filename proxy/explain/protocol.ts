/** What the client's connection speaks: as TLS agrees on (RFC 7301), in the clear as the client begins. */
import { PROTOCOLS } from "../http/protocols";
import type { ListenerEntry } from "../tables";
import type { Explanation, Step } from "./explanation";
import type { Question } from "./question";

export interface SpokenProtocol {
    readonly protocol: NonNullable<Explanation["protocol"]>;
    readonly steps: readonly Step[];
}

/** What every client may speak is not worth a step. */
export function protocolOf({ http2 }: Question, { kind }: ListenerEntry): SpokenProtocol {
    if (!http2) return { protocol: "HTTP/1.1", steps: [] };
    const { alpn } = PROTOCOLS.http2;
    const offered = Object.values(PROTOCOLS).flatMap((one) => one.alpn);
    const text =
        kind === "tls"
            ? `HTTP/2, agreed on in the handshake as ${alpn.join(", ")} of ${offered.join(", ")}`
            : "HTTP/2, which the client begins with on the port of HTTP/1.1";
    return { protocol: "HTTP/2", steps: [{ step: "protocol", text }] };
}
