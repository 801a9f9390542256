/** Programs that run to their end. */
import { execFile } from "node:child_process";
import path from "node:path";

const checkout = path.join(__dirname, "..");

export interface Finished {
    readonly code: number;
    readonly stdout: string;
    readonly stderr: string;
}

/** Runs any tool to its end. Never throws for an exit code. */
export function run(
    command: string,
    args: readonly string[],
    options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv; readonly timeoutMs?: number; readonly input?: string } = {},
): Promise<Finished> {
    return new Promise((resolve) => {
        const child = execFile(
            command,
            args,
            {
                cwd: options.cwd ?? checkout,
                env: { ...process.env, ...options.env },
                encoding: "utf8",
                timeout: options.timeoutMs ?? 300_000,
                maxBuffer: 1 << 26,
            },
            (error, stdout, stderr) => {
                const code = error ? (typeof error.code === "number" ? error.code : 128) : 0;
                resolve({ code, stdout, stderr });
            },
        );
        // A tool that ends before it reads, as s_client does on a refused handshake, is no fault of the test.
        child.stdin?.on("error", () => undefined).end(options.input ?? "");
    });
}
