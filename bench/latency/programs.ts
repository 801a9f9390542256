/** The program that asks at a fixed rate: what it is told, and what it tells. */
import path from "node:path";
import { answerOf, startProgram, stopProgram } from "../programs";
import type { Running } from "../tools";

export interface LatencyOrder {
    readonly port: number;
    /** Requests a second, over all connections. */
    readonly rate: number;
    readonly seconds: number;
    readonly connections: number;
}

/** Milliseconds from when a request was due to the end of its answer. */
export interface LatencyAnswer {
    readonly p50: number;
    readonly p99: number;
    readonly p999: number;
}

export interface OpenLoop extends Running {
    carryOut(order: LatencyOrder): Promise<LatencyAnswer>;
}

export function startOpenLoop(): OpenLoop {
    const child = startProgram(path.join(__dirname, "client.ts"));
    return {
        pid: child.pid!,
        carryOut: async (order) => {
            child.send(order);
            const answer = await answerOf<LatencyAnswer | { readonly why: string }>(child);
            if ("why" in answer) throw new Error(`port ${order.port}: ${answer.why}`);
            return answer;
        },
        stop: () => stopProgram(child),
    };
}
