/** Runs a project under the real Pulumi engine: file backend, rendered YAML, no cluster, nothing left in the project. */
import { spawn } from "node:child_process";
import { accessSync, constants, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { parse, stringify } from "yaml";
import type { PropertyMap } from "../../../../engine";
import { openMap, secretPaths } from "../../../../engine/values/envelopes";

const TOOLS = ["pulumi", "pulumi-language-nodejs", "pulumi-resource-kubernetes", "pulumi-resource-tls"];

/** The folder that has all the tools, or what is missing where, for the skipped test to say. */
export function findTools(): { folder: string } | { missing: string } {
    const folders = [process.env.GATEHOUSE_TOOLS, ...(process.env.PATH ?? "").split(path.delimiter), path.join(os.homedir(), ".cache", "gatehouse-tools")]
        .filter((folder): folder is string => folder !== undefined && folder !== "");
    const folder = folders.find((one) => TOOLS.every((tool) => isExecutable(path.join(one, tool))));
    return folder === undefined ? { missing: `${TOOLS.join(", ")} (in $GATEHOUSE_TOOLS, on PATH or in ~/.cache/gatehouse-tools)` } : { folder };
}

function isExecutable(file: string): boolean {
    try {
        accessSync(file, constants.X_OK);
        return true;
    } catch {
        return false;
    }
}

export interface RealResource {
    readonly urn: string;
    readonly type: string;
    readonly custom: boolean;
    readonly parent?: string;
    readonly provider?: string;
    readonly protect: boolean;
    readonly inputs: PropertyMap;
    readonly outputs: PropertyMap;
    readonly secretInputs: readonly string[];
    readonly secretOutputs: readonly string[];
    readonly dependencies: readonly string[];
    readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
    readonly additionalSecretOutputs: readonly string[];
    readonly ignoreChanges: readonly string[];
}

export interface RealRun {
    readonly exitCode: number;
    /** All that was printed. */
    readonly text: string;
    readonly resources: readonly RealResource[];
    readonly objects: readonly { readonly [key: string]: unknown }[];
}

export class RealEngine {
    readonly #tools: string;
    readonly #folder = mkdtempSync(path.join(os.tmpdir(), "gatehouse-real-"));

    constructor(tools: string) {
        this.#tools = tools;
        for (const name of ["home", "backend"]) mkdirSync(path.join(this.#folder, name));
    }

    close(): void {
        rmSync(this.#folder, { recursive: true, force: true });
    }

    async up(dir: string, env: string): Promise<RealRun> {
        const project = this.#project(dir);
        const rendered = path.join(project, "rendered");
        await this.#pulumi(project, ["stack", "init", env]);
        const up = await this.#pulumi(project, ["up", "--stack", env, "--yes", "--skip-preview", "--color", "never", "-c", `kubernetes:renderYamlToDirectory=${rendered}`]);
        const exported = await this.#pulumi(project, ["stack", "export", "--stack", env, "--show-secrets"]);
        const state = JSON.parse(exported.stdout) as { deployment: { resources?: Record<string, unknown>[] } };
        return { exitCode: up.code, text: up.stdout + up.stderr, resources: (state.deployment.resources ?? []).map(readResource), objects: renderedObjects(rendered) };
    }

    /** A project of the same name and program in a folder of its own: Pulumi writes beside Pulumi.yaml. */
    #project(dir: string): string {
        const content = parse(readFileSync(path.join(dir, "Pulumi.yaml"), "utf8")) as { name: string; main: string };
        const folder = path.join(this.#folder, content.name);
        mkdirSync(folder);
        writeFileSync(path.join(folder, "Pulumi.yaml"), stringify({ ...content, main: path.resolve(dir, content.main) }));
        return folder;
    }

    #pulumi(cwd: string, args: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
        const { KUBECONFIG: _, ...inherited } = process.env;
        const child = spawn(path.join(this.#tools, "pulumi"), [...args, "--non-interactive"], {
            cwd, stdio: ["ignore", "pipe", "pipe"],
            env: {
                ...inherited, PATH: [this.#tools, path.dirname(process.execPath), inherited.PATH].join(path.delimiter), HOME: this.#folder,
                PULUMI_HOME: path.join(this.#folder, "home"), PULUMI_BACKEND_URL: `file://${path.join(this.#folder, "backend")}`, PULUMI_CONFIG_PASSPHRASE: "x",
                PULUMI_SKIP_UPDATE_CHECK: "true", PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true", PULUMI_NODEJS_TRANSPILE_ONLY: "true",
                NODE_COMPILE_CACHE: path.join(this.#folder, "cache"),
            },
        });
        const text = { stdout: "", stderr: "" };
        child.stdout.setEncoding("utf8").on("data", (part: string) => { text.stdout += part; });
        child.stderr.setEncoding("utf8").on("data", (part: string) => { text.stderr += part; });
        return new Promise((resolve, reject) => {
            child.once("error", reject);
            child.once("close", (code) => resolve({ code: code ?? -1, ...text }));
        });
    }
}

function readResource(raw: Record<string, unknown>): RealResource {
    const inputs = wired((raw.inputs ?? {}) as PropertyMap);
    const outputs = wired((raw.outputs ?? {}) as PropertyMap);
    return {
        urn: raw.urn as string, type: raw.type as string, custom: raw.custom as boolean, protect: raw.protect === true,
        ...(raw.parent ? { parent: raw.parent as string } : {}), ...(raw.provider ? { provider: raw.provider as string } : {}),
        inputs: openMap(inputs), outputs: openMap(outputs), secretInputs: secretPaths(inputs), secretOutputs: secretPaths(outputs),
        dependencies: (raw.dependencies ?? []) as string[], propertyDependencies: (raw.propertyDependencies ?? {}) as Record<string, string[]>,
        additionalSecretOutputs: (raw.additionalSecretOutputs ?? []) as string[], ignoreChanges: (raw.ignoreChanges ?? []) as string[],
    };
}

/** An exported secret holds its value as JSON text; on the wire it holds it as it is. */
function wired(map: PropertyMap): PropertyMap {
    return JSON.parse(JSON.stringify(map), (_key, value: unknown) => {
        if (typeof value !== "object" || value === null || !("plaintext" in value)) return value;
        const { plaintext, ...signature } = value as { plaintext: string };
        return { ...signature, value: wired({ value: JSON.parse(plaintext) as PropertyMap }).value };
    }) as PropertyMap;
}

function renderedObjects(folder: string): { [key: string]: unknown }[] {
    const files = readdirOrNone(folder).filter((file) => file.endsWith(".yaml"));
    return files.map((file) => parse(readFileSync(path.join(folder, file), "utf8")) as { [key: string]: unknown });
}

function readdirOrNone(folder: string): string[] {
    try {
        return readdirSync(folder, { recursive: true, encoding: "utf8" });
    } catch {
        return [];
    }
}
