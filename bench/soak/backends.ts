/** What a soak's requests end at: two of each protocol, so that routes can be led from one to the other. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import http from "node:http";
import http2 from "node:http2";
import net from "node:net";

export const BODY = "ok";
export const BIG_BYTES = 128 * 1024;
const BIG = Buffer.alloc(BIG_BYTES, "x");
/** RFC 6455 §1.3. */
const WEBSOCKET_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

export interface SoakBackends {
    /** Ports: two of HTTP/1.1, two of HTTP/2, two that echo bytes. */
    readonly web: readonly [number, number];
    readonly rpc: readonly [number, number];
    readonly tcp: readonly [number, number];
    close(): void;
}

export async function startBackends(): Promise<SoakBackends> {
    const servers: net.Server[] = [];
    const listen = async (server: net.Server): Promise<number> => {
        servers.push(server);
        server.on("connection", (socket: net.Socket) => socket.on("error", () => {}));
        server.listen(0, "127.0.0.1");
        await once(server, "listening");
        return (server.address() as net.AddressInfo).port;
    };
    return {
        web: [await listen(web()), await listen(web())],
        rpc: [await listen(rpc()), await listen(rpc())],
        tcp: [await listen(echo()), await listen(echo())],
        close: () => {
            for (const server of servers) server.close();
        },
    };
}

function web(): http.Server {
    // Longer than the proxy keeps a connection: it is the proxy that closes, as in front of a real backend it should be.
    const server = http.createServer({ keepAliveTimeout: 3_600_000 }, (request, response) => {
        if (request.url === "/echo") request.pipe(response);
        else {
            request.resume();
            response.end(request.url === "/big" ? BIG : BODY);
        }
    });
    server.on("upgrade", (request, socket: net.Socket, head) => {
        const accept = createHash("sha1").update(`${request.headers["sec-websocket-key"]}${WEBSOCKET_GUID}`).digest("base64");
        socket.write(
            `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
        );
        socket.write(head);
        socket.pipe(socket);
    });
    return server;
}

/** As gRPC: what comes goes back, and the status stands in trailers. */
function rpc(): http2.Http2Server {
    const server = http2.createServer();
    server.on("stream", (stream) => {
        stream.on("error", () => {});
        stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
        stream.once("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
        stream.pipe(stream);
    });
    return server;
}

function echo(): net.Server {
    return net.createServer({ allowHalfOpen: true }, (socket) => socket.on("error", () => {}).pipe(socket));
}
