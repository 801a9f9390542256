/** HTTP/2 as the registry has it. */
import { PROTOCOLS } from "../../http/protocols";
import type { Codec } from "../codec";
import { Http2ClientConnection } from "./client-connection";
import { HTTP2_CLIENT_DEFAULTS } from "./client-options";
import { Http2ServerConnection } from "./server-connection";
import { HTTP2_SERVER_DEFAULTS } from "./server-options";

export const http2: Codec = {
    protocol: PROTOCOLS.http2,
    server: (service) => (socket, info) => new Http2ServerConnection(socket, info, service, HTTP2_SERVER_DEFAULTS),
    connect: (socket, owner, keepAlive) => new Http2ClientConnection(socket, owner, keepAlive, HTTP2_CLIENT_DEFAULTS),
};
