/** The programs at either end of a proxy, each a process of its own: what they are told, and what they tell. */
import path from "node:path";
import { answerOf, startProgram, startWorker, stopProgram, type OrderedProgram } from "../programs";
import type { Running } from "../tools";

export interface ClientOrder {
    readonly what: "talk" | "hold";
    readonly port: number;
    readonly tls: boolean;
    readonly connections: number;
    /** On each of them. */
    readonly streams: number;
    /** On each of these, there and back. */
    readonly messages: number;
    /** Of a message. */
    readonly bytes: number;
}

export type BackendAnswer = { readonly port: number } | { readonly requests: number };

export interface Backend extends Running {
    readonly port: number;
    /** How many requests have reached it. */
    requests(): Promise<number>;
}

export async function startHttp2Backend(mode: "echo" | "silent"): Promise<Backend> {
    const child = startProgram(path.join(__dirname, "backend.ts"), [mode]);
    const { port } = await answerOf<{ port: number }>(child);
    return {
        pid: child.pid!,
        port,
        requests: async () => {
            child.send("how many");
            return (await answerOf<{ requests: number }>(child)).requests;
        },
        stop: () => stopProgram(child),
    };
}

export type Client = OrderedProgram<ClientOrder>;

export function startClient(): Client {
    return startWorker(path.join(__dirname, "client.ts"));
}
