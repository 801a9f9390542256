/**
 * A program: the server that streams lead to. What comes goes back, or so many bytes do by a word. Who asks for a WebSocket
 * gets one, in which frames go back as they came: no proxy looks into them.
 */
import { createHash } from "node:crypto";
import { createServer } from "node:net";
import { pour, WORD } from "../forward/programs";

const DOWN = "D".charCodeAt(0);
const UP = "U".charCodeAt(0);
const GET = "GET ";
/** RFC 6455 §1.3. */
const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

function accepted(head: string): string {
    const key = /sec-websocket-key: (\S+)/i.exec(head)?.[1] ?? "";
    const accept = createHash("sha1")
        .update(key + GUID)
        .digest("base64");
    return `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;
}

const server = createServer({ noDelay: true }, (socket) => {
    let awaited = 0;
    let isFirst = true;
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk: Buffer) => {
        if (isFirst && chunk.toString("latin1", 0, GET.length) === GET) {
            isFirst = false;
            return void socket.write(accepted(chunk.toString("latin1")));
        }
        isFirst = false;
        if (awaited === 0) {
            const first = chunk[0];
            if (first !== DOWN && first !== UP) return void socket.write(chunk);
            const bytes = Number(chunk.toString("latin1", 1, WORD));
            if (first === DOWN) return pour(socket, bytes);
            awaited = bytes + WORD;
        }
        awaited -= chunk.length;
        if (awaited === 0) socket.write("k");
    });
});
server.listen({ port: 0, host: "127.0.0.1", backlog: 1024 }, () => {
    const address = server.address();
    if (typeof address === "object" && address !== null) process.send?.({ port: address.port });
});
process.on("disconnect", () => process.exit());
