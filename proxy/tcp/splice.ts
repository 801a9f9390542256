/**
 * Joins two sockets into one byte stream each way. What one side ends the other side is told to end (half-close is
 * kept), what one side can't take the other side stops to send, and an error on one side resets the other, so that a
 * cut transfer never looks like a finished one.
 *
 * Hot path: one call a read; no stream, no pipe().
 */
import net from "node:net";
import tls from "node:tls";
import { guarded } from "../net/connection-faults";
import { isDirect, undelivered, writeBytes } from "../net/direct-write";
import { TlsWrites } from "../net/tls-write";
import { resetConnection } from "../net/reset";
import { timerMs } from "../net/timer";
import { release, rotatingReader, type RotatingReader } from "./read-buffers";

/** One hour, as Istio's connectionPool.tcp.idleTimeout. */
export const TCP_IDLE_MS = 60 * 60 * 1000;

export type SpliceEnd =
    | "finished"
    /** The client cut the connection. */
    | "client"
    /** The endpoint did. */
    | "upstream"
    | "idle"
    /** It was as old as it may be. */
    | "age"
    /** We did. */
    | "local";

/** What is said of a connection to an endpoint. */
export interface SpliceTerms {
    readonly readsByEvents?: true;
    /** It delivers through `upstreamReading`, TLS or not. */
    readonly isRead?: true;
    readonly maxDurationMs?: number;
    readonly idleMs?: number;
}

export interface SpliceResult {
    readonly end: SpliceEnd;
    /** From the client. */
    readonly bytesReceived: number;
    /** To the client. */
    readonly bytesSent: number;
}

/** Ends a connection so that the peer sees a cut: RST on TCP, a missing close_notify on TLS. */
export function cut(socket: net.Socket): void {
    if (socket.destroyed) return;
    if (socket instanceof tls.TLSSocket || socket.connecting) socket.destroy();
    else resetConnection(socket);
}

export class Splice {
    readonly #done: (result: SpliceResult) => void;
    #idleMs: number;
    /** Whoever made it has said how long nothing may move. */
    readonly #isTold: boolean;
    #ageTimer: NodeJS.Timeout | undefined;
    #client: net.Socket | undefined;
    #upstream: net.Socket | undefined;
    /** Written to without a stream. */
    #isClientDirect = false;
    #isUpstreamDirect = false;
    /** The same of those that are encrypted. */
    #clientWrites: TlsWrites | undefined;
    #upstreamWrites: TlsWrites | undefined;
    /** Closed where ending it would have said the same. */
    #closed: net.Socket | undefined;
    #received = 0;
    #sent = 0;
    #lastActive = performance.now();
    #timer: NodeJS.Timeout | undefined;
    #open = 2;
    #end: SpliceEnd = "finished";
    #over = false;

    constructor(done: (result: SpliceResult) => void, idleMs?: number) {
        this.#isTold = idleMs !== undefined;
        this.#done = done;
        this.#idleMs = idleMs ?? TCP_IDLE_MS;
    }

    get bytesReceived(): number {
        return this.#received;
    }

    get bytesSent(): number {
        return this.#sent;
    }

