/** The real Pulumi CLI with a home, a file backend and a passphrase of its own: nothing of the machine's, nothing left in a project. */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parse, stringify } from "yaml";
import { needTools } from "./tools";

/** The CLI, the runner of TypeScript programs, the providers of the stacks. */
const TOOLS = ["pulumi", "pulumi-language-nodejs", "pulumi-resource-kubernetes", "pulumi-resource-tls"] as const;

export interface CommandResult {
    readonly code: number;
    readonly stdout: string;
    readonly stderr: string;
}

interface ProjectFile {
    readonly name: string;
    readonly main: string;
    readonly runtime: string | { readonly name: string; readonly options?: { readonly tsconfig?: string } };
}

export class PulumiHome {
    /** Everything is in it: the home, the backend, the projects. */
    readonly folder = mkdtempSync(path.join(os.tmpdir(), "gatehouse-pulumi-"));
    readonly #pulumi: string;
    readonly #path: string;

    /** Skips the test where the tools are not there. `more` providers may be asked for: `pulumi-resource-docker-build`. */
    static open(context: Mocha.Context, what: string, ...more: readonly string[]): PulumiHome {
        return new PulumiHome(needTools(context, what, ...TOOLS, ...more));
    }

    private constructor(tools: Readonly<Record<string, string>>) {
        this.#pulumi = tools.pulumi ?? "pulumi";
        this.#path = [...new Set([...Object.values(tools), process.execPath].map((file) => path.dirname(file)))].join(path.delimiter);
        for (const name of ["home", "backend"]) mkdirSync(path.join(this.folder, name));
    }

    close(): void {
        rmSync(this.folder, { recursive: true, force: true });
    }

    /** A project of the same name and program in a folder of its own: Pulumi writes beside Pulumi.yaml. */
    project(dir: string): string {
        const content = projectOf(dir);
        const folder = path.join(mkdtempSync(path.join(this.folder, "project-")), content.name);
        mkdirSync(folder);
        writeFileSync(path.join(folder, "Pulumi.yaml"), stringify(content));
        return folder;
    }

    /** Has a project of ours run the program of another, which has the same name. */
    useProgram(project: string, dir: string): void {
        writeFileSync(path.join(project, "Pulumi.yaml"), stringify(projectOf(dir)));
    }

    /** Runs `pulumi` in a folder; a run that outlives `timeoutMs` is ended, and the engine with it. */
    run(cwd: string, args: readonly string[], env: Readonly<Record<string, string>> = {}, timeoutMs = 300_000): Promise<CommandResult> {
        const child = spawn(this.#pulumi, ["--non-interactive", "--color", "never", ...args], {
            cwd,
            stdio: ["ignore", "pipe", "pipe"],
            env: { ...this.#environment(), ...env },
        });
        const text = { stdout: "", stderr: "" };
        child.stdout.setEncoding("utf8").on("data", (part: string) => {
            text.stdout += part;
        });
        child.stderr.setEncoding("utf8").on("data", (part: string) => {
            text.stderr += part;
        });
        const late = setTimeout(() => {
            text.stderr += `\nended after ${timeoutMs} ms`;
            child.kill("SIGKILL");
        }, timeoutMs);
        return new Promise<CommandResult>((resolve, reject) => {
            child.once("error", reject);
            child.once("close", (code) => resolve({ code: code ?? -1, ...text }));
        }).finally(() => clearTimeout(late));
    }

    #environment(): NodeJS.ProcessEnv {
        const { KUBECONFIG: _, ...inherited } = process.env;
        return {
            ...inherited,
            HOME: this.folder,
            PATH: [this.#path, inherited.PATH].join(path.delimiter),
            PULUMI_HOME: path.join(this.folder, "home"),
            PULUMI_BACKEND_URL: `file://${path.join(this.folder, "backend")}`,
            PULUMI_CONFIG_PASSPHRASE: "x",
            PULUMI_SKIP_UPDATE_CHECK: "true",
            PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
            PULUMI_NODEJS_TRANSPILE_ONLY: "true",
            NODE_COMPILE_CACHE: path.join(this.folder, "cache"),
        };
    }
}

/** The project file of a folder, fit to stand in any other. */
function projectOf(dir: string): ProjectFile {
    const content = parse(readFileSync(path.join(dir, "Pulumi.yaml"), "utf8")) as ProjectFile;
    const runtime = typeof content.runtime === "string" ? { name: content.runtime } : content.runtime;
    const tsconfig = runtime.options?.tsconfig;
    const options = { ...runtime.options, ...(tsconfig === undefined ? {} : { tsconfig: path.resolve(dir, tsconfig) }) };
    return { ...content, main: path.resolve(dir, content.main), runtime: { ...runtime, options } };
}
