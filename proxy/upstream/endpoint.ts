/** One address of a cluster, with what is known of it and its connections. It lives as long as it is listed. */
import { addressText } from "../net/address";
import type { EndpointEntry } from "../tables";
import type { EndpointHealth } from "./events";
import type { ConnectionPool, EndpointOutcomes, UpstreamHost } from "./connection";

export class Endpoint implements UpstreamHost {
    address: string;
    readonly port: number;
    /** `10.0.0.1:8080`, `[fd00::1]:8080`. */
    text: string;
    weight: number;
    /** Those of a greater one get what those of a lesser one are not well enough for. */
    priority = 0;
    /** `region/zone/subzone`; empty: not known. */
    locality = "";
    /** What its workload is called, for figures; empty: not known. */
    workload = "";
    /** The share of its locality, where localities have shares. */
    localityWeight = 0;
    /** Since when it takes requests, on the clock of `performance.now()`: what it is warmed up from. */
    since = performance.now();
    /** Its weight as it counts now, while it is warmed up less. */
    share: number;
    /** Requests and TCP connections under way. */
    active = 0;
    /** Of all its pools. */
    connections = 0;
    /** Its last answer was one of HTTP/1.0. */
    http10 = false;
    /** Why it is left out while enough others are well; each of them by itself is enough. */
    readonly health: EndpointHealth = { ejected: false, failing: false };
    outcomes: EndpointOutcomes | undefined = undefined;
    /** The balance of smooth weighted round robin. */
    balance = 0;
    /** By the name the connection's TLS is for, the empty name where it is the same for every request; by protocol too where clients choose it. */
    readonly pools = new Map<string, ConnectionPool>();

    constructor(address: string, port: number, weight: number) {
        this.address = address;
        this.port = port;
        this.weight = weight;
        this.share = weight;
        this.text = addressText(address, port);
    }

    /** Where its new connections go; those that there are stay. */
    moveTo(address: string): void {
        if (address === this.address) return;
        this.address = address;
        this.text = addressText(address, this.port);
    }

    /** Takes over what is listed of it now. */
    describe({ weight, priority = 0, locality = "", localityWeight = 0, workload = "" }: Omit<EndpointEntry, "address" | "port">): void {
        this.weight = weight;
        this.share = weight;
        this.priority = priority;
        this.locality = locality;
        this.localityWeight = localityWeight;
        this.workload = workload;
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
