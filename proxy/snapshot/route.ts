/** Virtual hosts and their routes as a worker serves them: what the tables say, with everything compiled. */
import { hasControl, wireText } from "../../istio/wire-text";
import type {
    FaultEntry,
    HeaderOpsEntry,
    Origin,
    RefusalEntry,
    RouteActionEntry,
    RouteEntry,
    VirtualHostEntry,
    WeightedClusterEntry,
} from "../tables";
import { bindCors, type Cors } from "./features/cors";
import { authorityOf, authorityText, bindHeaderOps, type HeaderOps } from "./features/header-ops";
import { bindRedirect, type RedirectAction } from "./features/redirect";
import { bindRetry, type RetryPolicy } from "./features/retries";
import { bindRewrite, type PathRewrite } from "./features/rewrite";
import { RouteIndex } from "./match/route-index";
import { bindRouteMatch, bindUnderstood, type RouteMatch } from "./match/route-match";

export interface VirtualHost {
    readonly domain: string;
    readonly httpsRedirect: boolean;
    readonly routes: readonly Route[];
    /** Of these, by what they want of a path. */
    readonly index: RouteIndex<Route>;
    /** Of all its requests. */
    readonly refusal: RefusalEntry | undefined;
    readonly entry: VirtualHostEntry;
}

export interface Route {
    readonly name: string;
    readonly match: RouteMatch | undefined;
    /** What it wants of paths, as spans are called. */
    readonly pathText: string;
    readonly action: RouteAction;
    readonly cors: Cors | undefined;
    readonly fault: FaultEntry | undefined;
    /** Undefined: as the gateway says. */
    readonly maxRequestBodyBytes: number | undefined;
    readonly origin: Origin;
}

export type RouteAction = ForwardAction | RedirectAction | DirectAction | RefuseAction;

export interface ForwardAction {
    readonly kind: "forward";
    readonly destinations: readonly BoundDestination[];
    readonly totalWeight: number;
    readonly rewrite: PathRewrite | undefined;
    readonly timeoutMs: number;
    readonly retry: RetryPolicy;
    readonly mirrors: readonly { readonly cluster: string; readonly percent: number }[];
}

export interface BoundDestination {
    readonly cluster: string;
    readonly weight: number;
    /** Levels in the order in which they are applied. */
    readonly request: readonly HeaderOps[];
    readonly response: readonly HeaderOps[];
    /** The authority the endpoint gets; empty: the request's. */
    readonly hostRewrite: string;
}

export interface DirectAction {
    readonly kind: "direct";
    readonly status: number;
    readonly body: Buffer | undefined;
    readonly response: readonly HeaderOps[];
}

/** Answered with 500: what the rule is about must not be left to a later one. */
export interface RefuseAction {
    readonly kind: "refuse";
    readonly why: string;
    readonly response: readonly HeaderOps[];
}

/** What of a host could not be bound. */
export interface HostFault {
    readonly origin: Origin;
    readonly message: string;
}

/** A virtual host that refuses what its routes that could not be bound are about, and what was wrong with those. */
export function bindVirtualHost(entry: VirtualHostEntry): {
    readonly host: VirtualHost;
    readonly faults: readonly HostFault[];
} {
    const routes: Route[] = [];
    const faults: HostFault[] = [];
    for (const route of entry.routes) {
        try {
            routes.push(bindRoute(route));
        } catch (error) {
            const message = error instanceof Error ? error.message : String(error);
            faults.push({ origin: route.origin, message });
            routes.push(refusedRoute(route, message));
        }
    }
    const { domain, httpsRedirect, refusal } = entry;
    return { host: { domain, httpsRedirect, refusal, routes, index: new RouteIndex(routes), entry }, faults };
}

/** A host among thousands, of which most are not asked for: its routes are bound when it is. Then `tell` hears what was wrong. */
class LateHost implements VirtualHost {
    readonly entry: VirtualHostEntry;
    readonly #tell: (faults: readonly HostFault[]) => void;
    #routes: readonly Route[] | undefined;
    #index: RouteIndex<Route> | undefined;

    constructor(entry: VirtualHostEntry, tell: (faults: readonly HostFault[]) => void) {
        this.entry = entry;
        this.#tell = tell;
    }

    get domain(): string {
        return this.entry.domain;
    }

    get httpsRedirect(): boolean {
        return this.entry.httpsRedirect;
    }

