/** The programs at either end of tunnels, each a process of its own: what they are told, and what they tell. */
import type { Socket } from "node:net";
import path from "node:path";
import { answerOf, startProgram, stopProgram } from "../programs";
import type { Running } from "../tools";

/** What the outside sends back: what it was sent; or so many bytes, or one once it has so many, by a word of `WORD` bytes. */
export type TunnelExchange = "echo" | "down" | "up";
export const WORD = 16;

export function word(exchange: Exclude<TunnelExchange, "echo">, bytes: number): Buffer {
    return Buffer.from(`${exchange === "down" ? "D" : "U"}${String(bytes).padStart(WORD - 1, "0")}`);
}

/** What either end sends, as often as it takes. */
export const PIECE = Buffer.alloc(1 << 16, "x");

/** Sends so many bytes, as fast as they are taken. */
export function pour(socket: Socket, bytes: number): void {
    let left = bytes;
    const more = (): void => {
        while (left > 0) {
            const piece = left < PIECE.length ? PIECE.subarray(0, left) : PIECE;
            left -= piece.length;
            if (!socket.write(piece)) return;
        }
    };
    socket.on("drain", more);
    more();
}

export interface TunnelOrder {
    readonly port: number;
    /** What CONNECT names. */
    readonly authority: string;
    readonly host: string;
    readonly tunnels: number;
    /** Of these, how many are open at a time. */
    readonly atOnce: number;
    readonly exchange: TunnelExchange;
    /** In each tunnel. */
    readonly exchanges: number;
    /** Of each exchange. */
    readonly bytes: number;
}

export type TunnelAnswer = { readonly done: true } | { readonly done: false; readonly why: string };

export interface TunnelClient extends Running {
    carryOut(order: TunnelOrder): Promise<void>;
}

export function startTunnelClient(): TunnelClient {
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

export async function startOutside(): Promise<Running & { readonly port: number }> {
    const child = startProgram(path.join(__dirname, "outside.ts"));
    const { port } = await answerOf<{ port: number }>(child);
    return { pid: child.pid!, port, stop: () => stopProgram(child) };
}
