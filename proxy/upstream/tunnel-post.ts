/**
 * A tunnel that is the body of a POST and of its answer, for proxies that know no CONNECT (Envoy's use_post). To who joins it
 * with a client it is what a socket is: as much of one as is used there.
 */
import { EventEmitter } from "node:events";
import type net from "node:net";
import type { ClientConnection, ClientOwner, Codec } from "../codec";
import type { RequestHead, RequestWriter, ResetReason, ResponseHead, ResponseReceiver } from "../http/doors";

export class PostTunnel extends EventEmitter implements ResponseReceiver, ClientOwner {
    readonly localAddress: string | undefined;
    readonly localPort: number | undefined;
    /** What cuts it must not take it for a socket of TCP. */
    readonly connecting = true;
    destroyed = false;
    readableEnded = false;
    writableFinished = false;
    writableLength = 0;
    readonly #connection: ClientConnection;
    #writer: RequestWriter | undefined = undefined;
    #opened: ((fault: string) => void) | undefined;
    /** What came before anybody listened. */
    #held: Buffer[] | undefined = [];

    /** `opened` is called once: empty, or why there is no tunnel. */
    constructor(socket: net.Socket, codec: Codec, authority: string, opened: (fault: string) => void) {
        super();
        this.localAddress = socket.localAddress;
        this.localPort = socket.localPort;
        this.#opened = opened;
        this.#connection = codec.connect(socket, this, undefined);
        if (!this.destroyed) this.#writer = this.#connection.open(postTo(authority), false, this);
    }

    write(chunk: Buffer, written?: (error?: Error) => void): boolean {
        if (this.destroyed || this.#writer === undefined) {
            written?.(new Error("the tunnel is closed"));
            return false;
        }
        // The caller's buffer is read into again.
        const more = this.#writer.data(Buffer.from(chunk));
        this.writableLength = more ? 0 : chunk.length;
        written?.();
        return more;
    }

    end(): void {
        if (this.writableFinished || this.destroyed) return;
        this.writableFinished = true;
        this.#writer?.end(undefined);
        this.#closeIfOver();
    }

    pause(): void {
        this.#writer?.pauseResponse();
    }

    resume(): void {
        const held = this.#held ?? [];
        this.#held = undefined;
        for (const chunk of held) this.emit("data", chunk);
        this.#writer?.resumeResponse();
    }

    destroy(): void {
        if (this.destroyed) return;
        this.destroyed = true;
        this.#connection?.close();
        process.nextTick(() => this.emit("close"));
    }

    onInformational(): void {}

    onRequestWritable(): void {
        this.writableLength = 0;
        this.emit("drain");
    }

    onResponseHead({ status }: ResponseHead, end: boolean): void {
        if (status < 200 || status > 299) return this.#fail(`POST was answered with ${status}`);
        this.#settle("");
        if (end) this.onResponseEnd();
    }

    onResponseData(chunk: Buffer): void {
        const own = Buffer.from(chunk);
        if (this.#held === undefined) this.emit("data", own);
        else this.#held.push(own);
    }

    onResponseEnd(): void {
        this.readableEnded = true;
        this.emit("end");
        this.#closeIfOver();
    }

    onResponseReset(_reason: ResetReason, _sent: boolean, detail: string): void {
        this.#fail(detail === "" ? "the tunnel was reset" : detail);
    }

    onStreamEnd(): void {}
    onCapacity(): void {}
    onGoingAway(): void {}
    onClosed(): void {
        if (!this.readableEnded || !this.writableFinished) this.#fail("the tunnel was closed");
    }

    #settle(fault: string): void {
        const opened = this.#opened;
        this.#opened = undefined;
        opened?.(fault);
    }

    #fail(fault: string): void {
        this.destroy();
        this.#settle(fault);
    }

    #closeIfOver(): void {
        if (this.readableEnded && this.writableFinished) this.destroy();
    }
}

function postTo(authority: string): RequestHead {
    return {
        method: "POST",
        scheme: "http",
        authority,
        path: "/",
        headers: [],
        contentLength: -1,
        upgrade: "",
        expectContinue: false,
        underscored: false,
        protocol: "HTTP/1.1",
    };
}
