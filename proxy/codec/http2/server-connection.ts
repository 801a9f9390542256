/**
 * The downstream side of HTTP/2: one client connection. Requests are dispatched when all that one read has brought is decoded:
 * one that was opened and reset in the same read reaches nobody (CVE-2023-44487). It goes in two steps (RFC 9113 §6.8): GOAWAY
 * that names no request yet, and once the client has read it, as its answer to a PING shows, the one that names the last.
 */
import type { Socket } from "node:net";
import type { ConnectionInfo, RequestHandler } from "../../http/doors";
import { PROTOCOLS } from "../../http/protocols";
import type { HttpService, ServerConnection } from "../codec";
import { BY_US } from "./closed-streams";
import { MAX_STREAM_ID, NO_ERROR } from "./constants";
import { FAULTS, type Http2Fault } from "./faults";
import type { RefusedHead } from "./request-head";
import type { Http2ServerOptions } from "./server-options";
import { ServerStream, type ServerStreamHost } from "./server-stream";
import { GuardedSession } from "./guarded-session";
import { passed } from "../socket-clock";
import type { Stream } from "./stream";

const { codecError } = PROTOCOLS.http2;

/** RFC 9113 §9.2: HTTP/1.1 alone is spoken over them. */
const OLD_TLS: ReadonlySet<string> = new Set(["TLSv1", "TLSv1.1"]);

/** How long a drain waits for the first request of a connection. */
const HURRIED_MS = 500;

export class Http2ServerConnection extends GuardedSession implements ServerConnection, ServerStreamHost {
    readonly scheme: "http" | "https";
    readonly isProxy: boolean;
    readonly #info: ConnectionInfo;
    readonly #handler: RequestHandler;
    readonly #onRefused: HttpService["onRefused"];
    readonly #times: Http2ServerOptions;
    /** Requests of the read that is being decoded. */
    readonly #arrived: ServerStream[] = [];
    readonly #opened: number;
    /** When the last request ended. */
    #idleSince: number;
    /** It is to go, when it was to end, and when the first GOAWAY left; 0: not yet. */
    #retiring = false;
    #drainingSince = 0;
    #retiredAt = 0;
    /** That were opened. */
    #requests = 0;
    /** PINGs of ours that are not answered. */
    #pings = 0;
    /** When the client was asked whether it is there; 0: it has been heard of. */
    #askedAt = 0;
    /** The last request that is answered; -1: that is open. */
    #lastId = -1;

    constructor(socket: Socket, info: ConnectionInfo, service: HttpService, options: Http2ServerOptions) {
        super(socket, options);
        this.scheme = info.scheme;
        this.isProxy = info.isProxy === true;
        this.#info = info;
        this.#handler = service.handler;
        this.#onRefused = service.onRefused;
        this.#times = options;
        this.#opened = this.#idleSince = this.sweeper.now;
        if (info.tls !== undefined && OLD_TLS.has(info.tls.version)) this.fail(FAULTS.inadequateSecurity);
    }

    get idle(): boolean {
        return this.streams.size === 0 && !this.ended;
    }

    get held(): number {
        let held = this.socket.writableLength + this.unreturned;
        for (const stream of this.streams.values()) held += stream.queued;
        return held;
    }

    /**
     * The client is told to go; what it has asked for, and what it asks for until it has read that, is answered. Who has
     * connected and not asked yet is told with its first request: told before, it would not ask, and see a failure.
     */
    retire(): void {
        this.#retiring = true;
        if (this.lastPeerId !== 0) this.#sayGoAway();
    }

