/** A server of HTTP/2 as it is, with answers of its own for whom an attack asks, and a client beside it that does no wrong. */
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import { Http2ServerConnection } from "../../../../../proxy/codec/http2/server-connection";
import { HTTP2_SERVER_DEFAULTS, type Http2ServerOptions } from "../../../../../proxy/codec/http2/server-options";
import { Sweeper } from "../../../../../proxy/codec/sweeper";
import type { ConnectionInfo, RequestHandler, RequestReceiver, ResponseWriter } from "../../../../../proxy/http/doors";
import { PATHS } from "./attacks";
import { END_STREAM, headers, request, TYPE } from "./raw-frames";
import { RawPeer } from "./raw-peer";

const INFO = { scheme: "http", remoteAddress: "192.0.2.1", chain: "", serverName: "" } as unknown as ConnectionInfo;
const BIG_CHUNKS = 16;
const CHUNK_BYTES = 64 * 1024;
const HEAVY = "h".repeat(8000);

export class AttackedServer {
    /** Requests that were handed on, and those of them that nobody has ended. */
    handled = 0;
    open = 0;
    port = 0;
    readonly #server: net.Server;
    readonly #connections = new Set<Http2ServerConnection>();

    constructor(options: Partial<Http2ServerOptions> = {}) {
        const all = { ...HTTP2_SERVER_DEFAULTS, sweeper: new Sweeper(20), ...options };
        const service = { handler: this.#handler };
        this.#server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
            const connection = new Http2ServerConnection(socket, INFO, service, all);
            this.#connections.add(connection);
            socket.on("close", () => this.#connections.delete(connection));
        });
    }

    async start(): Promise<this> {
        this.#server.listen(0, "127.0.0.1");
        await once(this.#server, "listening");
        this.port = (this.#server.address() as net.AddressInfo).port;
        return this;
    }

    close(): void {
        this.#server.close();
        for (const one of this.#connections) one.destroy();
    }

    readonly #handler: RequestHandler = (head, _end, writer) => {
        this.handled++;
        this.open++;
        let isOver = false;
        const over = (): void => {
            if (!isOver) this.open--;
            isOver = true;
        };
        const pump = head.path === PATHS.big ? pumped(writer, over) : undefined;
        const receiver: RequestReceiver = {
            onRequestData: () => {},
            onRequestEnd: () => {},
            onRequestReset: over,
            onResponseWritable: () => pump?.(),
        };
        if (head.path === PATHS.stuck) writer.pauseRequest();
        if (head.path === PATHS.quick || head.path === PATHS.heavy) {
            writer.head({ status: 200, headers: head.path === PATHS.heavy ? ["x-heavy", HEAVY] : [], contentLength: 0 }, true);
            over();
        }
        pump?.();
        return receiver;
    };
}

function pumped(writer: ResponseWriter, over: () => void): () => void {
    writer.head({ status: 200, headers: [], contentLength: -1 }, false);
    let left = BIG_CHUNKS;
    return () => {
        while (left-- > 0) if (!writer.data(Buffer.alloc(CHUNK_BYTES))) return;
        writer.end(undefined);
        over();
    };
}

/** Asks again and again on a connection of its own. */
export class Innocent {
    readonly #peer: RawPeer;
    readonly latencies: number[] = [];
    #runs = true;
    readonly #asking: Promise<void>;

    private constructor(peer: RawPeer) {
        this.#peer = peer;
        this.#asking = this.#ask();
    }

    static async beside(port: number, secure = false): Promise<Innocent> {
        return new Innocent(await (await RawPeer.connect(port, { secure })).settle());
    }

    async #ask(): Promise<void> {
        for (let id = 1; this.#runs; id += 2) {
            const start = performance.now();
            this.#peer.send(headers(id, request(PATHS.quick)));
            const last = await this.#peer.frame((one) => one.id === id && one.type === TYPE.HEADERS && (one.flags & END_STREAM) !== 0);
            assert.ok(last, "it is still there, and answered");
            this.latencies.push(performance.now() - start);
            this.#peer.frames.length = 0;
            await new Promise((resolve) => setTimeout(resolve, 2));
        }
    }

    async stop(): Promise<void> {
        this.#runs = false;
        await this.#asking;
        this.#peer.destroy();
    }
}
