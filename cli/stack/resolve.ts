/**
 * Which folder a STACK argument means: an existing path wins, `stack:NAME` forces a stack, a bare NAME is
 * `stacks/NAME`, below the working folder or below this package's checkout. The folder must hold a Pulumi.yaml.
 */
import path from "node:path";
import { CommandError, EXIT } from "../exit";

export interface StackLookup {
    readonly cwd: string;
    /** The folder of this package; its `stacks/` stand in where the working folder has none. */
    readonly packageRoot: string;
    isFile(file: string): boolean;
    isFolder(folder: string): boolean;
    /** Names of the folders below it that are stacks. */
    stacksBelow(folder: string): readonly string[];
}

const FORCED = "stack:";
/** In the order in which Pulumi looks for them. */
export const MANIFESTS = ["Pulumi.json", "Pulumi.yaml", "Pulumi.yml"];

export function hasManifest(folder: string, lookup: Pick<StackLookup, "isFile">): boolean {
    return MANIFESTS.some((name) => lookup.isFile(path.join(folder, name)));
}

function asPath(text: string, lookup: StackLookup): string | undefined {
    const target = path.resolve(lookup.cwd, text);
    if (lookup.isFile(target) && MANIFESTS.includes(path.basename(target))) return path.dirname(target);
    if (!lookup.isFile(target) && !lookup.isFolder(target)) return undefined;
    if (hasManifest(target, lookup)) return target;
    throw new CommandError(
        EXIT.unable,
        `${text} is there but holds no Pulumi.yaml, so it is not a stack; stack:${path.basename(text)} asks for stacks/${path.basename(text)}`,
    );
}

function asName(name: string, lookup: StackLookup): string | undefined {
    if (path.isAbsolute(name) || name.split(/[\\/]/).includes("..")) return undefined;
    return [lookup.cwd, lookup.packageRoot].map((base) => path.join(base, "stacks", name)).find((folder) => hasManifest(folder, lookup));
}

/** The stack's folder, absolute. */
export function resolveStack(text: string, lookup: StackLookup): string {
    const forced = text.startsWith(FORCED);
    const name = forced ? text.slice(FORCED.length) : text;
    const found = (forced ? undefined : asPath(text, lookup)) ?? asName(name, lookup);
    if (found !== undefined) return found;
    const known = [...new Set([lookup.cwd, lookup.packageRoot].flatMap((base) => lookup.stacksBelow(path.join(base, "stacks"))))].sort();
    const there = known.length > 0 ? `; there are ${known.join(", ")}` : "";
    throw new CommandError(
        EXIT.unable,
        `there is no stack ${JSON.stringify(name)}: neither a folder with a Pulumi.yaml nor a name below stacks/${there}`,
    );
}

/** Without an argument: the project of the working folder, else the quickstart. */
export function defaultStack(lookup: StackLookup): string {
    return hasManifest(lookup.cwd, lookup) ? lookup.cwd : resolveStack(`${FORCED}quickstart`, lookup);
}
