/** Reads a Pulumi project: its name, its entry, how its program is run, and the defaults of its configuration. */
import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { isMap, isNode, isPair, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import { engineError } from "../errors";

/** One entry of Pulumi.yaml's `config`. */
export interface ConfigDeclaration {
    readonly type?: string;
    readonly value?: unknown;
    readonly secret: boolean;
    readonly required: boolean;
}

export interface Project {
    readonly name: string;
    /** The folder that holds Pulumi.yaml. */
    readonly dir: string;
    readonly file: string;
    /** The folder the program runs in, and its entry within; `.` leaves the choice to package.json. */
    readonly programDir: string;
    readonly entry: string;
    readonly nodeArgs: readonly string[];
    readonly typescript: boolean;
    readonly tsconfig?: string;
    /** By full key, `project:name`. */
    readonly config: ReadonlyMap<string, ConfigDeclaration>;
    /** The folder of `Pulumi.<env>.yaml`. */
    readonly configDir: string;
}

/** The project file in a folder, or undefined. */
export function projectFile(dir: string): string | undefined {
    return ["Pulumi.yaml", "Pulumi.yml"].map((name) => path.join(dir, name)).find((file) => existsSync(file));
}

export function readProject(dir: string): Project {
    const file = projectFile(path.resolve(dir));
    if (!file) throw engineError("GH0304", `There is no Pulumi.yaml in ${dir}.`, { fix: "Name the folder of a Pulumi project." });
    const content = readYamlMap(file);
    const name = content.name;
    if (typeof name !== "string" || name === "") throw invalid(file, "name", "a project needs a name");
    const runtime = readRuntime(file, content.runtime);
    return {
        name,
        dir: path.dirname(file),
        file,
        ...entryOf(file, content.main),
        ...runtime,
        config: readDeclarations(file, name, content.config),
        configDir: path.resolve(path.dirname(file), configFolder(content)),
    };
}

/** A YAML file whose top is a map; the first fault in it is an error with its line. */
export function readYamlMap(file: string): Record<string, unknown> {
    const lines = new LineCounter();
    const document = parseDocument(readFileSync(file, "utf8"), { lineCounter: lines });
    const fault = document.errors[0];
    if (fault) {
        const line = lines.linePos(fault.pos[0]).line;
        throw engineError("GH0304", `${path.basename(file)} is not valid YAML: ${fault.message.split("\n")[0] ?? ""}`, { place: { file, line } });
    }
    const content: unknown = document.toJS({ maxAliasCount: 100 });
    if (content === null || content === undefined) return {};
    if (!isRecord(content)) throw engineError("GH0304", `${path.basename(file)} must hold a map.`, { place: { file, line: 1 } });
    return content;
}

/** The line of the key at the end of a path, or of the nearest above it that is there. */
export function lineOf(file: string, keys: readonly string[]): number {
    const lines = new LineCounter();
    let node: unknown = parseDocument(readFileSync(file, "utf8"), { lineCounter: lines }).contents;
    let line = 1;
    for (const key of keys) {
        const items = (isMap(node) || isSeq(node) ? node.items : []) as readonly unknown[];
        const pair = isMap(node) ? items.find((one) => isPair(one) && isScalar(one.key) && String(one.key.value) === key) : undefined;
        const next = isPair(pair) ? pair.key : items[Number(key)];
        if (!isNode(next) || !next.range) break;
        line = lines.linePos(next.range[0]).line;
        node = isPair(pair) ? pair.value : next;
    }
    return line;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

function readRuntime(file: string, runtime: unknown): Pick<Project, "nodeArgs" | "typescript" | "tsconfig"> {
    const name = isRecord(runtime) ? runtime.name : runtime;
    if (name !== "nodejs") throw invalid(file, "runtime", `got ${JSON.stringify(name)}, and only programs of runtime nodejs can be evaluated`);
    const options = isRecord(runtime) && isRecord(runtime.options) ? runtime.options : {};
    const nodeargs = options.nodeargs ?? "";
    if (typeof nodeargs !== "string") throw invalid(file, "runtime.options.nodeargs", `got ${JSON.stringify(nodeargs)}, wanted one string`);
    const tsconfig = options.tsconfig;
    return {
        nodeArgs: splitArguments(nodeargs),
        typescript: options.typescript !== false,
        ...(typeof tsconfig === "string" && tsconfig !== "" ? { tsconfig } : {}),
    };
}

/** Splits a command line at spaces; quotes hold a part together. */
export function splitArguments(line: string): string[] {
    return [...line.matchAll(/(?:"([^"]*)"|'([^']*)'|[^\s"']+)+/g)].map(([part]) => part.replace(/"([^"]*)"|'([^']*)'/g, "$1$2"));
}

function entryOf(file: string, main: unknown): Pick<Project, "programDir" | "entry"> {
    const root = path.dirname(file);
    if (main === undefined || main === "") return { programDir: root, entry: "." };
    if (typeof main !== "string") throw invalid(file, "main", `got ${JSON.stringify(main)}, wanted a path`);
    const target = path.resolve(root, main);
    if (!existsSync(target)) throw invalid(file, "main", `${main} does not exist`);
    return statSync(target).isDirectory()
        ? { programDir: target, entry: "." }
        : { programDir: path.dirname(target), entry: path.basename(target) };
}

function configFolder(content: Record<string, unknown>): string {
    if (typeof content.stackConfigDir === "string") return content.stackConfigDir;
    // Where the folder stood before Pulumi 3.
    return typeof content.config === "string" ? content.config : ".";
}

function readDeclarations(file: string, project: string, config: unknown): Map<string, ConfigDeclaration> {
    const found = new Map<string, ConfigDeclaration>();
    if (config === undefined || config === null || typeof config === "string") return found;
    if (!isRecord(config)) throw invalid(file, "config", "wanted a map");
    for (const [key, declared] of Object.entries(config)) {
        found.set(key.includes(":") ? key : `${project}:${key}`, readDeclaration(declared));
    }
    return found;
}

function readDeclaration(declared: unknown): ConfigDeclaration {
    if (!isRecord(declared)) return { value: declared, secret: false, required: false };
    if ("value" in declared) return { value: declared.value, secret: declared.secret === true, required: false };
    return {
        ...(typeof declared.type === "string" ? { type: declared.type } : {}),
        ...("default" in declared ? { value: declared.default } : {}),
        secret: declared.secret === true,
        required: !("default" in declared),
    };
}

function invalid(file: string, field: string, what: string): Error {
    return engineError("GH0304", `${path.basename(file)}: ${what}.`, { field, place: { file, line: lineOf(file, field.split(".")) } });
}
