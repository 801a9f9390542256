/** The methods that are served, whatever the protocol. */

/** Registered methods (RFC 9110 §16.1.1) that strict parsers know; another one is answered 501. */
const METHODS = new Map(
    [
        "GET",
        "HEAD",
        "POST",
        "PUT",
        "DELETE",
        "OPTIONS",
        "PATCH",
        "ACL",
        "BIND",
        "CHECKOUT",
        "COPY",
        "LINK",
        "LOCK",
        "M-SEARCH",
        "MERGE",
        "MKACTIVITY",
        "MKCALENDAR",
        "MKCOL",
        "MOVE",
        "NOTIFY",
        "PROPFIND",
        "PROPPATCH",
        "PURGE",
        "QUERY",
        "REBIND",
        "REPORT",
        "SEARCH",
        "SUBSCRIBE",
        "UNBIND",
        "UNLINK",
        "UNLOCK",
        "UNSUBSCRIBE",
    ].map((method) => [method, method] as const),
);

/** Of them, what a client is told that used one that is refused. */
export const ALLOW = "GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH";

/** The method that these characters at the beginning of the text are, as a string made once. */
export function methodAt(text: string, length: number): string | undefined {
    if (length === 3 && text.startsWith("GET")) return "GET";
    return METHODS.get(text.slice(0, length));
}
