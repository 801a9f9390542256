/** Reads a Pulumi project: its name, its entry, how its program is run, and the defaults of its configuration. */
import { existsSync, statSync } from "node:fs";
import path from "node:path";
import type { Finding } from "../../istio/findings";
import { engineError } from "../errors";
import { readDeclarations, type ConfigDeclaration } from "./declarations";
import { leftOut, PROJECT_SETTINGS, settingFault } from "./settings";
import { isRecord, lineOf, readYamlMap, shown } from "./yaml";

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
    /** What of the project's settings a run goes without. */
    readonly findings: readonly Finding[];
}

/** As Pulumi looks for them. */
export const PROJECT_FILES: readonly string[] = ["Pulumi.json", "Pulumi.yaml", "Pulumi.yml"];

/** The project file in a folder, or undefined. */
export function projectFile(dir: string): string | undefined {
    return PROJECT_FILES.map((name) => path.join(dir, name)).find((file) => existsSync(file));
}

export function readProject(dir: string): Project {
    const file = projectFile(path.resolve(dir));
    if (!file) throw engineError("GH0304", `There is no Pulumi.yaml in ${dir}.`, { fix: "Name the folder of a Pulumi project." });
    const content = readYamlMap(file);
    const { name } = content;
    if (typeof name !== "string" || name === "") throw invalid(file, ["name"], "a project needs a name");
    if (!/^[\w.-]+$/.test(name))
        throw invalid(file, ["name"], `got ${JSON.stringify(name)}; a project's name is letters, digits, -, _ and .`);
    const wrong = settingFault(content);
    if (wrong) throw invalid(file, wrong.path, wrong.what);
    const {
        found,
        faults: [fault],
    } = readDeclarations(name, content.config);
    if (fault) throw invalid(file, ["config", ...fault.path], fault.what);
    return {
        name,
        dir: path.dirname(file),
        file,
        ...entryOf(file, content.main),
        ...readRuntime(file, content.runtime),
        config: found,
        configDir: path.resolve(path.dirname(file), configFolder(content)),
        findings: leftOut(file, content, PROJECT_SETTINGS),
    };
}

const PACKAGE_MANAGERS: readonly unknown[] = ["auto", "npm", "yarn", "pnpm", "bun"];

function readRuntime(file: string, runtime: unknown): Pick<Project, "nodeArgs" | "typescript" | "tsconfig"> {
    const name = isRecord(runtime) ? runtime.name : runtime;
    if (name !== "nodejs") throw invalid(file, ["runtime"], `got ${shown(name)}, and only programs of runtime nodejs can be evaluated`);
    const unknown = isRecord(runtime) ? Object.keys(runtime).find((key) => key !== "name" && key !== "options") : undefined;
    if (unknown !== undefined) throw invalid(file, ["runtime", unknown], "there is no such setting; there are name, options");
    const options = isRecord(runtime) ? (runtime.options ?? {}) : {};
    if (!isRecord(options)) throw invalid(file, ["runtime", "options"], `got ${shown(options)}, wanted a map`);
    const { nodeargs = "", typescript = true, tsconfig = "", packagemanager = "auto" } = options;
    if (typeof nodeargs !== "string") throw invalid(file, ["runtime", "options", "nodeargs"], `got ${shown(nodeargs)}, wanted one string`);
    if (typeof typescript !== "boolean")
        throw invalid(file, ["runtime", "options", "typescript"], `got ${shown(typescript)}, wanted true or false`);
    if (typeof tsconfig !== "string") throw invalid(file, ["runtime", "options", "tsconfig"], `got ${shown(tsconfig)}, wanted a path`);
    if (!PACKAGE_MANAGERS.includes(packagemanager))
        throw invalid(
            file,
            ["runtime", "options", "packagemanager"],
            `got ${shown(packagemanager)}, wanted one of ${PACKAGE_MANAGERS.join(", ")}`,
        );
    return { nodeArgs: splitArguments(nodeargs), typescript, ...(tsconfig === "" ? {} : { tsconfig }) };
}

/** Splits a command line at spaces; quotes hold a part together. */
export function splitArguments(line: string): string[] {
    return [...line.matchAll(/(?:"([^"]*)"|'([^']*)'|[^\s"']+)+/g)].map(([part]) => part.replace(/"([^"]*)"|'([^']*)'/g, "$1$2"));
}

function entryOf(file: string, main: unknown): Pick<Project, "programDir" | "entry"> {
    const root = path.dirname(file);
    if (main === undefined || main === null || main === "") return { programDir: root, entry: "." };
    if (typeof main !== "string") throw invalid(file, ["main"], `got ${shown(main)}, wanted a path`);
    const target = path.resolve(root, main);
    if (!existsSync(target)) throw invalid(file, ["main"], `${main} does not exist`);
    return statSync(target).isDirectory()
        ? { programDir: target, entry: "." }
        : { programDir: path.dirname(target), entry: path.basename(target) };
}

function configFolder(content: Record<string, unknown>): string {
    if (typeof content.stackConfigDir === "string") return content.stackConfigDir;
    // Where the folder stood before Pulumi 3.
    return typeof content.config === "string" ? content.config : ".";
}

function invalid(file: string, at: readonly string[], what: string): Error {
    return engineError("GH0304", `${path.basename(file)}: ${what}.`, { field: at.join("."), place: { file, line: lineOf(file, at) } });
}
