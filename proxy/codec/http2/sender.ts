/**
 * The way out of a connection: header blocks, bodies under both windows (RFC 9113 §5.2), and the order of those that wait.
 * Streams that have body to send stand in a ring and put one frame each into the outbox, so that a large body and a small one
 * get the same share of a full window. A body that finds room leaves at once and is never queued.
 *
 * Hot path: no allocation but the queue of a stream that has to wait.
 */
import type { Socket } from "node:net";
import type { HeaderList } from "../../http/doors";
import { gather } from "../../net/gather";
import { giveBack } from "../../net/lent-chunks";
import { CONTINUATION, DATA, DEFAULT_WINDOW, END_HEADERS, END_STREAM, FRAME_HEAD_BYTES, HEADERS } from "./constants";
import { encodedBound, HpackEncoder, UNWRITABLE } from "./hpack/encoder";
import { HIGH_WATER_BYTES, MAX_FRAME_BYTES, STREAM_HIGH_WATER_BYTES, TINY_FRAME_BYTES } from "./limits";
import { FrameOutbox, writeFrameHead, type OutboxOwner } from "./outbox";
import { ENDS, ENDS_WITH_TRAILERS, OPEN_ENDED, type Stream } from "./stream";

export interface SenderHost {
    /** END_STREAM of ours is written. */
    onLocalEnd(stream: Stream): void;
    /** The socket has taken all that it was given. */
    onWritten(): void;
}

export class Sender implements OutboxOwner {
    readonly outbox: FrameOutbox;
    readonly encoder = new HpackEncoder();
    /** Bytes of body that the peer lets us send on all streams. */
    window = DEFAULT_WINDOW;
    /** DATA and HEADERS; and of DATA those that a window has cut to almost nothing. */
    framesSent = 0;
    tinyFrames = 0;
    readonly #host: SenderHost;
    #first: Stream | undefined = undefined;
    #last: Stream | undefined = undefined;

    constructor(socket: Socket, host: SenderHost) {
        this.outbox = new FrameOutbox(socket, this);
        this.#host = host;
    }

    // --- header blocks -----------------------------------------------------------------------------------------------

    beginBlock(bound: number): void {
        // A head for each frame that it may need.
        this.outbox.reserve(bound + FRAME_HEAD_BYTES * (2 + Math.floor(bound / MAX_FRAME_BYTES)));
    }

    get block(): Buffer {
        return this.outbox.buffer;
    }

    get blockAt(): number {
        return this.outbox.at + FRAME_HEAD_BYTES;
    }

    endBlock(stream: Stream, end: number, ends: boolean): void {
        const { outbox } = this;
        const headAt = outbox.at;
        const length = end - headAt - FRAME_HEAD_BYTES;
        const flags = ends ? END_STREAM : 0;
        outbox.lastFrameAt = headAt;
        outbox.lastStream = stream.id;
        this.framesSent++;
        if (length <= MAX_FRAME_BYTES) {
            writeFrameHead(outbox.buffer, headAt, length, HEADERS, flags | END_HEADERS, stream.id);
            outbox.at = end;
        } else {
            outbox.at = splitBlock(outbox.buffer, headAt, length, flags, stream.id);
        }
        outbox.wait();
        if (ends) this.#host.onLocalEnd(stream);
    }

    // --- bodies ------------------------------------------------------------------------------------------------------

    data(stream: Stream, chunk: Buffer): boolean {
        const { outbox } = this;
        const { length } = chunk;
        if (
            this.#first === undefined &&
            stream.queued === 0 &&
            length <= MAX_FRAME_BYTES &&
            length <= stream.sendWindow &&
            length <= this.window &&
            outbox.length < HIGH_WATER_BYTES
        ) {
            outbox.frame(length, DATA, 0, stream.id);
            outbox.bytes(chunk, 0, length);
            this.framesSent++;
            this.window -= length;
            stream.sendWindow -= length;
            giveBack(chunk);
            outbox.waitUnlessFull(HIGH_WATER_BYTES);
            return true;
        }
        if (stream.queue === undefined) stream.queue = [chunk];
        else gather(stream.queue, chunk);
        stream.queued += length;
        this.offer(stream);
        if (stream.queued <= STREAM_HIGH_WATER_BYTES) return true;
        stream.blocked = true;
        return false;
    }

    end(stream: Stream, trailers: HeaderList | undefined): void {
        if (stream.queued > 0) {
            stream.ending = trailers === undefined ? ENDS : ENDS_WITH_TRAILERS;
            stream.trailers = trailers;
            return;
        }
        if (trailers !== undefined) return this.#trailers(stream, trailers);
        const { outbox } = this;
        // Its last frame has not left yet: the flag is all that is missing.
        if (outbox.lastStream === stream.id) outbox.buffer[outbox.lastFrameAt + 4]! |= END_STREAM;
        else outbox.frame(0, DATA, END_STREAM, stream.id);
        outbox.wait();
        this.#host.onLocalEnd(stream);
    }

