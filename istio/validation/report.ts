/** How rules report, and how they walk values whose ill-typed parts have been taken out. */
import type { Code } from "../codes";
import { finding, type Finding } from "../findings";
import { childPath, itemPath } from "../paths";
import { withoutNamedValues } from "../secret-names";
import { refOfUnknown, type ValidationContext } from "./outline";

export type Report = (code: Code, field: string, message: string, fix?: string) => void;

/**
 * A type of which any part may be missing: a rule sees an object whose wrong parts were reported and left out, and a
 * list keeps its places.
 */
export type Loose<T> = T extends string | number | boolean
    ? T
    : T extends readonly (infer U)[]
      ? readonly (Loose<U> | undefined)[]
      : { readonly [K in keyof T]?: Loose<T[K]> };

/** A report that adds to `findings`. */
export function reporter(value: unknown, context: ValidationContext, findings: Finding[]): Report {
    const object = refOfUnknown(value);
    return (code, field, text, advice = "") => {
        const { message, fix } = withoutNamedValues(field, text, advice);
        const place = context.placeOf?.(field);
        findings.push(finding(code, { ...(object ? { object } : {}), field, ...(place ? { place } : {}) }, message, fix));
    };
}

export function each<T>(
    items: readonly (T | undefined)[] | undefined,
    path: string,
    visit: (item: T, path: string, index: number) => void,
): void {
    items?.forEach((item, index) => {
        if (item !== undefined) {
            visit(item, itemPath(path, index), index);
        }
    });
}

export function eachEntry<T>(
    entries: Readonly<Record<string, T | undefined>> | undefined,
    path: string,
    visit: (key: string, value: T, path: string) => void,
): void {
    for (const [key, value] of Object.entries(entries ?? {})) {
        if (value !== undefined) {
            visit(key, value, childPath(path, key));
        }
    }
}

/** Whether a field says anything: an empty text, list or mapping is as good as none to Istio. */
export function isSet(value: unknown): boolean {
    if (value === undefined || value === null || value === "") {
        return false;
    }
    return typeof value !== "object" || Object.keys(value).length > 0;
}
