/** A program that does handshakes, full or by tickets, one after the other on each of some connections. Nothing is asked on them but for a ticket. */
import { connect, createSecureContext, type SecureContext, type TLSSocket } from "node:tls";
import { GROUP, GROUPS } from "../groups";
import { inTurn, takeOrders } from "../programs";
import type { HandshakeOrder } from "./programs";

const contexts = new Map<HandshakeOrder["version"], SecureContext>();

function contextOf(version: HandshakeOrder["version"]): SecureContext {
    let context = contexts.get(version);
    if (context === undefined)
        contexts.set(version, (context = createSecureContext({ ...GROUPS, minVersion: version, maxVersion: version })));
    return context;
}

/** The group of its keys; empty: it agreed on none of its own. */
function groupOf(socket: TLSSocket): string {
    const info = socket.getEphemeralKeyInfo();
    return info !== null && "name" in info ? String(info.name ?? "").toUpperCase() : "";
}

/** One connection. It ends as clients end: what they have to say is said, and the server closes. */
function shake({ port, version }: HandshakeOrder, session: Buffer | undefined, wantsTicket: boolean): Promise<Buffer | undefined> {
    const isResumed = session !== undefined;
    return new Promise((resolve, reject) => {
        const names = { servername: "bench.example", ALPNProtocols: ["http/1.1"], rejectUnauthorized: false };
        const target = { port, host: "127.0.0.1", secureContext: contextOf(version), ...names };
        const socket = connect({ ...target, ...(isResumed ? { session } : {}) });
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
            const kind = `${socket.getProtocol()}, ${socket.isSessionReused() ? "resumed" : "full"}, ${groupOf(socket)}`;
            const wanted = `${version}, ${isResumed ? "resumed" : "full"}, ${GROUP}`;
            if (kind !== wanted) reject(new Error(`a handshake was ${kind} and not ${wanted}`));
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
