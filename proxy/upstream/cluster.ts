/**
 * One cluster of a worker: its endpoints, the choice among them, and the bounds that hold for all its connections. It
 * is known by its key and lives on when its entry changes: endpoints that stay keep their connections, and connections
 * are given up only when what they were made with (protocol, TLS) is no longer the same.
 */
import { isDeepStrictEqual } from "node:util";
import type { CodecChoice } from "../codec";
import type { OriginalDestination } from "../http/doors";
import { proxyHeader, type ConnectionEnds } from "../net/proxy-header";
import type { ClusterEntry, EndpointsEntry, SecretEntry } from "../tables";
import { AddressGuard, guardFor } from "./address-guard";
import { ClusterBounds } from "./cluster-bounds";
import { ClusterHealth } from "./cluster-health";
import { connectionTerms, endsText, partEntry } from "./cluster-terms";
import type { ConnectionFailure, ConnectionPool, ConnectionWaiter, ConnectionWish, UpstreamHost, WaitingRequest } from "./connection";
import type { NameWatch } from "./dns";
import type { Endpoint } from "./endpoint";
import { EndpointChoice } from "./endpoint-choice";
import { forgetHosts, MAX_HOSTS } from "./host-pools";
import { Membership } from "./membership";
import { NamedClusters, type NamedPart } from "./named-clusters";
import { OriginalDestinations } from "./original-destinations";
import { Pool, type PoolOwner } from "./pool";
import { RetryBounds } from "./retry-bounds";
import type { UpstreamServices } from "./services";
import { bindUpstreamTls, type UpstreamTls } from "./upstream-tls";

/** So long a cluster that is left by the tables is there for who began before; longer while something is under way. */
const LEAVE_MS = 1_000;
const LONGEST_LEAVE_MS = 30_000;

export class Cluster extends ClusterBounds implements PoolOwner, NamedPart {
    readonly key: string;
    entry: ClusterEntry;
    tls: UpstreamTls | undefined;
    readonly endpoints: EndpointChoice;
    /** Copies of requests that are under way to it. */
    mirrors = 0;
    readonly retries: RetryBounds;
    readonly services: UpstreamServices;
    readonly #membership: Membership;
    #leaving: NodeJS.Timeout | undefined;
    /** Where it leads to whom clients meant to reach. */
    #originals: OriginalDestinations | undefined;
    readonly #health: ClusterHealth;
    /** Undefined: what its ports speak is not spoken here. */
    #codecs!: CodecChoice | undefined;
    /** Of requests that came in HTTP/2: another choice where the cluster is asked as the client asks. */
    #http2Codecs!: CodecChoice | undefined;
    /** Who waits for the first answer of DNS. */
    #parked: WaitingRequest[] = [];
    readonly #awaiting = new Set<() => void>();
    #secrets: ReadonlyMap<string, SecretEntry>;
    /** Where it is whatever name it is asked for: one for each that is in use. */
    readonly #named: NamedClusters<Cluster>;

    constructor(
        services: UpstreamServices,
        entry: ClusterEntry,
        endpoints: EndpointsEntry | undefined,
        secrets: ReadonlyMap<string, SecretEntry>,
    ) {
        super();
        this.services = services;
        this.key = entry.key;
        this.entry = entry;
        this.endpoints = new EndpointChoice(entry);
        this.#secrets = secrets;
        this.retries = new RetryBounds(entry, this);
        this.#named = new NamedClusters(services.names, (name, port) => this.#partOf(name, port));
        this.#membership = new Membership(entry.dynamic ? services.resolveNamed : services.resolve, this.#onMembers);
        this.#membership.guardBy(entry.innerAddresses && new AddressGuard(entry.innerAddresses));
        if (entry.discovery === "original") this.#originals = new OriginalDestinations();
        this.#health = new ClusterHealth(this, services);
        this.#chooseCodecs();
        this.tls = entry.tls && bindUpstreamTls(entry.tls, secrets);
        this.setEndpoints(endpoints);
        this.#health.update(entry);
    }

