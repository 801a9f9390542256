/** Rules that redirect, and the locations they give. */
import { rewritePath, type RedirectAction } from "../../snapshot";
import type { ExchangeState } from "../exchange-state";
import { answer, type Verdict } from "../verdict";

export function redirect(state: ExchangeState, action: RedirectAction): Verdict {
    if (state.authority === "" && action.authority === "") return answer(400, "", "", "missing_host_header");
    const location = redirectLocation(state, action);
    if (typeof location !== "string") return answer(location, "", "", "path_rewrite_refused");
    return answer(action.status, "", "", "direct_response", ["location", location]);
}

/** A number: the status of a request whose path can't be rewritten. */
function redirectLocation(state: ExchangeState, action: RedirectAction): ReturnType<typeof rewritePath> {
    const scheme = action.scheme || state.scheme;
    const port = portText(state, action, scheme);
    const host = action.authority || hostFor(state, scheme, action.port > 0 || port !== "");
    const path = pathFor(state, action);
    return typeof path === "string" ? `${scheme}://${host}${port}${path}` : path;
}

/** The port given, or with derivePort FROM_REQUEST_PORT the listener's, unless it is what the target's scheme means anyway. */
function portText(state: ExchangeState, action: RedirectAction, scheme: string): string {
    if (action.port === 0) return "";
    const port = action.port === -1 ? state.connection.port : action.port;
    return port === (scheme === "https" ? 443 : 80) ? "" : `:${port}`;
}

/** The request's host. Its port goes where another one is given, or where it was the default of a scheme now left. */
function hostFor(state: ExchangeState, scheme: string, portGiven: boolean): string {
    const { authority } = state;
    const colon = authority.startsWith("[") ? authority.indexOf("]:") + 1 : authority.indexOf(":");
    if (colon <= 0) return authority;
    const defaultPort = state.scheme === "https" ? ":443" : ":80";
    const leavesDefault = scheme !== state.scheme && authority.slice(colon) === defaultPort;
    return portGiven || leavesDefault ? authority.slice(0, colon) : authority;
}

function pathFor(state: ExchangeState, action: RedirectAction): ReturnType<typeof rewritePath> {
    if (action.path === undefined) return state.path;
    const path = rewritePath(action.path, state.pathname);
    // A query of a whole path takes the place of the request's (Envoy's path_redirect); behind a prefix the request's stays.
    return typeof path !== "string" || (action.path.replaced === -1 && path.includes("?"))
        ? path
        : path + state.path.slice(state.pathname.length);
}
