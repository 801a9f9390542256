/** Virtual hosts and their routes as a worker serves them: what the tables say, with everything compiled. */
import type { CorsEntry, FaultEntry, HeaderOpsEntry, Origin, RefusalEntry, RouteActionEntry, RouteEntry, VirtualHostEntry, WeightedClusterEntry } from "../tables";
import { authorityOf, bindHeaderOps, checkAuthority, type HeaderOps } from "./header-ops";
import { bindRewrite, type PathRewrite } from "./path-rewrite";
import { bindRetry, type RetryPolicy } from "./retry-policy";
import { bindRouteMatch, type RouteMatch } from "./route-match";
import { bindStringMatch, type StringMatch } from "./string-match";

export interface VirtualHost {
    readonly domain: string;
    readonly httpsRedirect: boolean;
    readonly routes: readonly Route[];
    /** Of all its requests. */
    readonly refusal: RefusalEntry | undefined;
    readonly entry: VirtualHostEntry;
}

export interface Route {
    readonly name: string;
    readonly match: RouteMatch | undefined;
    readonly action: RouteAction;
    readonly cors: Cors | undefined;
    readonly fault: FaultEntry | undefined;
    readonly origin: Origin;
}

export type RouteAction = ForwardAction | RedirectAction | DirectAction;

export interface ForwardAction {
    readonly kind: "forward";
    readonly destinations: readonly Destination[];
    readonly totalWeight: number;
    readonly rewrite: PathRewrite | undefined;
    readonly timeoutMs: number;
    readonly retry: RetryPolicy;
    readonly mirrors: readonly { readonly cluster: string; readonly percent: number }[];
}

export interface Destination {
    readonly cluster: string;
    readonly weight: number;
    /** Levels in the order in which they are applied. */
    readonly request: readonly HeaderOps[];
    readonly response: readonly HeaderOps[];
    /** The authority the endpoint gets; empty: the request's. */
    readonly hostRewrite: string;
}

export interface RedirectAction {
    readonly kind: "redirect";
    readonly status: number;
    readonly scheme: string;
    readonly authority: string;
    /** 0: as the request's host says; -1: the listener's port. */
    readonly port: number;
    readonly path: PathRewrite | undefined;
    readonly response: readonly HeaderOps[];
}

export interface DirectAction {
    readonly kind: "direct";
    readonly status: number;
    readonly body: Buffer | undefined;
    readonly response: readonly HeaderOps[];
}

export interface Cors {
    readonly allowOrigins: readonly StringMatch[];
    readonly entry: CorsEntry;
}

/** A virtual host without the routes that could not be bound, and what was wrong with those. */
export function bindVirtualHost(entry: VirtualHostEntry): { readonly host: VirtualHost; readonly faults: readonly { origin: Origin; message: string }[] } {
    const routes: Route[] = [];
    const faults: { origin: Origin; message: string }[] = [];
    for (const route of entry.routes) {
        try {
            routes.push(bindRoute(route));
        } catch (error) {
            faults.push({ origin: route.origin, message: error instanceof Error ? error.message : String(error) });
        }
    }
    return { host: { domain: entry.domain, httpsRedirect: entry.httpsRedirect, refusal: entry.refusal, routes, entry }, faults };
}

function bindRoute(entry: RouteEntry): Route {
    return {
        name: entry.name,
        match: bindRouteMatch(entry.match),
        action: bindAction(entry, entry.action),
        cors: entry.cors && { allowOrigins: entry.cors.allowOrigins.map(bindStringMatch), entry: entry.cors },
        fault: entry.fault,
        origin: entry.origin,
    };
}

function bindAction(route: RouteEntry, action: RouteActionEntry): RouteAction {
    switch (action.kind) {
        case "forward": return bindForward(route, action);
        case "redirect": return {
            kind: "redirect",
            status: action.status,
            scheme: action.scheme ?? "",
            authority: checked(action.authority ?? ""),
            port: action.port === "request" ? -1 : (action.port ?? 0),
            path: action.path && bindRewrite(action.path, route.match?.path),
            response: levels(route.response),
        };
        case "direct": return {
            kind: "direct",
            status: action.status,
            body: action.body === undefined || action.body === "" ? undefined : Buffer.from(action.body, "base64"),
            response: levels(route.response),
        };
        default: return action satisfies never;
    }
}

function bindForward(route: RouteEntry, action: Extract<RouteActionEntry, { kind: "forward" }>): ForwardAction {
    if (action.clusters.length === 0) throw new Error("the route has no destination");
    const routeHost = action.hostRewrite ?? authorityOf(route.request);
    const ownHost = (one: WeightedClusterEntry): string => one.hostRewrite ?? authorityOf(one.request);
    // One destination: Istio writes its operations behind the route's, on one level. Several: the destination is a level
    // of its own, which Envoy applies first, so that the route has the last word.
    const weighted = action.clusters.length > 1;
    return {
        kind: "forward",
        destinations: action.clusters.map((one): Destination => ({
            cluster: one.cluster,
            weight: one.weight,
            request: weighted ? levels(one.request, route.request) : merged(route.request, one.request),
            response: weighted ? levels(one.response, route.response) : merged(route.response, one.response),
            hostRewrite: checked(routeHost || ownHost(one)),
        })),
        totalWeight: action.clusters.reduce((sum, one) => sum + one.weight, 0),
        rewrite: action.rewrite && bindRewrite(action.rewrite, route.match?.path),
        timeoutMs: action.timeoutMs,
        retry: bindRetry(action.retry),
        mirrors: action.mirrors,
    };
}

function levels(...entries: readonly (HeaderOpsEntry | undefined)[]): HeaderOps[] {
    return entries.map((entry) => bindHeaderOps(entry)).filter((ops) => ops !== undefined);
}

function merged(...entries: readonly (HeaderOpsEntry | undefined)[]): HeaderOps[] {
    const ops = bindHeaderOps(...entries);
    return ops === undefined ? [] : [ops];
}

function checked(authority: string): string {
    if (authority !== "") checkAuthority(authority);
    return authority;
}