    /** Every endpoint there is, however it is. */
    get members(): readonly Endpoint[] {
        return this.#originals === undefined ? this.#membership.endpoints : this.#originals.all;
    }

    /** Those whose health counts: whoever a client means to reach is what it asks for, however that is. */
    get watched(): readonly Endpoint[] {
        return this.#membership.endpoints;
    }

    /** Where it is whatever name it is asked for: one for each name that is in use. */
    get parts(): readonly Cluster[] {
        return this.#named.all;
    }

    /** Names among the endpoints, which DNS is asked for. */
    get names(): ReadonlyMap<string, NameWatch> {
        return this.#membership.names;
    }

    get isInUse(): boolean {
        return this.connections > 0 || this.waits > 0 || this.#parked.length > 0 || this.#awaiting.size > 0;
    }

    get sweep(): UpstreamServices["sweep"] {
        return this.services.sweep;
    }

    /** Takes over a changed entry, or the same one with changed secrets. What is given back is wrong with it. */
    update(entry: ClusterEntry, secrets: ReadonlyMap<string, SecretEntry>): Error | undefined {
        const { discovery, innerAddresses } = this.entry;
        const terms = connectionTerms(this.entry);
        const identity = this.tls?.identity;
        this.entry = entry;
        this.#secrets = secrets;
        this.tls = entry.tls && bindUpstreamTls(entry.tls, secrets);
        this.#chooseCodecs();
        this.endpoints.update(entry);
        if (identity !== this.tls?.identity || !isDeepStrictEqual(terms, connectionTerms(entry)))
            for (const one of this.members) one.retire();
        this.retries.update(entry);
        this.#health.update(entry);
        this.#choose();
        const isGuardedAnew = !isDeepStrictEqual(innerAddresses, entry.innerAddresses);
        const { guard, fault } = guardFor(entry.innerAddresses);
        if (isGuardedAnew) this.#membership.guardBy(guard);
        if (isGuardedAnew || discovery !== entry.discovery) this.#rediscover(entry.discovery);
        if (entry.discovery === "dynamic") this.#named.update(partEntry(entry), secrets);
        else this.#named.drain();
        this.#serveWaiting();
        return fault;
    }

    /** Where connections for a name (lower-case, without port) are made: here, or in the part for it; otherwise why there are none. */
    forName(host: string, port: number): Cluster | ConnectionFailure {
        const { discovery, dynamic } = this.entry;
        if (discovery !== "dynamic" || dynamic === undefined) return this;
        const part = this.#named.find(host, port, dynamic);
        return part === "full" ? "overflow" : (part ?? "no-endpoint");
    }

