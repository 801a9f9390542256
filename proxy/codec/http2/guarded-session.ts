/**
 * A session that looks at what its peer does too much of: each frame that could be one of a flood spends of a budget before
 * anything is done with it (`abuse.ts`), and what was sent, opened and finished is counted, which fills them. Both sides extend it.
 */
import type { Socket } from "node:net";
import { AbuseBudgets, type BudgetName } from "./abuse";
import { BY_BOTH } from "./closed-streams";
import { PRIORITY_UPDATE } from "./constants";
import { CLIENT_COUNTS, SERVER_COUNTS, type Http2Counts } from "./counts";
import { FAULTS, type Http2Fault } from "./faults";
import { STALLED_BYTES } from "./limits";
import { Http2Session } from "./session";
import type { Http2SessionOptions } from "./session-core";
import { passed } from "../socket-clock";
import type { Stream } from "./stream";

export abstract class GuardedSession extends Http2Session {
    readonly #budgets: AbuseBudgets;
    readonly #counts: Http2Counts;
    /** Streams that are counted as open. */
    #active = 0;
    /** Of the DATA frame that is passing. */
    #dataLength = 0;
    #dataEnds = false;
    #pingsSent = 0;
    #tinySeen = 0;
    /** Bytes that came after the end. */
    #discarded = 0;

    protected constructor(socket: Socket, options: Http2SessionOptions) {
        super(socket, options);
        this.#budgets = new AbuseBudgets(this.sweeper.now);
        this.#counts = options.server ? SERVER_COUNTS : CLIENT_COUNTS;
        socket.once("close", () => {
            this.#counts.streamsActive -= this.#active;
            this.#active = 0;
        });
    }

    /** False: there was none left, and the connection has failed. */
    #spend(name: BudgetName, tokens = 1): boolean {
        this.#budgets.framesSent = this.sender.framesSent;
        return this.#allowed(this.#budgets.spend(name, this.sweeper.now, tokens));
    }

    #allowed(fault: Http2Fault | undefined): boolean {
        if (fault === undefined) return true;
        this.fail(fault);
        return false;
    }

    /** What is still on its way when a connection has failed is less than this; more is not read for nothing. */
    override onBytes(chunk: Buffer, length: number, borrowed: boolean): void {
        if (!this.ended) return super.onBytes(chunk, length, borrowed);
        this.#discarded += length;
        if (this.#discarded > this.options.connectionWindow && this.socket.writableFinished) this.destroy();
    }

    // --- what honest peers do besides ----------------------------------------------------------------------------------

    protected override enter(stream: Stream): void {
        this.#budgets.streamsOpened++;
        this.#active++;
        this.#counts.streamsActive++;
        stream.opened = this.sweeper.now;
        super.enter(stream);
    }

    protected override closeStream(stream: Stream, how: number): void {
        this.#active--;
        this.#counts.streamsActive--;
        if (how === BY_BOTH) this.#budgets.streamsCompleted++;
        super.closeStream(stream, how);
    }

    // --- what may be too much ------------------------------------------------------------------------------------------

    override onDataFrame(id: number, length: number, end: boolean): void {
        this.#dataLength = length;
        this.#dataEnds = end;
        super.onDataFrame(id, length, end);
    }

    override onDataFrameEnd(padding: number): void {
        const body = this.#dataLength - padding;
        if (body > 0) {
            this.#budgets.framesReceived++;
            this.#budgets.bytesReceived += body;
        } else if (!this.#dataEnds && !this.#spend("emptyFrames")) {
            return;
        }
        if (padding === 0 || this.#spend("padding", padding)) super.onDataFrameEnd(padding);
    }

    override onSettings(bytes: Buffer, from: number, to: number): void {
        if (this.#spend("settings")) super.onSettings(bytes, from, to);
    }

    override onSettingsAck(): void {
        if (this.settingsSince !== 0 || this.#spend("uselessFrames")) super.onSettingsAck();
    }

    override sendPing(): void {
        this.#pingsSent++;
        super.sendPing();
    }

    override onPing(bytes: Buffer, from: number, ack: boolean): void {
        if (!ack) {
            if (this.#spend("pings")) super.onPing(bytes, from, false);
        } else if (this.#pingsSent === 0) {
            this.#spend("uselessFrames");
        } else {
            this.#pingsSent--;
            super.onPing(bytes, from, true);
        }
    }

    override onGoAway(lastId: number, code: number, debug: string): void {
        if (this.#spend("uselessFrames")) super.onGoAway(lastId, code, debug);
    }

    override onPriority(): void {
        this.#spend("priorities");
    }

    override onIgnored(type: number): void {
        this.#spend(type === PRIORITY_UPDATE ? "priorities" : "uselessFrames");
    }

    override onWindowUpdate(id: number, increment: number): void {
        if (!this.#spend("windowUpdates")) return;
        const tiny = this.sender.tinyFrames - this.#tinySeen;
        this.#tinySeen += tiny;
        if (tiny === 0 || this.#spend("tinyWindows", 2 * tiny)) super.onWindowUpdate(id, increment);
    }

    override onResetStream(id: number, code: number): void {
        const stream = this.streams.get(id);
        if (stream === undefined) {
            if (this.#spend("uselessFrames")) super.onResetStream(id, code);
            return;
        }
        this.#counts.rxReset++;
        // A server that resets what it was asked for does nobody any harm but its own.
        const isAllowed = !this.options.server || this.#allowed(this.#budgets.reset(this.sweeper.now - stream.opened, this.sweeper.now));
        if (isAllowed) super.onResetStream(id, code);
    }

    protected override onUnread(): void {
        this.#counts.fault(FAULTS.unread);
    }

    protected override onLargeList(): void {
        this.#spend("largeLists");
    }

    // --- how it ends ---------------------------------------------------------------------------------------------------

    override resetStream(stream: Stream, code: number): void {
        if (!stream.closed) this.#counts.txReset++;
        super.resetStream(stream, code);
    }

    /** What a client makes us reset counts as if it had done it itself (CVE-2025-8671). */
    protected override failStream(fault: Http2Fault, id: number): void {
        if (fault.scope === "stream") {
            const budget = !this.options.server ? "uselessFrames" : fault === FAULTS.tooManyStreams ? "refusedStreams" : "provokedResets";
            if (!this.#spend(budget)) return;
            this.#counts.txReset++;
            this.#counts.fault(fault);
        }
        super.failStream(fault, id);
    }

    override fail(fault: Http2Fault): void {
        if (!this.ended) {
            this.#counts.goawaySent++;
            this.#counts.fault(fault);
        }
        super.fail(fault);
    }

    override sweep(now: number): void {
        super.sweep(now);
        if (this.options.server && !this.ended) this.#sweepStalled(now);
    }

    /** Bodies that wait for a window: who gives a byte now and then holds as much of our memory as who gives none. */
    #sweepStalled(now: number): void {
        for (const stream of this.streams.values()) {
            const isStalled = stream.queued > 0 && (stream.sendWindow <= 0 || this.sender.window <= 0);
            if (!isStalled || stream.stalledSince === 0 || stream.sent - stream.stalledAt >= STALLED_BYTES) {
                stream.stalledSince = isStalled ? now : 0;
                stream.stalledAt = stream.sent;
            } else if (passed(now - stream.stalledSince, this.options.writeIdleTimeout)) {
                this.failStream(FAULTS.stalled, stream.id);
                if (this.ended) return;
            }
        }
    }
}
