/**
 * Finds the project that a StackReference means. On a laptop projects lie side by side: the referenced one is the
 * folder beside ours, beside our parent, or below those in `stacks/`, whose Pulumi.yaml has that name.
 */
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import type { EvaluateOptions, StackName } from "../types";
import { EngineError } from "../errors";
import { projectFile } from "./project";
import { readYamlMap } from "./yaml";

/** `organization/project/stack`; what is left out is that of the stack that asks. */
export function parseStackName(text: string, from: StackName): StackName | undefined {
    const parts = text.split("/");
    const [first = "", second = "", third = ""] = parts;
    if (parts.includes("")) return undefined;
    if (parts.length === 3) return { organization: first, project: second, stack: third };
    if (parts.length === 2) return first === from.organization ? { ...from, stack: second } : undefined;
    return parts.length === 1 ? { ...from, stack: first } : undefined;
}

/** The folder of the project's Pulumi.yaml, or undefined. */
export function findProject(name: StackName, from: string, options: Pick<EvaluateOptions, "findStack">): string | undefined {
    const asked = options.findStack?.(name);
    if (asked !== undefined) return asked;
    return neighbours(from).find((folder) => projectName(folder) === name.project);
}

/** Folders that a neighbour may be in, nearest first. */
function neighbours(from: string): string[] {
    const here = path.resolve(from);
    const parent = path.dirname(here);
    const around = [parent, path.join(parent, "stacks"), path.join(here, "stacks")];
    return [here, ...around.flatMap(foldersIn)];
}

function foldersIn(folder: string): string[] {
    if (!existsSync(folder)) return [];
    return readdirSync(folder, { withFileTypes: true })
        .filter((entry) => entry.isDirectory() && entry.name !== "node_modules" && !entry.name.startsWith("."))
        .map((entry) => path.join(folder, entry.name))
        .sort();
}

/** A neighbour whose Pulumi.yaml is malformed is not the one that is meant; it is reported when it is evaluated itself. */
function projectName(folder: string): string | undefined {
    const file = projectFile(folder);
    if (!file) return undefined;
    try {
        const name = readYamlMap(file).name;
        return typeof name === "string" ? name : undefined;
    } catch (error) {
        if (error instanceof EngineError) return undefined;
        throw error;
    }
}
