/** Bytes that go to and fro on a connection: what either end of one does, be it a tunnel or a stream that a proxy passes on. */
import { createServer, type Socket } from "node:net";

/** What the server sends back: what it was sent; or so many bytes, or one once it has so many, by a word of `WORD` bytes. */
type ByteExchange = "echo" | "down" | "up";

export interface Exchanges {
    readonly exchange: ByteExchange;
    /** On each connection. */
    readonly exchanges: number;
    /** Of each exchange. */
    readonly bytes: number;
}

const WORD = 16;
const DOWN = "D".charCodeAt(0);
const UP = "U".charCodeAt(0);

function word(exchange: Exclude<ByteExchange, "echo">, bytes: number): Buffer {
    return Buffer.from(`${exchange === "down" ? "D" : "U"}${String(bytes).padStart(WORD - 1, "0")}`);
}

/** What either end sends, as often as it takes. */
export const PIECE = Buffer.alloc(1 << 16, "x");

/** Sends so many bytes, as fast as they are taken. */
function pour(socket: Socket, bytes: number): void {
    let left = bytes;
    const more = (): void => {
        while (left > 0) {
            const piece = left < PIECE.length ? PIECE.subarray(0, left) : PIECE;
            left -= piece.length;
            if (!socket.write(piece)) return;
        }
    };
    socket.on("drain", more);
    more();
}

/** The client's end: what comes is counted. Who makes the socket hands over what comes. */
export class Counted {
    readonly #socket: Socket;
    #due = 0;
    /** Of a head that comes before all that is counted. */
    #wanted: { readonly head: RegExp; readonly of: string } | undefined;
    #settle: (() => void) | undefined;
    #fail: (why: Error) => void = () => undefined;

    constructor(socket: Socket) {
        this.#socket = socket;
        socket.once("error", (why) => this.#fail(why)).once("close", () => this.#fail(new Error("a connection was closed early")));
    }

    /** Sends a request, and waits for a head of its own that fits. `of` names it where another comes. */
    begin(request: string, head: RegExp, of: string): Promise<void> {
        this.#wanted = { head, of };
        return this.#exchange(0, () => this.#socket.write(request));
    }

    /** Sends this, and waits for so many bytes. */
    ask(bytes: Buffer, answer: number): Promise<void> {
        return this.#exchange(answer, () => this.#socket.write(bytes));
    }

    /** `message` is what is echoed. */
    async carryOut({ exchange, exchanges, bytes }: Exchanges, message: Buffer): Promise<void> {
        for (let at = 0; at < exchanges; at++) {
            if (exchange === "echo") await this.ask(message, message.length);
            else if (exchange === "down") await this.ask(word("down", bytes), bytes);
            else await this.#give(bytes);
        }
    }

    came(bytes: Buffer, length = bytes.length): void {
        if (this.#wanted) {
            const { head, of } = this.#wanted;
            const text = bytes.toString("latin1", 0, length);
            if (!head.test(text)) return this.#fail(new Error(`${of} was answered ${text.slice(0, 300)}`));
            this.#wanted = undefined;
        } else this.#due -= length;
        if (this.#due === 0) this.#settle?.();
    }

    close(): void {
        this.#fail = () => undefined;
        this.#socket.destroy();
    }

    /** Sends so many bytes, and waits for one. */
    #give(bytes: number): Promise<void> {
        return this.#exchange(1, () => {
            this.#socket.write(word("up", bytes));
            pour(this.#socket, bytes);
        });
    }

    #exchange(answer: number, send: () => void): Promise<void> {
        return new Promise((resolve, reject) => {
            this.#due = answer;
            this.#settle = resolve;
            this.#fail = reject;
            send();
        });
    }
}

/** The server's end, as a program that says its port. What `greeting` makes of the first bytes is sent in place of an exchange. */
export function serveExchanges(greeting: (first: Buffer) => string | undefined = () => undefined): void {
    const server = createServer({ noDelay: true }, (socket) => {
        let awaited = 0;
        let isFirst = true;
        socket.on("error", () => socket.destroy());
        socket.on("data", (chunk: Buffer) => {
            const greeted = isFirst ? greeting(chunk) : undefined;
            isFirst = false;
            if (greeted !== undefined) return void socket.write(greeted);
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
}