    /** Who has not asked yet gets a moment, as the request is on its way. */
    drain(): void {
        if (this.#drainingSince === 0) this.#drainingSince = performance.now();
        this.retire();
    }

    #sayGoAway(): void {
        if (this.#retiredAt !== 0 || this.ended) return;
        this.#retiredAt = this.sweeper.now;
        this.sendGoAway(MAX_STREAM_ID, NO_ERROR);
        this.sendPing();
    }

    override sendPing(): void {
        this.#pings++;
        super.sendPing();
    }

    // --- requests ------------------------------------------------------------------------------------------------------

    protected override onOpen(id: number): Stream | Http2Fault | undefined {
        if (this.#lastId !== -1) {
            // It may be sent elsewhere: GOAWAY has said that it was not processed.
            this.closedStreams.remember(id, BY_US);
            return undefined;
        }
        if (++this.#requests === this.#times.maxRequests) this.#retiring = true;
        if (this.#retiring) this.#sayGoAway();
        return new ServerStream(id, this, this.peer.initialWindow, this.options.streamWindow);
    }

    arrived(stream: ServerStream): void {
        this.#arrived.push(stream);
    }

    protected override onReadEnd(): void {
        const arrived = this.#arrived;
        if (arrived.length === 0) return;
        for (const stream of arrived) if (!stream.closed) stream.dispatch(this.#handler, this.#info);
        arrived.length = 0;
    }

    refused({ status, detail }: RefusedHead): void {
        this.#onRefused?.({ status, detail, codecError, bodyBytes: 0 }, this.#info, false);
    }

    protected override onPeerFault({ detail }: Http2Fault, stream: Stream | undefined): void {
        const recorded = stream instanceof ServerStream && stream.recorded;
        this.#onRefused?.({ status: 400, detail, codecError, bodyBytes: 0 }, this.#info, recorded);
    }

    // --- ends ----------------------------------------------------------------------------------------------------------

    /** RFC 9113 §8.1: the answer is whole, and nobody wants the rest of the request. */
    protected override onHalfClosed(stream: Stream): void {
        if (!(stream as ServerStream).tunnels) this.resetStream(stream, NO_ERROR);
    }

    protected override onStreamClosed(_stream: Stream): void {
        if (this.streams.size > 0) return;
        this.#idleSince = this.sweeper.now;
        if (this.#lastId !== -1) this.close();
    }

    protected override onPong(): void {
        this.#pings--;
        if (this.#retiredAt !== 0 && this.#pings === 0) this.#leave();
    }

    /** No request of this client is on its way that it does not know the fate of. */
    #leave(): void {
        if (this.#lastId !== -1 || this.ended) return;
        this.#lastId = this.lastPeerId;
        this.sendGoAway(this.#lastId, NO_ERROR);
        if (this.streams.size === 0) this.close();
    }

    protected override onGone(): void {
        this.#arrived.length = 0;
    }

    /** A client may go as it likes: what it has asked for is answered, and it closes. */
    protected override onPeerGoAway(): void {}

    protected override onPeerSettings(): void {}

    protected override onSweep(now: number): void {
        const times = this.#times;
        if (!this.settled && passed(now - this.#opened, times.headTimeout)) return this.destroy();
        if (this.#retiredAt !== 0 && passed(now - this.#retiredAt, times.goAwayTimeout)) this.#leave();
        if (this.ended) return;
        if (passed(now - this.#opened, times.maxDuration)) this.retire();
        if (this.#drainingSince !== 0 && passed(now - this.#drainingSince, HURRIED_MS)) this.#sayGoAway();
        if (this.streams.size === 0) {
            if (passed(now - this.#idleSince, times.keepAliveTimeout)) this.#sayGoAway();
            return;
        }
        if (!this.#isThere(now)) return this.destroy();
        for (const stream of this.streams.values()) (stream as ServerStream).sweep(now, times);
    }

    /** A client that has gone without a word holds what it has asked for: it is asked, and nothing but silence ends it. */
    #isThere(now: number): boolean {
        const times = this.#times;
        if (!passed(now - this.received, times.streamIdleTimeout)) {
            this.#askedAt = 0;
        } else if (this.#askedAt === 0) {
            this.#askedAt = now;
            this.sendPing();
        }
        return this.#askedAt === 0 || !passed(now - this.#askedAt, times.pongTimeout);
    }
}
