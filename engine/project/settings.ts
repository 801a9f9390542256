/**
 * What a Pulumi.yaml and a Pulumi.<env>.yaml may say beside what the rest of this room reads. Nothing is left out without a
 * word: a setting changes what the program sees, or means nothing to a run, or is told as not done here.
 */
import path from "node:path";
import { didYouMean } from "../../istio/did-you-mean";
import type { Finding } from "../../istio/findings";
import { engineFinding } from "../errors";
import { isRecord, lineOf, shown } from "./yaml";

/** `read`: what the program sees depends on it. `silent`: it changes no run, Pulumi's own neither. Else why it is not done. */
type Meaning = "read" | "silent" | { readonly not: string };

const STATE = "where Pulumi keeps its state";
const PLUGIN = "which plugins Pulumi loads";

export const PROJECT_SETTINGS: Readonly<Record<string, Meaning>> = {
    name: "read",
    runtime: "read",
    main: "read",
    config: "read",
    stackConfigDir: "read",
    description: "silent",
    author: "silent",
    website: "silent",
    license: "silent",
    // For `pulumi new`.
    template: "silent",
    backend: { not: STATE },
    options: { not: "when Pulumi refreshes its state" },
    plugins: { not: PLUGIN },
    packages: { not: PLUGIN },
    requiredPulumiVersion: { not: "which Pulumi may run it" },
};

const RUNTIME_OPTIONS: Readonly<Record<string, Meaning>> = {
    typescript: "read",
    nodeargs: "read",
    tsconfig: "read",
    // For `pulumi install`.
    packagemanager: "silent",
};

export const STACK_SETTINGS: Readonly<Record<string, Meaning>> = {
    config: "read",
    environment: "read",
    mainEnvironment: "read",
    // What is encrypted with them is told value by value.
    secretsprovider: "silent",
    encryptedkey: "silent",
    encryptionsalt: "silent",
};

/** One finding for all of a file's settings that a run goes without. */
export function leftOut(file: string, content: Readonly<Record<string, unknown>>, known: Readonly<Record<string, Meaning>>): Finding[] {
    const left = [
        ...told(content, known, ""),
        ...(known === PROJECT_SETTINGS ? told(runtimeOptions(content), RUNTIME_OPTIONS, "runtime.options.") : []),
    ];
    const [first] = left;
    if (!first) return [];
    const message = `${path.basename(file)} has settings that have no effect here: ${left.map(({ field, why }) => `${field} (${why})`).join(", ")}.`;
    return [engineFinding("GH0319", message, { field: first.field, place: { file, line: lineOf(file, first.field.split(".")) } })];
}

function told(
    content: Readonly<Record<string, unknown>>,
    known: Readonly<Record<string, Meaning>>,
    prefix: string,
): { field: string; why: string }[] {
    return Object.entries(content).flatMap(([key, value]) => {
        if (value === null || value === undefined) return [];
        const meaning = Object.hasOwn(known, key) ? known[key] : undefined;
        if (meaning === "read" || meaning === "silent") return [];
        return [{ field: `${prefix}${key}`, why: meaning ? meaning.not : unknownText(key, known) }];
    });
}

function unknownText(key: string, known: Readonly<Record<string, Meaning>>): string {
    const near = didYouMean(key, Object.keys(known));
    return near ? `Pulumi does not know it; did you mean ${near}?` : "Pulumi does not know it";
}

function runtimeOptions({ runtime }: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    return isRecord(runtime) && isRecord(runtime.options) ? runtime.options : {};
}

/** The types that Pulumi holds a project's settings to, and the keys within those that have a fixed set of them. */
export function settingFault(
    content: Readonly<Record<string, unknown>>,
): { readonly path: readonly string[]; readonly what: string } | undefined {
    for (const key of ["description", "author", "website", "license", "main", "stackConfigDir"]) {
        const value = content[key];
        if (value !== undefined && value !== null && typeof value !== "string")
            return { path: [key], what: `wanted a text, got ${shown(value)}` };
    }
    for (const [key, within] of Object.entries(CLOSED)) {
        const value = content[key];
        if (value === undefined || value === null) continue;
        if (!isRecord(value)) return { path: [key], what: `wanted a map, got ${shown(value)}` };
        const unknown = Object.keys(value).find((one) => !within.includes(one));
        if (unknown !== undefined)
            return {
                path: [key, unknown],
                what: `there is no such setting; there ${within.length === 1 ? "is" : "are"} ${within.join(", ")}`,
            };
    }
    const { refresh } = isRecord(content.options) ? content.options : {};
    if (refresh !== undefined && refresh !== "always")
        return { path: ["options", "refresh"], what: `got ${shown(refresh)}, wanted "always"` };
    if (typeof content.config === "string" && typeof content.stackConfigDir === "string")
        return { path: ["config"], what: "it names a folder, and so does stackConfigDir; leave this one out" };
    return undefined;
}

const CLOSED: Readonly<Record<string, readonly string[]>> = {
    backend: ["url"],
    options: ["refresh"],
    template: ["description", "quickstart", "important", "config"],
};
