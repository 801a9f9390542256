/** The outline of every Kubernetes object: apiVersion, kind, metadata. Nothing else can be said of a value without it. */
import { finding, type Finding, type Place } from "../findings";
import { looksPem } from "../shown";
import { meantGroup } from "../semantics/api-groups";
import type { ObjectRef } from "../types";

/** What is known about where a value came from. */
export interface ValidationContext {
    readonly placeOf?: (field: string) => Place;
    /** A scalar as it is written in a file, where it has no quotes. */
    readonly writtenOf?: (field: string) => string | undefined;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A map of texts, such as labels; entries of another type are left out. */
export function textsOf(value: unknown): Readonly<Record<string, string>> {
    return Object.fromEntries(
        Object.entries(isRecord(value) ? value : {}).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
    );
}

/** The best name for a value in a message: whatever of kind, namespace and name is there. */
export function refOfUnknown(value: unknown): ObjectRef | undefined {
    if (!isRecord(value) || typeof value.kind !== "string") {
        return undefined;
    }
    const metadata = isRecord(value.metadata) ? value.metadata : {};
    return {
        group: safeName(meantGroup(value.apiVersion, value.kind)),
        kind: safeName(value.kind),
        namespace: typeof metadata.namespace === "string" && metadata.namespace !== "" ? safeName(metadata.namespace) : "default",
        name: typeof metadata.name === "string" ? safeName(metadata.name) : "",
    };
}

/** A name as long as names are; a key pasted into its place is not repeated. */
function safeName(name: string): string {
    return looksPem(name) ? "(not shown)" : name.slice(0, 300);
}

/** Empty where the value has the outline of an object. */
export function outlineFaults(value: unknown, context: ValidationContext = {}): Finding[] {
    if (!isRecord(value)) {
        const got = value === null || value === undefined ? "empty" : Array.isArray(value) ? "a list" : `a ${typeof value}`;
        return [outlineFinding(value, "", `the document is ${got} where a Kubernetes object is wanted`, "", context)];
    }
    const findings: Finding[] = [];
    for (const field of ["apiVersion", "kind"]) {
        if (typeof value[field] !== "string" || value[field] === "") {
            findings.push(
                outlineFinding(value, field, `\`${field}\` is missing; every Kubernetes object has one`, `Add \`${field}\`.`, context),
            );
        }
    }
    if (!isRecord(value.metadata)) {
        findings.push(
            outlineFinding(value, "metadata", "`metadata` is missing; an object needs at least its name", "Add `metadata.name`.", context),
        );
        return findings;
    }
    const { name, namespace } = value.metadata;
    if (typeof name !== "string" || name === "") {
        findings.push(outlineFinding(value, "metadata.name", "`metadata.name` is missing or no text", "Add `metadata.name`.", context));
    }
    if (namespace !== undefined && namespace !== null && typeof namespace !== "string") {
        findings.push(outlineFinding(value, "metadata.namespace", "`metadata.namespace` is no text", "Quote it.", context));
    }
    return findings;
}

function outlineFinding(value: unknown, field: string, message: string, fix: string, context: ValidationContext): Finding {
    const object = refOfUnknown(value);
    const place = context.placeOf?.(field);
    return finding("GH0117", { ...(object ? { object } : {}), field, ...(place ? { place } : {}) }, message, fix);
}
