/**
 * `pulumi:autonaming` of a stack's configuration: how objects are called whose program gives them no name. Read as Pulumi
 * reads it: the setting of a resource's type, else its provider's, else the stack's; without one, the provider's own way.
 */
import { randomBytes, randomInt, randomUUID } from "node:crypto";
import { engineError } from "../errors";
import type { StackName } from "../types";
import type { StackConfig } from "./config";
import { isRecord } from "./yaml";

export type Autonaming =
    | { readonly kind: "default" }
    | { readonly kind: "disabled" }
    /** What stands for the stack is filled in already. */
    | { readonly kind: "pattern"; readonly pattern: string };

const KEY = "pulumi:autonaming";
const DEFAULT: Autonaming = { kind: "default" };
const MODES: Readonly<Record<string, Autonaming>> = {
    default: DEFAULT,
    verbatim: { kind: "pattern", pattern: "${name}" },
    disabled: { kind: "disabled" },
};
const NAMING = ["mode", "pattern", "enforce"];

/** The setting for resources of a type. Throws GH0306 where Pulumi would not begin. */
export function readAutonaming(config: StackConfig, stack: StackName): (type: string) => Autonaming {
    const text = config.values[KEY];
    if (text === undefined) return () => DEFAULT;
    const section = parsed(text);
    const fill = (pattern: string): string => filledForStack(pattern, config, stack);
    const root = naming(section, KEY, [...NAMING, "providers"], fill);
    const byProvider = new Map<string, Autonaming>();
    const byType = new Map<string, Autonaming>();
    for (const [provider, own] of Object.entries(table(section["providers"], `${KEY}.providers`))) {
        const field = `${KEY}.providers.${provider}`;
        const settings = table(own, field);
        byProvider.set(provider, naming(settings, field, [...NAMING, "resources"], fill));
        for (const [type, one] of Object.entries(table(settings["resources"], `${field}.resources`))) {
            byType.set(type, naming(table(one, `${field}.resources.${type}`), `${field}.resources.${type}`, NAMING, fill));
        }
    }
    return (type) => byType.get(type) ?? byProvider.get(type.split(":")[0] ?? "") ?? root;
}

/** A name by the pattern; every call makes another where the pattern says `${hex(8)}` and the like. */
export function nameByPattern(pattern: string, name: string): string {
    const letters = "abcdefghijklmnopqrstuvwxyz";
    const digits = "0123456789";
    const drawn =
        (alphabet: string) =>
        (_: string, count: string): string =>
            Array.from({ length: Number(count) }, () => alphabet[randomInt(alphabet.length)]).join("");
    return pattern
        .replaceAll("${name}", () => name)
        .replaceAll(/\$\{hex\((\d+)\)\}/g, (_, count: string) =>
            randomBytes(Math.ceil(Number(count) / 2))
                .toString("hex")
                .slice(0, Number(count)),
        )
        .replaceAll(/\$\{alphanum\((\d+)\)\}/g, drawn(letters + digits))
        .replaceAll(/\$\{string\((\d+)\)\}/g, drawn(letters))
        .replaceAll(/\$\{num\((\d+)\)\}/g, drawn(digits))
        .replaceAll("${uuid}", () => randomUUID());
}

function parsed(text: string): Readonly<Record<string, unknown>> {
    try {
        const value: unknown = JSON.parse(text);
        if (isRecord(value)) return value;
    } catch {
        // Told below: it is a text where a map is wanted.
    }
    throw fault(KEY, `got ${JSON.stringify(text)}, wanted a map with mode, or with pattern`);
}

function naming(
    settings: Readonly<Record<string, unknown>>,
    field: string,
    known: readonly string[],
    fill: (pattern: string) => string,
): Autonaming {
    const unknown = Object.keys(settings).find((key) => !known.includes(key));
    if (unknown !== undefined) throw fault(`${field}.${unknown}`, `there is no such setting; there are ${known.join(", ")}`);
    const { mode, pattern, enforce } = settings;
    if (mode !== undefined && (pattern !== undefined || enforce !== undefined))
        throw fault(field, "it has a mode and a pattern or enforce; one excludes the other");
    if (pattern !== undefined) {
        if (typeof pattern !== "string") throw fault(`${field}.pattern`, "wanted a text");
        return { kind: "pattern", pattern: fill(pattern) };
    }
    if (mode === undefined) return DEFAULT;
    const found = typeof mode === "string" && Object.hasOwn(MODES, mode) ? MODES[mode] : undefined;
    if (!found) throw fault(`${field}.mode`, `got ${JSON.stringify(mode)}, wanted ${Object.keys(MODES).join(", ")}`);
    return found;
}

function filledForStack(pattern: string, config: StackConfig, { organization, project, stack }: StackName): string {
    const known = pattern
        .replaceAll("${org}", () => organization)
        .replaceAll("${organization}", () => organization)
        .replaceAll("${project}", () => project)
        .replaceAll("${stack}", () => stack);
    return known.replaceAll(/\$\{config\.([^}]+)\}/g, (_, key: string) => {
        const value = config.values[`${project}:${key}`];
        if (value === undefined) throw fault(`${KEY} pattern`, `there is no value for ${key} in the configuration`);
        return value;
    });
}

function table(value: unknown, field: string): Readonly<Record<string, unknown>> {
    if (value === undefined || value === null) return {};
    if (!isRecord(value)) throw fault(field, "wanted a map");
    return value;
}

function fault(field: string, what: string): Error {
    return engineError("GH0306", `${field}: ${what}.`, { field });
}
