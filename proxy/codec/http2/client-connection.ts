/**
 * The upstream side of HTTP/2: one connection to an endpoint, as many requests at once as that takes. What the endpoint has
 * not processed, it says (RFC 9113 §6.8, §8.7); whether it is there at all is asked by PING where the cluster wants that.
 */
import type { Socket } from "node:net";
import type { RequestHead, RequestWriter, ResetReason, ResponseReceiver } from "../../http/doors";
import { PROTOCOLS } from "../../http/protocols";
import type { ClientConnection, ClientOwner, KeepAlive } from "../codec";
import { writeRequestHead } from "./client-request";
import { ClientStream, type ClientStreamHost } from "./client-stream";
import { BY_US } from "./closed-streams";
import { errorName, MAX_STREAM_ID, NO_ERROR } from "./constants";
import { FAULTS, type Http2Fault } from "./faults";
import { HeldUpgrade } from "./held-upgrade";
import { GuardedSession } from "./guarded-session";
import type { Http2SessionOptions } from "./session-core";

const { expectedStreams } = PROTOCOLS.http2;
/** A line of text is not to be broken, or a quotation ended, by what an endpoint says. */
const NOT_FOR_LOGS = /[^\x20\x21\x23-\x5b\x5d-\x7e]/g;
/** Of which arithmetic is safe. */
const UNBOUNDED = 2 ** 31;

export class Http2ClientConnection extends GuardedSession implements ClientConnection, ClientStreamHost {
    readonly #owner: ClientOwner;
    readonly #keepAlive: KeepAlive | undefined;
    /** Upgrades that wait for the endpoint's SETTINGS. */
    readonly #held = new Set<HeldUpgrade>();
    #nextId = 1;
    #leaving = false;
    /** When the PING left that is not answered; 0: none is under way. And when the last one was answered. */
    #pingedAt = 0;
    #answeredAt: number;

    constructor(socket: Socket, owner: ClientOwner, keepAlive: KeepAlive | undefined, options: Http2SessionOptions) {
        super(socket, options);
        this.#owner = owner;
        this.#keepAlive = keepAlive;
        this.#answeredAt = this.sweeper.now;
    }

    get capacity(): number {
        if (this.ended || this.#leaving) return 0;
        return this.settled ? Math.min(this.peer.maxStreams, UNBOUNDED) : expectedStreams;
    }

    get flushes(): number {
        return this.sender.outbox.flushes;
    }

    open(head: RequestHead, end: boolean, receiver: ResponseReceiver): RequestWriter {
        // RFC 8441 §3: not before the endpoint has allowed it.
        if (head.upgrade !== "" && !this.settled && !this.ended) return this.#hold(head, receiver);
        const stream = new ClientStream(this.#nextId, this, head, end, receiver, this.options.streamWindow);
        if (this.ended || this.socket.destroyed) return giveUp(this, stream, "connection-closed", "closed while idle");
        if (head.upgrade !== "" && !this.peer.extendedConnect) return giveUp(this, stream, "protocol-error", "no extended CONNECT");
        if (!writeRequestHead(this, stream, head, end)) return giveUp(this, stream, "local", "request head holds a forbidden byte");
        this.enter(stream);
        this.#nextId += 2;
        if (this.#nextId > MAX_STREAM_ID) this.#leave();
        return stream;
    }

    /** Nothing of it was written, and it was never in the table. */
    unsent(stream: ClientStream, reason: ResetReason, detail: string): void {
        // Of a connection that is gone all requests are counted off.
        if (!this.ended) this.#owner.onStreamEnd();
        stream.unsent(reason, detail);
    }

    /** The ids of its requests go on from here, and never back. */
    beginAt(id: number): void {
        this.#nextId = Math.max(this.#nextId, id);
    }

    override close(): void {
        if (this.ended) return;
        this.sendGoAway(0, NO_ERROR);
        super.close();
    }

    #hold(head: RequestHead, receiver: ResponseReceiver): RequestWriter {
        const held = new HeldUpgrade(head, receiver, () => {
            this.#held.delete(held);
            this.#owner.onStreamEnd();
        });
        this.#held.add(held);
        return held;
    }

    /** More may wait for the endpoint's word than it takes at once. */
    #openHeld(head: RequestHead, receiver: ResponseReceiver): RequestWriter {
        if (this.ended || this.streams.size < this.peer.maxStreams) return this.open(head, true, receiver);
        const stream = new ClientStream(this.#nextId, this, head, true, receiver, this.options.streamWindow);
        return giveUp(this, stream, "refused", "beyond the streams that the endpoint takes");
    }

    // --- what the endpoint says ----------------------------------------------------------------------------------------

    protected override onOpen(): Http2Fault {
        return FAULTS.streamId;
    }

    protected override get lastOwnId(): number {
        return this.#nextId - 2;
    }

    protected override onPeerSettings(): void {
        const held = [...this.#held];
        this.#held.clear();
        for (const one of held) one.open((head, receiver) => this.#openHeld(head, receiver));
        this.#owner.onCapacity();
    }

    /** Requests that have an id above it go elsewhere; the others are answered yet, if the endpoint keeps its word. */
    protected override onPeerGoAway(lastId: number, code: number, debug: string): void {
        this.#leave();
        const detail = `GOAWAY ${errorName(code)}${debug === "" ? "" : ` ${debug.replaceAll(NOT_FOR_LOGS, "?")}`}`;
        for (const stream of [...this.streams.values()] as ClientStream[]) {
            if (stream.id <= lastId || stream.closed) continue;
            this.closeStream(stream, BY_US);
            stream.goneAway(detail);
        }
    }

    #leave(): void {
        if (this.#leaving) return;
        this.#leaving = true;
        this.#owner.onGoingAway();
    }

    protected override onStreamClosed(): void {
        this.#owner.onStreamEnd();
    }

    protected override onHalfClosed(): void {}

    protected override onReadEnd(): void {}

    protected override onPeerFault(): void {}

    protected override onGone(fault: Http2Fault | undefined, detail: string): void {
        this.#owner.onClosed();
        for (const held of this.#held) held.lose(fault === undefined ? "connection-closed" : "protocol-error", detail);
        this.#held.clear();
    }

    // --- whether it is there -------------------------------------------------------------------------------------------

    protected override onPong(): void {
        this.#pingedAt = 0;
        this.#answeredAt = this.sweeper.now;
    }

    protected override onSweep(now: number): void {
        const keepAlive = this.#keepAlive;
        if (keepAlive === undefined) return;
        if (this.#pingedAt !== 0) {
            // Its answer may stand behind bodies that come yet (Envoy): who sends is there.
            if (now - Math.max(this.#pingedAt, this.received) >= keepAlive.timeoutMs)
                this.socket.destroy(new Error("no answer to PING in time"));
        } else if (now - this.#answeredAt >= keepAlive.intervalMs) {
            this.#pingedAt = now;
            this.sendPing();
        }
    }
}

/** The exchange hears of it after it has its writer. */
function giveUp(connection: Http2ClientConnection, stream: ClientStream, reason: ResetReason, detail: string): RequestWriter {
    stream.closed = true;
    process.nextTick(tellUnsent, connection, stream, reason, detail);
    return stream;
}

function tellUnsent(connection: Http2ClientConnection, stream: ClientStream, reason: ResetReason, detail: string): void {
    connection.unsent(stream, reason, detail);
}
