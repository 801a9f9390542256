/**
 * A WebSocket echo (RFC 6455), enough to try a gateway with: every frame of up to 64 KiB comes back as it went,
 * unmasked; pings are answered, a close is returned.
 */
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

/** RFC 6455 §1.3. */
const ACCEPT_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const LARGEST_PAYLOAD = 64 * 1024;
const OPCODE = { close: 8, ping: 9, pong: 10 } as const;

interface Frame {
    /** First byte: FIN, reserved bits and opcode. */
    readonly first: number;
    readonly payload: Buffer;
    readonly length: number;
}

/** The first frame of the buffer; undefined while it is not whole; "bad" where the client broke the protocol. */
function readFrame(buffer: Buffer): Frame | undefined | "bad" {
    if (buffer.length < 2) return undefined;
    const first = buffer.readUInt8(0);
    const second = buffer.readUInt8(1);
    const short = second & 0x7f;
    if ((second & 0x80) === 0 || short === 127) return "bad";
    const headLength = short === 126 ? 8 : 6;
    if (buffer.length < headLength) return undefined;
    const size = short === 126 ? buffer.readUInt16BE(2) : short;
    if (buffer.length < headLength + size) return undefined;
    const mask = buffer.subarray(headLength - 4, headLength);
    const payload = Buffer.from(buffer.subarray(headLength, headLength + size));
    for (let i = 0; i < size; i++) payload[i] = payload.readUInt8(i) ^ mask.readUInt8(i & 3);
    return { first, payload, length: headLength + size };
}

function writeFrame(socket: Duplex, first: number, payload: Buffer): void {
    const head =
        payload.length < 126 ? Buffer.from([first, payload.length]) : Buffer.from([first, 126, payload.length >> 8, payload.length & 0xff]);
    socket.write(Buffer.concat([head, payload]));
}

/** Answers one frame; false once the conversation is over. */
function answer(socket: Duplex, frame: Frame): boolean {
    const opcode = frame.first & 0x0f;
    if (opcode === OPCODE.pong) return true;
    writeFrame(socket, opcode === OPCODE.ping ? 0x80 | OPCODE.pong : frame.first, frame.payload);
    return opcode !== OPCODE.close;
}

/** Takes over an upgraded connection and echoes until either side closes. */
export function acceptWebSocket(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on("error", () => socket.destroy());
    const key = request.headers["sec-websocket-key"];
    if (request.headers.upgrade?.toLowerCase() !== "websocket" || !key || !request.url?.startsWith("/ws")) {
        socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        return;
    }
    const accept = createHash("sha1")
        .update(key + ACCEPT_GUID)
        .digest("base64");
    socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    let pending = head;
    const drain = (): void => {
        for (let frame = readFrame(pending); frame !== undefined; frame = readFrame(pending)) {
            if (frame === "bad" || !answer(socket, frame)) {
                socket.end();
                return;
            }
            pending = pending.subarray(frame.length);
        }
        if (pending.length > LARGEST_PAYLOAD + 8) socket.destroy();
    };
    socket.on("data", (chunk: Buffer) => {
        pending = Buffer.concat([pending, chunk]);
        drain();
    });
    socket.on("end", () => socket.end());
    drain();
}
