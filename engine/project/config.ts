/**
 * A stack's configuration: the caller's defaults, the project's, then `Pulumi.<env>.yaml`, then what this run was given. Encrypted
 * values cannot be opened here, for the key is with Pulumi: each needs a value for this run, which then is a secret.
 */
import { existsSync } from "node:fs";
import path from "node:path";
import type { Finding, Place } from "../../istio/findings";
import { EngineError, engineError, engineFinding } from "../errors";
import { hasType, typeText, type ConfigDeclaration } from "./declarations";
import type { Project } from "./project";
import { leftOut, STACK_SETTINGS } from "./settings";
import { isRecord, jsonText, lineOf, readYamlMap } from "./yaml";

export interface StackConfig {
    /** By full key, `project:name`; values are strings, structured ones as JSON. */
    readonly values: Readonly<Record<string, string>>;
    readonly secretKeys: readonly string[];
    /** What of the stack's settings this run goes without. */
    readonly findings?: readonly Finding[];
}

/** A value, and where it was said. */
interface Given {
    readonly value: unknown;
    readonly from: "default" | "project" | "stack" | "run";
}

export function readStackConfig(
    project: Project,
    env: string,
    overrides: Readonly<Record<string, string>> = {},
    defaults: Readonly<Record<string, string>> = {},
): StackConfig {
    // Pulumi's name for it ends as the project's does.
    const file = path.join(project.configDir, `Pulumi.${env}${path.extname(project.file)}`);
    const settings = existsSync(file) ? readYamlMap(file) : {};
    const values = new Map<string, Given>();
    const secrets = new Set<string>();
    const faults: Finding[] = [];
    const left = [...environmentFindings(file, settings), ...leftOut(file, settings, STACK_SETTINGS)];
    const set = (key: string, value: unknown, from: Given["from"]): void => {
        values.set(fullKey(project, key), { value, from });
    };
    const given = new Set(Object.keys(overrides).map((key) => fullKey(project, key)));
    for (const [key, value] of Object.entries(defaults)) set(key, value, "default");
    for (const [key, { value, secret }] of project.config) {
        if (secret) secrets.add(key);
        if (value !== undefined) set(key, value, "project");
    }
    for (const [key, value] of Object.entries(stackValues(file, settings))) {
        const full = fullKey(project, key);
        if (holdsSecure(value)) {
            secrets.add(full);
            if (!given.has(full)) faults.push(secureValue(file, key, value));
        } else {
            if (value === null) left.push(emptyValue(file, key));
            set(key, value ?? "", "stack");
        }
    }
    for (const [key, value] of Object.entries(overrides)) set(key, value, "run");
    const told = new Set(faults.map(({ field }) => fullKey(project, field)));
    for (const [key, declared] of project.config) {
        if (!told.has(key)) faults.push(...declaredFault(project, env, file, key, declared, values.get(key)));
    }
    if (faults.length > 0) throw new EngineError([...faults, ...project.findings, ...left]);
    const findings = [...project.findings, ...left];
    return {
        values: Object.fromEntries([...values].map(([key, { value }]) => [key, asText(value)])),
        secretKeys: [...secrets].filter((key) => values.has(key)).sort(),
        ...(findings.length > 0 ? { findings } : {}),
    };
}

/** What Pulumi refuses in a value for a key that the project declares. No value is quoted: it may be a secret. */
function declaredFault(
    project: Project,
    env: string,
    file: string,
    key: string,
    declared: ConfigDeclaration,
    given: Given | undefined,
): Finding[] {
    if (!given) return declared.required ? [missing(project, env, key)] : [];
    if (declared.type === undefined) return [];
    const type = { ...declared, type: declared.type };
    const short = shortKey(project, key);
    // The file is read anew for it.
    const about = (): { field: string; place?: Place } => ({ field: short, ...placeOf(project, file, key, given) });
    if (declared.secret && (given.from === "stack" || given.from === "project")) {
        return [
            engineFinding(
                "GH0306",
                `The value of ${short} stands in clear, and ${path.basename(project.file)} says that it is secret: Pulumi does not begin.`,
                {
                    ...about(),
                    fix: `Take it out and give it for this run: -c ${short}=…; for Pulumi, pulumi config set --secret ${short}.`,
                },
            ),
        ];
    }
    if (hasType(type, readable(type, given))) return [];
    return [
        engineFinding(
            "GH0306",
            `The value of ${short} is not of type ${typeText(type)}, which ${path.basename(project.file)} declares.`,
            about(),
        ),
    ];
}

/** A run is given texts: the only way to give it a list is JSON. */
function readable({ type }: { readonly type: string }, { value, from }: Given): unknown {
    if (from === "run" && typeof value === "string" && (type === "array" || type === "object")) {
        try {
            return JSON.parse(value) as unknown;
        } catch {
            return value;
        }
    }
    // A scalar of a stack's file is a text to Pulumi, whatever it looks like.
    return from === "stack" && typeof value !== "object" ? String(value) : value;
}

