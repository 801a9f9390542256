/** A program that holds connections open: each has had one answer, and then says nothing. */
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls, createSecureContext } from "node:tls";
import { GROUPS } from "../groups";
import type { HoldAnswer, HoldOrder } from "./programs";

/** Connections that are made at a time. */
const AT_ONCE = 16;
const REQUEST = "GET / HTTP/1.1\r\nHost: bench.example\r\n\r\n";
const held: Socket[] = [];
/** As with handshakes: what they agree on is held as long as the connection. */
const secureContext = createSecureContext(GROUPS);

function open({ port, tls }: HoldOrder): Promise<void> {
    return new Promise((resolve, reject) => {
        const target = { port, host: "127.0.0.1" };
        const names = { servername: "bench.example", ALPNProtocols: ["http/1.1"], rejectUnauthorized: false, secureContext };
        const socket = tls ? connectTls({ ...target, ...names }) : connectTcp(target);
        socket.once(tls ? "secureConnect" : "connect", () => socket.write(REQUEST));
        socket.once("error", reject).once("close", () => reject(new Error("a held connection was closed")));
        socket.once("data", (chunk: Buffer) => {
            if (!chunk.toString("latin1").startsWith("HTTP/1.1 200")) return reject(new Error("a request was not answered 200"));
            socket.resume();
            resolve();
        });
        held.push(socket);
    });
}

async function hold(order: HoldOrder): Promise<void> {
    let left = order.connections;
    const inTurn = async (): Promise<void> => {
        while (left-- > 0) await open(order);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, inTurn));
}

function letGo(): void {
    for (const socket of held) socket.removeAllListeners("close").destroy();
    held.length = 0;
}

const report = (message: HoldAnswer): void => void process.send?.(message);

process.on("message", (order: HoldOrder) => {
    if (order.connections === 0) letGo();
    hold(order).then(
        () => report({ open: held.filter(({ destroyed }) => !destroyed).length }),
        (error: unknown) => report({ why: String(error) }),
    );
});
process.on("disconnect", () => process.exit());
