/** A program: a server of HTTP/1.1 that answers `/N` with N bytes, and a request with a body once it has all of it. */
import { createServer } from "node:http";

const bodies = new Map<number, Buffer>();

function bodyOf(bytes: number): Buffer {
    let body = bodies.get(bytes);
    if (body === undefined) bodies.set(bytes, (body = Buffer.alloc(bytes, "x")));
    return body;
}

const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, (request, response) => {
    if (request.method === "POST") {
        request.resume().on("end", () => response.writeHead(200, { "content-length": 2 }).end("ok"));
        return;
    }
    const bytes = Number(request.url?.slice(1));
    response.writeHead(200, { "content-length": bytes }).end(bodyOf(bytes));
});
server.maxRequestsPerSocket = 0;
server.listen({ port: 0, host: "127.0.0.1", backlog: 1024 }, () => {
    const address = server.address();
    if (typeof address === "object" && address !== null) process.send?.({ port: address.port });
});
process.on("disconnect", () => process.exit());
