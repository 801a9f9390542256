/**
 * Stands in for a MySQL server where only the road to it is tried: it speaks first, with the greeting that a MySQL
 * client expects, and then echoes. There is no database.
 */
import { createServer } from "node:net";
import type { Sample } from "./sample";

const PROTOCOL_VERSION = 10;
/** CLIENT_PROTOCOL_41, the least that clients of today accept. */
const CAPABILITIES = 0x0200;
const UTF8MB4 = 45;

/** Protocol::HandshakeV10, with a challenge of zeroes: nobody can log in here. */
function greeting(): Buffer {
    const body = Buffer.concat([
        Buffer.from([PROTOCOL_VERSION]),
        Buffer.from("8.0.0-gatehouse-sample\0"),
        Buffer.from([1, 0, 0, 0]),
        Buffer.alloc(8),
        Buffer.from([0, CAPABILITIES & 0xff, CAPABILITIES >> 8, UTF8MB4, 2, 0, 0, 0, 0]),
        Buffer.alloc(10),
    ]);
    const head = Buffer.alloc(4);
    head.writeUIntLE(body.length, 0, 3);
    return Buffer.concat([head, body]);
}

export const mysqlEcho: Sample = {
    summary: "TCP: the greeting of a MySQL server, then an echo",
    create() {
        return createServer((socket) => {
            socket.on("error", () => socket.destroy());
            socket.write(greeting());
            socket.pipe(socket);
        });
    },
};
