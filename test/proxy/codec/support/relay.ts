/** The two connections of the codec with nothing between them: what the exchange does, in its simplest form. */
import net from "node:net";
import {
    Http1ClientConnection,
    Http1ServerConnection,
    HTTP1_SERVER_DEFAULTS,
    type Http1ServerOptions,
} from "../../../../proxy/codec/http1";
import type {
    ConnectionInfo,
    HeaderList,
    RequestHandler,
    RequestHead,
    RequestReceiver,
    RequestWriter,
    ResetReason,
    ResponseHead,
    ResponseReceiver,
    ResponseWriter,
} from "../../../../proxy/http/doors";

/** Clients that left before they were accepted stay in the queue: there is to be room for hundreds of them. */
const BACKLOG = 4096;

const INFO: ConnectionInfo = {
    remoteAddress: "127.0.0.1",
    remotePort: 0,
    localAddress: "127.0.0.1",
    localPort: 0,
    port: 80,
    scheme: "http",
    serverName: "",
    routeTable: "",
    chain: "",
    forwardedClientCert: "",
};

/** One request on its way through. Chunks that come before there is a connection wait. */
class Passage implements RequestReceiver, ResponseReceiver {
    readonly #writer: ResponseWriter;
    #upstream: RequestWriter | undefined;
    #early: Buffer[] = [];
    #ended = false;
    #trailers: HeaderList | undefined;
    gone = false;
    #started = false;

    constructor(writer: ResponseWriter) {
        this.#writer = writer;
    }

