/** A program that opens byte streams through a proxy, plain, under TLS or as WebSockets, and sends through them. */
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { PIECE, pour, word, type TunnelAnswer } from "../forward/programs";
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

/** A connection of which what comes is counted. */
class Stream {
    readonly #socket: Socket;
    #due = 0;
    #isHead = false;
    #settle: (() => void) | undefined;
    #fail: (why: Error) => void = () => undefined;

    constructor(socket: Socket) {
        this.#socket = socket;
        socket.on("data", (chunk: Buffer) => this.#arrived(chunk));
        socket.once("error", (why) => this.#fail(why)).once("close", () => this.#fail(new Error("a stream was closed early")));
    }

    upgrade(): Promise<void> {
        this.#isHead = true;
        return this.#exchange(0, () => this.#socket.write(UPGRADE));
    }

    /** Sends this, and waits for so many bytes. */
    ask(bytes: Buffer, answer: number): Promise<void> {
        return this.#exchange(answer, () => this.#socket.write(bytes));
    }

    /** Sends so many bytes, and waits for one. */
    give(bytes: number): Promise<void> {
        return this.#exchange(1, () => {
            this.#socket.write(word("up", bytes));
            pour(this.#socket, bytes);
        });
    }

    close(): void {
        this.#fail = () => undefined;
        this.#socket.destroy();
    }

    #exchange(answer: number, send: () => void): Promise<void> {
        return new Promise((resolve, reject) => {
            this.#due = answer;
            this.#settle = resolve;
            this.#fail = reject;
            send();
        });
    }

    #arrived(chunk: Buffer): void {
        if (this.#isHead) {
            this.#isHead = false;
            const head = chunk.toString("latin1");
            if (!/^HTTP\/1\.1 101 [^]*\r\n\r\n$/.test(head)) return this.#fail(new Error(`the upgrade was answered ${head.slice(0, 300)}`));
        } else this.#due -= chunk.length;
        if (this.#due === 0) this.#settle?.();
    }
}

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
    const stream = new Stream(await connect(order));
    if (order.websocket) await stream.upgrade();
    const message = order.websocket ? frame(PIECE.subarray(0, order.bytes)) : PIECE.subarray(0, order.bytes);
    for (let at = 0; at < order.exchanges; at++) {
        if (order.exchange === "echo") await stream.ask(message, message.length);
        else if (order.exchange === "down") await stream.ask(word("down", order.bytes), order.bytes);
        else await stream.give(order.bytes);
    }
    stream.close();
}

async function carryOut(order: StreamOrder): Promise<void> {
    let left = order.connections;
    const inTurn = async (): Promise<void> => {
        while (left-- > 0) await use(order);
    };
    await Promise.all(Array.from({ length: order.atOnce }, inTurn));
}

const report = (message: TunnelAnswer): void => void process.send?.(message);

process.on("message", (order: StreamOrder) => {
    carryOut(order).then(
        () => report({ done: true }),
        (error: unknown) => report({ done: false, why: String(error) }),
    );
});
process.on("disconnect", () => process.exit());
