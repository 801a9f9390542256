/** Locations of redirects. */
import { rewritePath, type RedirectAction } from "../snapshot";
import type { OpenExchange } from "./open-exchange";

/** httpsRedirect: the Host as it was sent, its port included (Istio; on 8080 the location is wrong, and theirs is too). */
export function httpsLocation(exchange: OpenExchange): string {
    return `https://${exchange.authority}${exchange.path}`;
}

/** A number: the status of a request whose path can't be rewritten. */
export function redirectLocation(action: RedirectAction, exchange: OpenExchange): ReturnType<typeof rewritePath> {
    const scheme = action.scheme || exchange.scheme;
    const port = portText(action, scheme, exchange);
    const host = action.authority || hostFor(exchange, scheme, action.port > 0 || port !== "");
    const path = pathFor(action, exchange);
    return typeof path === "string" ? `${scheme}://${host}${port}${path}` : path;
}

/** The port given, or with derivePort FROM_REQUEST_PORT the listener's, unless it is what the target's scheme means anyway. */
function portText(action: RedirectAction, scheme: string, exchange: OpenExchange): string {
    if (action.port === 0) return "";
    const port = action.port === -1 ? exchange.connection.port : action.port;
    return port === (scheme === "https" ? 443 : 80) ? "" : `:${port}`;
}

/** The request's host. Its port goes where another one is given, or where it was the default of a scheme now left. */
function hostFor(exchange: OpenExchange, scheme: string, portGiven: boolean): string {
    const { authority } = exchange;
    const colon = authority.startsWith("[") ? authority.indexOf("]:") + 1 : authority.indexOf(":");
    if (colon <= 0) return authority;
    const defaultPort = exchange.scheme === "https" ? ":443" : ":80";
    const leavesDefault = scheme !== exchange.scheme && authority.slice(colon) === defaultPort;
    return portGiven || leavesDefault ? authority.slice(0, colon) : authority;
}

function pathFor(action: RedirectAction, exchange: OpenExchange): ReturnType<typeof rewritePath> {
    if (action.path === undefined) return exchange.path;
    const path = rewritePath(action.path, exchange.pathname);
    // A query of a whole path takes the place of the request's (Envoy's path_redirect); behind a prefix the request's stays.
    return typeof path !== "string" || (action.path.replaced === -1 && path.includes("?"))
        ? path
        : path + exchange.path.slice(exchange.pathname.length);
}