    readonly #fromClient = (length: number, buffer: Buffer): boolean => {
        this.#received += length;
        this.#lastActive = performance.now();
        const upstream = this.#upstream!;
        if (!this.#isUpstreamDirect) return pass(upstream, this.#upstreamWrites, length, buffer);
        return writeBytes(upstream, read(length, buffer), buffer, this.#onUpstreamTook) && free(buffer);
    };

    readonly #fromUpstream = (length: number, buffer: Buffer): boolean => {
        this.#sent += length;
        this.#lastActive = performance.now();
        const client = this.#client!;
        if (!this.#isClientDirect) return pass(client, this.#clientWrites, length, buffer);
        return writeBytes(client, read(length, buffer), buffer, this.#onClientTook) && free(buffer);
    };

    /** For `onread` of the client's socket, and of the upstream one. */
    readonly clientReading: RotatingReader = rotatingReader(this.#fromClient);
    readonly upstreamReading: RotatingReader = rotatingReader(this.#fromUpstream);

    readonly #onUpstreamTook = (buffer: Buffer): void => {
        release(buffer);
        this.#client!.resume();
    };

    readonly #onClientTook = (buffer: Buffer): void => {
        release(buffer);
        this.#upstream!.resume();
    };

    /**
     * Begins. `clientReads`: the client's socket delivers through `clientReading`; otherwise its `data` events are used.
     * The upstream socket delivers through `upstreamReading`, unless it speaks TLS. `head` was read from the client before.
     */
    start(client: net.Socket, clientReads: boolean, upstream: net.Socket, head: Buffer | undefined, terms: SpliceTerms = {}): void {
        if (terms.idleMs !== undefined && !this.#isTold) this.#idleMs = terms.idleMs;
        this.#client = client;
        this.#upstream = upstream;
        this.#isClientDirect = isDirect(client);
        this.#isUpstreamDirect = isDirect(upstream);
        this.#clientWrites = TlsWrites.of(client);
        this.#upstreamWrites = TlsWrites.of(upstream);
        this.#watch(client, upstream, "client");
        this.#watch(upstream, client, "upstream");
        if (!clientReads) client.on("data", this.#onClientData);
        if (terms.readsByEvents || (upstream instanceof tls.TLSSocket && !terms.isRead)) upstream.on("data", this.#onUpstreamData);
        if (head && head.length > 0) {
            this.#received += head.length;
            upstream.write(head);
        }
        this.#timer = setTimeout(this.#checkIdle, timerMs(this.#idleMs));
        this.#timer.unref();
        if (terms.maxDurationMs !== undefined) this.#ageTimer = setTimeout(() => this.#fail("age"), timerMs(terms.maxDurationMs)).unref();
        client.resume();
        upstream.resume();
    }

    /** Ends it now, both sides. */
    destroy(): void {
        this.#fail("local");
    }

    readonly #onClientData = (chunk: Buffer): void => {
        this.#received += chunk.length;
        this.#lastActive = performance.now();
        const upstream = this.#upstream!;
        if (!upstream.write(chunk) && upstream.writableLength > 0) this.#client!.pause();
    };

    readonly #onUpstreamData = (chunk: Buffer): void => {
        this.#sent += chunk.length;
        this.#lastActive = performance.now();
        const client = this.#client!;
        if (!client.write(chunk) && client.writableLength > 0) this.#upstream!.pause();
    };

    #watch(socket: net.Socket, other: net.Socket, side: "client" | "upstream"): void {
        socket.on("drain", () => other.resume());
        socket.on("end", () => this.#finishSending(other));
        socket.on("error", () => this.#fail(side));
        socket.on(
            "close",
            guarded(socket, () => {
                // Closed without having ended and finished: it was cut.
                if (!socket.readableEnded || !(socket.writableFinished || socket === this.#closed)) this.#fail(side);
                if (--this.#open === 0) this.#finish();
            }),
        );
        // What happened before anybody listened.
        if (socket.destroyed) this.#fail(side);
        else if (socket.readableEnded) this.#finishSending(other);
    }

    /** Nothing comes any more for a socket. Where nothing comes of it either, to close it says so with one system call less. */
    #finishSending(socket: net.Socket): void {
        const direct = socket === this.#client ? this.#isClientDirect : this.#isUpstreamDirect;
        // What the stream has not handed on yet is not among what the kernel has not taken.
        const hasMore = undelivered(socket) > 0 || socket.writableLength > 0;
        if (!direct || !socket.readableEnded || socket.destroyed || hasMore) socket.end();
        else {
            this.#closed = socket;
            socket.destroy();
        }
    }

    readonly #checkIdle = (): void => {
        const left = this.#lastActive + this.#idleMs - performance.now();
        if (left <= 0) {
            this.#fail("idle");
            return;
        }
        this.#timer = setTimeout(this.#checkIdle, timerMs(Math.max(left, 1)));
        this.#timer.unref();
    };

    #fail(why: SpliceEnd): void {
        if (this.#end === "finished") this.#end = why;
        if (this.#client) cut(this.#client);
        if (this.#upstream) cut(this.#upstream);
    }

    #finish(): void {
        if (this.#over) return;
        this.#over = true;
        this.clientReading.end();
        this.upstreamReading.end();
        clearTimeout(this.#timer);
        clearTimeout(this.#ageTimer);
        this.#done({ end: this.#end, bytesReceived: this.#received, bytesSent: this.#sent });
    }
}

/** Of a connection that is passed on as it is: what ends it besides Envoy has no flag for. */
export function connectionFlag({ end }: SpliceResult): string {
    return end === "upstream" ? "UR" : end === "age" ? "DT" : "";
}

/** As Envoy's response flag of a request, where a tunnel is the rest of it. */
export function spliceFlag({ end }: SpliceResult): string {
    switch (end) {
        case "finished":
            return "";
        case "client":
        case "local":
            return "DC";
        case "upstream":
            return "UC";
        case "idle":
            return "SI";
        case "age":
            return "DT";
        default:
            return end satisfies never;
    }
}

function read(length: number, buffer: Buffer): Buffer {
    return length === buffer.length ? buffer : buffer.subarray(0, length);
}

function free(buffer: Buffer): true {
    release(buffer);
    return true;
}

/** Past the stream of TLS, or through a stream, as what is wrapped in HTTP needs it. */
function pass(sink: net.Socket, writes: TlsWrites | undefined, length: number, buffer: Buffer): boolean {
    if (writes !== undefined) return writes.bytes(read(length, buffer), buffer, release) || sink.writableLength === 0;
    const more = sink.write(read(length, buffer), (error) => {
        if (!error) release(buffer);
    });
    // A write above the mark that the kernel took at once is no reason to stop.
    return more || sink.writableLength === 0;
}
