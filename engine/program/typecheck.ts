/**
 * The compiler beside the run: the program starts at once, transpiled only, and its type errors are known a little
 * later. It runs in a process of its own, so that it takes no time from the engine.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import type { Finding } from "../../istio/findings";
import { engineFinding } from "../errors";
import type { Project } from "../project/project";

export interface Typecheck {
    readonly findings: Promise<Finding[]>;
    stop(): void;
}

/** Undefined where there is nothing to check with, or nothing to check. A command that waits for the answer has nothing to gain by a slow one. */
export function startTypecheck(project: Project, waiting: "awaited" | "aside", signal?: AbortSignal): Typecheck | undefined {
    const entry = entryFile(project);
    const compiler = compilerFor(project);
    if (entry === undefined || compiler === undefined) return undefined;
    const child = spawn(process.execPath, ["--eval", CHECK, compiler, entry, tsconfigFor(project) ?? ""], {
        cwd: project.programDir, stdio: ["ignore", "pipe", "ignore"], ...(signal ? { signal } : {}),
    });
    if (waiting === "aside") yieldToOthers(child.pid);
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
    return names.filter((name) => /\.[cm]?tsx?$/.test(name)).map((name) => path.join(project.programDir, name)).find((file) => existsSync(file));
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

/** Runs in the child: the program's own options, its entry as the only root, the errors as JSON. */
const CHECK = `
const [, compiler, entry, tsconfig] = process.argv;
const ts = require(compiler);
const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => {} };
const parsed = tsconfig ? ts.getParsedCommandLineOfConfigFile(tsconfig, {}, host) : undefined;
const options = { ...(parsed ? parsed.options : { module: ts.ModuleKind.NodeNext, target: ts.ScriptTarget.ES2022, strict: false }), noEmit: true, skipLibCheck: true, incremental: false, composite: false };
const program = ts.createProgram([entry], options);
const found = [...program.getSyntacticDiagnostics(), ...program.getSemanticDiagnostics(), ...program.getGlobalDiagnostics()];
process.stdout.write(JSON.stringify(found.filter((one) => one.category === ts.DiagnosticCategory.Error).map((one) => ({
    file: one.file && one.file.fileName, line: one.file && ts.getLineAndCharacterOfPosition(one.file, one.start).line + 1,
    code: one.code, message: ts.flattenDiagnosticMessageText(one.messageText, " "),
}))));`;

interface Diagnostic {
    readonly file?: string;
    readonly line?: number;
    readonly code: number;
    readonly message: string;
}

async function read(child: ReturnType<typeof spawn>): Promise<Finding[]> {
    let text = "";
    child.on("error", () => undefined);
    child.stdout?.setEncoding("utf8");
    for await (const part of child.stdout ?? []) text += String(part);
    // A compiler that was stopped or broke down has said nothing: types are then not known to be wrong.
    if (!text.endsWith("]")) return [];
    return (JSON.parse(text) as Diagnostic[]).map(({ file, line, code, message }) =>
        engineFinding("GH0315", `TS${code}: ${message}`, file === undefined ? {} : { place: { file: path.normalize(file), line: line ?? 1 } }));
}
