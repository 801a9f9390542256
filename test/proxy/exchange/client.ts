/** A client on a raw socket: what is sent and what comes back are bytes. */
import { once } from "node:events";
import net from "node:net";

export class RawClient {
    readonly socket: net.Socket;
    received = "";
    readonly #changes: (() => void)[] = [];
    closed = false;

    constructor(port: number) {
        this.socket = net.connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
        this.socket.on("data", (chunk: Buffer) => {
            this.received += chunk.toString("latin1");
            this.#changed();
        });
        this.socket.on("error", () => {});
        for (const event of ["end", "close"])
            this.socket.on(event, () => {
                this.closed = true;
                this.#changed();
            });
    }

    send(text: string): this {
        this.socket.write(text, "latin1");
        return this;
    }

    get(path: string, host = "web.test", ...lines: string[]): this {
        return this.send([`GET ${path} HTTP/1.1`, `host: ${host}`, ...lines, "", ""].join("\r\n"));
    }

    /** Waits until this stands in what came since the last call, and takes all up to its end. */
    async until(pattern: RegExp): Promise<string> {
        for (;;) {
            const found = pattern.exec(this.received);
            if (found !== null) {
                const end = found.index + found[0].length;
                const taken = this.received.slice(0, end);
                this.received = this.received.slice(end);
                return taken;
            }
            if (this.closed) throw new Error(`closed before ${String(pattern)} came, after ${JSON.stringify(this.received)}`);
            await new Promise<void>((resolve) => this.#changes.push(resolve));
        }
    }

    /** One response with content-length: its status line, and all of it as text. */
    async response(): Promise<{ status: number; text: string; body: string }> {
        const head = await this.until(/\r\n\r\n/);
        const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
        const body = length === 0 ? "" : await this.until(new RegExp(`^[^]{${length}}`));
        return { status: Number(head.slice(9, 12)), text: head, body };
    }

    async end(): Promise<void> {
        while (!this.closed) await new Promise<void>((resolve) => this.#changes.push(resolve));
    }

    async close(): Promise<void> {
        if (this.socket.destroyed) return;
        this.socket.destroy();
        await once(this.socket, "close");
    }

    #changed(): void {
        for (const resolve of this.#changes.splice(0)) resolve();
    }
}
