/**
 * One stream, as both sides have it (RFC 9113 §5.1): which of its ends are closed, the windows of both directions, and what
 * of its body waits to be sent. What its messages mean is its side's.
 *
 * Hot path: plain fields; no timer, closure or promise a stream.
 */
import type { HeaderList } from "../../http/doors";
import type { FieldSection } from "./fields";
import type { Http2Fault } from "./faults";

/** How what a stream still has to send ends. */
export const OPEN_ENDED = 0;
export const ENDS = 1;
export const ENDS_WITH_TRAILERS = 2;

export abstract class Stream {
    readonly id: number;
    /** Bytes of body that the peer lets us send. May be below 0 (RFC 9113 §6.9.2). */
    sendWindow: number;
    /** Bytes of body that the peer may still send. */
    receiveWindow: number;
    /** Bytes that came and were not given back to its window yet. */
    unreturned = 0;
    /** Of those, what was not given back to the connection's window either: they came while it was paused. */
    held = 0;
    /** Its reader has taken the credit away: windows are not given back. */
    paused = false;
    /** END_STREAM or RST_STREAM is sent, or will be sent behind what is queued. */
    localEnded = false;
    /** END_STREAM or RST_STREAM has come. */
    remoteEnded = false;
    /** Out of the session's table: nothing is called on it, and nothing it says is heard. */
    closed = false;
    /** When something last moved on it, by the sweeper's clock. */
    touched = 0;

    // --- the sender's own ------------------------------------------------------------------------------------------
    queue: Buffer[] | undefined = undefined;
    /** Bytes in the queue, without those of the first chunk that were sent. */
    queued = 0;
    /** Where the rest of the first chunk begins. */
    queueAt = 0;
    ending: number = OPEN_ENDED;
    trailers: HeaderList | undefined = undefined;
    /** The writer was told to stop. */
    blocked = false;
    /** It stands in the ring of those that have something to send. */
    inRing = false;
    nextInRing: Stream | undefined = undefined;
    /** Bytes that have left the queue. */
    sent = 0;

    // --- of what its peer may do too much of -----------------------------------------------------------------------
    /** By the sweeper's clock. */
    opened = 0;
    /** Since when a body waits for its window, 0: none does; and what had been sent then. */
    stalledSince = 0;
    stalledAt = 0;

    constructor(id: number, sendWindow: number, receiveWindow: number) {
        this.id = id;
        this.sendWindow = sendWindow;
        this.receiveWindow = receiveWindow;
    }

    // --- what a side implements; called by the session while the stream is not closed --------------------------------

    /** REQUEST, RESPONSE or TRAILERS of `fields.ts`: what the next header block on it is. */
    abstract get nextSection(): number;
    /**
     * A header block, decoded into `fields`, which is used again as soon as this returns. `tooLarge`: the list was beyond its
     * bounds, and is not whole. A fault that is given back ends the stream (or the connection), as the session does it.
     */
    abstract onFields(fields: FieldSection, tooLarge: boolean, end: boolean): Http2Fault | undefined;
    /** A part of the body, never empty; the chunk is the receiver's. */
    abstract onData(chunk: Buffer): Http2Fault | undefined;
    /** END_STREAM of a DATA frame. */
    abstract onEnd(): Http2Fault | undefined;
    /** RST_STREAM has come. The stream is closed. */
    abstract onReset(code: number): void;
    /** We reset it for this fault of the peer's. The stream is closed. */
    abstract onFault(fault: Http2Fault): void;
    /** The connection ended under it: by a fault of the peer's, or else it was lost. The stream is closed. */
    abstract onLost(fault: Http2Fault | undefined, detail: string): void;
    /** After `data` gave false. */
    abstract onWritable(): void;
}
