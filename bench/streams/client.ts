/** A program that opens byte streams through a proxy, plain, under TLS or as WebSockets, and sends through them. */
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { Counted, PIECE } from "../exchanges";
import { inTurn, takeOrders } from "../programs";
import type { StreamOrder } from "./programs";

/** A frame of a client (RFC 6455 §5.2): final, binary, masked with a key of zeros. */
function frame(payload: Buffer): Buffer {
    return Buffer.concat([Buffer.from([0x82, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
}

const UPGRADE = [
    "GET / HTTP/1.1",
    "Host: bench.example",
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "\r\n",
].join("\r\n");

function connect({ port, tls }: StreamOrder): Promise<Socket> {
    return new Promise((resolve, reject) => {
        const target = { port, host: "127.0.0.1" };
        const names = { servername: "bench.example", ALPNProtocols: ["http/1.1"], rejectUnauthorized: false };
        const socket = tls ? connectTls({ ...target, ...names }) : connectTcp(target);
        socket.setNoDelay(true);
        socket.once(tls ? "secureConnect" : "connect", () => resolve(socket)).once("error", reject);
    });
}

async function use(order: StreamOrder): Promise<void> {
    const socket = await connect(order);
    const stream = new Counted(socket);
    socket.on("data", (chunk: Buffer) => stream.came(chunk));
    if (order.websocket) await stream.begin(UPGRADE, /^HTTP\/1\.1 101 [^]*\r\n\r\n$/, "the upgrade");
    const message = PIECE.subarray(0, order.bytes);
    await stream.carryOut(order, order.websocket ? frame(message) : message);
    stream.close();
}

takeOrders((order: StreamOrder) => inTurn(order.connections, order.atOnce, () => use(order)));
