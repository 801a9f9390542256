/** A program: the server that tunnels lead to. It speaks no TLS: what a client says first comes back like all that follows. */
import { createServer } from "node:net";
import { pour, WORD } from "./programs";

const DOWN = "D".charCodeAt(0);
const UP = "U".charCodeAt(0);

const server = createServer({ noDelay: true }, (socket) => {
    let awaited = 0;
    socket.on("error", () => socket.destroy());
    socket.on("data", (chunk: Buffer) => {
        if (awaited === 0) {
            const first = chunk[0];
            if (first !== DOWN && first !== UP) return void socket.write(chunk);
            const bytes = Number(chunk.toString("latin1", 1, WORD));
            if (first === DOWN) return pour(socket, bytes);
            awaited = bytes + WORD;
        }
        awaited -= chunk.length;
        if (awaited === 0) socket.write("k");
    });
});
server.listen({ port: 0, host: "127.0.0.1", backlog: 1024 }, () => {
    const address = server.address();
    if (typeof address === "object" && address !== null) process.send?.({ port: address.port });
});
process.on("disconnect", () => process.exit());
