/**
 * A process that `up` started: this same bundle with another subcommand. It ends when the channel to it does, so it
 * cannot outlive `up`, however that ends.
 */
import { fork, type ChildProcess } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { getCompileCacheDir } from "node:module";
import path from "node:path";
import type { ChildMessage } from "../child-messages";

export interface ChildOptions {
    readonly args: readonly string[];
    readonly environment: Readonly<Record<string, string>>;
    /** Takes both its streams. */
    readonly logFile: string;
    onMessage(message: ChildMessage): void;
    /** It ended and was not told to. */
    onEnded(how: string): void;
}

/** How long a child may take to end by itself. */
const GRACE_MS = 3_000;

export class Child {
    readonly #process: ChildProcess;
    readonly #exited: Promise<void>;
    #stopping = false;

    constructor(options: ChildOptions) {
        const log = openSync(options.logFile, "w", 0o600);
        try {
            this.#process = fork(process.argv[1] ?? __filename, options.args, {
                execArgv: [],
                env: childEnvironment(options.environment),
                stdio: ["ignore", log, log, "ipc"],
            });
        } finally {
            closeSync(log);
        }
        this.#process.on("message", (message) => options.onMessage(message as ChildMessage));
        this.#exited = new Promise((resolve) => {
            this.#process.once("error", (error) => {
                if (!this.#stopping) options.onEnded(error.message);
                resolve();
            });
            this.#process.once("exit", (code, signal) => {
                if (!this.#stopping) options.onEnded(signal === null ? `exit code ${code}` : signal);
                resolve();
            });
        });
    }

    get pid(): number {
        return this.#process.pid ?? 0;
    }

    /** Ends it: at once, but clean. */
    async stop(): Promise<void> {
        this.#stopping = true;
        if (this.#process.connected) this.#process.disconnect();
        const force = setTimeout(() => this.#process.kill("SIGKILL"), GRACE_MS);
        await this.#exited;
        clearTimeout(force);
    }
}

/** What a child gets of this process's environment: enough to find things, nothing that would leak into a backend. */
function childEnvironment(own: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
    const { PATH, HOME, TMPDIR, GATEHOUSE_DEBUG } = process.env;
    // Node names the folder of its own version below the one it is given.
    const cache = getCompileCacheDir();
    return { PATH, HOME, TMPDIR, GATEHOUSE_DEBUG, ...(cache === undefined ? {} : { NODE_COMPILE_CACHE: path.dirname(cache) }), ...own };
}
