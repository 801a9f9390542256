/** HTTP/2 as the registry has it. */
import type { ToleranceRules } from "../../http/edge-rules";
import { PROTOCOLS } from "../../http/protocols";
import type { Codec } from "../codec";
import { Http2ClientConnection } from "./client-connection";
import { HTTP2_CLIENT_DEFAULTS } from "./client-options";
import { Http2ServerConnection } from "./server-connection";
import { HTTP2_SERVER_DEFAULTS, type Http2ServerOptions } from "./server-options";

export const http2: Codec = {
    protocol: PROTOCOLS.http2,
    server: (service) => (socket, info) => new Http2ServerConnection(socket, info, service, optionsBy(info.tolerance)),
    connect: (socket, owner, keepAlive) => new Http2ClientConnection(socket, owner, keepAlive, HTTP2_CLIENT_DEFAULTS),
};

/** One for all connections of a listener. */
const others = new WeakMap<ToleranceRules, Http2ServerOptions>();

function optionsBy(tolerance: ToleranceRules | undefined): Http2ServerOptions {
    if (tolerance === undefined) return HTTP2_SERVER_DEFAULTS;
    let own = others.get(tolerance);
    if (own === undefined) others.set(tolerance, (own = { ...HTTP2_SERVER_DEFAULTS, ...tolerance }));
    return own;
}
