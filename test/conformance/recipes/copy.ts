/** A copy of the checkout that a change is made in: its compiler, and its tests. */
import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import ts from "typescript";
import { run } from "../../../harness/command";
import { root } from "../../support/checkout";

/** What a step does to a file: its new text from the old one, which is empty where there is no file yet. */
export interface Edit {
    readonly file: string;
    readonly change: (text: string) => string;
}

export class Copy {
    readonly folder = mkdtempSync(path.join(os.tmpdir(), "gatehouse-recipe-"));
    readonly #known: readonly string[];
    readonly #changed = new Map<string, string>();
    readonly #sources = new Map<string, ts.SourceFile>();
    #program: ts.Program | undefined;

    constructor() {
        const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate"], { cwd: root });
        this.#known = listed
            .toString()
            .split("\n")
            .filter((file) => file !== "");
        for (const file of this.#known) {
            const target = path.join(this.folder, file);
            mkdirSync(path.dirname(target), { recursive: true });
            link(path.join(root, file), target);
        }
        symlinkSync(path.join(root, "node_modules"), path.join(this.folder, "node_modules"));
    }

    remove(): void {
        rmSync(this.folder, { recursive: true, force: true });
    }

    /** Takes back what was changed before, and makes these changes. */
    change(edits: readonly Edit[]): void {
        for (const file of this.#changed.keys()) {
            rmSync(path.join(this.folder, file));
            if (this.#known.includes(file)) link(path.join(root, file), path.join(this.folder, file));
        }
        this.#changed.clear();
        for (const { file, change } of edits) {
            const before = this.#changed.get(file) ?? (this.#known.includes(file) ? readFileSync(path.join(root, file), "utf8") : "");
            const text = change(before);
            if (text === before) throw new Error(`the edit of ${file} changes nothing`);
            this.#changed.set(file, text);
            const target = path.join(this.folder, file);
            mkdirSync(path.dirname(target), { recursive: true });
            // Another file than the checkout's, which is linked.
            rmSync(target, { force: true });
            writeFileSync(target, text);
        }
    }

    /** What the compiler says of these files and of the changed ones; empty: nothing. */
    compile(files: readonly string[]): string {
        const { options, fileNames } = ts.parseJsonConfigFileContent(
            { ...ts.readConfigFile(path.join(this.folder, "tsconfig.json"), ts.sys.readFile).config, include: PRODUCT },
            ts.sys,
            this.folder,
        );
        const host = ts.createCompilerHost(options);
        const { getSourceFile } = host;
        host.getSourceFile = (name, ...rest) => {
            const isChanged = this.#changed.has(path.relative(this.folder, name));
            const known = isChanged ? undefined : this.#sources.get(name);
            const source = known ?? getSourceFile(name, ...rest);
            if (source && !isChanged) this.#sources.set(name, source);
            return source;
        };
        this.#program = ts.createProgram(fileNames, { ...options, incremental: false }, host, this.#program);
        const asked = [...new Set([...files, ...[...this.#changed.keys()].filter((file) => file.endsWith(".ts"))])];
        return asked
            .flatMap((file) => {
                const source = this.#program?.getSourceFile(path.join(this.folder, file));
                return source === undefined ? [] : [...(this.#program?.getSemanticDiagnostics(source) ?? [])];
            })
            .map(
                ({ file, messageText }) =>
                    `${path.relative(this.folder, file?.fileName ?? "")}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`,
            )
            .join("\n");
    }

    /** What a test says that fails; empty: it passes. */
    async test(file: string, title: string): Promise<string> {
        const { code, stdout, stderr } = await run("node_modules/.bin/mocha", [file, "-g", title, "--reporter-option", "maxDiffSize=0"], {
            cwd: this.folder,
            env: { UPDATE: "" },
        });
        if (/^ *0 passing/m.test(stdout) && !/failing/.test(stdout)) throw new Error(`there is no test ${title} in ${file}`);
        return code === 0 ? "" : stdout + stderr;
    }
}

const PRODUCT = ["components", "istio", "proxy", "engine", "cli", "policy", "samples", "bench"];

function link(from: string, to: string): void {
    try {
        linkSync(from, to);
    } catch {
        // Another file system.
        writeFileSync(to, readFileSync(from));
    }
}
