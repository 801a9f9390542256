/** Programs of a benchmark that are processes of their own: they are told what to do, and answer, by messages. */
import { fork, type ChildProcess } from "node:child_process";
import { exit, type Running } from "./tools";

export function startProgram(file: string, args: readonly string[] = []): ChildProcess {
    return fork(file, args, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
}

/** What it says next. */
export function answerOf<T>(child: ChildProcess): Promise<T> {
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

export async function stopProgram(child: ChildProcess): Promise<void> {
    const ended = exit(child);
    if (child.connected) child.disconnect();
    if (child.exitCode === null) await ended;
}

export interface OrderedProgram<Order> extends Running {
    /** Fails with what went wrong there. */
    carryOut(order: Order): Promise<void>;
}

type Outcome = { readonly done: true } | { readonly done: false; readonly why: string };

/** A program that does what it is told through a port, and says when it is done: see `takeOrders`. */
export function startWorker<Order extends { readonly port: number }>(file: string): OrderedProgram<Order> {
    const child = startProgram(file);
    return {
        pid: child.pid!,
        carryOut: async (order) => {
            child.send(order);
            const outcome = await answerOf<Outcome>(child);
            if (!outcome.done) throw new Error(`port ${order.port}: ${outcome.why}`);
        },
        stop: () => stopProgram(child),
    };
}

/** All that such a program does. */
export function takeOrders<Order>(carryOut: (order: Order) => Promise<void>): void {
    const say = (outcome: Outcome): void => void process.send?.(outcome);
    process.on("message", (order) => {
        carryOut(order as Order).then(
            () => say({ done: true }),
            (error: unknown) => say({ done: false, why: String(error) }),
        );
    });
    process.on("disconnect", () => process.exit());
}

/** Does something so many times, so many of them at once. */
export async function inTurn(times: number, atOnce: number, once: () => Promise<unknown>): Promise<void> {
    let left = times;
    const next = async (): Promise<void> => {
        while (left-- > 0) await once();
    };
    await Promise.all(Array.from({ length: atOnce }, next));
}

export interface ServerProgram extends Running {
    readonly port: number;
}

/** A program that says the port that it serves, and nothing else. */
export async function startServer(file: string): Promise<ServerProgram> {
    const child = startProgram(file);
    const { port } = await answerOf<{ port: number }>(child);
    return { pid: child.pid!, port, stop: () => stopProgram(child) };
}
