/**
 * What happens to a request, in this order and no other. A pass answers the request itself, lets it go on, or holds it
 * until it calls `continue`.
 */
import { randomUUID } from "node:crypto";
import {
    isMutual,
    matchesRoute,
    rewritePath,
    type ForwardAction,
    type RedirectAction,
    type Route,
    type RouteTable,
    type ChainHosts,
    type VirtualHost,
} from "../snapshot";
import { hostOf, type RefusalEntry } from "../tables";
import { addCorsHeaders, allowedOrigin, isPreflight, preflightHeaders } from "./cors";
import { edgeHeaders } from "./edge-headers";
import { DONE, HELD, ON, type OpenExchange } from "./open-exchange";
import { isGrpc } from "./grpc-reply";
import { NO_OPS } from "./headers";
import { removeHeader } from "../http/header-list";
import { normalisePath } from "../http/path";
import { dropUnderscored } from "./underscores";
import { httpsLocation, redirectLocation } from "./redirect";

export interface Pass {
    readonly name: string;
    readonly run: (exchange: OpenExchange) => typeof ON | typeof DONE | typeof HELD;
}

export const PASSES: readonly Pass[] = [
    { name: "protocol", run: refuseOldProtocol },
    { name: "path", run: choosePath },
    { name: "upgrade", run: refuseUpgrades },
    { name: "edge-headers", run: takeEdgeHeaders },
    { name: "host", run: chooseHost },
    { name: "underscores", run: judgeUnderscores },
    { name: "https-redirect", run: redirectToHttps },
    { name: "route", run: chooseRoute },
    { name: "fault", run: injectFault },
    { name: "cors", run: answerPreflight },
    { name: "action", run: takeAction },
];

function refuseOldProtocol(exchange: OpenExchange): typeof ON | typeof DONE {
    if (exchange.head.protocol !== "HTTP/1.0" || exchange.runtime.acceptHttp10) return ON;
    return exchange.reply(426, "this gateway speaks HTTP/1.1 and newer", "", "low_version");
}

function choosePath(exchange: OpenExchange): typeof ON | typeof DONE {
    const path = normalisePath(exchange.path);
    if (path === undefined) return exchange.reply(400, "", "", "path_normalization_failed");
    exchange.path = path;
    const query = path.indexOf("?");
    exchange.pathname = query === -1 ? path : path.slice(0, query);
    return ON;
}

/**
 * WebSocket passes. `h2c` is no switch that a client insists on (RFC 9113 §3.1 took it back): the request is answered
 * as it stands.
 */
function refuseUpgrades(exchange: OpenExchange): typeof ON | typeof DONE {
    const { head } = exchange;
    if (head.upgrade === "" || head.upgrade === "websocket") return ON;
    if (head.upgrade !== "h2c") return exchange.reply(403, "", "", "upgrade_failed");
    head.upgrade = "";
    // RFC 7540 §3.2.1: the settings are this connection's, whether or not the client has named them in `connection`.
    removeHeader(exchange.headers, "http2-settings");
    return ON;
}

function takeEdgeHeaders(exchange: OpenExchange): typeof ON {
    exchange.requestId = randomUUID();
    edgeHeaders(exchange.headers, exchange.connection, exchange.requestId);
    return ON;
}

function chooseHost(exchange: OpenExchange): typeof ON | typeof DONE {
    const { connection, snapshot } = exchange;
    // An empty Host is that of any host (RFC 9112 §3.2); HTTP/1.0 may leave it out, and then nobody can be asked for.
    if (exchange.authority === "" && exchange.head.protocol === "HTTP/1.0") return exchange.reply(400, "", "", "missing_host_header");
    const host = hostOf(exchange.authority);
    exchange.host = host;
    const table = snapshot.routeTables.get(connection.routeTable);
    exchange.virtualHost = table?.hosts.find(host);
    const refusal = table?.entry?.refusal ?? exchange.virtualHost?.refusal;
    if (refusal !== undefined) return refuse(exchange, refusal);
    if (connection.scheme === "https" && host !== connection.serverName && isMisdirected(exchange, host)) {
        return exchange.reply(421, "", "NR", "misdirected_request");
    }
    return exchange.virtualHost === undefined ? exchange.reply(404, "", "NR", "route_not_found") : ON;
}

/**
 * A policy that is not evaluated here lets nobody pass, before anything else answers: CORS, faults, redirects, direct
 * responses, 404. As in Envoy the answer bears what the route does to the headers of responses.
 */
function refuse(exchange: OpenExchange, refusal: RefusalEntry): typeof DONE {
    const host = exchange.virtualHost;
    if (host !== undefined && !(host.httpsRedirect && exchange.scheme === "http")) exchange.route = routeOf(exchange, host);
    return exchange.reply(403, "RBAC: access denied", "", refusal.detail);
}

/**
 * RFC 9110 §15.5.20: a client reuses a connection for another host that the certificate covers. Where another chain of
 * this listener is that host's own, it is told to come back on a connection of its own: always where one of the two
 * asks for client certificates (else a certificate for one host would open the other), else where this connection's
 * routes do not have the host but the other chain's have.
 */
