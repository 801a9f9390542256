/**
 * Runs a stack program, unmodified, under Pulumi's own runner in a process of its own, as Pulumi's Node.js language
 * host does: same arguments, same environment, same working folder.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import type { Project } from "../project/project";
import type { StackConfig } from "../project/config";
import type { StackName } from "../types";
import { preload } from "./preload";

export interface RunOptions {
    readonly project: Project;
    readonly name: StackName;
    readonly config: StackConfig;
    /** The runner of the stack's own SDK. */
    readonly runner: string;
    readonly address: string;
    /** Where node keeps compiled code, unless the user chose a place: the next start is then twice as fast. */
    readonly compileCache: string;
    readonly onOutput: (stream: "stdout" | "stderr", line: string) => void;
}

export interface Run {
    /** How the program ended; rejects if it could not be started. */
    readonly ended: Promise<Ended>;
    kill(): void;
}

export interface Ended {
    readonly code: number | null;
    readonly signal: NodeJS.Signals | null;
    /** The files of the program itself that it loaded, absolute. */
    readonly files: readonly string[];
}

export function runProgram(options: RunOptions): Run {
    const { project, name } = options;
    const child = spawn(
        process.execPath,
        [
            ...project.nodeArgs,
            // A fault that is handled late is told as a finding; Node's warning beside it says the same in words of its own.
            "--disable-warning=PromiseRejectionHandledWarning",
            preload(options.runner, process.env["PULUMI_DEBUG_PROMISE_LEAKS"] !== undefined),
            options.runner,
            `--monitor=${options.address}`,
            `--engine=${options.address}`,
            `--organization=${name.organization}`,
            `--project=${name.project}`,
            `--stack=${name.stack}`,
            `--root-directory=${project.dir}`,
            `--pwd=${project.programDir}`,
            project.entry,
        ],
        { cwd: project.programDir, env: environment(options), stdio: ["ignore", "pipe", "pipe", "pipe"] },
    );
    const lines = [forwardLines(child, "stdout", options), forwardLines(child, "stderr", options)];
    const files = collect(child);
    return {
        ended: new Promise((resolve, reject) => {
            child.once("error", reject);
            child.once("exit", (code, signal) => void Promise.all(lines).then(async () => resolve({ code, signal, files: await files })));
        }),
        kill: () => void child.kill("SIGKILL"),
    };
}

function environment(options: RunOptions): NodeJS.ProcessEnv {
    const { project, config } = options;
    return {
        ...process.env,
        PULUMI_CONFIG: JSON.stringify(config.values),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(config.secretKeys),
        PULUMI_NODEJS_TYPESCRIPT: String(project.typescript),
        // Types are checked beside the run, not in its way.
        PULUMI_NODEJS_TRANSPILE_ONLY: "true",
        ...(project.tsconfig === undefined ? {} : { PULUMI_NODEJS_TSCONFIG_PATH: project.tsconfig }),
        NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? options.compileCache,
    };
}

function forwardLines(child: ChildProcess, stream: "stdout" | "stderr", options: RunOptions): Promise<void> {
    const source = child[stream];
    if (!source) return Promise.resolve();
    const lines = createInterface({ input: source, crlfDelay: Infinity });
    lines.on("line", (line) => options.onOutput(stream, line));
    return new Promise((resolve) => lines.once("close", resolve));
}

async function collect(child: ChildProcess): Promise<string[]> {
    const pipe = child.stdio[3];
    let text = "";
    if (pipe && "setEncoding" in pipe) {
        pipe.setEncoding("utf8").on("error", () => undefined);
        for await (const part of pipe) text += String(part);
    }
    try {
        return JSON.parse(text) as string[];
    } catch {
        return [];
    }
}
