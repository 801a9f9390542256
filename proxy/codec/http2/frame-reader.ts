/**
 * Bytes to frames (RFC 9113 §4, §6), however they are split: length, stream id, padding and flags are looked at here for
 * each type, and header blocks are put together, so that whoever takes the frames sees sound ones only. Pure.
 *
 * Hot path: frames that are whole in what was read are taken from there; DATA passes in the pieces that come. Only the rest
 * of a frame that is not whole is kept.
 */
import {
    ACK,
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    FRAME_HEAD_BYTES,
    GOAWAY,
    HEADERS,
    PADDED,
    PING,
    PRIORITY,
    PRIORITY_UPDATE,
    PUSH_PROMISE,
    RST_STREAM,
    SETTINGS,
    WINDOW_UPDATE,
    WITH_PRIORITY,
} from "./constants";
import { FAULTS, type Http2Fault } from "./faults";
import type { FrameSink } from "./frame-sink";
import { HeaderBlock } from "./header-block";
import { MAX_FRAME_BYTES, MAX_SETTINGS_PER_FRAME } from "./limits";

const NOTHING = Buffer.alloc(0);
/** Of GOAWAY's debug data, what logs are to have. */
const MAX_DEBUG_BYTES = 128;

export class FrameReader {
    readonly #sink: FrameSink;
    /** The beginning of a frame that is not whole. */
    #held: Buffer = NOTHING;
    #heldLength = 0;
    /** Of the DATA frame that is passing: bytes of body, then of padding, that are still to come. */
    #body = 0;
    #padding = 0;
    #passing = false;
    #padded = 0;
    readonly #block: HeaderBlock;
    #failed = false;
    #first = true;
    /** Frames that have begun, where those of a header block are one. */
    begun = 0;

    /** `listBytes`: of a decoded header list, where not as limits.ts has it. */
    constructor(sink: FrameSink, listBytes = 0) {
        this.#sink = sink;
        this.#block = new HeaderBlock(listBytes);
    }

    /** A frame or a header block has begun and is not whole. A body may take its time, as all bodies may. */
    get within(): boolean {
        return this.#heldLength > 0 || this.#block.id !== 0;
    }

    /** Nothing is read any more. */
    stop(): void {
        this.#failed = true;
        this.#held = NOTHING;
        this.#heldLength = 0;
        this.#block.clear();
    }

