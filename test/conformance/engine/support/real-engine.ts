/** Runs a project under the real Pulumi engine: file backend, rendered YAML, no cluster, nothing left in the project. */
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import type { PropertyMap } from "../../../../engine";
import { openMap, secretPaths } from "../../../../engine/values/envelopes";
import { PulumiHome } from "../../../support/pulumi-home";

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
    readonly #home: PulumiHome;

    /** Skips the test where the tools are not there. */
    constructor(context: Mocha.Context) {
        this.#home = PulumiHome.open(context, "the comparison with the real Pulumi engine");
    }

    close(): void {
        this.#home.close();
    }

    async up(dir: string, env: string): Promise<RealRun> {
        const project = this.#home.project(dir);
        const rendered = path.join(project, "rendered");
        const made = await this.#home.run(project, ["stack", "init", env]);
        if (made.code !== 0) throw new Error(made.stderr);
        const up = await this.#home.run(project, [
            "up",
            "--stack",
            env,
            "--yes",
            "--skip-preview",
            "-c",
            `kubernetes:renderYamlToDirectory=${rendered}`,
        ]);
        const exported = await this.#home.run(project, ["stack", "export", "--stack", env, "--show-secrets"]);
        const state = JSON.parse(exported.stdout) as { deployment: { resources?: Record<string, unknown>[] } };
        return {
            exitCode: up.code,
            text: up.stdout + up.stderr,
            resources: (state.deployment.resources ?? []).map(readResource),
            objects: renderedObjects(rendered),
        };
    }
}

function readResource(raw: Record<string, unknown>): RealResource {
    const inputs = wired((raw.inputs ?? {}) as PropertyMap);
    const outputs = wired((raw.outputs ?? {}) as PropertyMap);
    return {
        urn: raw.urn as string,
        type: raw.type as string,
        custom: raw.custom as boolean,
        protect: raw.protect === true,
        ...(raw.parent ? { parent: raw.parent as string } : {}),
        ...(raw.provider ? { provider: raw.provider as string } : {}),
        inputs: openMap(inputs),
        outputs: openMap(outputs),
        secretInputs: secretPaths(inputs),
        secretOutputs: secretPaths(outputs),
        dependencies: (raw.dependencies ?? []) as string[],
        propertyDependencies: (raw.propertyDependencies ?? {}) as Record<string, string[]>,
        additionalSecretOutputs: (raw.additionalSecretOutputs ?? []) as string[],
        ignoreChanges: (raw.ignoreChanges ?? []) as string[],
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
