/** One stack of one project under the real Pulumi: its commands, and what each of them did. */
import { mkdtempSync, readFileSync } from "node:fs";
import path from "node:path";
import { PulumiHome, type CommandResult } from "../../support/pulumi-home";
import { takeEvents, type Events } from "./events";

export interface PulumiRun extends CommandResult, Events {
    /** All that was printed. */
    readonly text: string;
    readonly tookMs: number;
}

export interface WorkspaceOptions {
    /** Of the cluster that the stack is deployed to. */
    readonly kubeconfig: string;
    /** The stack's name. Default: `dev`. */
    readonly stack?: string;
    /** Configuration of the stack: `gatehouse:image` and the like. */
    readonly config?: Readonly<Record<string, string>>;
    readonly env?: Readonly<Record<string, string>>;
}

/** A command's own flags, and how long it may take. */
export interface RunOptions {
    readonly args?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
    readonly timeoutMs?: number;
}

export interface StateResource {
    readonly urn: string;
    readonly type: string;
    readonly id?: string;
    readonly parent?: string;
    readonly inputs?: Readonly<Record<string, unknown>>;
    readonly outputs?: Readonly<Record<string, unknown>>;
}

/**
 * Workspaces of one `PulumiHome` share its backend, so that their stacks can refer to each other; two workspaces may
 * run at the same time, one workspace runs one command at a time.
 */
export class PulumiWorkspace {
    readonly stack: string;
    /** The project's folder, with Pulumi.yaml and the stack's own file. */
    readonly folder: string;
    readonly #home: PulumiHome;
    #env: Readonly<Record<string, string>>;

    /** Makes the stack from the project in `dir`. */
    static async init(home: PulumiHome, dir: string, options: WorkspaceOptions): Promise<PulumiWorkspace> {
        const made = new PulumiWorkspace(home, dir, options);
        await made.command(["stack", "init", made.stack]);
        for (const [key, value] of Object.entries(options.config ?? {})) await made.setConfig(key, value);
        return made;
    }

    private constructor(home: PulumiHome, dir: string, { kubeconfig, stack = "dev", env = {} }: WorkspaceOptions) {
        this.#home = home;
        this.folder = home.project(dir);
        this.stack = stack;
        this.#env = { KUBECONFIG: kubeconfig, ...env };
    }

    /** Another kubeconfig from the next command on: another context, another token. */
    useKubeconfig(kubeconfig: string): void {
        this.#env = { ...this.#env, KUBECONFIG: kubeconfig };
    }

    /** The program of another project of the same name from the next command on: the same stack, changed. */
    useProgram(dir: string): void {
        this.#home.useProgram(this.folder, dir);
    }

    preview(options: RunOptions = {}): Promise<PulumiRun> {
        return this.#engine(["preview"], options);
    }

    up(options: RunOptions = {}): Promise<PulumiRun> {
        return this.#engine(["up", "--yes", "--skip-preview"], options);
    }

    refresh(options: RunOptions = {}): Promise<PulumiRun> {
        return this.#engine(["refresh", "--yes", "--skip-preview"], options);
    }

    /** What a refresh would change in the state: how the cluster differs from it. */
    previewRefresh(options: RunOptions = {}): Promise<PulumiRun> {
        return this.#engine(["refresh", "--preview-only", "--diff"], options);
    }

    destroy(options: RunOptions = {}): Promise<PulumiRun> {
        return this.#engine(["destroy", "--yes", "--skip-preview"], options);
    }

    /** `import(["kubernetes:core/v1:Secret", "name", "namespace/name"])`. */
    import(what: readonly string[], options: RunOptions = {}): Promise<PulumiRun> {
        return this.#engine(["import", ...what, "--yes", "--skip-preview", "--generate-code=false", "--protect=false"], options);
    }

    async setConfig(key: string, value: string, { secret = false }: { readonly secret?: boolean } = {}): Promise<void> {
        await this.command(["config", "set", secret ? "--secret" : "--plaintext", "--", key, value]);
    }

    /** Outputs in clear. */
    async outputs<Outputs extends object>(): Promise<Outputs> {
        return JSON.parse((await this.command(["stack", "output", "--json", "--show-secrets"])).stdout) as Outputs;
    }

    /** The state's resources; secrets in clear only with `showSecrets`. */
    async resources({ showSecrets = false }: { readonly showSecrets?: boolean } = {}): Promise<readonly StateResource[]> {
        const { stdout } = await this.command(["stack", "export", ...(showSecrets ? ["--show-secrets"] : [])]);
        return (JSON.parse(stdout) as { deployment: { resources?: StateResource[] } }).deployment.resources ?? [];
    }

    /** The state as it lies in the backend. */
    stateFile(): string {
        return readFileSync(
            path.join(this.#home.folder, "backend/.pulumi/stacks", path.basename(this.folder), `${this.stack}.json`),
            "utf8",
        );
    }

    /** Any other command on the stack, which must succeed. */
    async command([name = "", ...args]: readonly string[]): Promise<CommandResult> {
        const isInit = name === "stack" && args[0] === "init";
        const result = await this.#home.run(this.folder, [name, ...(isInit ? [] : ["--stack", this.stack]), ...args], this.#env);
        if (result.code !== 0)
            throw new Error(`pulumi ${[name, ...args].join(" ")} ended with ${result.code}:\n${result.stdout}${result.stderr}`);
        return result;
    }

    async #engine(command: readonly string[], { args = [], env = {}, timeoutMs }: RunOptions): Promise<PulumiRun> {
        const log = path.join(mkdtempSync(path.join(this.#home.folder, "events-")), "log");
        const began = Date.now();
        // The flag is there for the Automation API; without this variable the CLI does not know it.
        const told = { ...this.#env, PULUMI_DEBUG_COMMANDS: "true", ...env };
        const result = await this.#home.run(this.folder, [...command, "--stack", this.stack, "--event-log", log, ...args], told, timeoutMs);
        return { ...result, ...takeEvents(log), text: result.stdout + result.stderr, tookMs: Date.now() - began };
    }
}
