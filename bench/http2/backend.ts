/**
 * A program: an HTTP/2 server that is cheap enough never to be what is measured. `echo`: sends back whatever arrives, as
 * it arrives, and `grpc-status: 0` after it. `silent`: takes requests, and answers none.
 */
import { createServer } from "node:net";
import { End } from "./end";
import { DATA, END_HEADERS, END_STREAM, frame, HEADERS, headerBlock } from "./frames";
import type { BackendAnswer } from "./programs";

const HEAD = headerBlock({ ":status": "200", "content-type": "application/grpc" });
const TRAILERS = headerBlock({ "grpc-status": "0" });
const silent = process.argv[2] === "silent";
let requests = 0;

const report = (message: BackendAnswer): void => void process.send?.(message);

const server = createServer((socket) => {
    const end = new End(socket, "server", {
        onHeaders: (stream, flags) => {
            requests++;
            if (silent) return;
            end.send(stream, frame(HEADERS, END_HEADERS, stream, HEAD));
            if ((flags & END_STREAM) !== 0) finish(stream);
        },
        onData: (stream, flags, bytes, from, to) => {
            if (silent) return;
            if (to > from) end.send(stream, frame(DATA, 0, stream, bytes.subarray(from, to)));
            if ((flags & END_STREAM) !== 0) finish(stream);
        },
        onLost: () => undefined,
    });
    const finish = (stream: number): void => end.send(stream, frame(HEADERS, END_HEADERS | END_STREAM, stream, TRAILERS));
});
server.listen({ port: 0, host: "127.0.0.1", backlog: 1024 }, () => {
    const address = server.address();
    if (typeof address === "object" && address !== null) report({ port: address.port });
});

process.on("message", () => report({ requests }));
process.on("disconnect", () => process.exit());
