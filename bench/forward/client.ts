/**
 * A program that opens tunnels and sends through them. The first thing in each is a ClientHello, as applications send it: a
 * proxy that looks at it does its work. It is echoed, and so costs neither side the rest of a handshake.
 */
import { connect as connectTcp, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import { PIECE, pour, word, type TunnelAnswer, type TunnelOrder } from "./programs";

const buffer = Buffer.alloc(1 << 18);

/** What Node's TLS says first to this host. */
function clientHello(servername: string): Promise<Buffer> {
    return new Promise((resolve) => {
        const end = new Duplex({ read: () => undefined, write: (chunk: Buffer) => resolve(chunk) });
        connectTls({ socket: end, servername }).on("error", () => undefined);
    });
}

/** A connection of which what comes is counted. */
class Tunnel {
    readonly #socket: Socket;
    #due = 0;
    #isHead = true;
    #settle: (() => void) | undefined;
    #fail: (why: Error) => void = () => undefined;

    constructor({ port }: TunnelOrder) {
        const onread = { buffer, callback: (length: number) => this.#arrived(length) };
        this.#socket = connectTcp({ port, host: "127.0.0.1", noDelay: true, onread });
        this.#socket.once("error", (why) => this.#fail(why)).once("close", () => this.#fail(new Error("a tunnel was closed early")));
    }

    open(authority: string): Promise<void> {
        return this.#exchange(0, () => this.#socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`));
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

    #arrived(length: number): boolean {
        if (this.#isHead) {
            const head = buffer.toString("latin1", 0, length);
            if (!/^HTTP\/1\.1 200 [^]*\r\n\r\n$/.test(head)) {
                this.#fail(new Error(`CONNECT was answered ${head.slice(0, 300)}`));
                return true;
            }
            this.#isHead = false;
        } else this.#due -= length;
        if (this.#due === 0) this.#settle?.();
        return true;
    }
}

async function use(order: TunnelOrder, hello: Buffer): Promise<void> {
    const tunnel = new Tunnel(order);
    await tunnel.open(order.authority);
    await tunnel.ask(hello, hello.length);
    const message = PIECE.subarray(0, order.bytes);
    for (let at = 0; at < order.exchanges; at++) {
        if (order.exchange === "echo") await tunnel.ask(message, message.length);
        else if (order.exchange === "down") await tunnel.ask(word("down", order.bytes), order.bytes);
        else await tunnel.give(order.bytes);
    }
    tunnel.close();
}

async function carryOut(order: TunnelOrder): Promise<void> {
    const hello = await clientHello(order.host);
    let left = order.tunnels;
    const inTurn = async (): Promise<void> => {
        while (left-- > 0) await use(order, hello);
    };
    await Promise.all(Array.from({ length: order.atOnce }, inTurn));
}

const report = (message: TunnelAnswer): void => void process.send?.(message);

process.on("message", (order: TunnelOrder) => {
    carryOut(order).then(
        () => report({ done: true }),
        (error: unknown) => report({ done: false, why: String(error) }),
    );
});
process.on("disconnect", () => process.exit());