function isMisdirected(exchange: OpenExchange, host: string): boolean {
    const { snapshot, connection } = exchange;
    const own = snapshot.entries.chains.get(connection.chain);
    const hosts: ChainHosts | undefined = own && snapshot.chainHosts.get(own.listener);
    if (hosts === undefined || own === undefined || (exchange.virtualHost !== undefined && hosts.mutual === 0)) return false;
    const owner = hosts.chains.find(host);
    if (owner === undefined || owner.key === own.key) return false;
    if (isMutual(own) || isMutual(owner)) return true;
    if (exchange.virtualHost !== undefined || owner.target.kind !== "http") return false;
    const table: RouteTable | undefined = snapshot.routeTables.get(owner.target.routeTable);
    return table?.hosts.find(host) !== undefined;
}

/** After the host, whose rules name headers. */
function judgeUnderscores(exchange: OpenExchange): typeof ON | typeof DONE {
    if (!exchange.head.underscored) return ON;
    if (exchange.runtime.underscores === "reject") return exchange.reply(400, "", "", "unexpected_underscore", [], NO_OPS);
    dropUnderscored(exchange);
    return ON;
}

function redirectToHttps(exchange: OpenExchange): typeof ON | typeof DONE {
    if (!exchange.virtualHost!.httpsRedirect || exchange.scheme === "https") return ON;
    if (exchange.authority === "") return exchange.reply(400, "", "", "missing_host_header");
    return exchange.reply(301, "", "", "direct_response", ["location", httpsLocation(exchange)]);
}

function chooseRoute(exchange: OpenExchange): typeof ON | typeof DONE {
    exchange.route = routeOf(exchange, exchange.virtualHost!);
    return exchange.route === undefined ? exchange.reply(404, "", "NR", "route_not_found") : ON;
}

function routeOf(exchange: OpenExchange, { routes }: VirtualHost): Route | undefined {
    // OPTIONS * asks for no path, and a route without a condition is one of every path (Envoy).
    if (exchange.pathname === "*") return undefined;
    for (let at = 0; at < routes.length; at++) {
        const route = routes[at]!;
        if (matchesRoute(route.match, exchange)) return route;
    }
    return undefined;
}

function injectFault(exchange: OpenExchange): typeof ON | typeof DONE | typeof HELD {
    const fault = exchange.route!.fault;
    if (fault === undefined) return ON;
    const { random } = exchange.runtime;
    if (fault.delay !== undefined && !exchange.delayed && random() * 100 < fault.delay.percent) {
        exchange.delayed = true;
        exchange.flag("DI");
        exchange.hold(fault.delay.delayMs);
        return HELD;
    }
    if (fault.abort === undefined || random() * 100 >= fault.abort.percent) return ON;
    const { status, grpcStatus } = fault.abort;
    const headers = grpcStatus !== undefined && isGrpc(exchange.headers) ? ["grpc-status", String(grpcStatus)] : [];
    return exchange.reply(grpcStatus === undefined ? status : 200, "fault filter abort", "FI", "fault_filter_abort", headers);
}

function answerPreflight(exchange: OpenExchange): typeof ON | typeof DONE {
    const cors = exchange.route!.cors;
    if (cors === undefined) return ON;
    const origin = allowedOrigin(cors, exchange.headers);
    if (!isPreflight(exchange.method, exchange.headers)) {
        exchange.corsOrigin = origin;
        return ON;
    }
    if (origin === "") return cors.entry.forwardUnmatchedPreflights ? ON : exchange.reply(200, "", "", "cors_response", [], NO_OPS);
    const headers = preflightHeaders(cors, exchange.headers);
    addCorsHeaders(cors, origin, headers);
    return exchange.reply(200, "", "", "cors_response", headers, NO_OPS);
}

function takeAction(exchange: OpenExchange): typeof DONE {
    const { action } = exchange.route!;
    switch (action.kind) {
        case "forward":
            return rewriteTarget(exchange, action) ? exchange.forward(action) : DONE;
        case "redirect":
            return redirect(exchange, action);
        case "direct":
            return exchange.reply(action.status, action.body ?? "", "", "direct_response");
        case "refuse":
            return exchange.reply(500, "", "", "rule_not_served", [], NO_OPS);
        default:
            return action satisfies never;
    }
}

/** False: the request was refused, as what the rewrite makes of its path is none that could have come in. */
function rewriteTarget(exchange: OpenExchange, { rewrite }: ForwardAction): boolean {
    if (rewrite === undefined) return true;
    const path = rewritePath(rewrite, exchange.pathname);
    if (typeof path === "string") {
        exchange.target = path + exchange.path.slice(exchange.pathname.length);
        return true;
    }
    exchange.reply(path, "", "", "path_rewrite_refused");
    return false;
}

function redirect(exchange: OpenExchange, action: RedirectAction): typeof DONE {
    if (exchange.authority === "" && action.authority === "") return exchange.reply(400, "", "", "missing_host_header");
    const location = redirectLocation(action, exchange);
    if (typeof location !== "string") return exchange.reply(location, "", "", "path_rewrite_refused");
    return exchange.reply(action.status, "", "", "direct_response", ["location", location]);
}
