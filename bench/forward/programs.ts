/** The programs at either end of tunnels, each a process of its own: what they are told. */
import path from "node:path";
import type { Exchanges } from "../exchanges";
import { startServer, startWorker, type ServerProgram, type OrderedProgram } from "../programs";

/** Exchanges are those of each tunnel. */
export interface TunnelOrder extends Exchanges {
    readonly port: number;
    /** What CONNECT names. */
    readonly authority: string;
    readonly host: string;
    readonly tunnels: number;
    /** Of these, how many are open at a time. */
    readonly atOnce: number;
}

export type TunnelClient = OrderedProgram<TunnelOrder>;

export function startTunnelClient(): TunnelClient {
    return startWorker(path.join(__dirname, "client.ts"));
}

export function startOutside(): Promise<ServerProgram> {
    return startServer(path.join(__dirname, "outside.ts"));
}