function placeOf(project: Project, file: string, key: string, { from }: Given): { readonly place?: Place } {
    if (from !== "stack" && from !== "project") return {};
    const where = from === "stack" ? file : project.file;
    const short = shortKey(project, key);
    const line = [key, short, key.replace(":", ":config:")]
        .map((one) => lineOf(where, ["config", one]))
        .reduce((most, one) => Math.max(most, one), 1);
    return { place: { file: where, line } };
}

/** The texts of all values that are secret. */
export function secretConfigTexts({ values, secretKeys }: StackConfig): string[] {
    return secretKeys.flatMap((key) => configTexts(values[key]));
}

/** The texts of a value, of one that is structured each by itself too. */
function configTexts(value: string | undefined): string[] {
    if (value === undefined) return [];
    try {
        return [value, ...textsIn(JSON.parse(value))];
    } catch {
        return [value];
    }
}

function textsIn(value: unknown): string[] {
    if (typeof value === "string") return [value];
    return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function stackValues(file: string, settings: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const config = settings.config ?? {};
    if (!isRecord(config))
        throw engineError("GH0306", `${path.basename(file)}: config must be a map.`, {
            field: "config",
            place: { file, line: lineOf(file, ["config"]) },
        });
    return config;
}

/** Their names, of the list or of the imports of one that is written out here. */
function environmentFindings(file: string, { environment, mainEnvironment }: Readonly<Record<string, unknown>>): Finding[] {
    const { imports = [], values } = (isRecord(environment) ? environment : { imports: environment ?? [] }) as {
        imports?: unknown;
        values?: unknown;
    };
    const listed = (Array.isArray(imports) ? imports : [imports]).map((one: unknown) =>
        isRecord(one) ? Object.keys(one)[0] : String(one),
    );
    const names = [...listed, ...(typeof mainEnvironment === "string" ? [mainEnvironment] : [])];
    const what = [
        ...(names.length > 0 ? [`the Pulumi ESC ${names.length === 1 ? "environment" : "environments"} ${names.join(", ")}`] : []),
        ...(values === undefined ? [] : ["values that Pulumi ESC evaluates"]),
    ];
    if (what.length === 0) return [];
    const field = listed.length > 0 || values !== undefined ? "environment" : "mainEnvironment";
    return [
        engineFinding(
            "GH0318",
            `${path.basename(file)} takes values from ${what.join(" and ")}, which only Pulumi can open: the program runs without them.`,
            {
                field,
                place: { file, line: lineOf(file, [field]) },
                fix: "Give what it needs of them for this run: -c key=value.",
            },
        ),
    ];
}

function emptyValue(file: string, key: string): Finding {
    return engineFinding("GH0320", `${key} has no value: the program sees an empty text, as under Pulumi.`, {
        field: key,
        place: { file, line: lineOf(file, ["config", key]) },
        fix: `Write "" where that is meant, or leave the key out.`,
    });
}

/** A key without a namespace belongs to the project. `ns:config:key` is how old stacks write `ns:key`. */
function fullKey(project: Project, key: string): string {
    const plain = key.replace(/^([^:]+):config:/, "$1:");
    return plain.includes(":") ? plain : `${project.name}:${plain}`;
}

function holdsSecure(value: unknown): boolean {
    if (Array.isArray(value)) return value.some(holdsSecure);
    if (!isRecord(value)) return false;
    return (Object.keys(value).length === 1 && typeof value.secure === "string") || Object.values(value).some(holdsSecure);
}

function asText(value: unknown): string {
    return typeof value === "object" ? jsonText(value) : String(value);
}

/** The keys that lead to the first value that is encrypted. */
function securePath(value: unknown): string[] {
    if (typeof value !== "object" || value === null) return [];
    const inner = Object.entries(value).find(([, one]) => holdsSecure(one));
    return inner ? [inner[0], ...securePath(inner[1])] : [];
}

function secureValue(file: string, key: string, value: unknown): Finding {
    return engineFinding("GH0305", `The value of ${key} is encrypted, and only Pulumi can open it.`, {
        field: key,
        place: { file, line: lineOf(file, ["config", key, ...securePath(value)]) },
        fix: `Give it for this run: -c ${key}=…`,
    });
}

function shortKey(project: Project, key: string): string {
    return key.startsWith(`${project.name}:`) ? key.slice(project.name.length + 1) : key;
}

function missing(project: Project, env: string, key: string): Finding {
    const short = shortKey(project, key);
    return engineFinding("GH0306", `Stack ${env} has no value for ${short}, which ${path.basename(project.file)} requires.`, {
        field: short,
        fix: `Set it in Pulumi.${env}.yaml or give -c ${short}=…`,
    });
}
