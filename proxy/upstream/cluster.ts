/**
 * One cluster of a worker: its endpoints, the choice among them, and the bounds that hold for all its connections. It
 * is known by its key and lives on when its entry changes: endpoints that stay keep their connections, and connections
 * are given up only when what they were made with (protocol, TLS) is no longer the same.
 */
import { isDeepStrictEqual } from "node:util";
import type { CodecChoice, KeepAlive } from "../codec";
import type { ClusterEntry, EndpointsEntry, SecretEntry } from "../tables";
import { balancer, pickAvoiding, type Balancer } from "./balancers";
import type { ConnectionPool, ConnectionWaiter, ConnectionWish, UpstreamHost, WaitingRequest } from "./connection";
import { NameWatch } from "./dns";
import { Endpoint, endpointSet, NO_ENDPOINTS, type EndpointSet } from "./endpoint";
import { Pool, type PoolOwner } from "./pool";
import type { UpstreamServices } from "./services";
import { bindUpstreamTls, type UpstreamTls } from "./upstream-tls";

/** Istio's defaults. */
const CONNECT_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 3_600_000;

/** So many hosts of an endpoint may keep idle connections, where its TLS is for the host of the request. */
const MAX_HOSTS = 64;

/** Requests on one connection at once, where nobody says how many: what their bodies may hold has room in its window. */
const MAX_STREAMS = 100;

/** Copies of requests that may be under way to a cluster at once: a mirror that does not answer holds no more. */
export const MAX_MIRRORS = 128;

export class Cluster implements PoolOwner {
    readonly key: string;
    entry: ClusterEntry;
    tls: UpstreamTls | undefined;
    endpoints: EndpointSet = NO_ENDPOINTS;
    /** Names among the endpoints, which DNS is asked for. */
    readonly names = new Map<string, NameWatch>();
    /** Connections there are, and requests that wait for one. */
    connections = 0;
    waits = 0;
    /** Copies of requests that are under way to it. */
    mirrors = 0;
    readonly load = { requests: 0 };
    readonly services: UpstreamServices;
    #balancer: Balancer;
    /** Undefined: what its ports speak is not spoken here. */
    #codecs!: CodecChoice | undefined;
    /** Of requests that came in HTTP/2: another choice where the cluster is asked as the client asks. */
    #http2Codecs!: CodecChoice | undefined;
    #listed: EndpointsEntry["endpoints"] = [];
    /** Who waits for the first answer of DNS. */
    #parked: WaitingRequest[] = [];

    constructor(
        services: UpstreamServices,
        entry: ClusterEntry,
        endpoints: EndpointsEntry | undefined,
        secrets: ReadonlyMap<string, SecretEntry>,
    ) {
        this.services = services;
        this.key = entry.key;
        this.entry = entry;
        this.#balancer = balancer(entry.lb);
        this.#chooseCodecs();
        this.tls = entry.tls && bindUpstreamTls(entry.tls, secrets);
        this.setEndpoints(endpoints);
    }

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

    get sweep(): UpstreamServices["sweep"] {
        return this.services.sweep;
    }

