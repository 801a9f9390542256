/** HTTP/2 as the registry has it. */
import { PROTOCOLS } from "../../http/protocols";
import type { Codec } from "../codec";
import { optionsByTolerance } from "../tolerance";
import { Http2ClientConnection } from "./client-connection";
import { HTTP2_CLIENT_DEFAULTS } from "./client-options";
import { Http2ServerConnection } from "./server-connection";
import { HTTP2_SERVER_DEFAULTS } from "./server-options";

const optionsBy = optionsByTolerance(HTTP2_SERVER_DEFAULTS);

export const http2: Codec = {
    protocol: PROTOCOLS.http2,
    server: (service) => (socket, info) => new Http2ServerConnection(socket, info, service, optionsBy(info.tolerance)),
    connect: (socket, owner, keepAlive) => new Http2ClientConnection(socket, owner, keepAlive, HTTP2_CLIENT_DEFAULTS),
};
