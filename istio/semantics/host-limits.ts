/**
 * How much the hosts of a VirtualService take, for which Istio has no words but an EnvoyFilter: its annotation, as JSON. It
 * restricts, so that an object with one that can't be read is a bad one: its last good version is served, else nothing of it.
 */
import { isRecord } from "../validation/outline";
import { GATEWAY_LIMITS, readLimit, type GatewayLimit } from "./gateway-limits";
import { jsonOf } from "./json-text";
import { settingOf, unreadable, Unreadable } from "./setting-reader";

export const LIMITS_ANNOTATION = "gatehouse.dev/limits";

/** Of requests whose rule says nothing else. */
export interface RouteLimits {
    /** Of a request's body. */
    readonly maxRequestBodyBytes?: number;
}

/** Of connections that a VirtualService passes on as they are (`tcp`, `tls`); absent: as many as there are. */
export interface ConnectionLimits {
    readonly connections?: number;
    /** Of a client's address, or of the /64 of an IPv6 one. */
    readonly connectionsPerAddress?: number;
    /** Of those that begin within a second. */
    readonly connectionsPerSecondPerAddress?: number;
}

export interface HostLimits extends RouteLimits, ConnectionLimits {
    /** By the name of an HTTP route; what one leaves open the whole says. */
    readonly routes: Readonly<Record<string, RouteLimits>>;
}

/** Limits, or what is wrong with them: `maxRequestBodyBytes: got "1M", wanted a whole number from 1 to 1125899906842624, of bytes`. */
export type ReadHostLimits = { readonly limits: HostLimits } | { readonly fault: string };

const MOST_ROUTES = 1000;

export function readHostLimits(text: string): ReadHostLimits {
    const read = jsonOf(text);
    return "fault" in read ? read : hostLimitsOf(read.value);
}

export function hostLimitsOf(value: unknown): ReadHostLimits {
    const read = settingOf(value, limitsOf);
    return "fault" in read ? read : { limits: read.value };
}

function limitsOf(value: unknown): HostLimits {
    if (!isRecord(value)) throw new Unreadable("wanted an object");
    const { routes = {}, ...own } = value;
    if (!isRecord(routes)) throw new Unreadable("routes: wanted an object, by the names of routes");
    const names = Object.keys(routes);
    if (names.length > MOST_ROUTES) throw new Unreadable(`routes: has ${names.length} names, wanted at most ${MOST_ROUTES}`);
    const { connections, connectionsPerAddress, connectionsPerSecondPerAddress, ...ofRoutes } = own;
    const ofConnections = connectionLimits({ connections, connectionsPerAddress, connectionsPerSecondPerAddress });
    const limits = { ...routeLimits(ofRoutes, ""), ...ofConnections };
    if (names.length === 0 && Object.keys(limits).length === 0) throw new Unreadable("it has no limit");
    return { ...limits, routes: Object.fromEntries(names.map((name) => [name, routeLimits(routes[name], `routes.${name}`)])) };
}

function connectionLimits(said: { readonly [N in keyof ConnectionLimits]-?: unknown }): ConnectionLimits {
    return Object.fromEntries(
        Object.entries(said).flatMap(([name, count]) => {
            if (count === undefined) return [];
            // Those that begin within a second are bounded as those at once are.
            return [[name, countOf(count, name, GATEWAY_LIMITS.connections)]];
        }),
    );
}

function routeLimits(value: unknown, at: string): RouteLimits {
    const before = at === "" ? "" : `${at}.`;
    if (!isRecord(value)) throw new Unreadable(`${at}: wanted an object`);
    const other = Object.keys(value).find((key) => key !== "maxRequestBodyBytes");
    if (other !== undefined) throw new Unreadable(`${before}${other}: there is no such limit`);
    const { maxRequestBodyBytes: bytes } = value;
    if (bytes === undefined) return {};
    return { maxRequestBodyBytes: countOf(bytes, `${before}maxRequestBodyBytes`, GATEWAY_LIMITS.maxRequestBodyBytes) };
}

/** Between the bounds of the gateway's own limit. */
function countOf(said: unknown, at: string, limit: GatewayLimit): number {
    const read = readLimit(limit, said);
    if ("fault" in read) throw unreadable(at, read.fault);
    return read.value;
}

/** Undefined: there is none. */
export function connectionLimitsOf({
    connections,
    connectionsPerAddress,
    connectionsPerSecondPerAddress,
}: HostLimits): ConnectionLimits | undefined {
    const all = { connections, connectionsPerAddress, connectionsPerSecondPerAddress };
    const given = Object.entries(all).filter(([, count]) => count !== undefined);
    return given.length > 0 ? Object.fromEntries(given) : undefined;
}

/** Undefined: none. `route`: the name of an HTTP route; empty: it has none. */
export function bodyLimitOf(limits: HostLimits, route: string): number | undefined {
    const own = Object.hasOwn(limits.routes, route) ? limits.routes[route]?.maxRequestBodyBytes : undefined;
    return own ?? limits.maxRequestBodyBytes;
}