    #rediscover(discovery: ClusterEntry["discovery"]): void {
        const before = this.#originals?.all ?? [];
        // First: who waited at one of them must not be led back to it.
        this.#originals = discovery === "original" ? new OriginalDestinations() : undefined;
        this.#membership.rediscover(discovery);
        for (const one of before) one.retire();
    }

    #partOf(name: string, port: number): Cluster {
        const endpoints = [{ address: name, port, weight: 1 }];
        return new Cluster(this.services, partEntry(this.entry), { key: this.key, endpoints }, this.#secrets);
    }

    #chooseCodecs(): void {
        const { codecs } = this.services;
        const { protocol } = this.entry;
        this.#codecs = codecs.forPort(protocol === "client" ? "http1" : protocol);
        this.#http2Codecs = protocol === "client" ? codecs.forPort("http2") : this.#codecs;
    }

    setEndpoints(entry: EndpointsEntry | undefined): void {
        this.#membership.list(entry?.endpoints ?? [], this.entry.discovery);
    }

    /**
     * No longer in the tables. What began before may wait for a connection still, come to it late, or be sent again: that is
     * served as it would have been. Idle connections close, and once nothing has been under way for a moment it is drained.
     */
    leave(): void {
        const until = performance.now() + LONGEST_LEAVE_MS;
        const look = (): void => {
            this.#closeAllIdle();
            const isBusy = this.load.requests + this.waits + this.#parked.length + this.#awaiting.size > 0;
            if (performance.now() < until && isBusy) return;
            clearInterval(this.#leaving);
            this.drain();
        };
        this.#closeAllIdle();
        this.#leaving = setInterval(look, LEAVE_MS).unref();
    }

    #closeAllIdle(): void {
        for (const { pools } of this.members) for (const pool of pools.values()) while (pool.closeIdle());
    }

    /** Idle connections close, exchanges under way finish, and who waits is told that there is nobody. */
    drain(): void {
        clearInterval(this.#leaving);
        this.#named.drain();
        this.retries.stop();
        this.setEndpoints(undefined);
        this.#rediscover("static");
    }

    /** Calls the waiter now or later, once; returned is what `cancel` takes while it waits. */
    acquire(waiter: ConnectionWaiter, wish: ConnectionWish): WaitingRequest | undefined {
        if (this.entry.discovery === "dynamic") return this.#acquireNamed(waiter, wish);
        const codecs = wish.http2 ? this.#http2Codecs : this.#codecs;
        if (codecs === undefined) {
            waiter.onNoConnection("unsupported", undefined, `protocol ${this.entry.protocol}`);
            return undefined;
        }
        const elsewhere = wish.elsewhere && this.endpoints.elsewhere(wish.elsewhere, this.services.random);
        const endpoint = elsewhere ?? this.meant(wish.original, wish.avoid, wish.hash);
        if (this.#isFull) {
            waiter.onNoConnection("overflow", endpoint, "too many requests are under way");
            return undefined;
        }
        const pool = this.#poolFor(endpoint, wish, codecs);
        const idle = wish.fresh ? undefined : pool?.take();
        if (idle !== undefined) {
            waiter.onConnection(idle);
            return undefined;
        }
        const { host, http2, hash, original, ends } = wish;
        const waiting: WaitingRequest = { waiter, host, http2, hash, original, ends, pool: undefined, over: false };
        if (pool === undefined) this.#park(waiting);
        else pool.wait(waiting);
        return waiting.over ? undefined : waiting;
    }

    #acquireNamed(waiter: ConnectionWaiter, wish: ConnectionWish): WaitingRequest | undefined {
        const part = this.forName(wish.host, wish.port ?? 0);
        if (typeof part !== "string") return part.acquire(waiter, wish);
        waiter.onNoConnection(part, undefined, part === "overflow" ? "too many names are in use" : `${wish.host} is none of its names`);
        return undefined;
    }

    /** `then` is called once, as soon as it is known which endpoints there are; what is given back makes that it is not. */
    whenResolved(then: () => void): () => void {
        if (this.endpoints.list.length > 0 || !this.#membership.isResolving) {
            then();
            return () => {};
        }
        this.#awaiting.add(then);
        return () => void this.#awaiting.delete(then);
    }

    cancel(waiting: WaitingRequest): void {
        waiting.over = true;
        if (waiting.pool !== undefined) return waiting.pool.cancel(waiting);
        const at = this.#parked.indexOf(waiting);
        if (at !== -1) this.#parked.splice(at, 1);
    }

    /** Those that wait are as good as under way: they are sent as soon as they can be. */
    get #isFull(): boolean {
        const most = this.entry.maxRequests;
        return most > 0 && this.load.requests + this.waits + this.#parked.length >= most;
    }

    /** `hash`: of what the client is known by again. */
    pick(avoid: readonly UpstreamHost[] | undefined, hash: number | undefined): Endpoint | undefined {
        return this.endpoints.pick(avoid, hash, this.services.random);
    }

    /** Whom a client meant to reach; where that is of no matter, one of the endpoints. */
    meant(
        original: OriginalDestination | undefined,
        avoid: readonly UpstreamHost[] | undefined,
        hash: number | undefined,
    ): Endpoint | undefined {
        if (this.#originals === undefined) return this.pick(avoid, hash);
        return original && this.#originals.endpoint(original);
    }

    /** Its endpoints are those that clients mean to reach. */
    get isOriginal(): boolean {
        return this.#originals !== undefined;
    }

    /** Why there is no endpoint; empty: there simply is none. */
    get resolutionFault(): string {
        return this.#membership.refusal || this.#membership.fault;
    }

    /** Its names lead to where nobody may be led. */
    get isRefused(): boolean {
        return this.#membership.refusal !== "";
    }

    releaseConnection(): void {
        const bound = this.entry.maxConnections;
        // At the bound, a connection less at one endpoint is room for who waits at another.
        if (this.connections-- === bound && bound > 0 && this.waits > 0) this.#serveWaiting();
    }

    /** Only where connections are kept apart by host; else who waits takes the one that is idle. */
    makeRoom(): boolean {
        if (!this.keepsApart) return false;
        for (const { pools } of this.members) for (const pool of pools.values()) if (pool.closeIdle()) return true;
        return false;
    }

    reassign(waiting: WaitingRequest): void {
        const codecs = waiting.http2 ? this.#http2Codecs : this.#codecs;
        const pool = codecs && this.#poolFor(this.meant(waiting.original, undefined, waiting.hash), waiting, codecs);
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

    #poolFor(endpoint: Endpoint | undefined, wish: Pick<ConnectionWish, "host" | "ends">, codecs: CodecChoice): ConnectionPool | undefined {
        if (endpoint === undefined) return undefined;
        const host = this.tls?.perHost === true ? wish.host : "";
        // No host has a blank in it.
        let name = codecs === this.#codecs ? host : `${host} ${codecs.likely.protocol.text}`;
        if (this.entry.proxyProtocol !== undefined) name += endsText(wish.ends);
        return endpoint.pools.get(name) ?? this.#addPool(endpoint, name, host, codecs, wish.ends);
    }

    #addPool(endpoint: Endpoint, name: string, host: string, codecs: CodecChoice, ends: ConnectionEnds | undefined): ConnectionPool {
        if (endpoint.pools.size >= MAX_HOSTS) forgetHosts(endpoint.pools);
        const preface = this.entry.proxyProtocol && proxyHeader(this.entry.proxyProtocol, ends);
        const pool = new Pool(endpoint, this, codecs, this.tls, host, preface);
        endpoint.pools.set(name, pool);
        return pool;
    }

    /** Without endpoints a request waits only where the first answer of DNS is still to come. */
    #park(waiting: WaitingRequest): void {
        if (this.#membership.isResolving && (this.entry.maxPendingRequests === 0 || this.#parked.length < this.entry.maxPendingRequests)) {
            this.#parked.push(waiting);
            return;
        }
        waiting.over = true;
        waiting.waiter.onNoConnection(this.isRefused ? "inner-address" : "no-endpoint", undefined, this.resolutionFault);
    }

    readonly #onMembers = (gone: readonly Endpoint[]): void => {
        this.#health.forget(gone);
        this.#health.watch(this.watched);
        this.#choose();
        for (const endpoint of gone) endpoint.retire();
        if (this.endpoints.list.length === 0 && this.#membership.isResolving) return;
        for (const waiting of this.#parked.splice(0)) if (!waiting.over) this.reassign(waiting);
        const awaiting = [...this.#awaiting];
        this.#awaiting.clear();
        for (const then of awaiting) then();
    };

    /** Who waits at an endpoint that is left out now goes elsewhere, where there is such a place; connections close when they are idle. */
    healthChanged(endpoint: Endpoint): void {
        this.#choose();
        const { list } = this.endpoints;
        if (list.length > 0 && !list.includes(endpoint)) endpoint.retire();
    }

    /** Whom requests may go to, by what is known of the endpoints now. */
    #choose(): void {
        this.endpoints.hold(this.members);
    }

    #serveWaiting(): void {
        for (const endpoint of this.members) for (const pool of endpoint.pools.values()) pool.connectForWaiting();
    }
}
