/**
 * A connection of HTTP/2, as both sides have it: what its frames do to windows, streams and settings (RFC 9113 §5, §6). A
 * side extends it and its streams; what the messages mean, and who may open a stream, is the side's.
 *
 * Hot path: frames are taken from the Buffer that was read; of bodies one copy is made, which is the receiver's.
 */
import type { Socket } from "node:net";
import { keptCopy } from "../../net/lent-chunks";
import { readInto, type ByteSink } from "../socket-reader";
import { BY_BOTH, BY_PEER, BY_US, FORGOTTEN } from "./closed-streams";
import { ACK, MAX_WINDOW, PREFACE } from "./constants";
import { FAULTS, type Http2Fault } from "./faults";
import { FieldSection, TRAILERS } from "./fields";
import { FrameReader } from "./frame-reader";
import type { FrameSink } from "./frame-sink";
import { writePing, writeReset, writeSettingsAck } from "./frame-writer";
import { BROKEN, HpackDecoder, LIST_TOO_LARGE } from "./hpack/decoder";
import { DECODER_TABLE_BYTES, ENCODER_TABLE_BYTES, MAX_HEADER_FIELDS, MAX_HEADER_LIST_BYTES, MAX_TRAILER_LIST_BYTES } from "./limits";
import { SessionCore, type Http2SessionOptions } from "./session-core";
import { Stream } from "./stream";

const PREFACE_BYTES = Buffer.from(PREFACE, "latin1");

/** One section at a time is decoded, whosever it is. */
const fields = new FieldSection();

export abstract class Http2Session extends SessionCore implements ByteSink, FrameSink {
    readonly #reader: FrameReader;
    readonly #decoder = new HpackDecoder(DECODER_TABLE_BYTES);
    /** Bytes of the client's preface that have come. */
    #prefaceAt: number;
    #withinSince = 0;
    /** When the last bytes came. */
    protected received: number;
    /** Which frame that is. */
    #within = 0;
    /** Of the DATA that is passing; undefined: it is thrown away. */
    #dataStream: Stream | undefined = undefined;
    #dataEnds = false;

    protected constructor(socket: Socket, options: Http2SessionOptions) {
        super(socket, options);
        this.received = this.sweeper.now;
        this.#reader = new FrameReader(this, options.maxHeadBytes);
        this.#prefaceAt = options.server ? 0 : PREFACE_BYTES.length;
        readInto(socket, this);
    }

    // --- what a side implements --------------------------------------------------------------------------------------

    /**
     * HEADERS on a stream that has not been before: the side makes a Stream of it. A fault of the stream refuses it, one of the
     * connection ends that; undefined: it is not heard (behind the last one that GOAWAY has named).
     */
    protected abstract onOpen(id: number): Stream | Http2Fault | undefined;
    /** The peer's SETTINGS have changed something: room for streams, whether CONNECT is extended (`peer`). */
    protected abstract onPeerSettings(): void;
    /** Streams of ours above `lastId` were not processed. They are still in the table, and it is the side's to end them. */
    protected abstract onPeerGoAway(lastId: number, code: number, debug: string): void;
    /** A header list was beyond its bounds. */
    protected abstract onLargeList(): void;
    /** PING's answer to our own one. */
    protected abstract onPong(): void;
    /** All that one read has brought is decoded. */
    protected abstract onReadEnd(): void;

    // --- what comes in -------------------------------------------------------------------------------------------------

    /** Enters a stream, ours before its head is written. */
    protected enter(stream: Stream): void {
        stream.touched = this.sweeper.now;
        this.streams.add(stream);
    }

