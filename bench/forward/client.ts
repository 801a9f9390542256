/**
 * A program that opens tunnels and sends through them. The first thing in each is a ClientHello, as applications send it: a
 * proxy that looks at it does its work. It is echoed, and so costs neither side the rest of a handshake.
 */
import { connect as connectTcp } from "node:net";
import { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import { Counted, PIECE } from "../exchanges";
import { inTurn, takeOrders } from "../programs";
import type { TunnelOrder } from "./programs";

const buffer = Buffer.alloc(1 << 18);

/** What Node's TLS says first to this host. */
function clientHello(servername: string): Promise<Buffer> {
    return new Promise((resolve) => {
        const end = new Duplex({ read: () => undefined, write: (chunk: Buffer) => resolve(chunk) });
        connectTls({ socket: end, servername }).on("error", () => undefined);
    });
}

async function openTunnel({ port, authority }: TunnelOrder): Promise<Counted> {
    const callback = (length: number): boolean => {
        tunnel.came(buffer, length);
        return true;
    };
    const tunnel = new Counted(connectTcp({ port, host: "127.0.0.1", noDelay: true, onread: { buffer, callback } }));
    await tunnel.begin(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n`, /^HTTP\/1\.1 200 [^]*\r\n\r\n$/, "CONNECT");
    return tunnel;
}

async function use(order: TunnelOrder, hello: Buffer): Promise<void> {
    const tunnel = await openTunnel(order);
    await tunnel.ask(hello, hello.length);
    await tunnel.carryOut(order, PIECE.subarray(0, order.bytes));
    tunnel.close();
}

takeOrders(async (order: TunnelOrder) => {
    const hello = await clientHello(order.host);
    await inTurn(order.tunnels, order.atOnce, () => use(order, hello));
});
