/** The real command as a child process: started, awaited until it is ready, ended by its own pid. */
import { spawn, type ChildProcess } from "node:child_process";
import path from "node:path";
import { createInterface } from "node:readline";
import { run, type Finished } from "../../harness/command";
import { root } from "./checkout";

export { run, type Finished } from "../../harness/command";

const launcher = path.join(root, "cli", "gatehouse.js");

/** Runs a command of Gatehouse to its end. Never throws for an exit code. */
export function gatehouse(
    args: readonly string[],
    options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv; readonly timeoutMs?: number } = {},
): Promise<Finished> {
    return run(process.execPath, [launcher, ...args], options);
}

/** A log line of the proxy, as JSON. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly msg?: string };

export interface RunningProxy {
    readonly pid: number;
    readonly ready: LogLine;
    /** Every JSON line so far. */
    readonly log: readonly LogLine[];
    /** Everything on stdout so far: the access log. */
    stdout(): string;
    /** Resolves with the first line that fits, also one already there. */
    waitFor(fits: (line: LogLine) => boolean): Promise<LogLine>;
    /** SIGTERM, then the exit code. */
    stop(signal?: NodeJS.Signals): Promise<number>;
}

/** Of a proxy that stands in nobody's way, and ends at once. */
export const OWN_PORTS: readonly string[] = [
    ...["admin", "status", "metrics"].flatMap((server) => [`--${server}`, "127.0.0.1:0"]),
    "--drain-seconds",
    "0",
];

/** Starts `gatehouse proxy` and waits for its `ready` line. */
export async function startProxy(args: readonly string[]): Promise<RunningProxy> {
    const child = spawn(process.execPath, [launcher, "proxy", ...OWN_PORTS, ...args], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    const log: LogLine[] = [];
    const watchers = new Set<(line: LogLine) => void>();
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
        stdout += text;
    });
    createInterface({ input: child.stderr }).on("line", (text) => {
        stderr += `${text}\n`;
        const line = parsed(text);
        if (!line) return;
        log.push(line);
        for (const watch of watchers) watch(line);
    });
    const exited = exitOf(child);
    const waitFor = (fits: (line: LogLine) => boolean): Promise<LogLine> =>
        new Promise((resolve, reject) => {
            const there = log.find(fits);
            if (there) return resolve(there);
            const watch = (line: LogLine): void => {
                if (!fits(line)) return;
                watchers.delete(watch);
                resolve(line);
            };
            watchers.add(watch);
            void exited.then((code) => reject(new Error(`the proxy exited with ${code} before the awaited line:\n${stderr}`)));
        });
    const ready = await waitFor(({ msg }) => msg === "ready");
    return {
        pid: child.pid ?? 0,
        ready,
        log,
        stdout: () => stdout,
        waitFor,
        stop: (signal = "SIGTERM") => {
            child.kill(signal);
            return exited;
        },
    };
}

function parsed(text: string): LogLine | undefined {
    try {
        return JSON.parse(text) as LogLine;
    } catch {
        return undefined;
    }
}

function exitOf(child: ChildProcess): Promise<number> {
    return new Promise((resolve) => child.once("exit", (code, signal) => resolve(code ?? (signal ? 128 : 0))));
}