    begin(connection: Http1ClientConnection, head: RequestHead, end: boolean): void {
        this.#upstream = connection.open(head, end, this);
        for (const chunk of this.#early) this.#upstream.data(chunk);
        if (this.#ended) this.#upstream.end(this.#trailers);
    }

    onRequestData(chunk: Buffer): void {
        if (this.#upstream === undefined) this.#early.push(chunk);
        else if (!this.#upstream.data(chunk)) this.#writer.pauseRequest();
    }

    onRequestEnd(trailers: HeaderList | undefined): void {
        this.#ended = true;
        this.#trailers = trailers;
        this.#upstream?.end(trailers);
    }

    onRequestReset(reason: ResetReason): void {
        this.gone = true;
        this.#upstream?.reset(reason);
    }

    onResponseWritable(): void {
        this.#upstream?.resumeResponse();
    }

    onInformational(status: number, headers: HeaderList): void {
        this.#writer.informational(status, headers);
    }

    onResponseHead(head: ResponseHead, end: boolean): void {
        this.#started = true;
        this.#writer.head(head, end);
    }

    onResponseData(chunk: Buffer): void {
        if (!this.#writer.data(chunk)) this.#upstream!.pauseResponse();
    }

    onResponseEnd(trailers: HeaderList | undefined): void {
        this.#writer.end(trailers);
    }

    onResponseReset(reason: ResetReason, sent: boolean, detail: string): void {
        if (this.#started) this.#writer.reset(reason);
        else this.fail(502, `${reason}; sent=${sent}; ${detail}`);
    }

    fail(status: number, why: string): void {
        this.#writer.head({ status, headers: ["x-why", why], contentLength: 0 }, true);
    }

    onRequestWritable(): void {
        this.#writer.resumeRequest();
    }
}

export interface Relay {
    readonly port: number;
    readonly downstream: Set<Http1ServerConnection>;
    readonly upstream: Set<Http1ClientConnection>;
    readonly idle: Http1ClientConnection[];
    close(): Promise<void>;
}

/** Relays to a port of loopback, over pooled connections. */
export async function startRelay(backendPort: number, options: Partial<Http1ServerOptions> = {}): Promise<Relay> {
    const idle: Http1ClientConnection[] = [];
    const upstream = new Set<Http1ClientConnection>();
    const own = (socket: net.Socket): Http1ClientConnection => {
        const connection: Http1ClientConnection = new Http1ClientConnection(socket, {
            onStreamEnd: () => void idle.push(connection),
            onCapacity: () => {},
            onGoingAway: () => {},
            onClosed: () => {
                upstream.delete(connection);
                const place = idle.indexOf(connection);
                if (place >= 0) idle.splice(place, 1);
            },
        });
        return connection;
    };
    const handler: RequestHandler = (head, end, writer) => {
        const passage = new Passage(writer);
        for (let pooled = idle.pop(); pooled !== undefined; pooled = idle.pop()) {
            if (!pooled.idle) continue;
            passage.begin(pooled, head, end);
            return passage;
        }
        const socket = net.connect({ port: backendPort, host: "127.0.0.1", noDelay: true });
        const failed = (error: Error): void => passage.fail(503, error.message);
        socket.once("error", failed);
        socket.once("connect", () => {
            socket.off("error", failed);
            if (passage.gone) return void socket.destroy();
            const connection = own(socket);
            upstream.add(connection);
            passage.begin(connection, head, end);
        });
        return passage;
    };
    return serve(handler, options, { upstream, idle });
}

/** Serves requests by a handler of the test's own. */
export async function serve(
    handler: RequestHandler,
    options: Partial<Http1ServerOptions> = {},
    pool: Pick<Relay, "upstream" | "idle"> = { upstream: new Set(), idle: [] },
): Promise<Relay> {
    const downstream = new Set<Http1ServerConnection>();
    const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
        const connection: Http1ServerConnection = new Http1ServerConnection(
            socket,
            INFO,
            handler,
            { ...HTTP1_SERVER_DEFAULTS, ...options },
            () => downstream.delete(connection),
        );
        downstream.add(connection);
    });
    await new Promise<void>((resolve) => server.listen({ port: 0, host: "127.0.0.1", backlog: BACKLOG }, resolve));
    return {
        port: (server.address() as net.AddressInfo).port,
        downstream,
        ...pool,
        close: async () => {
            for (const connection of [...downstream]) connection.destroy();
            for (const connection of [...pool.upstream]) connection.close();
            await new Promise((resolve) => server.close(resolve));
        },
    };
}

export interface Backend {
    readonly port: number;
    readonly sockets: Set<net.Socket>;
    close(): Promise<void>;
}

/** A raw server that says what it likes. */
export async function startBackend(onSocket: (socket: net.Socket) => void): Promise<Backend> {
    const sockets = new Set<net.Socket>();
    const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
        sockets.add(socket);
        socket.on("close", () => sockets.delete(socket));
        socket.on("error", () => {});
        onSocket(socket);
    });
    await new Promise<void>((resolve) => server.listen({ port: 0, host: "127.0.0.1", backlog: BACKLOG }, resolve));
    return {
        port: (server.address() as net.AddressInfo).port,
        sockets,
        close: async () => {
            for (const socket of sockets) socket.destroy();
            await new Promise((resolve) => server.close(resolve));
        },
    };
}

/** A backend that gives each head that comes, with its number on the connection, to `answer`. */
export function startScript(answer: (head: string, socket: net.Socket, index: number) => void): Promise<Backend> {
    return startBackend((socket) => {
        let text = "";
        let index = 0;
        socket.on("end", () => socket.end());
        socket.on("data", (chunk) => {
            text += chunk.toString("latin1");
            for (let end = text.indexOf("\r\n\r\n"); end >= 0; end = text.indexOf("\r\n\r\n")) {
                const head = text.slice(0, end + 4);
                text = text.slice(end + 4);
                answer(head, socket, index++);
            }
        });
    });
}

/** A raw client: writes what it is told, and keeps all that came back. */
export class RawClient {
    text = "";
    ended = false;
    closed = false;
    readonly socket: net.Socket;
    #changed: () => void = () => {};

    constructor(port: number, allowHalfOpen = true) {
        this.socket = net.connect({ port, host: "127.0.0.1", allowHalfOpen, noDelay: true });
        this.socket.on("error", () => {});
        this.socket.on("data", (chunk) => {
            this.text += chunk.toString("latin1");
            this.#changed();
        });
        this.socket.on("end", () => {
            this.ended = true;
            this.#changed();
        });
        this.socket.on("close", () => {
            this.closed = true;
            this.#changed();
        });
    }

    write(text: string): this {
        this.socket.write(text, "latin1");
        return this;
    }

    async until(met: (client: this) => boolean, ms = 20_000): Promise<this> {
        const deadline = setTimeout(() => this.#changed(), ms);
        const start = performance.now();
        while (!met(this)) {
            if (performance.now() - start >= ms)
                throw new Error(
                    `waited ${ms} ms in vain, with ${JSON.stringify(this.text.slice(-500))}, ended=${this.ended}, closed=${this.closed}`,
                );
            await new Promise<void>((resolve) => {
                this.#changed = resolve;
            });
        }
        clearTimeout(deadline);
        return this;
    }

    untilText(text: string): Promise<this> {
        return this.until((client) => client.text.includes(text));
    }

    untilEnd(): Promise<this> {
        return this.until((client) => client.ended || client.closed);
    }
}
