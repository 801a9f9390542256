/** A long-running program beside a test: started, known by its own pid, ended by it, its output kept for the failure. */
import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import path from "node:path";

const KILL_AFTER_MS = 10_000;

export class Daemon {
    readonly name: string;
    readonly #child: ChildProcess;
    readonly #log: string;
    readonly #exited: Promise<void>;
    #isGone = false;

    /** Output goes to `<folder>/<program>.log`. */
    constructor(
        command: string,
        args: readonly string[],
        folder: string,
        options: { readonly name?: string; readonly env?: NodeJS.ProcessEnv } = {},
    ) {
        this.name = options.name ?? path.basename(command);
        this.#log = path.join(folder, `${this.name}.log`);
        const log = openSync(this.#log, "a");
        this.#child = spawn(command, args, { cwd: folder, stdio: ["ignore", log, log], env: { ...process.env, ...options.env } });
        closeSync(log);
        this.#exited = new Promise((resolve) => {
            const gone = (): void => {
                this.#isGone = true;
                resolve();
            };
            this.#child.once("exit", gone).once("error", gone);
        });
    }

    get isGone(): boolean {
        return this.#isGone;
    }

    get pid(): number {
        return this.#child.pid ?? 0;
    }

    /** The end of what it wrote. */
    tail(characters = 3000): string {
        return readFileSync(this.#log, "utf8").slice(-characters);
    }

    /** Asks until it answers true; fails with the end of its output when it is gone or time is over. */
    async ready(ask: () => Promise<boolean>, timeoutMs: number): Promise<void> {
        const deadline = Date.now() + timeoutMs;
        for (;;) {
            if (await ask().catch(() => false)) return;
            if (this.#isGone || Date.now() > deadline)
                throw new Error(`${this.name} ${this.#isGone ? "ended" : `was not ready within ${timeoutMs} ms`}:\n${this.tail()}`);
            await new Promise((resolve) => setTimeout(resolve, 100));
        }
    }

    async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
        if (this.#isGone) return;
        this.#child.kill(signal);
        const timer = setTimeout(() => this.#child.kill("SIGKILL"), KILL_AFTER_MS);
        await this.#exited;
        clearTimeout(timer);
    }
}
