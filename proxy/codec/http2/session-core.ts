/**
 * What a connection of HTTP/2 is without what it reads: its socket, the table of its streams, what it writes, how it ends, and
 * the clock. The reading half is `session.ts`; a side extends that.
 */
import type { Socket } from "node:net";
import type { HeaderList } from "../../http/doors";
import { guarded } from "../../net/connection-faults";
import type { Sweeper, Swept } from "../sweeper";
import { BY_BOTH, BY_US, ClosedStreams } from "./closed-streams";
import { DEFAULT_WINDOW } from "./constants";
import { FAULTS, type Http2Fault } from "./faults";
import { writeClientPreface, writeGoAway, writePing, writeReset, writeSettings, writeWindowUpdate } from "./frame-writer";
import type { HpackEncoder } from "./hpack/encoder";
import { MAX_UNREAD_BYTES } from "./limits";
import { Sender, type SenderHost } from "./sender";
import { PeerSettings, settingsPayload } from "./settings";
import { passed, SocketClock } from "../socket-clock";
import type { Stream } from "./stream";
import { StreamTable } from "./stream-table";

export interface Http2SessionOptions {
    readonly server: boolean;
    readonly sweeper: Sweeper;
    /** Streams that the peer may open at once. */
    readonly maxOpenStreams: number;
    /** Bytes of body that a stream, and all streams together, may hold while nobody takes them. */
    readonly streamWindow: number;
    readonly connectionWindow: number;
    /** Of a decoded header list; absent: as limits.ts has them. */
    readonly maxHeadBytes?: number;
    readonly maxHeaders?: number;
    /** From our SETTINGS to their acknowledgement. Milliseconds; 0 switches a timeout off, here and below. */
    readonly settingsTimeout: number;
    /** A frame or a header block that has begun and is not finished. */
    readonly frameTimeout: number;
    /** A peer that reads nothing of what waits for it. */
    readonly writeIdleTimeout: number;
}

/** How long a peer has to read the last frames and close. */
const LINGER_MS = 5000;
const PING_PAYLOAD = Buffer.from("gatehous", "latin1");

export abstract class SessionCore implements SenderHost, Swept {
    readonly socket: Socket;
    /** Those that are not closed. */
    readonly streams = new StreamTable();
    readonly peer = new PeerSettings();
    /** The peer's SETTINGS have come. */
    settled = false;
    /** Nothing is read, opened or taken any more: it is over, or about to be. */
    ended = false;
    /** The highest stream that the peer has opened. */
    lastPeerId = 0;
    protected readonly sender: Sender;
    protected readonly sweeper: Sweeper;
    protected readonly options: Http2SessionOptions;
    protected readonly closedStreams = new ClosedStreams();
    /** Bytes of body that the peer may still send on all streams, and those that came and were not given back to it. */
    protected receiveWindow: number;
    protected unreturned = 0;
    /** When our SETTINGS left; 0: they are acknowledged. */
    protected settingsSince: number;
    readonly #clock: SocketClock;
    #endedAt = 0;
    #paused = false;
    #gone = false;
    #error = "";

