/** Resources for tests of policies, as an evaluation has them, out of plain objects. */
import type { ResourceData } from "../../../policy/library";
import { UNKNOWN } from "../../../policy/values";

export interface PlainObject {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: Readonly<Record<string, unknown>>;
    readonly [field: string]: unknown;
}

export function urnOf(type: string, name: string, stack = "shop"): string {
    return `urn:pulumi:dev::${stack}::${type}::${name}`;
}

export function resource(object: PlainObject, stack?: string): ResourceData {
    const type = `kubernetes:${object.apiVersion}:${object.kind}`;
    const name = String(object.metadata["name"]);
    return {
        urn: urnOf(type, `${String(object.metadata["namespace"] ?? "")}-${name}`, stack),
        type,
        name,
        inputs: object,
        outputs: object,
    };
}

/** Every way to the values in a value, the value itself among them. */
export function pathsOf(value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
    const below = Array.isArray(value)
        ? value.flatMap((item, index) => pathsOf(item, [...path, index]))
        : typeof value === "object" && value !== null
          ? Object.entries(value).flatMap(([key, item]) => pathsOf(item, [...path, key]))
          : [];
    return [...(path.length > 0 ? [path] : []), ...below];
}

/** The value with what stands at these paths not known. */
export function withUnknowns<T>(value: T, paths: readonly (readonly (string | number)[])[]): T {
    const copy = structuredClone(value);
    // The deepest first: what lies above takes it along.
    for (const path of [...paths].sort((a, b) => b.length - a.length)) {
        let parent: unknown = copy;
        for (const key of path.slice(0, -1)) parent = (parent as Record<string | number, unknown>)[key];
        (parent as Record<string | number, unknown>)[path.at(-1) ?? ""] = UNKNOWN;
    }
    return copy;
}
