/**
 * The connections to one endpoint (and, where TLS depends on it, one host name), and the requests on them: a connection
 * with room takes another request, one whose last request ended is idle, one that goes away takes no more and closes
 * after its last. Idle ones are taken last in, first out, so that those that are not needed grow old and close; before
 * them those that carry requests already. Hot path: taking and giving back is a pop and a push.
 */
import type net from "node:net";
import type { CodecChoice, KeepAlive } from "../codec";
import type { ConnectionFailure, ConnectionPool, UpstreamConnection, WaitingRequest } from "./connection";
import { dial } from "./dial";
import type { Endpoint } from "./endpoint";
import type { IdleSweep, Sweepable } from "./idle-sweep";
import { IDLE, NOWHERE, PooledConnection, SHARED, type ConnectionPlace, type RequestLoad } from "./pooled-connection";
import type { ClusterEntry } from "../tables";
import type { UpstreamTls } from "./upstream-tls";

/** What a pool asks of its cluster. */
export interface PoolOwner {
    readonly entry: ClusterEntry;
    readonly connectTimeoutMs: number;
    readonly idleTimeoutMs: number;
    /** 0: no bound. */
    readonly maxRequestsPerConnection: number;
    /** Of a connection, at once. */
    readonly maxConcurrentStreams: number;
    readonly keepAlive: KeepAlive | undefined;
    readonly load: RequestLoad;
    readonly sweep: IdleSweep;
    /** Whether another connection may be made; counts it when it may. `first`: the pool has none, and may always have one. */
    reserveConnection(first: boolean): boolean;
    /** A connection is gone, or was not made. */
    releaseConnection(): void;
    /** Whether another request may wait; counts it when it may. */
    reserveWait(): boolean;
    releaseWait(): void;
    /** At the bound, where connections are kept apart by host: one that nobody uses is closed. Whether there was one. */
    makeRoom(): boolean;
    /** Connections to an endpoint are not all of the same use: by host, or by client. */
    readonly keepsApart: boolean;
    /** Whether a connection that is idle now would be in the way of who waits at another host. */
    readonly isCrowded: boolean;
    /** Looks for another place for who waited at an endpoint that is gone. */
    reassign(waiting: WaitingRequest): void;
}

export class Pool implements ConnectionPool, ConnectionPlace, Sweepable {
    readonly endpoint: Endpoint;
    readonly #owner: PoolOwner;
    readonly #codecs: CodecChoice;
    readonly #tls: UpstreamTls | undefined;
    readonly #host: string;
    /** What every connection begins with. */
    readonly #preface: Buffer | undefined;
    /** Without a request; the one that was used last is the last. */
    readonly #idle: PooledConnection[] = [];
    /** With requests, and room for more. */
    readonly #shared: PooledConnection[] = [];
    readonly #waiting: WaitingRequest[] = [];
    #connecting = 0;
    /** Those being made, and those that are not going away. */
    #connections = 0;
    /** How many requests a connection that is being made will take, as far as is known. */
    #expected: number;
    /** How many the endpoint took at once when it last said so; on a new connection it has not yet. */
    #said = Infinity;
    #retired = false;

    constructor(endpoint: Endpoint, owner: PoolOwner, codecs: CodecChoice, tls: UpstreamTls | undefined, host: string, preface?: Buffer) {
        this.#preface = preface;
        this.endpoint = endpoint;
        this.#owner = owner;
        this.#codecs = codecs;
        this.#expected = Math.min(codecs.likely.protocol.expectedStreams, owner.maxConcurrentStreams);
        this.#tls = tls;
        this.#host = host;
    }

    take(): UpstreamConnection | undefined {
        const shared = this.#shared;
        const connection = shared.length > 0 ? shared.pop() : this.#idle.pop();
        if (connection === undefined) return undefined;
        connection.place = NOWHERE;
        connection.lend();
        if (connection.hasRoom) {
            connection.place = SHARED;
            shared.push(connection);
        }
        return connection;
    }