    /** The socket is connected; our preface is on its way when this returns. The sweeper looks after it until it is gone. */
    protected constructor(socket: Socket, options: Http2SessionOptions) {
        this.socket = socket;
        this.options = options;
        this.sweeper = options.sweeper;
        this.sender = new Sender(socket, this);
        this.receiveWindow = options.connectionWindow;
        this.sweeper.add(this);
        this.settingsSince = this.sweeper.now;
        this.#clock = new SocketClock(socket, this.sweeper.now);
        socket.on("error", (error: NodeJS.ErrnoException) => {
            this.#error = error.code ?? error.message;
        });
        socket.on(
            "close",
            guarded(socket, () => this.#onSocketClose()),
        );
        socket.on(
            "end",
            guarded(socket, () => this.#onSocketEnd()),
        );
        this.#writePreface();
    }

    #writePreface(): void {
        const { outbox } = this.sender;
        if (!this.options.server) writeClientPreface(outbox);
        writeSettings(outbox, settingsPayload(this.options));
        writeWindowUpdate(outbox, 0, this.options.connectionWindow - DEFAULT_WINDOW);
    }

    // --- what a side implements --------------------------------------------------------------------------------------

    /** A stream is out of the table: it has ended on both sides, or was reset by either. Called once for each, before it hears. */
    protected abstract onStreamClosed(stream: Stream): void;
    /** The peer did something wrong; told before its streams hear of it, and before RST_STREAM or GOAWAY leave. */
    protected abstract onPeerFault(fault: Http2Fault, stream: Stream | undefined): void;
    /** The connection is gone, or has failed: no stream is opened any more. Called once, before its streams hear of it. */
    protected abstract onGone(fault: Http2Fault | undefined, detail: string): void;
    /** It has read nothing of what it has asked for again and again, and is about to be cut. */
    protected abstract onUnread(): void;
    /** Once a second, until it has ended. */
    protected abstract onSweep(now: number): void;
    /** All that has been written for a stream of ours has its END_STREAM; the peer may not have ended it yet. */
    protected abstract onHalfClosed(stream: Stream): void;

    // --- streams -------------------------------------------------------------------------------------------------------

    get encoder(): HpackEncoder {
        return this.sender.encoder;
    }

    /**
     * Begins a header block of at most `bound` bytes (`encodedBound`). The encoder writes it into `block` from `blockAt` on, and
     * `endBlock` is called with where it ended, before anything else is.
     */
    beginBlock(bound: number): void {
        this.sender.beginBlock(bound);
    }

    get block(): Buffer {
        return this.sender.block;
    }

    get blockAt(): number {
        return this.sender.blockAt;
    }

    /** `end`: END_STREAM. */
    endBlock(stream: Stream, at: number, end: boolean): void {
        stream.touched = this.sweeper.now;
        this.sender.endBlock(stream, at, end);
    }

    /** False: stop until `onWritable`. The chunk may be sent anyway, and its memory is ours from now on. */
    sendData(stream: Stream, chunk: Buffer): boolean {
        stream.touched = this.sweeper.now;
        return this.sender.data(stream, chunk);
    }

    /** Behind all that was sent before. Trailers that cannot be written are left out: the body itself is whole. */
    sendEnd(stream: Stream, trailers: HeaderList | undefined): void {
        stream.touched = this.sweeper.now;
        this.sender.end(stream, trailers);
    }

    /** RST_STREAM. What waits is not sent; the stream hears nothing more. */
    resetStream(stream: Stream, code: number): void {
        if (stream.closed) return;
        writeReset(this.sender.outbox, stream.id, code);
        this.closeStream(stream, BY_US);
    }

    /** Its windows are not given back until `resumeStream`. */
    pauseStream(stream: Stream): void {
        stream.paused = true;
    }

    resumeStream(stream: Stream): void {
        if (!stream.paused) return;
        stream.paused = false;
        stream.touched = this.sweeper.now;
        this.#release(stream);
        this.returnCredit(stream);
    }

    /** Takes it out of the table. */
    protected closeStream(stream: Stream, how: number): void {
        stream.closed = true;
        this.streams.delete(stream.id);
        this.closedStreams.remember(stream.id, how);
        this.sender.drop(stream);
        if (stream.held > 0) {
            this.#release(stream);
            this.returnConnectionCredit();
        }
        this.onStreamClosed(stream);
    }

    /** What it held while it was paused counts for the connection again. */
    #release(stream: Stream): void {
        this.unreturned += stream.held;
        stream.held = 0;
    }

    /** In halves of a window: a frame for each read would cost more than the body. */
    protected returnCredit(stream: Stream): void {
        const { unreturned } = stream;
        if (unreturned >= this.options.streamWindow / 2 && !stream.paused && !stream.remoteEnded && !stream.closed) {
            stream.unreturned = 0;
            stream.receiveWindow += unreturned;
            writeWindowUpdate(this.sender.outbox, stream.id, unreturned);
        }
        this.returnConnectionCredit();
    }

    /** In halves of what of the window nobody holds: else streams that are paused could stop all others. */
    protected returnConnectionCredit(): void {
        const { unreturned } = this;
        if (unreturned === 0 || unreturned < this.receiveWindow) return;
        this.unreturned = 0;
        this.receiveWindow += unreturned;
        writeWindowUpdate(this.sender.outbox, 0, unreturned);
    }