    get refusal(): RefusalEntry | undefined {
        return this.entry.refusal;
    }

    get routes(): readonly Route[] {
        return this.#routes ?? this.#bind().routes;
    }

    get index(): RouteIndex<Route> {
        return this.#index ?? this.#bind().index;
    }

    #bind(): VirtualHost {
        const { host, faults } = boundOrRefused(this.entry);
        this.#routes = host.routes;
        this.#index = host.index;
        if (faults.length > 0) this.#tell(faults);
        return host;
    }
}

function boundOrRefused(entry: VirtualHostEntry): ReturnType<typeof bindVirtualHost> {
    try {
        return bindVirtualHost(entry);
    } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        return { host: refusedHost(entry, message), faults: [{ origin: entry.origin, message }] };
    }
}

export function lateHost(entry: VirtualHostEntry, tell: (faults: readonly HostFault[]) => void): VirtualHost {
    return new LateHost(entry, tell);
}

/** Where not even the shape of an entry is right, all of its host is refused. */
export function refusedHost(entry: VirtualHostEntry, why: string): VirtualHost {
    const route = refusedRoute({ name: "", action: { kind: "refuse", why }, origin: entry.origin }, why);
    const routes = [route];
    return { domain: entry.domain, httpsRedirect: false, refusal: entry.refusal, routes, index: new RouteIndex(routes), entry };
}

function bindRoute(entry: RouteEntry): Route {
    return {
        name: bindName(entry.name),
        match: entry.action.kind === "refuse" ? bindUnderstood(entry.match) : bindRouteMatch(entry.match),
        pathText: pathText(entry),
        action: bindAction(entry, entry.action),
        cors: entry.cors && bindCors(entry.cors),
        fault: entry.fault,
        maxRequestBodyBytes: entry.maxRequestBodyBytes,
        origin: entry.origin,
    };
}

/** Refuses the requests that the conditions hold for; of one that can't be bound nobody knows, so that it may. */
function refusedRoute(entry: RouteEntry, why: string): Route {
    return {
        name: typeof entry.name === "string" ? bindName(entry.name) : "",
        match: bindUnderstood(entry.match),
        pathText: "/*",
        action: { kind: "refuse", why, response: [] },
        cors: undefined,
        fault: undefined,
        maxRequestBodyBytes: undefined,
        origin: entry.origin,
    };
}

function pathText({ match }: RouteEntry): string {
    const path = match?.path;
    if (path === undefined) return "/*";
    return path.kind === "prefix" || path.kind === "segment" ? `${wireText(path.value)}*` : wireText(path.value);
}

/** Header operations and logs may say it. */
function bindName(name: string): string {
    return hasControl(name) ? wireText(name).replace(/[\x00-\x1f\x7f]/g, " ") : wireText(name);
}

function bindAction(route: RouteEntry, action: RouteActionEntry): RouteAction {
    switch (action.kind) {
        case "forward":
            return bindForward(route, action);
        case "redirect":
            return bindRedirect(action, route.match?.path, levels(route.response));
        case "direct":
            return {
                kind: "direct",
                status: action.status,
                body: action.body === undefined || action.body === "" ? undefined : Buffer.from(action.body, "base64"),
                response: levels(route.response),
            };
        case "refuse":
            return { kind: "refuse", why: action.why, response: [] };
        default:
            return action satisfies never;
    }
}

function bindForward(route: RouteEntry, action: Extract<RouteActionEntry, { kind: "forward" }>): ForwardAction {
    if (action.clusters.length === 0) throw new Error("the route has no destination");
    const routeHost = authorityText(action.hostRewrite ?? "") || authorityOf(route.request);
    const ownHost = (one: WeightedClusterEntry): string => authorityText(one.hostRewrite ?? "") || authorityOf(one.request);
    // One destination: Istio writes its operations behind the route's, on one level. Several: the destination is a level
    // of its own, which Envoy applies first, so that the route has the last word.
    const weighted = action.clusters.length > 1;
    return {
        kind: "forward",
        destinations: action.clusters.map(
            (one): BoundDestination => ({
                cluster: one.cluster,
                weight: one.weight,
                request: weighted ? levels(one.request, route.request) : merged(route.request, one.request),
                response: weighted ? levels(one.response, route.response) : merged(route.response, one.response),
                hostRewrite: routeHost || ownHost(one),
            }),
        ),
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
