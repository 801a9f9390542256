/** The program that does handshakes and nothing else: what it is told, and what it tells. */
import path from "node:path";
import type { TunnelAnswer } from "../forward/programs";
import { answerOf, startProgram, stopProgram } from "../programs";
import type { Running } from "../tools";

export interface HandshakeOrder {
    readonly port: number;
    readonly version: "TLSv1.2" | "TLSv1.3";
    /** Each by a ticket of one that was before; else each is a full one. */
    readonly resumed: boolean;
    readonly handshakes: number;
    readonly atOnce: number;
}

export interface HandshakeClient extends Running {
    carryOut(order: HandshakeOrder): Promise<void>;
}

export function startHandshakeClient(): HandshakeClient {
    const child = startProgram(path.join(__dirname, "client.ts"));
    return {
        pid: child.pid!,
        carryOut: async (order) => {
            child.send(order);
            const report = await answerOf<TunnelAnswer>(child);
            if (!report.done) throw new Error(`port ${order.port}: ${report.why}`);
        },
        stop: () => stopProgram(child),
    };
}