    onLocalEnd(stream: Stream): void {
        stream.localEnded = true;
        if (stream.remoteEnded) this.closeStream(stream, BY_BOTH);
        else this.onHalfClosed(stream);
    }

    // --- frames of the connection --------------------------------------------------------------------------------------

    /** `onPong` follows. Only one is under way at a time. */
    sendPing(): void {
        writePing(this.sender.outbox, PING_PAYLOAD, 0, 0);
    }

    protected isOwnPing(payload: Buffer, from: number): boolean {
        return payload.compare(PING_PAYLOAD, 0, 8, from, from + 8) === 0;
    }

    sendGoAway(lastId: number, code: number, debug = ""): void {
        writeGoAway(this.sender.outbox, lastId, code, debug);
    }

    // --- ends ----------------------------------------------------------------------------------------------------------

    /** GOAWAY with the fault's code, then the end of the connection; its streams hear of it. */
    fail(fault: Http2Fault): void {
        if (this.ended) return;
        this.ended = true;
        this.onPeerFault(fault, undefined);
        this.sendGoAway(this.lastPeerId, fault.code, fault.detail);
        this.#lose(fault, fault.detail);
        this.#finish();
    }

    /** What waits is sent, then the connection is closed. Streams that are open are lost. */
    close(): void {
        if (this.ended) return;
        this.ended = true;
        this.#lose(undefined, "closed");
        this.#finish();
    }

    /** Ends it at once. */
    destroy(): void {
        this.socket.destroy();
    }

    /** Our side is closed behind what waits; what still comes is thrown away, so that no reset overtakes it. */
    #finish(): void {
        this.#endedAt = this.sweeper.now;
        this.sender.outbox.end();
        this.#resume();
    }

    #lose(fault: Http2Fault | undefined, detail: string): void {
        if (this.#gone) return;
        this.#gone = true;
        const open = [...this.streams.values()];
        this.streams.clear();
        for (const stream of open) {
            stream.closed = true;
            this.sender.drop(stream);
        }
        this.onGone(fault, detail);
        for (const stream of open) stream.onLost(fault, detail);
    }

    /** Nobody half-closes a connection of many requests to hear their answers: who has ended it is gone. */
    #onSocketEnd(): void {
        if (this.ended) return;
        this.ended = true;
        this.#lose(undefined, "closed");
        this.socket.destroy();
    }

    #onSocketClose(): void {
        this.ended = true;
        this.sweeper.remove(this);
        this.sender.outbox.clear();
        this.#lose(undefined, this.#error === "" ? "closed" : this.#error);
    }

    // --- a peer that does not read -------------------------------------------------------------------------------------

    /** Answers know no flow control: who does not read them is not read either (CVE-2019-9512, CVE-2019-9515). */
    protected boundUnread(): void {
        if (this.#paused || this.ended || this.sender.outbox.length <= MAX_UNREAD_BYTES) return;
        this.#paused = true;
        this.socket.pause();
    }

    onWritten(): void {
        this.#clock.written(this.sweeper.now);
        if (this.#paused && this.sender.outbox.length <= MAX_UNREAD_BYTES / 2) this.#resume();
    }

    #resume(): void {
        if (!this.#paused) return;
        this.#paused = false;
        this.socket.resume();
    }

    // --- deadlines -----------------------------------------------------------------------------------------------------

    /** When the frame or header block that is not whole has begun; 0: none has. */
    protected abstract get withinSince(): number;

    sweep(now: number): void {
        const { options } = this;
        if (this.ended) {
            if (now - this.#endedAt > LINGER_MS) this.socket.destroy();
            return;
        }
        if (this.#clock.isStuck(now, options.writeIdleTimeout)) {
            if (this.#paused) this.onUnread();
            return this.destroy();
        }
        if (this.settingsSince !== 0 && passed(now - this.settingsSince, options.settingsTimeout)) return this.fail(FAULTS.settingsTimeout);
        if (this.withinSince !== 0 && passed(now - this.withinSince, options.frameTimeout)) return this.fail(FAULTS.frameTimeout);
        this.onSweep(now);
    }
}
