/** One address of a cluster, with what is known of it and its connections. It lives as long as it is listed. */
import { addressText } from "../net/address";
import type { ConnectionPool, UpstreamHost } from "./connection";

/** What speaks against sending requests to an endpoint. */
export interface EndpointHealth {
    /** Outlier detection has put it aside for a time. */
    ejected: boolean;
    /** It does not answer active health checks as it should. */
    failing: boolean;
}

export class Endpoint implements UpstreamHost {
    readonly address: string;
    readonly port: number;
    /** `10.0.0.1:8080`, `[fd00::1]:8080`. */
    readonly text: string;
    weight: number;
    /** Requests and TCP connections under way. */
    active = 0;
    /** Of all its pools. */
    connections = 0;
    /** Its last answer was one of HTTP/1.0. */
    http10 = false;
    /** Why it is left out while enough others are well; each of them by itself is enough. */
    readonly health: EndpointHealth = { ejected: false, failing: false };
    /** The balance of smooth weighted round robin. */
    balance = 0;
    /** By the name the connection's TLS is for, the empty name where it is the same for every request; by protocol too where clients choose it. */
    readonly pools = new Map<string, ConnectionPool>();

    constructor(address: string, port: number, weight: number) {
        this.address = address;
        this.port = port;
        this.weight = weight;
        this.text = addressText(address, port);
    }

    get isWell(): boolean {
        return !this.health.ejected && !this.health.failing;
    }

    /** Idle connections close, busy ones after their request; who waits goes elsewhere. */
    retire(): void {
        const retired = [...this.pools.values()];
        // First: who waited and is sent back here must not find what was given up.
        this.pools.clear();
        for (const pool of retired) pool.retire();
    }
}

/** Endpoints to choose from, with what balancers need to choose without a walk over all of them. */
export interface EndpointSet {
    readonly list: readonly Endpoint[];
    readonly equalWeights: boolean;
    /** Sums of the weights up to each endpoint. */
    readonly cumulative: readonly number[];
}

export const NO_ENDPOINTS: EndpointSet = { list: [], equalWeights: true, cumulative: [] };

/**
 * Endpoints without weight are left out, unless none has any. Those that are not well are too, unless fewer than
 * `panicPercent` of all are well: then to spread the load over all is better than to send it to the few (Envoy's panic).
 */
export function endpointSet(all: readonly Endpoint[], panicPercent: number): EndpointSet {
    const weighted = all.filter((one) => one.weight > 0);
    const meant = weighted.length > 0 ? weighted : all;
    const well = meant.filter((one) => one.isWell);
    const list = well.length * 100 < meant.length * panicPercent ? meant : well;
    let sum = 0;
    const cumulative = list.map((one) => (sum += Math.max(one.weight, 1)));
    return { list, cumulative, equalWeights: list.every((one) => one.weight === list[0]!.weight) };
}
