/**
 * A connection to a port of a pod, through the API server and the kubelet: Kubernetes' port-forward over WebSocket. Each
 * message begins with its channel, 0 what is said and 1 why it failed, and the first one of each has the port behind that.
 */
import { Duplex } from "node:stream";
import WebSocket from "ws";
import type { ApiCredentials } from "../../proxy/source";

export interface ForwardedPort {
    readonly namespace: string;
    readonly pod: string;
    readonly port: number;
}

/** Channels as bytes, as kubelets have them since Kubernetes 1.5. */
const PROTOCOL = "v4.channel.k8s.io";
const DATA = 0;
const FAILURE = 1;
const PORT_BYTES = 2;
const OPEN_MS = 15_000;
const MOST_REFUSAL = 64 * 1024;

/** The API server did not open it: its status and what it said. */
export class ForwardRefused extends Error {
    readonly status: number;

    constructor(status: number, message: string) {
        super(message);
        this.status = status;
    }
}

/** Rejects where the API server refuses; what the kubelet refuses fails the connection, with its words. */
export async function forwardPort(credentials: ApiCredentials, { namespace, pod, port }: ForwardedPort): Promise<Duplex> {
    const { server, headers, tls, agent } = await credentials.access();
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/portforward?ports=${port}`;
    const socket = new WebSocket(`${server.replace(/^http/, "ws")}${path}`, [PROTOCOL], {
        headers: { ...headers },
        ...tls,
        ...(agent === undefined || agent === false ? {} : { agent }),
        handshakeTimeout: OPEN_MS,
        perMessageDeflate: false,
    });
    socket.binaryType = "nodebuffer";
    // From the first message on, which may come with the answer itself.
    const connection = new ForwardedConnection(socket);
    await new Promise<void>((resolve, reject) => {
        socket.once("open", () => resolve());
        socket.once("error", reject);
        socket.once("unexpected-response", (_request, response) => {
            let text = "";
            response
                .setEncoding("utf8")
                .on("data", (part: string) => {
                    if (text.length < MOST_REFUSAL) text += part;
                })
                .on("end", () => reject(new ForwardRefused(response.statusCode ?? 0, messageOf(text))))
                .on("error", reject);
        });
    });
    return connection;
}

/** Of a Kubernetes Status, or of text. */
function messageOf(text: string): string {
    try {
        const status = JSON.parse(text) as { readonly message?: unknown };
        if (typeof status.message === "string") return status.message;
    } catch {
        // It is text.
    }
    return text.trim();
}

class ForwardedConnection extends Duplex {
    readonly #socket: WebSocket;
    /** Channels whose port is still to come. */
    readonly #fresh = new Set([DATA, FAILURE]);
    #failure = "";

    constructor(socket: WebSocket) {
        super({ allowHalfOpen: true });
        this.#socket = socket;
        // It may fail before anybody has taken it, who then finds it in `errored`.
        this.on("error", () => undefined);
        socket.on("message", (message: Buffer) => this.#take(message));
        socket.on("close", () => this.#ended());
        socket.on("error", (error) => this.destroy(error));
    }

    #take(message: Buffer): void {
        const channel = message[0];
        if (channel !== DATA && channel !== FAILURE) return;
        const bytes = message.subarray(this.#fresh.delete(channel) ? 1 + PORT_BYTES : 1);
        if (bytes.length === 0) return;
        if (channel === FAILURE) {
            this.#failure += bytes.toString("utf8");
            this.destroy(new Error(this.#failure.trim()));
        } else if (!this.push(bytes)) this.#socket.pause();
    }

    #ended(): void {
        if (this.#failure === "") this.push(null);
    }

    override _read(): void {
        this.#socket.resume();
    }

    override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
        this.#socket.send(Buffer.concat([Buffer.of(DATA), chunk]), { binary: true }, (error) => done(error));
    }

    /** The protocol can't say that nothing more comes. */
    override _final(done: () => void): void {
        done();
    }

    override _destroy(error: Error | null, done: (error: Error | null) => void): void {
        this.#socket.terminate();
        done(error);
    }

    /** What node:http asks of sockets. */
    setTimeout(): this {
        return this;
    }

    setNoDelay(): this {
        return this;
    }

    setKeepAlive(): this {
        return this;
    }

    ref(): this {
        return this;
    }

    unref(): this {
        return this;
    }
}
