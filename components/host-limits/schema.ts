/** How much the hosts of a VirtualHost take, and how many connections a TcpRoute: what Istio has no word for. */
import type { FieldsFor, ObjectFor } from "../schema";

/** Of the requests that a route is for. */
export interface RouteLimitsArgs {
    /** Of a request's body, in bytes: a longer one is answered 413. Default: as the host says. */
    readonly maxRequestBodyBytes?: number;
}

export interface HostLimitsArgs {
    /** Of a request's body, in bytes: a longer one is answered 413. Default: the gateway's own, else none: bodies stream. */
    readonly maxRequestBodyBytes?: number;
    /** The same by the names of HTTP routes. Default: all routes have the host's. */
    readonly routes?: Readonly<Record<string, RouteLimitsArgs>>;
}

const ROUTE_LIMITS: ObjectFor<RouteLimitsArgs> = {
    type: "object",
    name: "RouteLimitsArgs",
    doc: "Of the requests that a route is for.",
    fields: {
        maxRequestBodyBytes: {
            type: "number",
            least: 1,
            doc: "Of a request's body, in bytes: a longer one is answered 413.",
            default: "as the host says.",
        },
    },
};

const FIELDS: FieldsFor<HostLimitsArgs> = {
    maxRequestBodyBytes: {
        type: "number",
        least: 1,
        doc: "Of a request's body, in bytes: a longer one is answered 413.",
        default: "the gateway's own, else none: bodies stream.",
    },
    routes: { type: "map", doc: "The same by the names of HTTP routes.", default: "all routes have the host's.", of: ROUTE_LIMITS },
};

export const HOST_LIMITS: ObjectFor<HostLimitsArgs> = {
    type: "object",
    name: "HostLimitsArgs",
    doc: "How much the hosts take of a request.",
    fields: FIELDS,
};

/** Of connections that a TcpRoute passes on, over all workers of a pod. */
export interface ConnectionLimitsArgs {
    /** At once; a further one is closed. Default: without end. */
    readonly connections?: number;
    /** Of a client's address, or of the /64 of an IPv6 one. Default: without end. */
    readonly connectionsPerAddress?: number;
    /** The same of those that begin within a second. Default: without end. */
    readonly connectionsPerSecondPerAddress?: number;
}

const COUNT = { type: "number", least: 1, default: "without end." } as const;

export const CONNECTION_LIMITS: ObjectFor<ConnectionLimitsArgs> = {
    type: "object",
    name: "ConnectionLimitsArgs",
    doc: "Of connections that a TcpRoute passes on, over all workers of a pod.",
    fields: {
        connections: { ...COUNT, doc: "At once; a further one is closed." },
        connectionsPerAddress: { ...COUNT, doc: "Of a client's address, or of the /64 of an IPv6 one." },
        connectionsPerSecondPerAddress: { ...COUNT, doc: "The same of those that begin within a second." },
    },
};
