/**
 * A connection of HTTP/2, as both sides have it: preface, SETTINGS, PING, GOAWAY, flow control, the states of streams and
 * header blocks. A side extends it and its streams; what the messages mean, and who may open a stream, is the side's.
 *
 * Whatever is written in a turn of the event loop leaves in one write.
 */
import type { Socket } from "node:net";
import type { HeaderList } from "../../http/doors";
import type { ByteSink } from "../socket-reader";
import type { Sweeper, Swept } from "../sweeper";
import type { Http2Fault } from "./faults";
import type { HpackEncoder } from "./hpack/encoder";
import type { Stream } from "./stream";

export interface Http2SessionOptions {
    readonly server: boolean;
    readonly sweeper: Sweeper;
    /** Streams that the peer may open at once. */
    readonly maxOpenStreams: number;
    readonly streamWindow: number;
    readonly connectionWindow: number;
    /** From our SETTINGS to their acknowledgement. Milliseconds; 0 switches a timeout off, here and below. */
    readonly settingsTimeout: number;
    /** A peer that reads nothing of what waits for it. */
    readonly writeIdleTimeout: number;
}

export abstract class Http2Session implements ByteSink, Swept {
    readonly socket: Socket;
    readonly encoder: HpackEncoder;
    /** Those that are not closed. */
    readonly streams = new Map<number, Stream>();
    /** SETTINGS_MAX_CONCURRENT_STREAMS of the peer; Infinity until it says so. */
    peerMaxStreams = Infinity;
    /** SETTINGS_MAX_HEADER_LIST_SIZE of the peer. */
    peerMaxHeaderListBytes = Infinity;
    /** SETTINGS_ENABLE_CONNECT_PROTOCOL of the peer (RFC 8441). */
    peerExtendedConnect = false;
    /** The peer's SETTINGS have come. */
    settled = false;
    /** SETTINGS_INITIAL_WINDOW_SIZE of the peer: what a new stream may send. */
    initialSendWindow = 65_535;
    /** No stream is opened or taken any more, and nothing is read: it is over, or about to be. */
    ended = false;

    /** The socket is connected; our preface is on its way when this returns. The sweeper looks after it until it is gone. */
    protected constructor(_socket: Socket, _options: Http2SessionOptions) {
        throw new Error("being written");
    }

    // --- what a side implements --------------------------------------------------------------------------------------

    /** A header block on a stream that has not been before: the side makes a Stream of it, or undefined: nobody may open it. */
    protected abstract onOpen(id: number): Stream | undefined;
    /** The peer's SETTINGS have changed something: room for streams, whether CONNECT is extended. */
    protected abstract onSettings(): void;
    /** GOAWAY: streams of ours above `lastId` were not processed. They are still in the table, and it is the side's to end them. */
    protected abstract onGoAway(lastId: number, code: number, debug: string): void;
    /** PING's answer to our own one. */
    protected abstract onPong(): void;
    /** A stream is out of the table: it has ended on both sides, or was reset by either. Called once for each, before it hears. */
    protected abstract onStreamClosed(stream: Stream): void;
    /** All that one read has brought is decoded. */
    protected abstract onReadEnd(): void;
    /** Something that the peer did wrong; told before its streams hear of it, and before RST_STREAM or GOAWAY leave. */
    protected abstract onPeerFault(fault: Http2Fault, stream: Stream | undefined): void;
    /** The connection is gone, or has failed: no stream is opened any more. Called once, before its streams hear of it. */
    protected abstract onGone(fault: Http2Fault | undefined, detail: string): void;
    /** Once a second, while the socket lives. */
    protected abstract onSweep(now: number): void;

    // --- what a side calls -------------------------------------------------------------------------------------------

    /** Enters a stream that we open ourselves, before its head is written. */
    protected enter(_stream: Stream): void {
        throw new Error("being written");
    }

    /**
     * Begins a header block of at most `bound` bytes (`encodedBound`). The encoder writes it into `block` at `blockAt`, and
     * `endBlock` is called with where it ended, before anything else.
     */
    beginBlock(_bound: number): void {
        throw new Error("being written");
    }

    get block(): Buffer {
        throw new Error("being written");
    }

    get blockAt(): number {
        throw new Error("being written");
    }

    /** `end`: END_STREAM. */
    endBlock(_stream: Stream, _at: number, _end: boolean): void {
        throw new Error("being written");
    }

    /** False: stop until `onWritable`. The chunk may be sent anyway, and its memory is ours from now on. */
    sendData(_stream: Stream, _chunk: Buffer): boolean {
        throw new Error("being written");
    }

    /** Behind all that was sent before. The trailers are checked already, and leave as they are. */
    sendEnd(_stream: Stream, _trailers: HeaderList | undefined): void {
        throw new Error("being written");
    }

    /** RST_STREAM. What waits is not sent; the stream hears nothing more. */
    resetStream(_stream: Stream, _code: number): void {
        throw new Error("being written");
    }

    /** Its windows are not given back until `resumeStream`. */
    pauseStream(_stream: Stream): void {
        throw new Error("being written");
    }

    resumeStream(_stream: Stream): void {
        throw new Error("being written");
    }

    /** `onPong` follows. Only one is under way at a time. */
    sendPing(): void {
        throw new Error("being written");
    }

    sendGoAway(_lastId: number, _code: number): void {
        throw new Error("being written");
    }

    /** GOAWAY with the fault's code, then the end of the connection; its streams hear of it. */
    fail(_fault: Http2Fault): void {
        throw new Error("being written");
    }

    /** What waits is sent, then the connection is closed. Streams that are open are lost. */
    close(): void {
        throw new Error("being written");
    }

    /** Ends it at once. */
    destroy(): void {
        throw new Error("being written");
    }

    onBytes(_chunk: Buffer, _length: number, _borrowed: boolean): void {
        throw new Error("being written");
    }

    sweep(_now: number): void {
        throw new Error("being written");
    }
}
