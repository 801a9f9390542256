/** The other end of a connection of HTTP/2, frame by frame: a client or a server that does only what a test tells it. */
import { once } from "node:events";
import net from "node:net";
import tls from "node:tls";
import { TYPE, PREFACE, SETTINGS_ACK, settings, type RawFrame } from "./raw-frames";

export interface Ending {
    /** Of the last GOAWAY; undefined: the connection ended without one. */
    readonly code: number | undefined;
    readonly debug: string;
}

export class RawPeer {
    readonly socket: net.Socket;
    /** All that came, oldest first.. */
    readonly frames: RawFrame[] = [];
    dataBytes = 0;
    /** Not a whole frame yet. */
    #rest: Buffer = Buffer.alloc(0);
    #skip: number;
    #closed = false;
    #waiting: (() => void)[] = [];

    /** `server`: it was accepted, and what comes begins with the client's preface. */
    constructor(socket: net.Socket, server: boolean) {
        this.socket = socket;
        this.#skip = server ? PREFACE.length : 0;
        socket.on("error", () => {});
        socket.on("data", (chunk: Buffer) => this.#take(chunk));
        socket.on("end", () => socket.end());
        socket.on("close", () => {
            this.#closed = true;
            this.#wake();
        });
    }

    /** A client that has sent its preface and SETTINGS. */
    static async connect(port: number, options: { readonly secure?: boolean; readonly settings?: Buffer } = {}): Promise<RawPeer> {
        const socket = options.secure
            ? tls.connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ALPNProtocols: ["h2"], servername: "any.test" })
            : net.connect(port, "127.0.0.1");
        await once(socket, options.secure ? "secureConnect" : "connect");
        socket.setNoDelay(true);
        const peer = new RawPeer(socket, false);
        peer.send(PREFACE, options.settings ?? settings());
        return peer;
    }

    get closed(): boolean {
        return this.#closed;
    }

    /** What a polite peer does with the first SETTINGS. */
    async settle(): Promise<this> {
        await this.frame(({ type, flags }) => type === TYPE.SETTINGS && flags === 0);
        this.send(SETTINGS_ACK);
        return this;
    }

    /** All in one write. False: it waits on this side. */
    send(...bytes: readonly Buffer[]): boolean {
        return !this.socket.destroyed && this.socket.writable && this.socket.write(Buffer.concat(bytes));
    }

    /** As much as is taken, until the connection ends or `most` writes are done. */
    async flood(bytes: () => Buffer, most: number): Promise<void> {
        for (let count = 0; count < most && !this.#closed && this.socket.writable; count++) {
            // The other end may be in this process: it reads what was sent before more is made.
            if (this.send(bytes())) await new Promise((resolve) => setImmediate(resolve));
            else await this.#change("drain");
        }
    }

    /** The first frame that is one of those, of all that came or comes; undefined: the connection ended without. */
    async frame(is: (one: RawFrame) => boolean): Promise<RawFrame | undefined> {
        for (let seen = 0; ; ) {
            for (; seen < this.frames.length; seen++) if (is(this.frames[seen]!)) return this.frames[seen];
            if (this.#closed) return undefined;
            await new Promise<void>((resolve) => this.#waiting.push(resolve));
        }
    }

    count(type: number, id?: number): number {
        return this.frames.filter((one) => one.type === type && (id === undefined || one.id === id)).length;
    }

    /** Resolves when it is closed. */
    async ending(): Promise<Ending> {
        while (!this.#closed) await new Promise<void>((resolve) => this.#waiting.push(resolve));
        const last = this.frames.findLast(({ type }) => type === TYPE.GOAWAY)?.payload;
        return { code: last?.readUInt32BE(4), debug: last?.subarray(8).toString("latin1") ?? "" };
    }

    destroy(): void {
        this.socket.destroy();
    }

    async #change(event: string): Promise<void> {
        const { socket } = this;
        if (this.#closed) return;
        await new Promise<void>((resolve) => {
            const done = (): void => {
                socket.off(event, done).off("close", done);
                resolve();
            };
            socket.once(event, done).once("close", done);
        });
    }

    #take(chunk: Buffer): void {
        let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
        if (this.#skip > 0) {
            const skipped = Math.min(this.#skip, bytes.length);
            this.#skip -= skipped;
            bytes = bytes.subarray(skipped);
        }
        while (bytes.length >= 9) {
            const length = bytes.readUIntBE(0, 3);
            if (bytes.length < 9 + length) break;
            const type = bytes[3]!;
            const payload = bytes.subarray(9, 9 + length);
            if (type === TYPE.DATA) this.dataBytes += length;
            this.frames.push({ type, flags: bytes[4]!, id: bytes.readUInt32BE(5) & 0x7fff_ffff, payload: Buffer.from(payload) });
            bytes = bytes.subarray(9 + length);
        }
        this.#rest = bytes;
        this.#wake();
    }

    #wake(): void {
        for (const resolve of this.#waiting.splice(0)) resolve();
    }
}
