/** The programs at either end of byte streams that a proxy passes on, each a process of its own: what they are told. */
import path from "node:path";
import type { Exchanges } from "../exchanges";
import { startServer, startWorker, type ServerProgram, type OrderedProgram } from "../programs";

export interface StreamOrder extends Exchanges {
    readonly port: number;
    readonly tls: boolean;
    /** Each connection begins with an upgrade to WebSocket, and its exchanges are frames. */
    readonly websocket: boolean;
    /** In all. */
    readonly connections: number;
    /** Of these, how many are open at a time. */
    readonly atOnce: number;
}

export type StreamClient = OrderedProgram<StreamOrder>;

export function startStreamClient(): StreamClient {
    return startWorker(path.join(__dirname, "client.ts"));
}

/** What bytes lead to: it upgrades to WebSocket who asks for it, and takes all else for a stream of bytes. */
export function startStreamBackend(): Promise<ServerProgram> {
    return startServer(path.join(__dirname, "backend.ts"));
}
