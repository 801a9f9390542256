/** A program that does handshakes, full or by tickets, one after the other on each of some connections. Nothing is asked on them but for a ticket. */
import { connect, createSecureContext } from "node:tls";
import { inTurn, takeOrders } from "../programs";
import type { HandshakeOrder } from "./programs";

/** The one group that all proxies agree on: Envoy does not speak those that quantum computers do not break. */
const secureContext = createSecureContext({ ecdhCurve: "X25519" });

/** One connection. It ends as clients end: what they have to say is said, and the server closes. */
function shake({ port, version }: HandshakeOrder, session: Buffer | undefined, wantsTicket: boolean): Promise<Buffer | undefined> {
    return new Promise((resolve, reject) => {
        const names = { servername: "bench.example", ALPNProtocols: ["http/1.1"], rejectUnauthorized: false };
        const versions = { minVersion: version, maxVersion: version };
        const target = { port, host: "127.0.0.1", secureContext, ...names, ...versions };
        const socket = connect({ ...target, ...(session === undefined ? {} : { session }) });
        let ticket: Buffer | undefined;
        let isSecure = false;
        const finish = (): void => {
            if (isSecure && (ticket !== undefined || !wantsTicket)) {
                isEnding = true;
                socket.end();
            }
        };
        let isEnding = false;
        // Some close before they have read that the client does.
        socket.on("error", (error) => (isEnding ? resolve(ticket) : reject(error)));
        // In TLS 1.3 it comes after the handshake.
        socket.on("session", (given: Buffer) => {
            ticket = given;
            finish();
        });
        socket.on("secureConnect", () => {
            isSecure = true;
            if (socket.isSessionReused() !== (session !== undefined)) reject(new Error("a handshake was not of the kind that is measured"));
            // Envoy sends tickets with the first thing that it has to say.
            if (wantsTicket) socket.write("GET / HTTP/1.1\r\nHost: bench.example\r\n\r\n");
            finish();
        });
        socket.on("close", () => (isSecure ? resolve(ticket) : reject(new Error("closed before the handshake was over"))));
        socket.resume();
    });
}

takeOrders(async (order: HandshakeOrder) => {
    // It serves as often as it is shown.
    const ticket = order.resumed ? await shake(order, undefined, true) : undefined;
    await inTurn(order.handshakes, order.atOnce, () => shake(order, ticket, false));
});
