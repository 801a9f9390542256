/** What the frame reader tells: sound frames of the types that RFC 9113 §6 knows. */
import type { Http2Fault } from "./faults";

/** Who takes the frames. Bytes are theirs only while they are called. After a fault of the connection nothing is called. */
export interface FrameSink {
    /** DATA begins. `length`: of the whole payload, padding too, which flow control counts (§6.9.1). */
    onDataFrame(id: number, length: number, end: boolean): void;
    /** A piece of its body, never empty. */
    onDataPiece(bytes: Buffer, from: number, to: number): void;
    /** It is whole. `padding`: how much of the payload was none of the body. */
    onDataFrameEnd(padding: number): void;
    /** A whole header block. */
    onHeaders(id: number, bytes: Buffer, from: number, to: number, end: boolean): void;
    onPriority(id: number): void;
    onResetStream(id: number, code: number): void;
    /** The payload is a multiple of six bytes. */
    onSettings(bytes: Buffer, from: number, to: number): void;
    onSettingsAck(): void;
    onPing(bytes: Buffer, from: number, ack: boolean): void;
    onGoAway(lastId: number, code: number, debug: string): void;
    onWindowUpdate(id: number, increment: number): void;
    /** A frame that changes nothing: of an unknown type, or PRIORITY_UPDATE. */
    onIgnored(type: number): void;
    onFrameFault(fault: Http2Fault, id: number): void;
}
