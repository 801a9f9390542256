/** The programs at either end of byte streams that a proxy passes on, each a process of its own: what they are told, and what they tell. */
import path from "node:path";
import type { TunnelAnswer, TunnelExchange } from "../forward/programs";
import { answerOf, startProgram, stopProgram } from "../programs";
import type { Running } from "../tools";

export interface StreamOrder {
    readonly port: number;
    readonly tls: boolean;
    /** Each connection begins with an upgrade to WebSocket, and its exchanges are frames. */
    readonly websocket: boolean;
    /** In all. */
    readonly connections: number;
    /** Of these, how many are open at a time. */
    readonly atOnce: number;
    readonly exchange: TunnelExchange;
    /** On each connection. */
    readonly exchanges: number;
    /** Of each exchange. */
    readonly bytes: number;
}

export interface StreamClient extends Running {
    carryOut(order: StreamOrder): Promise<void>;
}

export function startStreamClient(): StreamClient {
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

/** What bytes lead to: it upgrades to WebSocket who asks for it, and takes all else for a stream of bytes. */
export async function startStreamBackend(): Promise<Running & { readonly port: number }> {
    const child = startProgram(path.join(__dirname, "backend.ts"));
    const { port } = await answerOf<{ port: number }>(child);
    return { pid: child.pid!, port, stop: () => stopProgram(child) };
}
