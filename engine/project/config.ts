/**
 * A stack's configuration: the caller's defaults, the project's, then `Pulumi.<env>.yaml`, then what this run was given. Encrypted
 * values cannot be opened here, for the key is with Pulumi: each needs a value for this run, which then is a secret.
 */
import { existsSync } from "node:fs";
import path from "node:path";
import type { Finding } from "../../istio/findings";
import { EngineError, engineError, engineFinding } from "../errors";
import { isRecord, lineOf, readYamlMap, type Project } from "./project";

export interface StackConfig {
    /** By full key, `project:name`; values are strings, structured ones as JSON. */
    readonly values: Readonly<Record<string, string>>;
    readonly secretKeys: readonly string[];
    /** What of the stack's settings this run goes without. */
    readonly findings?: readonly Finding[];
}

export function readStackConfig(project: Project, env: string, overrides: Readonly<Record<string, string>> = {}, defaults: Readonly<Record<string, string>> = {}): StackConfig {
    const file = path.join(project.configDir, `Pulumi.${env}.yaml`);
    const given = new Map(Object.entries(overrides).map(([key, value]) => [fullKey(project, key), value]));
    const values = new Map<string, string>(Object.entries(defaults).map(([key, value]) => [fullKey(project, key), value]));
    const secrets = new Set<string>();
    const findings: Finding[] = [];
    const settings = existsSync(file) ? readYamlMap(file) : {};
    const left = environmentFindings(file, settings.environment);
    for (const [key, declared] of project.config) {
        if (declared.secret) secrets.add(key);
        if (declared.value !== undefined && declared.value !== null) values.set(key, asText(declared.value));
    }
    for (const [key, value] of Object.entries(stackValues(file, settings))) {
        const full = fullKey(project, key);
        if (holdsSecure(value)) {
            secrets.add(full);
            if (!given.has(full)) findings.push(secureValue(file, key, value));
        } else if (value !== null && value !== undefined) {
            values.set(full, asText(value));
        }
    }
    for (const [key, value] of given) values.set(key, value);
    for (const [key, declared] of project.config) {
        if (declared.required && !values.has(key) && !secrets.has(key)) findings.push(missing(project, env, key));
    }
    if (findings.length > 0) throw new EngineError([...findings, ...left]);
    return { values: Object.fromEntries(values), secretKeys: [...secrets].filter((key) => values.has(key)).sort(), ...(left.length > 0 ? { findings: left } : {}) };
}

function stackValues(file: string, settings: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const config = settings.config ?? {};
    if (!isRecord(config)) throw engineError("GH0306", `${path.basename(file)}: config must be a map.`, { field: "config", place: { file, line: lineOf(file, ["config"]) } });
    return config;
}

/** Their names, of the list or of the imports of one that is written out here. */
function environmentFindings(file: string, environment: unknown): Finding[] {
    if (environment === undefined || environment === null) return [];
    const { imports = [], values } = (isRecord(environment) ? environment : { imports: environment }) as { imports?: unknown; values?: unknown };
    const names = (Array.isArray(imports) ? imports : [imports]).map((one: unknown) => (isRecord(one) ? Object.keys(one)[0] : String(one)));
    const what = [...(names.length > 0 ? [`the Pulumi ESC ${names.length === 1 ? "environment" : "environments"} ${names.join(", ")}`] : []), ...(values === undefined ? [] : ["values that Pulumi ESC evaluates"])];
    if (what.length === 0) return [];
    return [engineFinding("GH0318", `${path.basename(file)} takes values from ${what.join(" and ")}, which only Pulumi can open: the program runs without them.`, {
        field: "environment", place: { file, line: lineOf(file, ["environment"]) }, fix: "Give what it needs of them for this run: -c key=value.",
    })];
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
    return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** The keys that lead to the first value that is encrypted. */
function securePath(value: unknown): string[] {
    if (typeof value !== "object" || value === null) return [];
    const inner = Object.entries(value).find(([, one]) => holdsSecure(one));
    return inner ? [inner[0], ...securePath(inner[1])] : [];
}

function secureValue(file: string, key: string, value: unknown): Finding {
    return engineFinding("GH0305", `The value of ${key} is encrypted, and only Pulumi can open it.`, {
        field: key, place: { file, line: lineOf(file, ["config", key, ...securePath(value)]) }, fix: `Give it for this run: -c ${key}=…`,
    });
}

function missing(project: Project, env: string, key: string): Finding {
    const short = key.startsWith(`${project.name}:`) ? key.slice(project.name.length + 1) : key;
    return engineFinding("GH0306", `Stack ${env} has no value for ${short}, which ${path.basename(project.file)} requires.`, {
        field: short, fix: `Set it in Pulumi.${env}.yaml or give -c ${short}=…`,
    });
}
