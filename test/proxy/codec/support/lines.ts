/**
 * A second codec, for tests: requests as lines of JSON, many at once on a connection. It has what HTTP/1.1 has not
 * (streams, a capacity, resets, going away), and is there to show that a protocol is a codec and nothing else.
 *
 *     LINES/1                              the client's beginning
 *     ["capacity", 3]                      the server's, whenever it likes
 *     ["head", 1, {…}, true]               `true`: it ends with that
 *     ["data", 1, "aGVsbG8="]  ["end", 1, ["trailer", "value"]]
 *     ["reset", 1, "refused"]  ["away", 1] of those after 1 none was processed
 */
import type { Socket } from "node:net";
import {
    Codecs,
    type ClientConnection,
    type ClientOwner,
    type Codec,
    type HttpService,
    type ServerConnection,
} from "../../../../proxy/codec";
import { http1 } from "../../../../proxy/codec/http1/codec";
import { readInto, type ByteSink } from "../../../../proxy/codec/socket-reader";
import type {
    ConnectionInfo,
    HeaderList,
    RequestHead,
    RequestReceiver,
    RequestWriter,
    ResetReason,
    ResponseHead,
    ResponseReceiver,
    ResponseWriter,
} from "../../../../proxy/http/doors";
import type { ApplicationProtocol } from "../../../../proxy/http/protocols";

export const CAPACITY = 3;

const LINES: ApplicationProtocol = {
    alpn: ["lines/1"],
    preface: "LINES/1\n",
    text: "HTTP/2",
    codecError: "lines.codec_error",
    ports: ["http2"],
    expectedStreams: CAPACITY,
};

export const lines: Codec = {
    protocol: LINES,
    server: (service) => (socket, info) => new LinesServer(socket, info, service),
    connect: (socket, owner) => new LinesClient(socket, owner),
};

export const TWO_CODECS = new Codecs([lines, http1]);

/** Ports of backends that speak either: which one it is shows in the handshake. */
export const EITHER_CODEC = new Codecs([lines, { ...http1, protocol: { ...http1.protocol, ports: ["http1", "http2", "tcp"] } }]);

type Frame = readonly [string, ...unknown[]];

abstract class Framed implements ByteSink {
    readonly socket: Socket;
    #text = "";

    constructor(socket: Socket) {
        this.socket = socket;
        socket.on("error", () => {});
        socket.on("end", () => socket.destroy());
        socket.on("close", () => this.onGone());
        socket.on("drain", () => this.onDrain());
        readInto(socket, this);
    }

    onBytes(chunk: Buffer, length: number): void {
        this.#take(chunk.toString("latin1", 0, length));
    }

    abstract onFrame(frame: Frame): void;
    abstract onFault(): void;
    abstract onGone(): void;
    abstract onDrain(): void;

    write(...frame: Frame): boolean {
        return this.socket.write(`${JSON.stringify(frame)}\n`);
    }

    #take(more: string): void {
        this.#text += more;
        for (let end = this.#text.indexOf("\n"); end !== -1 && !this.socket.destroyed; end = this.#text.indexOf("\n")) {
            const line = this.#text.slice(0, end);
            this.#text = this.#text.slice(end + 1);
            if (`${line}\n` === LINES.preface) continue;
            let frame: unknown;
            try {
                frame = JSON.parse(line);
            } catch {
                return this.onFault();
            }
            if (!Array.isArray(frame)) return this.onFault();
            this.onFrame(frame as unknown as Frame);
        }
    }
}

/** One request on a connection, of either side. What comes while it is paused is held. */
class Stream {
    readonly id: number;
    protected readonly connection: Framed;
    ended = false;
    #paused = false;
    readonly #held: (() => void)[] = [];

