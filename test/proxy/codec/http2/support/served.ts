/** A port that the codec serves, with nothing behind it: a test sees what comes through the door, and answers there. */
import { once } from "node:events";
import net from "node:net";
import type { RefusedRequest, ServerConnection } from "../../../../../proxy/codec";
import { Http2ServerConnection } from "../../../../../proxy/codec/http2/server-connection";
import { HTTP2_SERVER_DEFAULTS, type Http2ServerOptions } from "../../../../../proxy/codec/http2/server-options";
import type {
    ConnectionInfo,
    HeaderList,
    RequestHead,
    RequestReceiver,
    ResetReason,
    ResponseWriter,
} from "../../../../../proxy/http/doors";

const INFO: ConnectionInfo = {
    remoteAddress: "127.0.0.1",
    remotePort: 1,
    localAddress: "127.0.0.1",
    localPort: 80,
    port: 80,
    scheme: "http",
    serverName: "",
    routeTable: "",
    chain: "",
    forwardedClientCert: "",
};

/** One request, as an exchange gets it. */
export class Asked implements RequestReceiver {
    readonly head: RequestHead;
    readonly writer: ResponseWriter;
    readonly parts: Buffer[] = [];
    trailers: HeaderList | undefined;
    ended: boolean;
    wasReset: ResetReason | undefined;
    codecError: string | undefined;
    writable = 0;
    onWritable = (): void => {};

    constructor(head: RequestHead, end: boolean, writer: ResponseWriter) {
        this.head = head;
        this.ended = end;
        this.writer = writer;
    }
    get bytes(): number {
        return this.parts.reduce((sum, { length }) => sum + length, 0);
    }
    get body(): string {
        return Buffer.concat(this.parts).toString("latin1");
    }
    answer(body = "", status = 200): void {
        this.writer.head({ status, headers: [], contentLength: body.length }, body === "");
        if (body === "") return;
        this.writer.data(Buffer.from(body, "latin1"));
        this.writer.end(undefined);
    }
    onRequestData(chunk: Buffer): void {
        this.parts.push(Buffer.from(chunk));
    }
    onRequestEnd(trailers: HeaderList | undefined): void {
        this.ended = true;
        this.trailers = trailers;
    }
    onRequestReset(reason: ResetReason, codecError?: string): void {
        this.wasReset = reason;
        this.codecError = codecError;
    }
    onResponseWritable(): void {
        this.writable++;
        this.onWritable();
    }
}

export class Served {
    port = 0;
    readonly asked: Asked[] = [];
    readonly refused: RefusedRequest[] = [];
    readonly connections: ServerConnection[] = [];
    readonly #server: net.Server;
    readonly #sockets = new Set<net.Socket>();
    readonly #waiting: (() => void)[] = [];

    private constructor(onAsked: (asked: Asked) => void, options: Partial<Http2ServerOptions>) {
        const service = {
            handler: (head: RequestHead, end: boolean, writer: ResponseWriter): Asked => {
                const asked = new Asked(head, end, writer);
                this.asked.push(asked);
                onAsked(asked);
                for (const resolve of this.#waiting.splice(0)) resolve();
                return asked;
            },
            onRefused: (refused: RefusedRequest) => void this.refused.push(refused),
        };
        this.#server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
            this.#sockets.add(socket);
            socket.on("close", () => this.#sockets.delete(socket));
            this.connections.push(new Http2ServerConnection(socket, INFO, service, { ...HTTP2_SERVER_DEFAULTS, ...options }));
        });
    }

    /** `onAsked` is called when a request is dispatched; without it a test answers by itself. */
    static async start(onAsked: (asked: Asked) => void = () => {}, options: Partial<Http2ServerOptions> = {}): Promise<Served> {
        const served = new Served(onAsked, options);
        served.#server.listen(0, "127.0.0.1");
        await once(served.#server, "listening");
        served.port = (served.#server.address() as net.AddressInfo).port;
        return served;
    }

    /** The request with this number, the first is 0, once it is there. */
    async request(number = 0): Promise<Asked> {
        while (this.asked.length <= number) await new Promise<void>((resolve) => this.#waiting.push(resolve));
        return this.asked[number]!;
    }

    get open(): number {
        return this.#sockets.size;
    }

    async close(): Promise<void> {
        for (const socket of this.#sockets) socket.destroy();
        this.#server.close();
        await once(this.#server, "close");
    }
}
