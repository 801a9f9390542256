/** A program that does handshakes, full or by tickets, one after the other on each of some connections. Nothing is asked on them. */
import { connect, createSecureContext, type TLSSocket } from "node:tls";
import type { TunnelAnswer } from "../forward/programs";
import type { HandshakeOrder } from "./programs";

const secureContext = createSecureContext();

/** Resolves with a ticket: in TLS 1.3 it comes after the handshake, and only who waits for it does what clients do. */
function shake({ port, version, resumed }: HandshakeOrder, session: Buffer | undefined): Promise<Buffer> {
    return new Promise((resolve, reject) => {
        const names = { servername: "bench.example", ALPNProtocols: ["http/1.1"], rejectUnauthorized: false };
        const versions = { minVersion: version, maxVersion: version };
        const socket: TLSSocket = connect({
            port,
            host: "127.0.0.1",
            secureContext,
            ...names,
            ...versions,
            ...(session === undefined ? {} : { session }),
        });
        let ticket: Buffer | undefined;
        let isSecure = false;
        const finish = (): void => {
            if (!isSecure || ticket === undefined) return;
            const isRight = socket.isSessionReused() === (resumed && session !== undefined);
            if (isRight) resolve(ticket);
            else reject(new Error("a session was resumed that should not be, or the other way round"));
            socket.end(() => socket.destroy());
        };
        socket.on("error", reject);
        socket.on("session", (given: Buffer) => {
            ticket = given;
            finish();
        });
        socket.on("secureConnect", () => {
            isSecure = true;
            // A resumed one of TLS 1.2 brings no new ticket.
            if (version === "TLSv1.2") ticket ??= session;
            finish();
        });
    });
}

async function carryOut(order: HandshakeOrder): Promise<void> {
    let left = order.handshakes;
    const inTurn = async (): Promise<void> => {
        let session = order.resumed ? await shake(order, undefined) : undefined;
        while (left-- > 0) {
            const next = await shake(order, session);
            if (order.resumed) session = next;
        }
    };
    await Promise.all(Array.from({ length: order.atOnce }, inTurn));
}

const report = (message: TunnelAnswer): void => void process.send?.(message);

process.on("message", (order: HandshakeOrder) => {
    carryOut(order).then(
        () => report({ done: true }),
        (error: unknown) => report({ done: false, why: String(error) }),
    );
});
process.on("disconnect", () => process.exit());