    onBytes(chunk: Buffer, length: number, _borrowed: boolean): void {
        if (this.ended) return;
        this.received = this.sweeper.now;
        let from = 0;
        if (this.#prefaceAt < PREFACE_BYTES.length) {
            while (from < length && this.#prefaceAt < PREFACE_BYTES.length) {
                if (chunk[from++] !== PREFACE_BYTES[this.#prefaceAt++]) return this.fail(FAULTS.preface);
            }
            if (from === length) return;
        }
        this.#reader.feed(chunk, from, length);
        const { within, begun } = this.#reader;
        if (!within) this.#withinSince = 0;
        else if (this.#withinSince === 0 || begun !== this.#within) this.#withinSince = this.sweeper.now;
        this.#within = begun;
        this.onReadEnd();
        this.boundUnread();
    }

    protected get withinSince(): number {
        return this.#withinSince;
    }

    override fail(fault: Http2Fault): void {
        this.#reader.stop();
        super.fail(fault);
    }

    override close(): void {
        this.#reader.stop();
        super.close();
    }

    /** A fault of a stream ends that stream, if there is one; on one that nobody has opened it is the connection's. */
    protected failStream(fault: Http2Fault, id: number): void {
        if (fault.scope === "connection") return this.fail(fault);
        const stream = this.streams.get(id);
        if (stream === undefined && this.#isIdle(id)) return this.fail({ ...fault, scope: "connection" });
        this.onPeerFault(fault, stream);
        writeReset(this.sender.outbox, id, fault.code);
        if (stream === undefined) {
            this.closedStreams.remember(id, BY_US);
            return;
        }
        this.closeStream(stream, BY_US);
        stream.onFault(fault);
    }

    /** Whether nobody has opened it yet (RFC 9113 §5.1.1). */
    #isIdle(id: number): boolean {
        const ofPeer = (id & 1) === (this.options.server ? 1 : 0);
        return id > (ofPeer ? this.lastPeerId : this.lastOwnId);
    }

    /** The highest stream that this side has opened. */
    protected get lastOwnId(): number {
        return 0;
    }

    // --- FrameSink: bodies ---------------------------------------------------------------------------------------------

    onDataFrame(id: number, length: number, end: boolean): void {
        this.#dataStream = undefined;
        this.receiveWindow -= length;
        if (this.receiveWindow < 0) return this.fail(FAULTS.connectionWindow);
        const stream = this.streams.get(id);
        if (stream === undefined) {
            // What was on its way when we reset the stream is thrown away.
            if (this.#isIdle(id)) this.fail(FAULTS.idle);
            else if (this.closedStreams.howOf(id) !== BY_US) this.failStream(FAULTS.ended, id);
            return;
        }
        if (stream.remoteEnded) return this.failStream(FAULTS.ended, id);
        stream.receiveWindow -= length;
        if (stream.receiveWindow < 0) return this.failStream(FAULTS.streamWindow, id);
        stream.touched = this.sweeper.now;
        this.#dataStream = stream;
        this.#dataEnds = end;
    }

    onDataPiece(bytes: Buffer, from: number, to: number): void {
        const stream = this.#dataStream;
        this.#count(stream, to - from);
        if (stream === undefined || stream.closed) return;
        stream.touched = this.sweeper.now;
        const fault = stream.onData(keptCopy(bytes, from, to));
        if (fault !== undefined) this.failStream(fault, stream.id);
    }

    onDataFrameEnd(padding: number): void {
        const stream = this.#dataStream;
        // A connection that is quiet holds no request that is over.
        this.#dataStream = undefined;
        this.#count(stream, padding);
        if (stream === undefined || stream.closed) return this.returnConnectionCredit();
        if (this.#dataEnds) {
            stream.remoteEnded = true;
            this.#ended(stream, stream.onEnd());
        }
        this.returnCredit(stream);
    }

    /** Bytes that have come, for both windows. */
    #count(stream: Stream | undefined, bytes: number): void {
        if (stream === undefined || stream.closed) {
            this.unreturned += bytes;
            return;
        }
        stream.unreturned += bytes;
        if (stream.paused) stream.held += bytes;
        else this.unreturned += bytes;
    }

    /** It has heard of its end. */
    #ended(stream: Stream, fault: Http2Fault | undefined): void {
        if (fault !== undefined) this.failStream(fault, stream.id);
        else if (stream.localEnded && !stream.closed) this.closeStream(stream, BY_BOTH);
    }

    onWindowUpdate(id: number, increment: number): void {
        if (id === 0) {
            const window = this.sender.window + increment;
            if (window > MAX_WINDOW) return this.fail(FAULTS.connectionWindowOverflow);
            this.sender.window = window;
            this.sender.outbox.wait();
            return;
        }
        const stream = this.streams.get(id);
        if (stream === undefined) {
            if (this.#isIdle(id)) this.fail(FAULTS.idle);
            return;
        }
        if (stream.sendWindow + increment > MAX_WINDOW) return this.failStream(FAULTS.streamWindowOverflow, id);
        stream.sendWindow += increment;
        this.sender.offer(stream);
    }

    // --- FrameSink: heads ----------------------------------------------------------------------------------------------

    onHeaders(id: number, bytes: Buffer, from: number, to: number, end: boolean): void {
        const known = this.streams.get(id);
        const stream = known ?? this.#opened(id);
        if (this.ended) return;
        // Read in any case: the table is the whole connection's (RFC 9113 §4.3).
        const section = stream === undefined || isFault(stream) ? TRAILERS : stream.nextSection;
        fields.begin(section);
        const { maxHeadBytes = MAX_HEADER_LIST_BYTES, maxHeaders = MAX_HEADER_FIELDS } = this.options;
        const maxBytes = section === TRAILERS ? MAX_TRAILER_LIST_BYTES : maxHeadBytes;
        const outcome = this.#decoder.decode(bytes, from, to, fields, maxBytes, maxHeaders);
        if (outcome === BROKEN) return this.fail({ ...FAULTS.compression, detail: this.#decoder.fault!.detail });
        if (outcome === LIST_TOO_LARGE) this.onLargeList();
        if (stream === undefined || this.ended) return;
        if (isFault(stream)) return this.failStream(stream, id);
        if (known === undefined) this.enter(stream);
        else if (stream.remoteEnded) return this.failStream(FAULTS.ended, id);
        stream.touched = this.sweeper.now;
        stream.remoteEnded = end;
        const fault = stream.onFields(fields, outcome === LIST_TOO_LARGE, end);
        if (end) this.#ended(stream, fault);
        else if (fault !== undefined) this.failStream(fault, id);
    }

    /** What HEADERS on a stream that is not in the table are. */
    #opened(id: number): Stream | Http2Fault | undefined {
        if (!this.#isIdle(id)) {
            const how = this.closedStreams.howOf(id);
            if (how === BY_US) return undefined;
            if (how === BY_PEER) return FAULTS.ended;
            this.fail(how === FORGOTTEN ? FAULTS.streamId : FAULTS.closed);
            return undefined;
        }
        if ((id & 1) !== (this.options.server ? 1 : 0)) {
            this.fail(FAULTS.streamId);
            return undefined;
        }
        this.lastPeerId = id;
        return this.streams.size >= this.options.maxOpenStreams ? FAULTS.tooManyStreams : this.onOpen(id);
    }

    onResetStream(id: number, code: number): void {
        const stream = this.streams.get(id);
        if (stream === undefined) {
            if (this.#isIdle(id)) this.fail(FAULTS.idle);
            return;
        }
        stream.remoteEnded = true;
        this.closeStream(stream, BY_PEER);
        stream.onReset(code);
    }

    // --- FrameSink: the connection -------------------------------------------------------------------------------------

    onSettings(bytes: Buffer, from: number, to: number): void {
        const { peer, sender } = this;
        const before = peer.initialWindow;
        const fault = peer.read(bytes, from, to);
        if (fault !== undefined) return this.fail(fault);
        if (peer.smallestTable < peer.tableSize) sender.encoder.setMaxTableBytes(Math.min(peer.smallestTable, ENCODER_TABLE_BYTES));
        sender.encoder.setMaxTableBytes(Math.min(peer.tableSize, ENCODER_TABLE_BYTES));
        if (peer.initialWindow !== before && !this.#moveWindows(peer.initialWindow - before)) return;
        this.settled = true;
        writeSettingsAck(sender.outbox);
        this.onPeerSettings();
    }

    /** What a new initial window is for streams that are open (RFC 9113 §6.9.2). */
    #moveWindows(by: number): boolean {
        for (const stream of this.streams.values()) {
            if (stream.sendWindow + by > MAX_WINDOW) {
                this.fail(FAULTS.connectionWindowOverflow);
                return false;
            }
            stream.sendWindow += by;
            this.sender.offer(stream);
        }
        return true;
    }

    onSettingsAck(): void {
        this.settingsSince = 0;
    }

    onPing(bytes: Buffer, from: number, ack: boolean): void {
        if (!ack) writePing(this.sender.outbox, bytes, from, ACK);
        else if (this.isOwnPing(bytes, from)) this.onPong();
    }

    onGoAway(lastId: number, code: number, debug: string): void {
        this.onPeerGoAway(lastId, code, debug);
    }

    /** RFC 9113 §5.3.2: nothing is done with it. */
    onPriority(_id: number): void {}

    onIgnored(_type: number): void {}

    onFrameFault(fault: Http2Fault, id: number): void {
        this.failStream(fault, id);
    }
}

function isFault(opened: Stream | Http2Fault): opened is Http2Fault {
    return !(opened instanceof Stream);
}