    /** Takes over a changed entry, or the same one with changed secrets. */
    update(entry: ClusterEntry, secrets: ReadonlyMap<string, SecretEntry>): void {
        const { protocol, discovery, lb, keepAlive } = this.entry;
        const identity = this.tls?.identity;
        this.entry = entry;
        this.tls = entry.tls && bindUpstreamTls(entry.tls, secrets);
        this.#chooseCodecs();
        if (lb !== entry.lb) this.#balancer = balancer(entry.lb);
        if (protocol !== entry.protocol || identity !== this.tls?.identity || !isDeepStrictEqual(keepAlive, entry.keepAlive))
            for (const one of this.endpoints.list) one.retire();
        if (discovery !== entry.discovery) this.setEndpoints({ key: this.key, endpoints: this.#listed });
        this.#serveWaiting();
    }

    #chooseCodecs(): void {
        const { codecs } = this.services;
        const { protocol } = this.entry;
        this.#codecs = codecs.forPort(protocol === "client" ? "http1" : protocol);
        this.#http2Codecs = protocol === "client" ? codecs.forPort("http2") : this.#codecs;
    }

    setEndpoints(entry: EndpointsEntry | undefined): void {
        this.#listed = entry?.endpoints ?? [];
        const wanted = new Set(this.entry.discovery === "dns" ? this.#listed.map((one) => one.address) : []);
        for (const [name, watch] of this.names) {
            if (wanted.has(name)) continue;
            watch.stop();
            this.names.delete(name);
        }
        for (const name of wanted) {
            if (!this.names.has(name)) this.names.set(name, new NameWatch(name, this.services.resolve, this.#relist));
        }
        this.#relist();
    }

    /** No longer in the tables: idle connections close, exchanges under way finish. */
    drain(): void {
        this.setEndpoints(undefined);
    }

    /** Calls the waiter now or later, once; returned is what `cancel` takes while it waits. */
    acquire(waiter: ConnectionWaiter, wish: ConnectionWish): WaitingRequest | undefined {
        const codecs = wish.http2 ? this.#http2Codecs : this.#codecs;
        if (codecs === undefined) {
            waiter.onNoConnection("unsupported", undefined, `protocol ${this.entry.protocol}`);
            return undefined;
        }
        const endpoint = this.pick(wish.avoid);
        if (this.#isFull) {
            waiter.onNoConnection("overflow", endpoint, "too many requests are under way");
            return undefined;
        }
        const pool = this.#poolFor(endpoint, wish.host, codecs);
        const idle = wish.fresh ? undefined : pool?.take();
        if (idle !== undefined) {
            waiter.onConnection(idle);
            return undefined;
        }
        const waiting: WaitingRequest = { waiter, host: wish.host, http2: wish.http2, pool: undefined, over: false };
        if (pool === undefined) this.#park(waiting);
        else pool.wait(waiting);
        return waiting.over ? undefined : waiting;
    }

    cancel(waiting: WaitingRequest): void {
        waiting.over = true;
        if (waiting.pool !== undefined) {
            waiting.pool.cancel(waiting);
            return;
        }
        const at = this.#parked.indexOf(waiting);
        if (at !== -1) this.#parked.splice(at, 1);
    }

    /** Those that wait are as good as under way: they are sent as soon as they can be. */
    get #isFull(): boolean {
        const most = this.entry.maxRequests;
        return most > 0 && this.load.requests + this.waits + this.#parked.length >= most;
    }

    pick(avoid: readonly UpstreamHost[] | undefined): Endpoint | undefined {
        return pickAvoiding(this.#balancer, this.endpoints, avoid, this.services.random);
    }

    /** Why there is no endpoint; empty: there simply is none. */
    get resolutionFault(): string {
        return [...this.names.values()]
            .map((watch) => watch.fault)
            .filter((fault) => fault !== "")
            .join("; ");
    }

    reserveConnection(first: boolean): boolean {
        const most = this.entry.maxConnections;
        if (most > 0 && this.connections >= most && !first) return false;
        this.connections++;
        return true;
    }

    releaseConnection(): void {
        const bound = this.entry.maxConnections;
        // At the bound, a connection less at one endpoint is room for who waits at another.
        if (this.connections-- === bound && bound > 0 && this.waits > 0) this.#serveWaiting();
    }

    /** Only where connections are kept apart by host; else who waits takes the one that is idle. */
    makeRoom(): boolean {
        if (this.tls?.perHost !== true) return false;
        for (const { pools } of this.endpoints.list) for (const pool of pools.values()) if (pool.closeIdle()) return true;
        return false;
    }

    get isCrowded(): boolean {
        const most = this.entry.maxConnections;
        return this.waits > 0 && this.tls?.perHost === true && most > 0 && this.connections >= most;
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

    reassign(waiting: WaitingRequest): void {
        const codecs = waiting.http2 ? this.#http2Codecs : this.#codecs;
        const pool = codecs && this.#poolFor(this.pick(undefined), waiting.host, codecs);
        const idle = pool?.take();
        if (idle !== undefined) {
            waiting.over = true;
            waiting.waiter.onConnection(idle);
        } else if (pool === undefined) {
            this.#park(waiting);
        } else {
            pool.wait(waiting);
        }
    }

    #poolFor(endpoint: Endpoint | undefined, wanted: string, codecs: CodecChoice): ConnectionPool | undefined {
        if (endpoint === undefined) return undefined;
        const host = this.tls?.perHost === true ? wanted : "";
        // No host has a blank in it.
        const name = codecs === this.#codecs ? host : `${host} ${codecs.likely.protocol.text}`;
        return endpoint.pools.get(name) ?? this.#addPool(endpoint, name, host, codecs);
    }

    #addPool(endpoint: Endpoint, name: string, host: string, codecs: CodecChoice): ConnectionPool {
        if (endpoint.pools.size >= MAX_HOSTS) forgetHosts(endpoint.pools);
        const pool = new Pool(endpoint, this, codecs, this.tls, host);
        endpoint.pools.set(name, pool);
        return pool;
    }

    /** Without endpoints a request waits only where the first answer of DNS is still to come. */
    #park(waiting: WaitingRequest): void {
        const resolving = [...this.names.values()].some((watch) => !watch.answered);
        if (resolving && (this.entry.maxPendingRequests === 0 || this.#parked.length < this.entry.maxPendingRequests)) {
            this.#parked.push(waiting);
            return;
        }
        waiting.over = true;
        waiting.waiter.onNoConnection("no-endpoint", undefined, this.resolutionFault);
    }

    readonly #relist = (): void => {
        const before = new Map(this.endpoints.list.map((one) => [one.text, one]));
        const now = new Map<string, Endpoint>();
        for (const { address, port, weight } of this.#resolved()) {
            const made = new Endpoint(address, port, weight);
            const endpoint = before.get(made.text) ?? made;
            endpoint.weight = weight;
            now.set(endpoint.text, endpoint);
        }
        this.endpoints = endpointSet([...now.values()]);
        for (const [text, endpoint] of before) if (!now.has(text)) endpoint.retire();
        if (this.endpoints.list.length === 0 && [...this.names.values()].some((watch) => !watch.answered)) return;
        for (const waiting of this.#parked.splice(0)) this.reassign(waiting);
    };

    #resolved(): EndpointsEntry["endpoints"] {
        if (this.entry.discovery !== "dns") return this.#listed;
        return this.#listed.flatMap((one) => (this.names.get(one.address)?.addresses ?? []).map((address) => ({ ...one, address })));
    }

    #serveWaiting(): void {
        for (const endpoint of this.endpoints.list) for (const pool of endpoint.pools.values()) pool.connectForWaiting();
    }
}

/**
 * Host names are the clients' to invent. Pools that nothing uses any more go, and while there are too many also the idle
 * ones that were used longest ago.
 */
function forgetHosts(pools: Map<string, ConnectionPool>): void {
    const idle: { readonly name: string; readonly pool: ConnectionPool; readonly since: number }[] = [];
    for (const [name, pool] of pools) {
        const since = pool.idleSince;
        if (pool.isEmpty) pools.delete(name);
        else if (since !== undefined) idle.push({ name, pool, since });
    }
    // Some more than needed, so that it is not done for every new name.
    const most = Math.floor(MAX_HOSTS * 0.75);
    for (const { name, pool } of idle.sort((a, b) => a.since - b.since)) {
        if (pools.size <= most) return;
        pools.delete(name);
        pool.retire();
    }
}
