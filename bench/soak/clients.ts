/**
 * Clients of a soak, one thing after the other each, over every protocol that a gateway takes. What is not as it must be is
 * noted with its time, and whether it was the connection that failed or an answer that was wrong.
 */
import { once } from "node:events";
import http from "node:http";
import http2 from "node:http2";
import https from "node:https";
import net from "node:net";
import tls from "node:tls";
import { BIG_BYTES, BODY } from "./backends";
import { HOST, type SoakPorts } from "./objects";

export interface Failure {
    readonly kind: string;
    readonly at: number;
    readonly message: string;
    /** The connection went away; otherwise somebody answered, and wrongly. */
    readonly isCut: boolean;
}

class WrongAnswer extends Error {}

type Ask = (turn: number) => Promise<void>;

/** Longer than anything that is asked for may take. */
const TIMEOUT_MS = 20_000;
/** Requests on a connection over TLS before there is another one, so that handshakes go on all the time. */
const REQUESTS_A_HANDSHAKE = 20;
const ADDRESS = "127.0.0.1";

export class SoakClients {
    readonly answered = new Map<string, number>();
    readonly failures: Failure[] = [];
    /** Fingerprints of certificates that were shown. */
    readonly certificates = new Set<string>();
    readonly #ports: SoakPorts;
    readonly #pauseMs: number;
    readonly #running: Promise<void>[] = [];
    #runs = true;

