/** The programs at either end of a proxy, each a process of its own: what they are told, and what they tell. */
import { fork, type ChildProcess } from "node:child_process";
import path from "node:path";
import { exit, type Running } from "../tools";

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

export type ClientAnswer = { readonly done: true } | { readonly done: false; readonly why: string };
export type BackendAnswer = { readonly port: number } | { readonly requests: number };

function start(program: "backend" | "client", args: readonly string[]): ChildProcess {
    return fork(path.join(__dirname, `${program}.ts`), args, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
}

/** What it says next. */
function answer<T>(child: ChildProcess): Promise<T> {
    return new Promise((resolve, reject) => {
        const onMessage = (message: unknown): void => {
            child.off("exit", onExit);
            resolve(message as T);
        };
        const onExit = (): void => {
            child.off("message", onMessage);
            reject(new Error("a program of the measurement ended before it answered"));
        };
        child.once("message", onMessage).once("exit", onExit);
    });
}

async function stop(child: ChildProcess): Promise<void> {
    const ended = exit(child);
    if (child.connected) child.disconnect();
    if (child.exitCode === null) await ended;
}

export interface Backend extends Running {
    readonly port: number;
    /** How many requests have reached it. */
    requests(): Promise<number>;
}

export async function startHttp2Backend(mode: "echo" | "silent"): Promise<Backend> {
    const child = start("backend", [mode]);
    const { port } = await answer<{ port: number }>(child);
    return {
        pid: child.pid!,
        port,
        requests: async () => {
            child.send("how many");
            return (await answer<{ requests: number }>(child)).requests;
        },
        stop: () => stop(child),
    };
}

export interface Client extends Running {
    carryOut(order: ClientOrder): Promise<void>;
}

export function startClient(): Client {
    const child = start("client", []);
    return {
        pid: child.pid!,
        carryOut: async (order) => {
            child.send(order);
            const report = await answer<ClientAnswer>(child);
            if (!report.done) throw new Error(`port ${order.port}: ${report.why}`);
        },
        stop: () => stop(child),
    };
}
