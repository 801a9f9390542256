/** Frames of the connection and of flow control to bytes (RFC 9113 §6). Header blocks and bodies are the sender's. */
import { ACK, GOAWAY, PING, PREFACE, RST_STREAM, SETTINGS, WINDOW_UPDATE } from "./constants";
import type { FrameOutbox } from "./outbox";

/** What a client begins with, before its SETTINGS (RFC 9113 §3.4). */
export function writeClientPreface(outbox: FrameOutbox): void {
    outbox.reserve(PREFACE.length);
    outbox.at += outbox.buffer.write(PREFACE, outbox.at, "latin1");
}

export function writeSettings(outbox: FrameOutbox, payload: Buffer): void {
    outbox.frame(payload.length, SETTINGS, 0, 0);
    outbox.bytes(payload, 0, payload.length);
    outbox.wait();
}

export function writeSettingsAck(outbox: FrameOutbox): void {
    outbox.frame(0, SETTINGS, ACK, 0);
    outbox.wait();
}

export function writeReset(outbox: FrameOutbox, id: number, code: number): void {
    outbox.frame(4, RST_STREAM, 0, id);
    outbox.uint32(code);
    outbox.wait();
}

export function writeWindowUpdate(outbox: FrameOutbox, id: number, increment: number): void {
    outbox.frame(4, WINDOW_UPDATE, 0, id);
    outbox.uint32(increment);
    outbox.wait();
}

/** The payload's eight bytes begin at `from`. */
export function writePing(outbox: FrameOutbox, payload: Buffer, from: number, flags: number): void {
    outbox.frame(8, PING, flags, 0);
    outbox.bytes(payload, from, from + 8);
    outbox.wait();
}

/** `debug`: Latin1, for logs of the other side. */
export function writeGoAway(outbox: FrameOutbox, lastId: number, code: number, debug: string): void {
    outbox.frame(8 + debug.length, GOAWAY, 0, 0);
    outbox.uint32(lastId);
    outbox.uint32(code);
    outbox.at += outbox.buffer.write(debug, outbox.at, "latin1");
    outbox.wait();
}
