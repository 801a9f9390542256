/**
 * A connection of a pool: what its codec tells of it, counted in requests. Each end of a request is counted once, whether
 * the codec tells of it or the connection is gone with all that was open.
 */
import type net from "node:net";
import type { ClientConnection, ClientOwner, Codec, KeepAlive } from "../codec";
import type { RequestHead, RequestWriter, ResponseReceiver } from "../http/doors";
import { addressText } from "../net/address";
import { timerMs } from "../net/timer";
import type { UpstreamConnection } from "./connection";
import type { Endpoint } from "./endpoint";

/** Requests that are under way to a cluster. */
export interface RequestLoad {
    requests: number;
    /** All there ever were. */
    begun: number;
}

/** What a connection asks of its pool. */
export interface ConnectionPlace {
    readonly endpoint: Endpoint;
    readonly load: RequestLoad;
    /** From then on a connection takes no more requests; undefined: it may grow old. */
    readonly maxConnectionDurationMs: number | undefined;
    /**
     * Whether a connection that carries so many, and was given out so often, is to be given out no more. `hasSaid`: its endpoint has
     * said on it how many it takes; else it is taken to be as it was on the last one.
     */
    isFull(streams: number, uses: number, hasSaid: boolean): boolean;
    /** An endpoint says how many requests it takes at once on a connection. */
    capacitySaid(capacity: number): void;
    /** It may have room it did not have, or less. */
    settle(connection: PooledConnection): void;
    goingAway(connection: PooledConnection): void;
    closed(connection: PooledConnection): void;
}

/** In which list of its pool it stands. */
export const NOWHERE = 0;
export const IDLE = 1;
export const SHARED = 2;

export class PooledConnection implements UpstreamConnection, ClientOwner {
    readonly endpoint: Endpoint;
    readonly localAddress: string;
    readonly protocol: string;
    reused = false;
    idleSince = 0;
    place = NOWHERE;
    closed = false;
    /** Its peer, or its codec, wants no more requests on it. */
    leaving = false;
    /** Requests it was given out for and that are not over. */
    streams = 0;
    readonly #pool: ConnectionPlace;
    readonly #load: RequestLoad;
    readonly #codec: ClientConnection;
    #uses = 0;
    #ageTimer: NodeJS.Timeout | undefined = undefined;
    #hasSaid = false;

    constructor(pool: ConnectionPlace, socket: net.Socket, codec: Codec, keepAlive: KeepAlive | undefined) {
        this.#pool = pool;
        this.#load = pool.load;
        this.endpoint = pool.endpoint;
        this.protocol = codec.protocol.text;
        this.localAddress = addressText(socket.localAddress, socket.localPort);
        this.#codec = codec.connect(socket, this, keepAlive);
        const most = pool.maxConnectionDurationMs;
        if (most !== undefined && !this.closed) this.#ageTimer = setTimeout(grownOld, timerMs(most), this).unref();
    }

    get capacity(): number {
        return this.#codec.capacity;
    }

    /** Whether it may be given out once more. */
    get hasRoom(): boolean {
        if (this.streams >= this.#codec.capacity || this.leaving || this.closed) return false;
        return !this.#pool.isFull(this.streams, this.#uses, this.#hasSaid);
    }

    lend(): void {
        this.reused = this.#uses > 0 && this.streams === 0;
        this.streams++;
        this.#uses++;
        this.endpoint.active++;
        this.#load.requests++;
        this.#load.begun++;
    }

    open(head: RequestHead, end: boolean, receiver: ResponseReceiver): RequestWriter {
        return this.#codec.open(head, end, receiver);
    }

    release(): void {
        if (this.streams > 0) this.#uses--;
        this.onStreamEnd();
    }

    onStreamEnd(): void {
        if (this.streams === 0) return;
        this.streams--;
        this.endpoint.active--;
        this.#load.requests--;
        this.#pool.settle(this);
    }

    onCapacity(): void {
        if (this.closed) return;
        this.#hasSaid = true;
        this.#pool.capacitySaid(this.#codec.capacity);
        this.#pool.settle(this);
    }

    onGoingAway(): void {
        if (this.leaving || this.closed) return;
        this.leaving = true;
        this.#pool.goingAway(this);
    }

    onClosed(): void {
        if (this.closed) return;
        this.closed = true;
        if (this.#ageTimer !== undefined) clearTimeout(this.#ageTimer);
        this.endpoint.active -= this.streams;
        this.#load.requests -= this.streams;
        this.streams = 0;
        this.#pool.closed(this);
    }

    close(): void {
        if (this.closed) return;
        this.#codec.close();
        this.onClosed();
    }
}

function grownOld(connection: PooledConnection): void {
    connection.onGoingAway();
}