    /** Waits for room on a connection; what cannot is told the waiter at once. */
    wait(waiting: WaitingRequest): void {
        const owner = this.#owner;
        const mayConnect =
            !this.#hasEnough &&
            (owner.reserveConnection(this.#isFirst) || (this.#connections === 0 && owner.makeRoom() && owner.reserveConnection(false)));
        if (!owner.reserveWait()) {
            if (mayConnect) owner.releaseConnection();
            waiting.over = true;
            waiting.waiter.onNoConnection("overflow", this.endpoint, "too many requests wait for a connection");
            return;
        }
        waiting.pool = this;
        this.#waiting.push(waiting);
        this.endpoint.active++;
        if (mayConnect) this.#connect();
    }

    cancel(waiting: WaitingRequest): void {
        const at = this.#waiting.indexOf(waiting);
        if (at === -1) return;
        this.#waiting.splice(at, 1);
        this.#leave(waiting);
    }

    /** A connection under way has room for one more; where each takes one request, each request has its own made. */
    get #hasEnough(): boolean {
        return this.#expected > 1 && this.#waiting.length < this.#connecting * this.#expected;
    }

    /** Hosts are the clients' to invent: there the endpoint always has one connection, not each host. */
    get #isFirst(): boolean {
        return this.#owner.keepsApart ? this.endpoint.connections === 0 : this.#connections === 0;
    }

    /** When the connection that was used last became idle; undefined: some are in use, or somebody waits. */
    get idleSince(): number | undefined {
        return this.#waiting.length === 0 && this.#connections > 0 && this.#idle.length === this.#connections
            ? this.#idle.at(-1)?.idleSince
            : undefined;
    }

    /** Closes the connection that has been idle longest. Whether there was one. */
    closeIdle(): boolean {
        const [oldest] = this.#idle;
        oldest?.close();
        return oldest !== undefined;
    }

    get isEmpty(): boolean {
        return this.#connections === 0 && this.#waiting.length === 0;
    }

    retire(): void {
        this.#retired = true;
        const moved = this.#waiting.splice(0);
        for (const waiting of moved) this.#leave(waiting);
        for (const connection of [...this.#idle]) connection.close();
        // What becomes of one may make that another waits no more.
        for (const waiting of moved) if (!waiting.over) this.#owner.reassign(waiting);
    }

    sweep(now: number): boolean {
        const limit = now - this.#owner.idleTimeoutMs;
        // The oldest are at the bottom.
        while (this.#idle.length > 0 && this.#idle[0]!.idleSince <= limit) this.#idle[0]!.close();
        return this.#idle.length > 0;
    }

    #connect(): void {
        this.#connections++;
        this.endpoint.connections++;
        this.#connecting++;
        const target = {
            address: this.endpoint.address,
            port: this.endpoint.port,
            timeoutMs: this.#owner.connectTimeoutMs,
            tls: this.#tls,
            host: this.#host,
            alpn: this.#codecs.alpn,
            keepalive: this.#owner.entry.tcpKeepalive,
            preface: this.#preface,
        };
        dial(target, (outcome) => {
            this.#connecting--;
            if (outcome.kind === "connected") this.#connected(outcome.socket, outcome.agreed);
            else this.#failed(outcome.failure, outcome.detail);
        });
    }

    /** Which codec it is for is known only now. */
    #connected(socket: net.Socket, agreed: string): void {
        const codec = this.#codecs.negotiated(agreed);
        if (codec === undefined) {
            socket.destroy();
            this.#failed("tls-failure", `${agreed} was agreed on, which is not spoken`);
            return;
        }
        this.endpoint.outcomes?.connected(false);
        const connection = new PooledConnection(this, socket, codec, this.#owner.keepAlive);
        if (connection.closed) return;
        // Another one would take none either: those it was made for are told, or others would be made without end.
        if (connection.capacity === 0) this.#tell("connect-failure", "it takes no requests");
        this.#expect(connection.capacity);
        this.settle(connection);
        // It may take fewer than was thought when it was made.
        this.connectForWaiting();
    }

    /** An endpoint that takes none now is tried all the same when somebody needs it. */
    #expect(capacity: number): void {
        this.#expected = Math.max(1, Math.min(capacity, this.#said, this.#owner.maxConcurrentStreams));
    }

    capacitySaid(capacity: number): void {
        // None at all is no word about the next connection.
        if (capacity > 0) this.#said = capacity;
        this.#expect(this.#said);
    }

    #failed(failure: ConnectionFailure, detail: string): void {
        this.#notUsable();
        this.#owner.releaseConnection();
        this.endpoint.outcomes?.failed();
        this.#tell(failure, detail);
        this.connectForWaiting();
    }

