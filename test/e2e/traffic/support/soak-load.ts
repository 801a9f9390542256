/**
 * Clients of a soak. Each asks one thing after the other on a connection that it keeps, and all that is not as it must be is
 * noted; what a client takes back itself is counted apart and is no failure.
 */
import { once } from "node:events";
import http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import tls from "node:tls";
import { BIG_BYTES } from "./soak-backends";

export interface Front {
    readonly port: number;
    readonly ca: string;
    readonly host: string;
}

const PAUSE_MS = 10;
/** Longer than anything that is asked for may take. */
const TIMEOUT_MS = 20_000;

export class Soak {
    answered = 0;
    taken = 0;
    readonly lost: string[] = [];
    readonly latencies: number[] = [];
    #runs = true;
    readonly #clients: Promise<void>[] = [];

    /** Over HTTP/1.1, on a connection that is kept. */
    http1({ port, ca, host }: Front): void {
        const agent = new https.Agent({ keepAlive: true, maxSockets: 1, ca, servername: host, maxCachedSessions: 0 });
        this.#client(
            async (turn) => {
                const big = turn % 10 === 0;
                const request = https.get({ port, host: "127.0.0.1", agent, path: big ? "/big" : "/small", headers: { host } });
                const [response] = (await once(request, "response", { signal: AbortSignal.timeout(TIMEOUT_MS) })) as [http.IncomingMessage];
                let bytes = 0;
                response.on("data", (chunk: Buffer) => (bytes += chunk.length));
                await once(response, "end", { signal: AbortSignal.timeout(TIMEOUT_MS) });
                const wanted = big ? BIG_BYTES : 2;
                if (response.statusCode !== 200 || bytes !== wanted) throw new Error(`${response.statusCode} with ${bytes} bytes`);
            },
            () => agent.destroy(),
        );
    }

    /** Over HTTP/2, several at a time on one connection; every `resetEvery`th is taken back before its answer is whole. */
    http2(front: Front, streams: number, resetEvery: number, ask: (session: http2.ClientHttp2Session, turn: number) => Asked): void {
        const keeper = new Sessions(front);
        for (let one = 0; one < streams; one++)
            this.#client(
                async (turn) => {
                    const session = await keeper.session();
                    const asked = ask(session, turn);
                    const { stream } = asked;
                    if (resetEvery > 0 && turn % resetEvery === resetEvery - 1) {
                        stream.on("error", () => {}).resume();
                        setTimeout(() => stream.close(http2.constants.NGHTTP2_CANCEL), (turn % 7) * 3);
                        await new Promise((resolve) => stream.once("close", resolve));
                        this.taken++;
                        return;
                    }
                    await whole(asked);
                },
                () => keeper.close(),
            );
    }

    #client(once: (turn: number) => Promise<void>, end: () => void): void {
        const run = async (): Promise<void> => {
            for (let turn = 0; this.#runs; turn++) {
                const start = performance.now();
                try {
                    await once(turn);
                    this.answered++;
                    if (this.latencies.length < 1_000_000) this.latencies.push(performance.now() - start);
                } catch (error) {
                    this.lost.push(`${new Date().toISOString()} ${(error as Error).message}`);
                }
                await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
            }
            end();
        };
        this.#clients.push(run());
    }

    async stop(): Promise<void> {
        this.#runs = false;
        await Promise.all(this.#clients);
    }
}

export interface Asked {
    readonly stream: http2.ClientHttp2Stream;
    /** Bytes of the answer, and whether it ends with a status of gRPC. */
    readonly bytes: number;
    readonly grpc: boolean;
}

async function whole({ stream, bytes, grpc }: Asked): Promise<void> {
    let status: number | undefined;
    let grpcStatus: unknown;
    let got = 0;
    stream.on("response", (headers) => {
        status = headers[":status"];
        grpcStatus ??= headers["grpc-status"];
    });
    stream.on("trailers", (trailers) => (grpcStatus = trailers["grpc-status"]));
    stream.on("data", (chunk: Buffer) => (got += chunk.length));
    await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error("no answer in time")), TIMEOUT_MS);
        stream.once("error", (error) => reject(error)).once("close", () => (clearTimeout(timer), resolve()));
    });
    if (status !== 200 || got !== bytes || (grpc && grpcStatus !== "0"))
        throw new Error(`${String(status)} with ${got} of ${bytes} bytes, code ${stream.rstCode}, gRPC ${String(grpcStatus)}`);
}

export function get(path: "/small" | "/big"): (session: http2.ClientHttp2Session) => Asked {
    return (session) => ({ stream: session.request({ ":path": path }), bytes: path === "/big" ? BIG_BYTES : 2, grpc: false });
}

export function echo(size: number): (session: http2.ClientHttp2Session) => Asked {
    return (session) => {
        const stream = session.request({ ":path": "/echo", ":method": "PUT" });
        stream.end(Buffer.alloc(size, "e"));
        return { stream, bytes: size, grpc: false };
    };
}

export function call(method: "Echo" | "Many"): (session: http2.ClientHttp2Session) => Asked {
    return (session) => {
        const stream = session.request({
            ":path": `/soak.Soak/${method}`,
            ":method": "POST",
            "content-type": "application/grpc",
            te: "trailers",
        });
        if (method === "Many") {
            stream.end(Buffer.alloc(64));
            return { stream, bytes: 20 * 64, grpc: true };
        }
        for (let message = 0; message < 10; message++) stream.write(Buffer.alloc(100, message));
        stream.end();
        return { stream, bytes: 1000, grpc: true };
    };
}

/** A session of a front, and another one once it is told to go. */
class Sessions {
    readonly #front: Front;
    #session: http2.ClientHttp2Session | undefined;

    constructor(front: Front) {
        this.#front = front;
    }

    async session(): Promise<http2.ClientHttp2Session> {
        if (this.#session !== undefined && !this.#session.closed && !this.#session.destroyed) return this.#session;
        const { port, ca, host } = this.#front;
        const socket = (): tls.TLSSocket => tls.connect({ port, host: "127.0.0.1", ca, servername: host, ALPNProtocols: ["h2"] });
        const session = http2.connect(`https://${host}`, { createConnection: socket });
        session.on("error", () => {});
        this.#session = session;
        await once(session, "connect");
        return session;
    }

    close(): void {
        this.#session?.close();
    }
}
