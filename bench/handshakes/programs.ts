/** The program that does handshakes and nothing else: what it is told. */
import path from "node:path";
import { startWorker, type OrderedProgram } from "../programs";

export interface HandshakeOrder {
    readonly port: number;
    readonly version: "TLSv1.2" | "TLSv1.3";
    /** Each by a ticket of one that was before; else each is a full one. */
    readonly resumed: boolean;
    readonly handshakes: number;
    readonly atOnce: number;
}

export type HandshakeClient = OrderedProgram<HandshakeOrder>;

export function startHandshakeClient(): HandshakeClient {
    return startWorker(path.join(__dirname, "client.ts"));
}
