/** The bounds that hold for all connections of a cluster, as its entry has them now, and what is counted against them. */
import type { KeepAlive } from "../codec";
import type { ClusterEntry } from "../tables";
import type { UpstreamTls } from "./upstream-tls";

/** Istio's defaults. */
const CONNECT_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 3_600_000;

/** Requests on one connection at once, where nobody says how many: what their bodies may hold has room in its window. */
const MAX_STREAMS = 100;

/** Copies of requests that may be under way to a cluster at once: a mirror that does not answer holds no more. */
export const MAX_MIRRORS = 128;

export abstract class ClusterBounds {
    abstract readonly entry: ClusterEntry;
    abstract readonly tls: UpstreamTls | undefined;
    /** Connections there are, and requests that wait for one. */
    connections = 0;
    waits = 0;
    readonly load = { requests: 0, begun: 0 };

    get connectTimeoutMs(): number {
        return this.entry.connectTimeoutMs > 0 ? this.entry.connectTimeoutMs : CONNECT_TIMEOUT_MS;
    }

    get idleTimeoutMs(): number {
        return this.entry.idleTimeoutMs > 0 ? this.entry.idleTimeoutMs : IDLE_TIMEOUT_MS;
    }

    get maxRequestsPerConnection(): number {
        return this.entry.maxRequestsPerConnection;
    }

    get maxConcurrentStreams(): number {
        return this.entry.maxConcurrentStreams ?? MAX_STREAMS;
    }

    get keepAlive(): KeepAlive | undefined {
        return this.entry.keepAlive;
    }

    /** Of one endpoint: by what requests on them are for. */
    get keepsApart(): boolean {
        return this.tls?.perHost === true || this.entry.proxyProtocol !== undefined;
    }

    get isCrowded(): boolean {
        const most = this.entry.maxConnections;
        return this.waits > 0 && this.keepsApart && most > 0 && this.connections >= most;
    }

    reserveConnection(first: boolean): boolean {
        const most = this.entry.maxConnections;
        if (most > 0 && this.connections >= most && !first) return false;
        this.connections++;
        return true;
    }

    reserveWait(): boolean {
        const most = this.entry.maxPendingRequests;
        if (most > 0 && this.waits >= most) return false;
        this.waits++;
        return true;
    }

    releaseWait(): void {
        this.waits--;
    }
}
