/**
 * Which codec serves an accepted connection: by what its TLS handshake agreed on, else by how the client begins. Its first
 * bytes are waited for only where some codec is told by them.
 */
import type { Socket } from "node:net";
import type { ConnectionInfo } from "../http/doors";
import { guarded } from "../net/connection-faults";
import { agreedProtocol } from "./agreed-protocol";
import type { Codec, HttpService, ServeConnection, ServerConnection } from "./codec";
import { CODECS, type Codecs } from "./registry";
import { giveBytes, readInto, type ByteSink } from "./socket-reader";
import { sharedSweeper, type Swept } from "./sweeper";

/** Until it is known what a client speaks; as long as a head may take. */
const BEGINNING_MS = 15_000;

/** What is left of that once a drain has begun. */
const HURRIED_MS = 500;

export function serveHttp(service: HttpService, codecs: Codecs = CODECS, beginningMs = BEGINNING_MS): ServeConnection {
    const servers = new Map(codecs.all.map((codec) => [codec, codec.server(service)]));
    const serve = (codec: Codec, socket: Socket, info: ConnectionInfo): ServerConnection => servers.get(codec)!(socket, info);
    return (socket, info) => {
        const agreed = agreedProtocol(socket);
        if (agreed === "")
            return codecs.havePrefaces
                ? new Beginning(socket, info, codecs, serve, info.tolerance?.headTimeout ?? beginningMs)
                : serve(codecs.plain, socket, info);
        const codec = codecs.byAlpn(agreed);
        if (codec !== undefined) return serve(codec, socket, info);
        // Not one that was offered for HTTP: whoever reads it as something else is led astray.
        socket.destroy();
        return GONE;
    };
}

const GONE: ServerConnection = { idle: false, retire: ignore, drain: ignore, destroy: ignore };

/** A connection whose client has still to show what it speaks; then it is what serves it. */
class Beginning implements ServerConnection, ByteSink, Swept {
    readonly #socket: Socket;
    readonly #info: ConnectionInfo;
    readonly #codecs: Codecs;
    readonly #serve: (codec: Codec, socket: Socket, info: ConnectionInfo) => ServerConnection;
    readonly #onGone: () => void;
    #until: number;
    /** What has come and could be the beginning of several; most clients tell by their first byte. */
    #bytes: Buffer | undefined;
    #served: ServerConnection | undefined;
    #retiring = false;
    #draining = false;

    constructor(
        socket: Socket,
        info: ConnectionInfo,
        codecs: Codecs,
        serve: (codec: Codec, socket: Socket, info: ConnectionInfo) => ServerConnection,
        withinMs: number,
    ) {
        this.#socket = socket;
        this.#info = info;
        this.#codecs = codecs;
        this.#serve = serve;
        this.#until = performance.now() + withinMs;
        // Less than a beginning is no request, of no protocol.
        this.#onGone = guarded(socket, () => this.destroy());
        socket.on("error", ignore);
        socket.on("end", this.#onGone).on("close", this.#onGone);
        sharedSweeper.add(this);
        readInto(socket, this);
    }

    onBytes(chunk: Buffer, length: number, borrowed: boolean): void {
        if (this.#bytes !== undefined) {
            const bytes = Buffer.concat([this.#bytes, chunk.subarray(0, length)]);
            this.#take(bytes, bytes.length, false);
        } else this.#take(chunk, length, borrowed);
    }

    #take(chunk: Buffer, length: number, borrowed: boolean): void {
        const codec = this.#codecs.byBeginning(chunk, length);
        if (codec === undefined) {
            this.#bytes = Buffer.from(chunk.subarray(0, length));
            return;
        }
        this.#bytes = undefined;
        this.#leave();
        this.#served = this.#serve(codec, this.#socket, this.#info);
        if (this.#retiring) this.#served.retire();
        if (this.#draining) this.#served.drain();
        giveBytes(this.#socket, chunk, length, borrowed);
    }

    #leave(): void {
        this.#socket.off("end", this.#onGone).off("close", this.#onGone);
        sharedSweeper.remove(this);
    }

    get idle(): boolean {
        return this.#served?.idle === true;
    }

    get held(): number {
        return this.#served?.held ?? 0;
    }

    retire(): void {
        this.#retiring = true;
        this.#served?.retire();
    }

    /** Who has not shown anything yet gets a moment: the request is on its way, and closing would look like a refusal of it. */
    drain(): void {
        this.#draining = true;
        if (this.#served !== undefined) this.#served.drain();
        else this.#until = Math.min(this.#until, performance.now() + HURRIED_MS);
    }

    destroy(): void {
        if (this.#served !== undefined) {
            this.#served.destroy();
            return;
        }
        this.#leave();
        this.#socket.destroy();
    }

    sweep(now: number): void {
        if (now >= this.#until) this.destroy();
    }
}

function ignore(): void {}
