/**
 * An HTTP/2 backend in the test's own process. Node's own server reads what comes, checks it and says it in order; an
 * answer that a case tells goes to the wire past it, frame by frame.
 */
import { createServer as createHttpServer } from "node:http";
import { createServer as createTcpServer, type Socket } from "node:net";
import http2, { type ServerHttp2Stream } from "node:http2";
import { Duplex } from "node:stream";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { backendOf } from "../../../support/scenario";
import { echo, linesOf, utf8, type EchoBackend } from "../backend";
import type { Received } from "../case";
import { framesOf } from "./reply";

export interface Http2BackendOptions {
    /** By ALPN, unless it says others. */
    readonly tls?: TlsOptions;
    /** Beside RFC 8441's, which is on. */
    readonly settings?: http2.Settings;
    /** Speaks HTTP/1.1 with those who do. */
    readonly either?: boolean;
    /** Answers as soon as the head is there, whatever follows. */
    readonly early?: boolean;
}

export async function http2Backend(name: string, options: Http2BackendOptions = {}): Promise<EchoBackend> {
    let received: Received[] = [];
    const onStream = (socket: Socket, stream: ServerHttp2Stream, raw: readonly string[], ended: boolean): void => {
        stream.on("error", () => undefined);
        const held = received;
        const at = held.length;
        const isOpen = options.early || raw[raw.indexOf(":method") + 1] === "CONNECT";
        held.push({ ...receivedOf(name, raw, "", []), ...(isOpen ? {} : { partial: true }) });
        if (isOpen) answer(name, socket, stream, raw);
        else if (raw.includes("expect") && !raw.includes("x-reply")) stream.additionalHeaders({ ":status": 100 });
        let body = "";
        let trailers: readonly string[] = [];
        stream.on("data", (chunk: Buffer) => {
            body += chunk.toString();
            held[at] = { ...receivedOf(name, raw, body, trailers), ...(isOpen ? {} : { partial: true }) };
        });
        stream.on("trailers", (list, _flags, rawTrailers?: readonly string[]) => {
            trailers = rawTrailers ?? pairsOf(list);
        });
        stream.on("end", () => {
            // Node says so of a stream that was reset, too.
            if (stream.rstCode === http2.constants.NGHTTP2_NO_ERROR) held[at] = receivedOf(name, raw, body, trailers);
            if (!isOpen) answer(name, socket, stream, raw);
        });
        if (ended) stream.resume();
    };
    const onSocket = (socket: Socket): void => {
        const shim = new Duplex({
            read: () => undefined,
            write: (chunk: Buffer, _encoding, done) => {
                socket.write(chunk);
                done();
            },
            final: (done) => {
                socket.end();
                done();
            },
        });
        socket.on("data", (chunk: Buffer) => shim.push(chunk));
        socket.on("error", () => undefined);
        socket.on("close", () => shim.destroy());
        const session = http2.performServerHandshake(shim, {
            settings: { enableConnectProtocol: true, ...options.settings },
            strictFieldWhitespaceValidation: false,
        });
        session.on("error", () => undefined);
        session.on("stream", (stream: ServerHttp2Stream, list, flags, raw?: readonly string[]) =>
            onStream(socket, stream, raw ?? pairsOf(list), (flags & 1) !== 0),
        );
        session.on("close", () => socket.destroy());
    };
    const either = options.either ? createHttpServer(echo(name, (one) => received.push(one))) : undefined;
    const onEither = (socket: Socket): void => {
        if (!either) return onSocket(socket);
        socket.once("readable", () => {
            const first = socket.read() as Buffer | null;
            if (!first) return;
            socket.unshift(first);
            if (first.toString("latin1").startsWith("PRI ")) onSocket(socket);
            else either.emit("connection", socket);
        });
    };
    const server = options.tls
        ? createTlsServer({ ALPNProtocols: ["h2", ...(either ? ["http/1.1"] : [])], ...options.tls }).on("secureConnection", onEither)
        : createTcpServer(onEither);
    return {
        ...(await backendOf(server)),
        take: () => {
            const taken = received;
            received = [];
            // Of what is reset halfway it is a matter of time how much has come.
            return taken.filter(({ partial }) => !partial);
        },
    };
}

/** 200 with the backend's name, or what `x-reply` says. */
function answer(name: string, socket: Socket, stream: ServerHttp2Stream, raw: readonly string[]): void {
    if (stream.destroyed || stream.closed) return;
    const method = raw[raw.indexOf(":method") + 1];
    if (raw.includes("x-reply")) {
        const told = Buffer.from(raw[raw.indexOf("x-reply") + 1] ?? "", "base64url");
        const frames = framesOf(told, method === "HEAD", stream.id ?? 1);
        if (frames) socket.write(frames);
        else socket.destroy();
        return;
    }
    if (method === "CONNECT") return void stream.respond({ ":status": 200 });
    stream.respond({ ":status": 200, "x-backend": name, "content-type": "text/plain" }, { endStream: method === "HEAD" });
    if (method !== "HEAD") stream.end(name);
}

function pairsOf(list: Readonly<Record<string, unknown>>): string[] {
    return Object.entries(list).flatMap(([name, value]) => [value].flat().flatMap((one) => [name, String(one)]));
}

function receivedOf(at: string, raw: readonly string[], body: string, rawTrailers: readonly string[]): Received {
    const trailers = linesOf(rawTrailers);
    const of = (name: string): string => (raw.includes(name) ? (raw[raw.indexOf(name) + 1] ?? "") : "");
    return {
        at,
        request: `${of(":method")} ${utf8(of(":path"))} HTTP/2`,
        headers: linesOf(raw.filter((_, index) => ![":method", ":path"].includes(raw[index - (index % 2)] ?? ""))),
        ...(body === "" ? {} : { body }),
        ...(Object.keys(trailers).length > 0 ? { trailers } : {}),
    };
}
