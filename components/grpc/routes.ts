/**
 * gRPC routes made Istio's own. They stand before the HTTP rules of a host: a path that names a service is nothing that an
 * HTTP rule is written for, and a rule for everything would take it away from them.
 */
import type { HTTPMatchRequest, HTTPRetry, HTTPRoute, StringMatch } from "../../istio";
import { UNKNOWN, type Fault } from "../arguments";
import { http2Fault, resolveRoute, type HTTPRouteData } from "../destination";
import type { KnownArgs } from "../schema";
import type { GRPCMatch, GRPCRetry, GRPCRetryCondition, GRPCRouteArgs } from "./types";

export type GRPCMatchData = KnownArgs<GRPCMatch>;

/** `GRPCRouteArgs` once every value is there. */
export type GRPCRouteData = KnownArgs<
    GRPCRouteArgs,
    Pick<HTTPRouteData, "mirrors"> & { readonly route: NonNullable<HTTPRouteData["route"]> }
>;

/** What Istio tries again where nothing is said, without what only HTTP has. */
const RETRY_ON: readonly GRPCRetryCondition[] = ["connect-failure", "refused-stream", "unavailable", "cancelled"];
const ATTEMPTS = 2;

const GRPC_CONTENT: StringMatch = { prefix: "application/grpc" };

/** The path of a call is `/Service/Method` (gRPC over HTTP/2). */
function uriOf({ service, method }: GRPCMatchData): StringMatch | undefined {
    if (service === undefined) return method === undefined ? undefined : { regex: `/[^/]+/${method}` };
    return method === undefined ? { prefix: `/${service}/` } : { exact: `/${service}/${method}` };
}

export const isObject = (value: unknown): boolean => typeof value === "object" && value !== null;

function isOfGrpc(headers: object): boolean {
    return Object.keys(headers).some((name) => name.toLowerCase() === "content-type");
}

/** What is not known yet stands for itself. */
function headersOf({ service, headers }: GRPCMatchData): HTTPMatchRequest["headers"] {
    if (service !== undefined || (headers !== undefined && (!isObject(headers) || isOfGrpc(headers)))) return headers;
    return { "content-type": GRPC_CONTENT, ...headers };
}

function matchOf(match: GRPCMatchData): HTTPMatchRequest {
    if (!isObject(match)) return match as HTTPMatchRequest;
    const uri = uriOf(match);
    const headers = headersOf(match);
    const { withoutHeaders } = match;
    return {
        ...(uri ? { uri } : {}),
        ...(headers === undefined ? {} : { headers }),
        ...(withoutHeaders === undefined ? {} : { withoutHeaders }),
    };
}

/** What is said by nobody is left to Istio, whose default is one for gRPC too. */
function retriesOf({ attempts = ATTEMPTS, perTryTimeout, retryOn }: KnownArgs<GRPCRetry>): HTTPRetry {
    const words = retryOn ?? (attempts === 0 ? [] : RETRY_ON);
    return {
        attempts,
        ...(perTryTimeout === undefined ? {} : { perTryTimeout }),
        ...(words.length === 0 ? {} : { retryOn: words.join(",") }),
    };
}

/** What a call from a page of another origin sends, and what its client reads of the answer (gRPC-Web). */
const CORS = {
    allowMethods: ["POST"],
    allowHeaders: ["content-type", "x-grpc-web", "x-user-agent", "grpc-timeout"],
    exposeHeaders: ["grpc-status", "grpc-message"],
};

/** The blocks of a route; without any, the one that every call meets. */
export function matchesOf({ match }: GRPCRouteData): readonly GRPCMatchData[] {
    return match === undefined || (Array.isArray(match) && match.length === 0) ? [{}] : match;
}

/** Held in place of backends where there are none, which has been found fault with: what Istio would take instead, gRPC has not. */
const NO_BACKEND: GRPCRouteData["route"] = [{ destination: { host: UNKNOWN } }];

function backendsOf({ route = [] }: Partial<GRPCRouteData>): GRPCRouteData["route"] {
    return Array.isArray(route) && route.length === 0 ? NO_BACKEND : route;
}

/** Istio's HTTPRoute for one of gRPC; what is wrong with its destinations goes to `faults`. */
export function resolveGrpcRoute(given: GRPCRouteData, namespace: string, path: string, faults: Fault[]): HTTPRoute {
    if (!isObject(given)) return given as HTTPRoute;
    const { name, route, timeout, retries, fault: injected, mirrors, corsPolicy, headers } = given;
    const matches: unknown = matchesOf(given);
    const list = Array.isArray(route) ? (route as GRPCRouteData["route"]) : [];
    for (const [index, one] of list.entries()) {
        const wrong = isObject(one) ? http2Fault(one.destination, `${path}.route[${index}].destination`) : undefined;
        if (wrong) faults.push(wrong);
    }
    return resolveRoute(
        {
            ...(name === undefined ? {} : { name }),
            match: Array.isArray(matches)
                ? (matches as readonly GRPCMatchData[]).map(matchOf)
                : (matches as HTTPRouteData["match"] & object),
            route: backendsOf(given),
            ...(timeout === undefined ? {} : { timeout }),
            ...(retries === undefined ? {} : { retries: isObject(retries) ? retriesOf(retries) : (retries as HTTPRetry) }),
            ...(injected === undefined ? {} : { fault: injected }),
            ...(mirrors === undefined ? {} : { mirrors }),
            ...(corsPolicy === undefined ? {} : { corsPolicy: isObject(corsPolicy) ? { ...CORS, ...corsPolicy } : corsPolicy }),
            ...(headers === undefined ? {} : { headers }),
        },
        namespace,
        path,
        faults,
    );
}
