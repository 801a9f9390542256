/**
 * The connections to one endpoint (and, where TLS depends on it, one host name). A connection comes back only when its
 * codec says that the response ended and the request was written; it is taken last in, first out, so that the ones that
 * are not needed grow old and close. Hot path: taking and giving back is a pop and a push.
 */
import type net from "node:net";
import type { RequestHead, RequestWriter, ResponseReceiver } from "../http/doors";
import type { Codec, CodecConnection } from "./codecs";
import type { ConnectionFailure, ConnectionPool, UpstreamConnection, WaitingRequest } from "./connection";
import { dial } from "./dial";
import { addressText } from "../net/address";
import type { Endpoint } from "./endpoint";
import type { IdleSweep, Sweepable } from "./idle-sweep";
import type { UpstreamTls } from "./upstream-tls";

/** What a pool asks of its cluster. */
export interface PoolOwner {
    readonly connectTimeoutMs: number;
    readonly idleTimeoutMs: number;
    /** 0: no bound. */
    readonly maxRequestsPerConnection: number;
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
    /** Whether a connection that is idle now would be in the way of who waits at another host. */
    readonly isCrowded: boolean;
    /** Looks for another place for who waited at an endpoint that is gone. */
    reassign(waiting: WaitingRequest): void;
}

export class Pool implements ConnectionPool, Sweepable {
    readonly endpoint: Endpoint;
    private readonly owner: PoolOwner;
    private readonly codec: Codec;
    private readonly tls: UpstreamTls | undefined;
    private readonly host: string;
    private readonly idle: PooledConnection[] = [];
    private readonly waiting: WaitingRequest[] = [];
    private connecting = 0;
    private connections = 0;
    private retired = false;

    constructor(endpoint: Endpoint, owner: PoolOwner, codec: Codec, tls: UpstreamTls | undefined, host: string) {
        this.endpoint = endpoint;
        this.owner = owner;
        this.codec = codec;
        this.tls = tls;
        this.host = host;
    }

    /** An idle connection, ready to be opened on. */
    take(): UpstreamConnection | undefined {
        const connection = this.idle.pop();
        if (connection !== undefined) connection.lend();
        return connection;
    }

    /** Waits for a connection; what cannot is told the waiter at once. */
    wait(waiting: WaitingRequest): void {
        const { owner } = this;
        const mayConnect =
            owner.reserveConnection(this.isFirst) || (this.connections === 0 && owner.makeRoom() && owner.reserveConnection(false));
        if (!owner.reserveWait()) {
            if (mayConnect) owner.releaseConnection();
            waiting.over = true;
            waiting.waiter.onNoConnection("overflow", this.endpoint, "too many requests wait for a connection");
            return;
        }
        waiting.pool = this;
        this.waiting.push(waiting);
        this.endpoint.active++;
        if (mayConnect) this.connect();
    }

    cancel(waiting: WaitingRequest): void {
        const at = this.waiting.indexOf(waiting);
        if (at === -1) return;
        this.waiting.splice(at, 1);
        this.leave(waiting);
    }

    /** Hosts are the clients' to invent: there the endpoint always has one connection, not each host. */
    private get isFirst(): boolean {
        return this.tls?.perHost === true ? this.endpoint.connections === 0 : this.connections === 0;
    }

    /** When the connection that was used last became idle; undefined: some are in use, or somebody waits. */
    get idleSince(): number | undefined {
        return this.waiting.length === 0 && this.connections > 0 && this.idle.length === this.connections
            ? this.idle.at(-1)?.idleSince
            : undefined;
    }

    /** Closes the connection that has been idle longest. Whether there was one. */
    closeIdle(): boolean {
        const [oldest] = this.idle;
        oldest?.close();
        return oldest !== undefined;
    }

    get isEmpty(): boolean {
        return this.connections === 0 && this.waiting.length === 0;
    }

    retire(): void {
        this.retired = true;
        const moved = this.waiting.splice(0);
        for (const waiting of moved) this.leave(waiting);
        for (const connection of [...this.idle]) connection.close();
        for (const waiting of moved) this.owner.reassign(waiting);
    }

