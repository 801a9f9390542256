/**
 * A program that loads a proxy with what h2load cannot: messages that go to and fro on streams that stay open, and streams
 * that are only held open. Each order comes as a message, and its answer goes back as one.
 */
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { takeOrders } from "../programs";
import { End } from "./end";
import { DATA, END_HEADERS, END_STREAM, frame, HEADERS, headerBlock } from "./frames";
import type { ClientOrder } from "./programs";

/** Connections that are made at a time. */
const AT_ONCE = 20;
const HEAD = headerBlock({
    ":method": "POST",
    ":scheme": "https",
    ":path": "/bench.Echo/Talk",
    ":authority": "bench.example",
    "content-type": "application/grpc",
    te: "trailers",
    "user-agent": "bench",
});
const held: Socket[] = [];

function connect({ port, tls }: ClientOrder): Promise<Socket> {
    return new Promise((resolve, reject) => {
        const target = { port, host: "127.0.0.1" };
        const socket = tls
            ? connectTls({ ...target, servername: "bench.example", ALPNProtocols: ["h2"], rejectUnauthorized: false })
            : connectTcp(target);
        socket.once(tls ? "secureConnect" : "connect", () => resolve(socket));
        socket.once("error", reject);
    });
}

/** On each stream one message after the other, each once the one before has come back. */
async function talk(order: ClientOrder): Promise<void> {
    const payload = Buffer.alloc(order.bytes + 5);
    payload.writeUInt32BE(order.bytes, 1);
    await Promise.all(
        Array.from({ length: order.connections }, async () => {
            const socket = await connect(order);
            await new Promise<void>((resolve, reject) => converse(socket, order, payload, resolve, reject));
            socket.destroy();
        }),
    );
}

function converse(socket: Socket, order: ClientOrder, payload: Buffer, done: () => void, failed: (why: Error) => void): void {
    const streams = new Map<number, { left: number; due: number }>();
    const say = (stream: number): void => end.send(stream, frame(DATA, 0, stream, payload));
    const over = (stream: number): void => {
        streams.delete(stream);
        if (streams.size === 0) done();
    };
    const end = new End(socket, "client", {
        onHeaders: (stream, flags) => {
            if ((flags & END_STREAM) === 0) return;
            if (streams.get(stream)?.left === 0) over(stream);
            else failed(new Error(`stream ${stream} ended early`));
        },
        onData: (stream, flags, _bytes, from, to) => {
            const one = streams.get(stream);
            if (one === undefined) return;
            one.due -= to - from;
            if (one.due > 0) return;
            one.due += payload.length;
            one.left--;
            if (one.left > 0) say(stream);
            else end.send(stream, frame(DATA, END_STREAM, stream));
            if ((flags & END_STREAM) !== 0) over(stream);
        },
        onLost: (stream, why) => failed(new Error(`stream ${stream} was lost: ${why}`)),
    });
    for (let at = 0; at < order.streams; at++) {
        const stream = 2 * at + 1;
        streams.set(stream, { left: order.messages, due: payload.length });
        end.send(stream, frame(HEADERS, END_HEADERS, stream, HEAD));
        say(stream);
    }
    end.flush();
}

/** Requests without a body on streams that stay open for as long as nobody answers. */
async function hold(order: ClientOrder): Promise<void> {
    const requests = Array.from({ length: order.streams }, (_, at) => frame(HEADERS, END_HEADERS | END_STREAM, 2 * at + 1, HEAD));
    const lost = (stream: number, why: string): void => console.error(`a held stream was lost (${stream}): ${why}`);
    for (let made = 0; made < order.connections; made += AT_ONCE) {
        const sockets = await Promise.all(Array.from({ length: Math.min(AT_ONCE, order.connections - made) }, () => connect(order)));
        for (const socket of sockets) {
            const end = new End(socket, "client", {
                onHeaders: (stream) => lost(stream, "answered"),
                onData: () => undefined,
                onLost: lost,
            });
            requests.forEach((request, at) => end.send(2 * at + 1, request));
            end.flush();
        }
        held.push(...sockets);
    }
}

takeOrders((order: ClientOrder) => (order.what === "talk" ? talk(order) : hold(order)));