    #trailers(stream: Stream, trailers: HeaderList): void {
        this.beginBlock(encodedBound(trailers, 0));
        const at = this.encoder.fields(trailers, this.block, this.encoder.begin(this.block, this.blockAt));
        // None that may be sent: END_STREAM says it too.
        if (at === UNWRITABLE || at === this.blockAt) return this.end(stream, undefined);
        this.endBlock(stream, at, true);
    }

    /** It may have something to send that it had no window for. */
    offer(stream: Stream): void {
        if (stream.queued === 0 || stream.inRing || stream.sendWindow <= 0) return;
        stream.inRing = true;
        if (this.#last === undefined) this.#first = stream;
        else this.#last.nextInRing = stream;
        this.#last = stream;
        if (this.window > 0) this.outbox.wait();
    }

    /** What of it waits is not sent. The ring forgets it: while the window is closed nobody's turn comes. */
    drop(stream: Stream): void {
        if (stream.inRing) this.#unlink(stream);
        stream.queue?.forEach(giveBack);
        stream.queue = undefined;
        stream.queued = stream.queueAt = 0;
        stream.ending = OPEN_ENDED;
        stream.trailers = undefined;
    }

    #unlink(stream: Stream): void {
        let before: Stream | undefined;
        for (let one = this.#first; one !== undefined && one !== stream; one = one.nextInRing) before = one;
        if (before === undefined) this.#first = stream.nextInRing;
        else before.nextInRing = stream.nextInRing;
        if (this.#last === stream) this.#last = before;
        stream.nextInRing = undefined;
        stream.inRing = false;
    }

    // --- OutboxOwner -------------------------------------------------------------------------------------------------

    fill(): void {
        const { outbox } = this;
        while (this.#first !== undefined && this.window > 0 && outbox.length < HIGH_WATER_BYTES) {
            const stream = this.#first;
            this.#first = stream.nextInRing;
            if (this.#first === undefined) this.#last = undefined;
            stream.nextInRing = undefined;
            stream.inRing = false;
            if (stream.queued > 0 && stream.sendWindow > 0) this.#frame(stream);
        }
    }

    onWritten(): void {
        if (this.#first !== undefined && this.window > 0) this.outbox.wait();
        this.#host.onWritten();
    }

    #frame(stream: Stream): void {
        const { outbox } = this;
        const length = Math.min(MAX_FRAME_BYTES, stream.queued, stream.sendWindow, this.window);
        outbox.frame(length, DATA, 0, stream.id);
        this.#take(stream, length);
        this.window -= length;
        stream.sendWindow -= length;
        stream.sent += length;
        this.framesSent++;
        if (length < TINY_FRAME_BYTES && stream.queued > 0) this.tinyFrames++;
        if (stream.queued > 0) this.offer(stream);
        else if (stream.ending !== OPEN_ENDED) return this.end(stream, stream.trailers);
        if (!stream.blocked || stream.queued > STREAM_HIGH_WATER_BYTES / 2) return;
        stream.blocked = false;
        stream.onWritable();
    }

    /** Moves so many bytes from the queue into the frame that has been begun. */
    #take(stream: Stream, length: number): void {
        const { outbox } = this;
        const queue = stream.queue!;
        let left = length;
        let used = 0;
        while (left > 0) {
            const chunk = queue[used]!;
            const end = Math.min(chunk.length, stream.queueAt + left);
            outbox.bytes(chunk, stream.queueAt, end);
            left -= end - stream.queueAt;
            if (end < chunk.length) {
                stream.queueAt = end;
            } else {
                stream.queueAt = 0;
                used++;
                giveBack(chunk);
            }
        }
        stream.queued -= length;
        if (used === queue.length) stream.queue = undefined;
        else if (used > 0) queue.splice(0, used);
    }
}

/**
 * A block of more than one frame: the parts behind the first move, the last one first, to make room for their heads. Gives
 * where all ends.
 */
function splitBlock(buffer: Buffer, headAt: number, length: number, flags: number, id: number): number {
    const from = headAt + FRAME_HEAD_BYTES;
    const frames = Math.ceil(length / MAX_FRAME_BYTES);
    for (let frame = frames - 1; frame > 0; frame--) {
        const start = from + frame * MAX_FRAME_BYTES;
        const size = Math.min(MAX_FRAME_BYTES, from + length - start);
        const to = start + frame * FRAME_HEAD_BYTES;
        buffer.copyWithin(to, start, start + size);
        writeFrameHead(buffer, to - FRAME_HEAD_BYTES, size, CONTINUATION, frame === frames - 1 ? END_HEADERS : 0, id);
    }
    writeFrameHead(buffer, headAt, MAX_FRAME_BYTES, HEADERS, flags, id);
    return from + length + (frames - 1) * FRAME_HEAD_BYTES;
}
