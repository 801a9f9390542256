/** Programs of a benchmark that are processes of their own: they are told what to do, and answer, by messages. */
import { fork, type ChildProcess } from "node:child_process";
import { exit } from "./tools";

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
