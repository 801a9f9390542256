/** What a benchmark needs from the machine, and the processes that it starts. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import os from "node:os";
import path from "node:path";

/** A folder that is gone when the benchmark is. */
export function temporaryFolder(): string {
    const folder = mkdtempSync(path.join(os.tmpdir(), "gatehouse-bench-"));
    process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
    return folder;
}

export function median(values: readonly number[]): number {
    return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

export interface Running {
    readonly pid: number;
    stop(): Promise<void>;
}

/** Starts a server in the foreground and waits until its ports answer. */
export async function startServer(file: string, args: readonly string[], ports: readonly number[]): Promise<Running> {
    const child = spawn(file, args, { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.on("data", (text: Buffer) => (said += text.toString()));
    const exited = exit(child);
    try {
        for (const port of ports) await answering(port, child);
    } catch (error) {
        child.kill("SIGKILL");
        throw new Error(`${path.basename(file)} did not start: ${said.trim() || String(error)}`, { cause: error });
    }
    return {
        pid: child.pid!,
        stop: async () => {
            child.kill("SIGTERM");
            await exited;
        },
    };
}

export function exit(child: ChildProcess): Promise<void> {
    return new Promise((resolve) => child.once("exit", () => resolve()));
}

async function answering(port: number, child: ChildProcess, deadline = Date.now() + 120_000): Promise<void> {
    while (!(await answers(port))) {
        if (child.exitCode !== null || Date.now() > deadline) throw new Error(`nothing listens on ${port}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
}

function answers(port: number): Promise<boolean> {
    return new Promise((resolve) => {
        const socket = connect(port, "127.0.0.1");
        socket.once("connect", () => {
            socket.destroy();
            resolve(true);
        });
        socket.once("error", () => resolve(false));
    });
}