    sweep(now: number): boolean {
        const limit = now - this.owner.idleTimeoutMs;
        // The oldest are at the bottom.
        while (this.idle.length > 0 && this.idle[0]!.idleSince <= limit) this.idle[0]!.close();
        return this.idle.length > 0;
    }

    private connect(): void {
        this.connections++;
        this.endpoint.connections++;
        this.connecting++;
        const target = {
            address: this.endpoint.address,
            port: this.endpoint.port,
            timeoutMs: this.owner.connectTimeoutMs,
            tls: this.tls,
            host: this.host,
            alpn: this.codec.alpn,
        };
        dial(target, (outcome) => {
            this.connecting--;
            if (outcome.kind === "connected") this.connected(outcome.socket);
            else this.failed(outcome.failure, outcome.detail);
        });
    }

    private connected(socket: net.Socket): void {
        const connection = new PooledConnection(this, socket, this.codec);
        if (connection.closed) return;
        this.offer(connection);
    }

    private failed(failure: ConnectionFailure, detail: string): void {
        this.gone();
        const waiting = this.next();
        waiting?.waiter.onNoConnection(failure, this.endpoint, detail);
        this.connectForWaiting();
    }

    /** Gives a free connection to who waits longest, or keeps it. */
    offer(connection: PooledConnection): void {
        const waiting = this.next();
        if (waiting !== undefined) {
            connection.lend();
            waiting.waiter.onConnection(connection);
        } else if (this.retired || this.owner.isCrowded) {
            connection.close();
        } else {
            if (this.idle.length === 0) this.owner.sweep.add(this);
            connection.idleSince = this.owner.sweep.now;
            this.idle.push(connection);
        }
    }

    closed(connection: PooledConnection): void {
        const at = this.idle.indexOf(connection);
        if (at !== -1) this.idle.splice(at, 1);
        this.gone();
        this.connectForWaiting();
    }

    usedUp(uses: number): boolean {
        const most = this.owner.maxRequestsPerConnection;
        return (this.retired && this.waiting.length === 0) || (most > 0 && uses >= most);
    }

    private gone(): void {
        this.connections--;
        this.endpoint.connections--;
        this.owner.releaseConnection();
    }

    private next(): WaitingRequest | undefined {
        const waiting = this.waiting.shift();
        if (waiting === undefined) return undefined;
        this.leave(waiting);
        waiting.over = true;
        return waiting;
    }

    private leave(waiting: WaitingRequest): void {
        waiting.pool = undefined;
        this.endpoint.active--;
        this.owner.releaseWait();
    }

    /** Who waits at the bound of connections gets one when there is room again. */
    connectForWaiting(): void {
        while (this.waiting.length > this.connecting && this.owner.reserveConnection(this.isFirst)) this.connect();
    }
}

class PooledConnection implements UpstreamConnection {
    readonly endpoint: Endpoint;
    readonly localAddress: string;
    idleSince = 0;
    closed = false;
    private readonly pool: Pool;
    private readonly socket: net.Socket;
    private readonly codec: CodecConnection;
    private uses = 0;
    /** Lent to a request, from the moment it is given out. */
    private busy = false;

    constructor(pool: Pool, socket: net.Socket, codec: Codec) {
        this.pool = pool;
        this.endpoint = pool.endpoint;
        this.socket = socket;
        this.localAddress = addressText(socket.localAddress, socket.localPort);
        this.codec = codec.connect(socket, this);
    }

    get reused(): boolean {
        return this.uses > 0;
    }

    lend(): void {
        this.busy = true;
        this.endpoint.active++;
    }

    open(head: RequestHead, end: boolean, receiver: ResponseReceiver): RequestWriter {
        const writer = this.codec.open(head, end, receiver);
        this.uses++;
        return writer;
    }

    release(): void {
        this.onIdle();
    }

    onIdle(): void {
        if (!this.busy) return;
        this.busy = false;
        this.endpoint.active--;
        if (this.closed) return;
        if (this.pool.usedUp(this.uses)) this.close();
        else this.pool.offer(this);
    }

    onClosed(): void {
        if (this.closed) return;
        this.closed = true;
        if (this.busy) this.endpoint.active--;
        this.busy = false;
        this.pool.closed(this);
    }

    close(): void {
        this.socket.destroy();
        this.onClosed();
    }
}