    /** Tells those that a connection was made for. */
    #tell(failure: ConnectionFailure, detail: string): void {
        const others = this.#waiting.length - this.#connecting * this.#expected;
        for (let count = Math.min(this.#expected, Math.max(1, others)); count > 0; count--)
            this.#next()?.waiter.onNoConnection(failure, this.endpoint, detail);
    }

    /** Gives what room a connection has to who waits longest, and keeps it where it may be found. */
    settle(connection: PooledConnection): void {
        while (this.#waiting.length > 0 && connection.hasRoom) {
            const waiting = this.#next()!;
            connection.lend();
            this.#place(connection);
            waiting.waiter.onConnection(connection);
        }
        this.#place(connection);
    }

    /** Where a connection belongs by what it carries and has room for. One that is of no more use closes. */
    #place(connection: PooledConnection): void {
        if (connection.closed) return;
        const { hasRoom } = connection;
        const place = connection.streams > 0 ? (hasRoom ? SHARED : NOWHERE) : hasRoom && !this.#owner.isCrowded ? IDLE : NOWHERE;
        if (place !== connection.place) {
            this.#displace(connection);
            connection.place = place;
            if (place === SHARED) {
                this.#shared.push(connection);
            } else if (place === IDLE) {
                if (this.#idle.length === 0) this.#owner.sweep.add(this);
                connection.idleSince = this.#owner.sweep.now;
                this.#idle.push(connection);
            }
        }
        if (place === NOWHERE && connection.streams === 0) connection.close();
    }

    #displace(connection: PooledConnection): void {
        if (connection.place === NOWHERE) return;
        const list = connection.place === IDLE ? this.#idle : this.#shared;
        list.splice(list.indexOf(connection), 1);
        connection.place = NOWHERE;
    }

    /** It takes no more: as good as gone to who looks for one, and as to whether there is a first one. */
    goingAway(connection: PooledConnection): void {
        this.#notUsable();
        this.#place(connection);
        this.connectForWaiting();
    }

    closed(connection: PooledConnection): void {
        this.#displace(connection);
        if (!connection.leaving) this.#notUsable();
        this.#owner.releaseConnection();
        this.connectForWaiting();
    }

    get maxConnectionDurationMs(): number | undefined {
        return this.#owner.entry.maxConnectionDurationMs;
    }

    get load(): RequestLoad {
        return this.#owner.load;
    }

    isFull(streams: number, uses: number, hasSaid: boolean): boolean {
        const most = this.#owner.maxRequestsPerConnection;
        if (this.#retired || (most > 0 && uses >= most) || streams >= this.#owner.maxConcurrentStreams) return true;
        return !hasSaid && streams >= this.#said;
    }

    #notUsable(): void {
        this.#connections--;
        this.endpoint.connections--;
    }

    #next(): WaitingRequest | undefined {
        const waiting = this.#waiting.shift();
        if (waiting === undefined) return undefined;
        this.#leave(waiting);
        waiting.over = true;
        return waiting;
    }

    #leave(waiting: WaitingRequest): void {
        waiting.pool = undefined;
        this.endpoint.active--;
        this.#owner.releaseWait();
    }

    /** Who waits at the bound of connections gets one when there is room again. */
    connectForWaiting(): void {
        while (this.#waiting.length > this.#connecting * this.#expected && this.#owner.reserveConnection(this.#isFirst)) this.#connect();
    }
}