    constructor(connection: Framed, id: number) {
        this.connection = connection;
        this.id = id;
    }
    data(chunk: Buffer): boolean {
        return this.connection.write("data", this.id, chunk.toString("base64"));
    }
    come(what: () => void): void {
        if (this.#paused) this.#held.push(what);
        else what();
    }
    protected pause(): void {
        this.#paused = true;
    }
    protected resume(): void {
        this.#paused = false;
        for (const what of this.#held.splice(0)) what();
    }
}

class ServerStream extends Stream implements ResponseWriter {
    receiver: RequestReceiver | undefined;
    readonly #server: LinesServer;

    constructor(server: LinesServer, id: number) {
        super(server, id);
        this.#server = server;
    }
    informational(status: number, headers: HeaderList): void {
        this.#server.write("informational", this.id, status, headers);
    }
    head(head: ResponseHead, end: boolean): void {
        this.#server.write("head", this.id, head, end);
        if (end) this.#server.over(this);
    }
    end(trailers: HeaderList | undefined): void {
        this.#server.write("end", this.id, trailers ?? null);
        this.#server.over(this);
    }
    reset(reason: ResetReason): void {
        this.#server.write("reset", this.id, reason);
        this.#server.over(this);
    }
    pauseRequest(): void {
        this.pause();
    }
    resumeRequest(): void {
        this.resume();
    }
}

export class LinesServer extends Framed implements ServerConnection {
    readonly #info: ConnectionInfo;
    readonly #service: HttpService;
    readonly #streams = new Map<number, ServerStream>();
    #last = 0;
    #leaving = false;

    constructor(socket: Socket, info: ConnectionInfo, service: HttpService) {
        super(socket);
        this.#info = info;
        this.#service = service;
    }
    get idle(): boolean {
        return this.#streams.size === 0;
    }
    retire(): void {
        this.away(this.#last);
    }
    drain(): void {
        this.away(this.#last);
    }
    destroy(): void {
        this.socket.destroy();
    }
    /** Whatever comes after this request is not processed. */
    away(last: number): void {
        this.#leaving = true;
        this.write("away", last);
        this.#leave();
    }
    over(stream: ServerStream): void {
        this.#streams.delete(stream.id);
        this.#leave();
    }
    #leave(): void {
        if (this.#leaving && this.#streams.size === 0) this.socket.end();
    }
    onFrame([type, id, ...more]: Frame): void {
        const stream = this.#streams.get(id as number);
        if (type === "head") {
            if (this.#leaving) return;
            const made = new ServerStream(this, id as number);
            this.#streams.set(made.id, made);
            this.#last = made.id;
            made.receiver = this.#service.handler(more[0] as RequestHead, more[1] === true, made, this.#info);
        } else if (type === "data") {
            stream?.come(() => stream.receiver!.onRequestData(Buffer.from(more[0] as string, "base64")));
        } else if (type === "end") {
            stream?.come(() => stream.receiver!.onRequestEnd((more[0] as HeaderList | null) ?? undefined));
        } else if (type === "reset") {
            if (stream !== undefined) this.over(stream);
            stream?.receiver!.onRequestReset("client-gone");
        } else {
            this.onFault();
        }
    }
    onFault(): void {
        const refused = { status: 400, detail: "no frame", codecError: LINES.codecError, bodyBytes: 0 };
        this.#service.onRefused?.(refused, this.#info, this.#streams.size > 0);
        const open = [...this.#streams.values()];
        this.#streams.clear();
        for (const { receiver } of open) receiver!.onRequestReset("protocol-error", LINES.codecError);
        this.socket.destroy();
    }
    onGone(): void {
        const open = [...this.#streams.values()];
        this.#streams.clear();
        for (const { receiver } of open) receiver!.onRequestReset("client-gone");
    }
    onDrain(): void {
        for (const { receiver } of this.#streams.values()) receiver!.onResponseWritable();
    }
}

class ClientStream extends Stream implements RequestWriter {
    readonly receiver: ResponseReceiver;
    readonly #client: LinesClient;

    constructor(client: LinesClient, id: number, receiver: ResponseReceiver) {
        super(client, id);
        this.#client = client;
        this.receiver = receiver;
    }
    end(trailers: HeaderList | undefined): void {
        this.#client.write("end", this.id, trailers ?? null);
    }
    reset(reason: ResetReason): void {
        if (this.ended) return;
        this.#client.write("reset", this.id, reason);
        this.#client.over(this);
    }
    pauseResponse(): void {
        this.pause();
    }
    resumeResponse(): void {
        this.resume();
    }
}

export class LinesClient extends Framed implements ClientConnection {
    capacity = CAPACITY;
    readonly #owner: ClientOwner;
    readonly #streams = new Map<number, ClientStream>();
    #next = 1;

    constructor(socket: Socket, owner: ClientOwner) {
        super(socket);
        this.#owner = owner;
        socket.write(LINES.preface);
    }
    open(head: RequestHead, end: boolean, receiver: ResponseReceiver): RequestWriter {
        if (this.#streams.size >= this.capacity) throw new Error("more requests than the connection takes");
        const stream = new ClientStream(this, this.#next++, receiver);
        this.#streams.set(stream.id, stream);
        this.write("head", stream.id, head, end);
        return stream;
    }
    close(): void {
        this.socket.destroy();
    }
    over(stream: ClientStream): void {
        stream.ended = true;
        this.#streams.delete(stream.id);
        this.#owner.onStreamEnd();
    }
    onFrame([type, id, ...more]: Frame): void {
        if (type === "capacity") {
            this.capacity = id as number;
            return this.#owner.onCapacity();
        }
        if (type === "away") return this.#onAway(id as number);
        const stream = this.#streams.get(id as number);
        if (stream === undefined) return;
        const { receiver } = stream;
        if (type === "reset") {
            this.over(stream);
            const refused = more[0] === "refused";
            receiver.onResponseReset(more[0] as ResetReason, !refused, "reset by the endpoint");
        } else {
            stream.come(() => this.#onMessage(stream, type, more));
        }
    }
    #onMessage(stream: ClientStream, type: string, more: readonly unknown[]): void {
        if (stream.ended) return;
        const { receiver } = stream;
        const ends = type === "end" || (type === "head" && more[1] === true);
        if (ends) this.over(stream);
        if (type === "head") receiver.onResponseHead(more[0] as ResponseHead, ends);
        else if (type === "informational") receiver.onInformational(more[0] as number, more[1] as HeaderList);
        else if (type === "data") receiver.onResponseData(Buffer.from(more[0] as string, "base64"));
        else if (type === "end") receiver.onResponseEnd((more[0] as HeaderList | null) ?? undefined);
    }
    #onAway(last: number): void {
        this.capacity = 0;
        this.#owner.onGoingAway();
        for (const stream of [...this.#streams.values()]) {
            if (stream.id <= last) continue;
            this.over(stream);
            stream.receiver.onResponseReset("refused", false, "the endpoint went away");
        }
    }
    onFault(): void {
        this.socket.destroy();
    }
    /** The owner first: what a receiver does next must not find this connection. */
    onGone(): void {
        this.capacity = 0;
        const open = [...this.#streams.values()];
        this.#streams.clear();
        this.#owner.onClosed();
        for (const stream of open) {
            stream.ended = true;
            stream.receiver.onResponseReset("connection-closed", true, "lost");
        }
    }
    onDrain(): void {
        for (const { receiver } of this.#streams.values()) receiver.onRequestWritable();
    }
}