    feed(bytes: Buffer, from: number, to: number): void {
        let at = from;
        if (this.#passing) at = this.#pass(bytes, at, to);
        if (this.#heldLength > 0) at = this.#complete(bytes, at, to);
        while (!this.#failed && to - at >= FRAME_HEAD_BYTES) {
            const length = (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!;
            if (!this.#begins(bytes, at, length)) return;
            if (bytes[at + 3] === DATA) {
                // As soon as it is known where the body begins.
                if (this.#needs(bytes, at, length) > to - at) break;
                at = this.#dataFrame(bytes, at, length, to);
                continue;
            }
            const next = at + FRAME_HEAD_BYTES + length;
            if (next > to) break;
            this.#frame(bytes, at, length);
            at = next;
        }
        if (at < to && !this.#failed) this.#hold(bytes, at, to);
    }

    /** Bytes from the frame's beginning on without which nothing can be done with it. */
    #needs(bytes: Buffer, at: number, length: number): number {
        if (bytes[at + 3] !== DATA) return FRAME_HEAD_BYTES + length;
        return (bytes[at + 4]! & PADDED) !== 0 && length > 0 ? FRAME_HEAD_BYTES + 1 : FRAME_HEAD_BYTES;
    }

    #hold(bytes: Buffer, from: number, to: number): void {
        const more = to - from;
        const wanted = this.#heldLength + more;
        if (this.#held.length < wanted) {
            const grown = Buffer.allocUnsafe(Math.max(wanted, this.#heldLength === 0 ? 64 : this.#held.length * 2));
            this.#held.copy(grown, 0, 0, this.#heldLength);
            this.#held = grown;
        }
        bytes.copy(this.#held, this.#heldLength, from, to);
        this.#heldLength = wanted;
    }

    /** Adds to what is held until a frame is whole, and takes that. Gives where the next one begins. */
    #complete(bytes: Buffer, from: number, to: number): number {
        let at = from;
        if (this.#heldLength < FRAME_HEAD_BYTES) {
            const end = Math.min(to, at + FRAME_HEAD_BYTES - this.#heldLength);
            this.#hold(bytes, at, end);
            at = end;
            if (this.#heldLength < FRAME_HEAD_BYTES) return to;
            const length = (this.#held[0]! << 16) | (this.#held[1]! << 8) | this.#held[2]!;
            if (!this.#begins(this.#held, 0, length)) return to;
        }
        const held = this.#held;
        const length = (held[0]! << 16) | (held[1]! << 8) | held[2]!;
        const end = Math.min(to, at + this.#needs(held, 0, length) - this.#heldLength);
        this.#hold(bytes, at, end);
        at = end;
        if (this.#heldLength < this.#needs(held, 0, length)) return to;
        const frame = this.#held;
        this.#heldLength = 0;
        // Not kept for the next one: most connections are between two frames most of the time.
        this.#held = NOTHING;
        if (frame[3] !== DATA) {
            this.#frame(frame, 0, length);
            return at;
        }
        this.#dataFrame(frame, 0, length, this.#needs(frame, 0, length));
        return this.#passing ? this.#pass(bytes, at, to) : at;
    }

    /** What is wrong with a frame that its head alone tells. */
    #begins(bytes: Buffer, at: number, length: number): boolean {
        const type = bytes[at + 3]!;
        if (this.#first) {
            this.#first = false;
            if (type !== SETTINGS || (bytes[at + 4]! & ACK) !== 0) {
                // What a port is called does not make its backend speak HTTP/2: that is to be told from a broken peer.
                return this.#fail(bytes.toString("latin1", at, at + 7) === "HTTP/1." ? FAULTS.answerInHttp1 : FAULTS.firstFrame);
            }
        }
        if (length > MAX_FRAME_BYTES) return this.#fail(FAULTS.frameSize);
        const open = this.#block.id;
        if (open === 0) this.begun++;
        else if (type !== CONTINUATION || idAt(bytes, at) !== open) return this.#fail(FAULTS.blockInterrupted);
        return true;
    }

    #fail(fault: Http2Fault): false {
        if (this.#failed) return false;
        this.stop();
        this.#sink.onFrameFault(fault, 0);
        return false;
    }

    // --- DATA --------------------------------------------------------------------------------------------------------

    #dataFrame(bytes: Buffer, at: number, length: number, to: number): number {
        const id = idAt(bytes, at);
        const flags = bytes[at + 4]!;
        let from = at + FRAME_HEAD_BYTES;
        if (id === 0) return this.#stopAt(FAULTS.dataOnZero, to);
        let padding = 0;
        let body = length;
        if ((flags & PADDED) !== 0) {
            if (length === 0) return this.#stopAt(FAULTS.shortFrame, to);
            padding = bytes[from++]!;
            body -= padding + 1;
            if (body < 0) return this.#stopAt(FAULTS.padding, to);
        }
        this.#padded = length - body;
        this.#padding = padding;
        this.#body = body;
        this.#passing = true;
        this.#sink.onDataFrame(id, length, (flags & END_STREAM) !== 0);
        return this.#pass(bytes, from, to);
    }

    #stopAt(fault: Http2Fault, to: number): number {
        this.#fail(fault);
        return to;
    }

    #pass(bytes: Buffer, from: number, to: number): number {
        let at = from;
        if (this.#body > 0 && at < to) {
            const end = Math.min(to, at + this.#body);
            this.#body -= end - at;
            this.#sink.onDataPiece(bytes, at, end);
            at = end;
        }
        if (this.#body > 0) return at;
        const skipped = Math.min(this.#padding, to - at);
        this.#padding -= skipped;
        if (this.#padding === 0 && !this.#failed) {
            this.#passing = false;
            this.#sink.onDataFrameEnd(this.#padded);
        }
        return at + skipped;
    }

    // --- all others, which are whole -----------------------------------------------------------------------------------

    #frame(bytes: Buffer, at: number, length: number): void {
        const id = idAt(bytes, at);
        const flags = bytes[at + 4]!;
        const from = at + FRAME_HEAD_BYTES;
        const to = from + length;
        switch (bytes[at + 3]) {
            case HEADERS:
                return this.#headers(id, flags, bytes, from, to);
            case CONTINUATION:
                return this.#continuation(flags, bytes, from, to);
            case PRIORITY:
                return this.#priority(id, bytes, from, length);
            case RST_STREAM:
                if (id === 0) return void this.#fail(FAULTS.resetOnZero);
                if (length !== 4) return void this.#fail(FAULTS.resetSize);
                return this.#sink.onResetStream(id, bytes.readUInt32BE(from));
            case SETTINGS:
                return this.#settings(id, flags, bytes, from, to);
            case PUSH_PROMISE:
                return void this.#fail(FAULTS.pushPromise);
            case PING:
                if (id !== 0) return void this.#fail(FAULTS.pingOnStream);
                if (length !== 8) return void this.#fail(FAULTS.pingSize);
                return this.#sink.onPing(bytes, from, (flags & ACK) !== 0);
            case GOAWAY:
                if (id !== 0) return void this.#fail(FAULTS.goAwayOnStream);
                if (length < 8) return void this.#fail(FAULTS.shortFrame);
                return this.#sink.onGoAway(
                    bytes.readUInt32BE(from) & 0x7fff_ffff,
                    bytes.readUInt32BE(from + 4),
                    bytes.toString("latin1", from + 8, Math.min(to, from + 8 + MAX_DEBUG_BYTES)),
                );
            case WINDOW_UPDATE:
                return this.#windowUpdate(id, bytes, from, length);
            case PRIORITY_UPDATE:
                if (id !== 0) return void this.#fail(FAULTS.priorityUpdate);
                if (length < 4) return void this.#fail(FAULTS.priorityUpdateSize);
                return this.#sink.onIgnored(PRIORITY_UPDATE);
            default:
                // §5.5: what is not known is thrown away.
                return this.#sink.onIgnored(bytes[at + 3]!);
        }
    }

    #headers(id: number, flags: number, bytes: Buffer, from: number, to: number): void {
        if (id === 0) return void this.#fail(FAULTS.headersOnZero);
        let start = from;
        let end = to;
        if ((flags & PADDED) !== 0) {
            if (start === end) return void this.#fail(FAULTS.shortFrame);
            end -= bytes[start++]!;
            if (end < start) return void this.#fail(FAULTS.padding);
        }
        let dependsOnItself = false;
        if ((flags & WITH_PRIORITY) !== 0) {
            if (end - start < 5) return void this.#fail((flags & PADDED) !== 0 ? FAULTS.padding : FAULTS.shortFrame);
            dependsOnItself = (bytes.readUInt32BE(start) & 0x7fff_ffff) === id;
            start += 5;
        }
        const ends = (flags & END_STREAM) !== 0;
        if ((flags & END_HEADERS) !== 0) {
            this.#sink.onHeaders(id, bytes, start, end, ends);
            // After its block, which the table of the connection needs.
            if (dependsOnItself && !this.#failed) this.#sink.onFrameFault(FAULTS.selfDependency, id);
            return;
        }
        if (dependsOnItself) return void this.#fail(FAULTS.priorityInBlock);
        this.#block.begin(id, ends, bytes, start, end);
    }

    #continuation(flags: number, bytes: Buffer, from: number, to: number): void {
        const block = this.#block;
        const { id } = block;
        if (id === 0) return void this.#fail(FAULTS.continuation);
        const fault = block.add(bytes, from, to);
        if (fault !== undefined) return void this.#fail(fault);
        if ((flags & END_HEADERS) === 0) return;
        const whole = block.bytes;
        const { length, end } = block;
        block.clear();
        this.#sink.onHeaders(id, whole, 0, length, end);
    }

    #priority(id: number, bytes: Buffer, from: number, length: number): void {
        if (id === 0) return void this.#fail(FAULTS.priorityOnZero);
        if (length !== 5) return this.#sink.onFrameFault(FAULTS.prioritySize, id);
        if ((bytes.readUInt32BE(from) & 0x7fff_ffff) === id) return this.#sink.onFrameFault(FAULTS.selfDependency, id);
        this.#sink.onPriority(id);
    }

    #settings(id: number, flags: number, bytes: Buffer, from: number, to: number): void {
        const length = to - from;
        if (id !== 0) return void this.#fail(FAULTS.settingsOnStream);
        if (length % 6 !== 0) return void this.#fail(FAULTS.settingsSize);
        if ((flags & ACK) === 0) {
            if (length > MAX_SETTINGS_PER_FRAME * 6) return void this.#fail(FAULTS.settingsMany);
            return this.#sink.onSettings(bytes, from, to);
        }
        if (length !== 0) return void this.#fail(FAULTS.settingsSize);
        this.#sink.onSettingsAck();
    }

    #windowUpdate(id: number, bytes: Buffer, from: number, length: number): void {
        if (length !== 4) return void this.#fail(FAULTS.windowUpdateSize);
        const increment = bytes.readUInt32BE(from) & 0x7fff_ffff;
        if (increment > 0) return this.#sink.onWindowUpdate(id, increment);
        if (id === 0) return void this.#fail(FAULTS.windowUpdateZero);
        this.#sink.onFrameFault(FAULTS.streamWindowUpdateZero, id);
    }
}

function idAt(bytes: Buffer, at: number): number {
    return bytes.readUInt32BE(at + 5) & 0x7fff_ffff;
}
