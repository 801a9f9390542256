/** Backends of a soak: several of each protocol, which go away and come back one after the other as a rolling update has it. */
import { once } from "node:events";
import http from "node:http";
import http2 from "node:http2";
import type net from "node:net";

export const BIG_BYTES = 256 * 1024;
const BIG = Buffer.alloc(BIG_BYTES, "x");
const MESSAGES = 20;
const TRAILERS = { "grpc-status": "0" };

export interface Backend {
    readonly port: number;
    /** Takes nothing new, ends what is under way, and is there again. */
    restart(): Promise<void>;
    close(): void;
}

function answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    request.on("error", () => {});
    response.on("error", () => {});
    if (request.url === "/big") {
        request.resume();
        response.end(BIG);
    } else if (request.url === "/echo") {
        request.pipe(response);
    } else {
        request.resume();
        response.end("ok");
    }
}

/** As gRPC does: a message for each that comes, or a good many for one; the status in trailers. */
function call(stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders): void {
    stream.on("error", () => {});
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.once("wantTrailers", () => stream.sendTrailers(TRAILERS));
    if (headers[":path"] !== "/soak.Soak/Many") {
        stream.pipe(stream);
        return;
    }
    let sent = 0;
    const next = (): void => {
        if (stream.destroyed) return;
        if (++sent > MESSAGES) stream.end();
        else stream.write(Buffer.alloc(64, sent), () => setTimeout(next, 5));
    };
    stream.resume();
    next();
}

export async function http1Backend(port = 0): Promise<Backend> {
    const server = http.createServer({ keepAliveTimeout: 3_600_000 }, answer);
    return backend(server, port, async () => {
        // As a pod does that is taken out of its Service: each connection's last answer says that it is the last.
        const last = (_: http.IncomingMessage, response: http.ServerResponse): void => void response.setHeader("connection", "close");
        server.prependListener("request", last);
        const done = once(server, "close");
        server.close();
        // Who has not asked for a while does not ask now.
        const sweep = setInterval(() => server.closeIdleConnections(), 500);
        await done;
        clearInterval(sweep);
        server.off("request", last);
    });
}

export async function http2Backend(port = 0): Promise<Backend> {
    const server = http2.createServer();
    const sessions = new Set<http2.ServerHttp2Session>();
    server.on("session", (session) => {
        sessions.add(session.on("error", () => {}));
        session.on("close", () => sessions.delete(session));
    });
    server.on("stream", call);
    return backend(server, port, async () => {
        const done = once(server, "close");
        server.close();
        for (const session of sessions) session.close();
        await done;
    });
}

async function backend(server: net.Server, wanted: number, leave: () => Promise<void>): Promise<Backend> {
    server.on("connection", (socket: net.Socket) => socket.on("error", () => {}));
    const listen = async (port: number): Promise<void> => {
        server.listen(port, "127.0.0.1");
        await once(server, "listening");
    };
    await listen(wanted);
    const { port } = server.address() as net.AddressInfo;
    return {
        port,
        restart: async () => {
            await leave();
            await listen(port);
        },
        close: () => void server.close(),
    };
}
