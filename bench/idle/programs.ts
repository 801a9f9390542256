/** The program that holds idle connections: what it is told, and what it tells. */
import path from "node:path";
import { answerOf, startProgram, stopProgram } from "../programs";
import type { Running } from "../tools";

export interface HoldOrder {
    readonly port: number;
    readonly tls: boolean;
    /** So many more; 0: those that there are go. */
    readonly connections: number;
}

export type HoldAnswer = { readonly open: number } | { readonly why: string };

export interface Holder extends Running {
    /** How many are open now. */
    hold(order: HoldOrder): Promise<number>;
}

export function startHolder(): Holder {
    const child = startProgram(path.join(__dirname, "client.ts"));
    return {
        pid: child.pid!,
        hold: async (order) => {
            child.send(order);
            const answer = await answerOf<HoldAnswer>(child);
            if ("why" in answer) throw new Error(answer.why);
            return answer.open;
        },
        stop: () => stopProgram(child),
    };
}
