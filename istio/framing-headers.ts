/**
 * What frames a message, or means a connection: a codec says it by itself (RFC 9110 §7.6.1). No setting adds such a header, and no
 * provider says one of a request.
 */
export const FRAMING_HEADERS: ReadonlySet<string> = new Set([
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "upgrade",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "expect",
]);