    constructor(ports: SoakPorts, each: number, pauseMs: number) {
        this.#ports = ports;
        this.#pauseMs = pauseMs;
        for (let client = 0; client < each; client++) {
            this.#start("HTTP/1.1", this.#http1(http, ports.http));
            this.#start("HTTPS", this.#http1(https, ports.https));
            this.#start("HTTP/2", this.#http2("/small"));
            this.#start("gRPC", this.#http2("/soak.Soak/Echo"));
            this.#start(
                "WebSocket",
                this.#echo(() => this.#webSocket()),
            );
            this.#start(
                "TCP",
                this.#echo(() => this.#tcp()),
            );
        }
    }

    async stop(): Promise<void> {
        this.#runs = false;
        await Promise.all(this.#running);
    }

    #start(kind: string, { ask, end }: { readonly ask: Ask; end(): void }): void {
        const run = async (): Promise<void> => {
            for (let turn = 0; this.#runs; turn++) {
                try {
                    await ask(turn);
                    this.answered.set(kind, (this.answered.get(kind) ?? 0) + 1);
                } catch (error) {
                    const { message } = error as Error;
                    this.failures.push({ kind, at: Date.now(), message, isCut: !(error instanceof WrongAnswer) });
                }
                await new Promise((resolve) => setTimeout(resolve, this.#pauseMs));
            }
            end();
        };
        this.#running.push(run());
    }

    #http1(module: typeof http | typeof https, port: number): { ask: Ask; end(): void } {
        const make = (): http.Agent =>
            module === https
                ? new https.Agent({ keepAlive: true, maxSockets: 1, servername: HOST, rejectUnauthorized: false })
                : new http.Agent({ keepAlive: true, maxSockets: 1 });
        let agent = make();
        const ask: Ask = async (turn) => {
            if (module === https && turn % REQUESTS_A_HANDSHAKE === REQUESTS_A_HANDSHAKE - 1) {
                agent.destroy();
                agent = make();
            }
            const what = turn % 10 === 0 ? "/big" : turn % 10 === 5 ? "/echo" : "/small";
            const body = what === "/echo" ? Buffer.alloc(10_000, "e") : undefined;
            const options = { host: ADDRESS, port, path: what, agent, headers: { host: HOST }, method: body ? "PUT" : "GET" };
            const request = module.request(options).end(body);
            const [response] = (await once(request, "response", { signal: AbortSignal.timeout(TIMEOUT_MS) })) as [http.IncomingMessage];
            let bytes = 0;
            response.on("data", (chunk: Buffer) => (bytes += chunk.length));
            if (response.socket instanceof tls.TLSSocket) this.#note(response.socket);
            await once(response, "end", { signal: AbortSignal.timeout(TIMEOUT_MS) });
            expect(response.statusCode, bytes, what === "/big" ? BIG_BYTES : (body?.length ?? BODY.length));
        };
        return { ask, end: () => agent.destroy() };
    }

    #http2(what: string): { ask: Ask; end(): void } {
        let session: http2.ClientHttp2Session | undefined;
        const connected = (): http2.ClientHttp2Session => {
            if (session && !session.closed && !session.destroyed) return session;
            const createConnection = (): tls.TLSSocket => {
                const options = {
                    port: this.#ports.https,
                    host: ADDRESS,
                    servername: HOST,
                    ALPNProtocols: ["h2"],
                    rejectUnauthorized: false,
                };
                const socket = tls.connect(options);
                socket.once("secureConnect", () => this.#note(socket));
                return socket;
            };
            session = http2.connect(`https://${HOST}`, { createConnection });
            return session.on("error", () => {});
        };
        const ask: Ask = async () => {
            const isCall = what.startsWith("/soak");
            const headers = isCall ? { ":method": "POST", "content-type": "application/grpc", te: "trailers" } : {};
            const stream = connected().request({ ":path": what, ...headers });
            const body = isCall ? Buffer.alloc(500, 1) : undefined;
            stream.end(body);
            let status: number | undefined;
            let grpcStatus: unknown;
            let bytes = 0;
            stream.on("response", (received) => (status = received[":status"]));
            stream.on("trailers", (received) => (grpcStatus = received["grpc-status"]));
            stream.on("data", (chunk: Buffer) => (bytes += chunk.length));
            await once(stream, "close", { signal: AbortSignal.timeout(TIMEOUT_MS) });
            if (status === undefined) throw new Error(`no answer, code ${stream.rstCode}`);
            if (stream.rstCode !== 0) throw new Error(`reset with code ${stream.rstCode}`);
            expect(status, bytes, body?.length ?? BODY.length);
            if (isCall && grpcStatus !== "0") throw new WrongAnswer(`gRPC status ${String(grpcStatus)}`);
        };
        return { ask, end: () => session?.close() };
    }

    /** Bytes there and back, on a connection that is held for a while. */
    #echo(open: () => Promise<net.Socket>): { ask: Ask; end(): void } {
        let socket: net.Socket | undefined;
        const ask: Ask = async (turn) => {
            if (socket?.destroyed !== false || turn % 50 === 49) {
                socket?.destroy();
                socket = await open();
            }
            const own = socket;
            const message = Buffer.alloc(64 + (turn % 7) * 500, turn % 256);
            own.write(message);
            const got: Buffer[] = [];
            let bytes = 0;
            await new Promise<void>((resolve, reject) => {
                const timer = setTimeout(() => done(new Error("no echo in time")), TIMEOUT_MS);
                const done = (error?: Error): void => {
                    clearTimeout(timer);
                    own.off("data", onData).off("close", onClose);
                    if (error) {
                        own.destroy();
                        reject(error);
                    } else resolve();
                };
                const onClose = (): void => done(new Error("closed before its echo"));
                const onData = (chunk: Buffer): void => {
                    got.push(chunk);
                    bytes += chunk.length;
                    if (bytes >= message.length) done();
                };
                own.on("data", onData).on("close", onClose);
            });
            if (!Buffer.concat(got).equals(message)) throw new WrongAnswer(`${bytes} bytes came back for ${message.length}, or others`);
        };
        return { ask, end: () => socket?.destroy() };
    }

    async #tcp(): Promise<net.Socket> {
        const socket = net.connect({ host: ADDRESS, port: this.#ports.tcp });
        await once(socket, "connect");
        return socket.on("error", () => {});
    }

    async #webSocket(): Promise<net.Socket> {
        const headers = { host: HOST, connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13" };
        const key = { "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==" };
        const request = http.get({ host: ADDRESS, port: this.#ports.http, path: "/ws", agent: false, headers: { ...headers, ...key } });
        request.once("response", (response) => request.destroy(new WrongAnswer(`${response.statusCode} to an upgrade`)));
        const [, socket] = (await once(request, "upgrade")) as [unknown, net.Socket];
        return socket.on("error", () => {});
    }

    #note(socket: tls.TLSSocket): void {
        // A resumed session shows none.
        const { fingerprint256 } = socket.getPeerCertificate();
        if (fingerprint256) this.certificates.add(fingerprint256);
    }
}

function expect(status: number | undefined, bytes: number, wanted: number): void {
    if (status !== 200 || bytes !== wanted) throw new WrongAnswer(`${status} with ${bytes} bytes, wanted 200 with ${wanted}`);
}
