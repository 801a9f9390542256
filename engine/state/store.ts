/**
 * What has to stay the same from run to run: generated names, keys, certificates. One file a stack in the state
 * folder, which is for the owner only, since there are private keys in it.
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Finding } from "../../istio/findings";
import { engineFinding } from "../errors";
import type { PropertyMap } from "../types";

/** One resource as a provider made it. */
export interface StoredResource {
    readonly type: string;
    /** Tells whether the inputs are still those it was made from, without keeping them. */
    readonly inputsHash: string;
    readonly id: string;
    readonly outputs: PropertyMap;
}

interface Content {
    readonly version: 1;
    readonly names: Readonly<Record<string, string>>;
    readonly resources: Readonly<Record<string, StoredResource>>;
}

export class StackState {
    readonly findings: Finding[] = [];
    readonly #file: string | undefined;
    readonly #before: Content;
    readonly #names = new Map<string, string>();
    readonly #resources = new Map<string, StoredResource>();

    /** Without a folder nothing is kept. */
    constructor(folder: string | undefined, project: string, stack: string) {
        this.#file = folder === undefined ? undefined : path.join(folder, "stacks", `${fileSafe(project)}.${fileSafe(stack)}.json`);
        this.#before = this.#read();
    }

    /** The generated name of a resource, kept under its URN or one of its aliases, or made now. */
    name(urns: readonly string[], make: () => string): string {
        const urn = urns[0] ?? "";
        const known = urns.map((one) => this.#names.get(one) ?? this.#before.names[one]).find((one) => one !== undefined);
        const name = known ?? make();
        this.#names.set(urn, name);
        return name;
    }

    /** The kept resource, under its URN or one of its aliases. */
    resource(urns: readonly string[]): StoredResource | undefined {
        return urns.map((urn) => this.#before.resources[urn]).find((one) => one !== undefined);
    }

    keep(urn: string, resource: StoredResource): void {
        this.#resources.set(urn, resource);
    }

    /** Writes what this run used; what a run that failed did not reach is kept as it was. */
    save(complete: boolean): void {
        if (this.#file === undefined) return;
        const content: Content = {
            version: 1,
            names: { ...(complete ? {} : this.#before.names), ...Object.fromEntries(this.#names) },
            resources: { ...(complete ? {} : this.#before.resources), ...Object.fromEntries(this.#resources) },
        };
        const text = `${JSON.stringify(content, undefined, 1)}\n`;
        if (existsSync(this.#file) && readFileSync(this.#file, "utf8") === text) return;
        prepareFolder(path.dirname(path.dirname(this.#file)));
        mkdirSync(path.dirname(this.#file), { recursive: true, mode: 0o700 });
        const fresh = `${this.#file}.${process.pid}.new`;
        writeFileSync(fresh, text, { mode: 0o600 });
        renameSync(fresh, this.#file);
    }

    #read(): Content {
        const empty: Content = { version: 1, names: {}, resources: {} };
        if (this.#file === undefined || !existsSync(this.#file)) return empty;
        try {
            const content = JSON.parse(readFileSync(this.#file, "utf8")) as Content;
            if (isContent(content)) return content;
        } catch (error) {
            if (!(error instanceof SyntaxError)) throw error;
        }
        const aside = `${this.#file}.damaged`;
        renameSync(this.#file, aside);
        this.findings.push(
            engineFinding(
                "GH0316",
                `The state file ${this.#file} is damaged; it now lies at ${aside}, and names, keys and certificates are made anew.`,
            ),
        );
        return empty;
    }
}

/** The state folder: made for its owner only, and never in a repository. A folder that was there stays as its owner has it. */
export function prepareFolder(folder: string): void {
    const ours = !existsSync(folder) || path.basename(folder) === ".gatehouse";
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (!ours) return;
    chmodSync(folder, 0o700);
    const ignore = path.join(folder, ".gitignore");
    if (!existsSync(ignore)) writeFileSync(ignore, "*\n", { mode: 0o600 });
}

function isContent(content: unknown): content is Content {
    const { version, names, resources } = (content ?? {}) as Partial<Content>;
    return (
        version === 1 &&
        isTable(names) &&
        isTable(resources) &&
        Object.values(names).every((name) => typeof name === "string") &&
        Object.values(resources).every(
            (one) => isTable(one) && isTable((one as StoredResource).outputs) && typeof (one as StoredResource).id === "string",
        )
    );
}

function isTable(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

function fileSafe(name: string): string {
    return name.replace(/[^\w.-]/g, "_");
}
