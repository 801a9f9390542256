/** An HTTP backend in the test's own process: it keeps each request as it came and answers as it is told to. */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { Backend } from "../../support/scenario";
import { backendOf } from "../../support/scenario";
import type { Received } from "./case";

/** Of the proxies' own, others in every run, or about a connection only. */
const NOISE = /^(x-envoy-.*|x-request-id|x-b3-.*|traceparent|connection|keep-alive|transfer-encoding|x-reply)$/i;

export interface EchoBackend extends Backend {
    /** Gives what came since the last call, each once it was whole. */
    take(): Received[];
}

/** What is answered instead of what the request says; undefined: nothing, for ever. */
export type Replies = (request: IncomingMessage) => string | Buffer | undefined;

export async function echoBackend(name: string, replies?: Replies): Promise<EchoBackend> {
    const respond = (request: IncomingMessage, response: ServerResponse): void => {
        if (!replies) return respondAsTold(name, request, response);
        const raw = replies(request);
        if (raw !== undefined) response.socket?.end(raw);
    };
    let received: Received[] = [];
    const answer = (request: IncomingMessage, response: ServerResponse): void => {
        const at = received.length;
        received.push({ ...receivedOf(name, request, "", []), partial: true });
        const chunks: Buffer[] = [];
        request.on("data", (chunk: Buffer) => chunks.push(chunk));
        request.on("error", () => undefined);
        request.on("end", () => {
            const held = received;
            if (held[at]) held[at] = receivedOf(name, request, Buffer.concat(chunks).toString(), request.rawTrailers);
            respond(request, response);
        });
    };
    const server = createServer({ requireHostHeader: false, keepAliveTimeout: 60_000 }, answer);
    server.on("checkContinue", (request, response: ServerResponse) => {
        if (request.headers["x-reply"] === undefined) response.writeContinue();
        else respond(request, response);
        answer(request, response);
    });
    server.on("upgrade", (request, socket) => {
        received.push(receivedOf(name, request, "", []));
        socket.on("error", () => undefined);
        socket.end(rawReply(request) ?? switching(request));
    });
    const backend = await backendOf(server);
    return {
        ...backend,
        take: () => {
            const taken = received;
            received = [];
            return taken;
        },
    };
}

/** Of servers that speak more than HTTP/1.1: a request is kept once it is whole. `status`: of every answer. */
export function echo(name: string, keep: (one: Received) => void, status?: number): RequestListener {
    return (request, response) => {
        const chunks: Buffer[] = [];
        request.on("data", (chunk: Buffer) => chunks.push(chunk));
        request.on("error", () => undefined);
        request.on("end", () => {
            keep(receivedOf(name, request, Buffer.concat(chunks).toString(), request.rawTrailers));
            if (status === undefined) respondAsTold(name, request, response);
            else response.writeHead(status, { "x-backend": name, "content-length": 0 }).end();
        });
    };
}

/** Proves that it has read the key, where that is one (RFC 6455 §4.2.2). */
function switching({ headers }: IncomingMessage): string {
    const key = headers["sec-websocket-key"] ?? "";
    const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
    const proof = /^[\w+/]{22}==$/.test(key) ? `sec-websocket-accept: ${accept}\r\n` : "";
    return `HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: ${headers.upgrade}\r\n${proof}\r\n`;
}

function respondAsTold(name: string, request: IncomingMessage, response: ServerResponse): void {
    if (response.destroyed || response.writableEnded) return;
    const raw = rawReply(request);
    if (raw === undefined)
        return void response
            .writeHead(200, { "x-backend": name, "content-type": "text/plain" })
            .end(request.method === "HEAD" ? undefined : name);
    response.socket?.end(raw);
}

function rawReply({ headers }: IncomingMessage): Buffer | undefined {
    const said = headers["x-reply"];
    return typeof said === "string" ? Buffer.from(said, "base64url") : undefined;
}

function receivedOf(
    at: string,
    { method, url, httpVersion, rawHeaders }: IncomingMessage,
    body: string,
    rawTrailers: readonly string[],
): Received {
    const trailers = linesOf(rawTrailers);
    return {
        at,
        request: `${method} ${utf8(url ?? "")} HTTP/${httpVersion}`,
        headers: linesOf(rawHeaders),
        ...(body === "" ? {} : { body }),
        ...(Object.keys(trailers).length > 0 ? { trailers } : {}),
    };
}

/** Sorted by name, without the blanks around a value; several lines of a name joined by a line feed. */
export function linesOf(raw: readonly string[]): Record<string, string> {
    const lines = new Map<string, string>();
    for (let i = 0; i < raw.length; i += 2) {
        const name = raw[i] ?? "";
        if (NOISE.test(name)) continue;
        const value = utf8(raw[i + 1] ?? "").trim();
        lines.set(name, lines.has(name) ? `${lines.get(name)}\n${value}` : value);
    }
    return Object.fromEntries([...lines].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Bytes that Node gives as latin1, read as UTF-8 where they are that. */
export function utf8(latin1: string): string {
    const text = Buffer.from(latin1, "latin1").toString("utf8");
    return text.includes("\ufffd") ? latin1 : text;
}
