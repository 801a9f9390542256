/**
 * The compiler beside the run: the program starts at once, transpiled only, and its type errors are known a little
 * later. It runs in a process of its own, so that it takes no time from the engine.
 */
import { spawn } from "node:child_process";
import { hash } from "node:crypto";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import type { Finding } from "../../istio/findings";
import { engineFinding } from "../errors";
import type { Project } from "../project/project";
import { checkTypes, type Diagnostic } from "./check-types";

export interface Typecheck {
    readonly findings: Promise<Finding[]>;
    stop(): void;
}

export interface TypecheckOptions {
    readonly waiting: "awaited" | "aside";
    /** Where answers are kept, if they are. */
    readonly cache?: string | undefined;
    readonly signal?: AbortSignal | undefined;
}

/** Undefined where there is nothing to check with, or nothing to check. A command that waits for the answer has nothing to gain by a slow one. */
export function startTypecheck(project: Project, options: TypecheckOptions): Typecheck | undefined {
    const entry = entryFile(project);
    const compiler = compilerFor(project);
    if (entry === undefined || compiler === undefined) return undefined;
    const { signal, cache } = options;
    const tsconfig = tsconfigFor(project) ?? "";
    const kept = cache === undefined ? "" : keptIn(path.join(cache, "types"), project.programDir, compiler, entry, tsconfig);
    const child = spawn(process.execPath, ["--eval", CHECK, compiler, entry, tsconfig, kept], {
        cwd: project.programDir,
        stdio: ["ignore", "pipe", "ignore"],
        ...(signal ? { signal } : {}),
        ...(cache === undefined ? {} : { env: { ...process.env, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? cache } }),
    });
    if (options.waiting === "aside") yieldToOthers(child.pid);
    return { findings: read(child), stop: () => void child.kill("SIGKILL") };
}

/** The compiler takes seconds of a core, which the program and the proxy need more. */
function yieldToOthers(pid: number | undefined): void {
    try {
        if (pid !== undefined) os.setPriority(pid, os.constants.priority.PRIORITY_LOW);
    } catch {
        // Where priorities cannot be set it runs as everything does.
    }
}

function entryFile(project: Project): string | undefined {
    if (!project.typescript) return undefined;
    const names = project.entry === "." ? ["index.ts"] : [project.entry];
    return names
        .filter((name) => /\.[cm]?tsx?$/.test(name))
        .map((name) => path.join(project.programDir, name))
        .find((file) => existsSync(file));
}

function compilerFor(project: Project): string | undefined {
    try {
        return createRequire(path.join(project.programDir, "package.json")).resolve("typescript");
    } catch {
        return undefined;
    }
}

function tsconfigFor(project: Project): string | undefined {
    const file = path.resolve(project.programDir, project.tsconfig ?? "tsconfig.json");
    return existsSync(file) ? file : undefined;
}

/** The child's whole program; where an answer is kept, its name says what it was made with. */
const CHECK = `
const [, ...args] = process.argv;
const builtin = { fs: require("node:fs"), path: require("node:path"), crypto: require("node:crypto"), load: require };
process.stdout.write(JSON.stringify((${checkTypes.toString()})(builtin, ...args)));`;

function keptIn(folder: string, ...made: readonly string[]): string {
    return path.join(folder, `${hash("sha256", JSON.stringify([process.version, CHECK, ...made]), "hex").slice(0, 32)}.json`);
}

async function read(child: ReturnType<typeof spawn>): Promise<Finding[]> {
    let text = "";
    child.on("error", () => undefined);
    child.stdout?.setEncoding("utf8");
    const ended = new Promise((resolve) => void child.once("close", resolve));
    for await (const part of child.stdout ?? []) text += String(part);
    await ended;
    // A compiler that was stopped or broke down has said nothing: types are then not known to be wrong.
    if (!text.endsWith("]")) return [];
    return (JSON.parse(text) as Diagnostic[]).map(({ file, line, code, message }) =>
        engineFinding(
            "GH0315",
            `TS${code}: ${message}`,
            file === undefined ? {} : { place: { file: path.normalize(file), line: line ?? 1 } },
        ),
    );
}
