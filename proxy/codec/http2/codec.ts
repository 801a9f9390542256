/** HTTP/2 as the registry has it. */
import { PROTOCOLS } from "../../http/protocols";
import type { Codec } from "../codec";
import { Http2ServerConnection } from "./server-connection";
import { HTTP2_SERVER_DEFAULTS } from "./server-options";

export const http2: Codec = {
    protocol: PROTOCOLS.http2,
    server: (service) => (socket, info) => new Http2ServerConnection(socket, info, service, HTTP2_SERVER_DEFAULTS),
    connect: () => {
        throw new Error("HTTP/2 is not spoken to backends.");
    },
};
