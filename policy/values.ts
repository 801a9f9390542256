/**
 * Reads values of resources, of whose shape nothing is promised. A preview does not know every value: such a one stands
 * as UNKNOWN in its place, and no check may take it for a value or for the lack of one.
 */
export const UNKNOWN: unique symbol = Symbol("not known before the update");

export type Mapping = Readonly<Record<string, unknown>>;

export function isMapping(value: unknown): value is Mapping {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value at a path: UNKNOWN where a part of the way is, undefined where there is none. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
    let current = value;
    for (const key of path) {
        if (current === UNKNOWN) return UNKNOWN;
        if (typeof current !== "object" || current === null) return undefined;
        current = Object.hasOwn(current, key) ? (current as Record<string | number, unknown>)[key] : undefined;
    }
    return current === null ? undefined : current;
}

/** The items of a list; none where it is no list, or not known. */
export function items(value: unknown): readonly unknown[] {
    return Array.isArray(value) ? (value as readonly unknown[]) : [];
}

/** The entries of a mapping; none where it is none, or not known. */
export function entries(value: unknown): readonly (readonly [string, unknown])[] {
    return isMapping(value) ? Object.entries(value) : [];
}

export function text(value: unknown): string | undefined {
    return typeof value === "string" ? value : undefined;
}

export function texts(value: unknown): readonly string[] {
    return items(value).filter((one) => typeof one === "string");
}

export function number(value: unknown): number | undefined {
    return typeof value === "number" ? value : undefined;
}

/** Whether something that is not known stands anywhere in the value. */
export function holdsUnknown(value: unknown): boolean {
    if (value === UNKNOWN) return true;
    if (typeof value !== "object" || value === null) return false;
    for (const key in value) if (holdsUnknown((value as Record<string, unknown>)[key])) return true;
    return false;
}

/** Every text in a value with the path that leads to it. */
export function walkTexts(
    value: unknown,
    visit: (text: string, path: string, segments: readonly (string | number)[]) => void,
    path = "",
    segments: readonly (string | number)[] = [],
): void {
    if (typeof value === "string") visit(value, path, segments);
    else if (Array.isArray(value)) value.forEach((item, index) => walkTexts(item, visit, `${path}[${index}]`, [...segments, index]));
    else if (isMapping(value)) for (const key of Object.keys(value)) walkTexts(value[key], visit, childPath(path, key), [...segments, key]);
}

/** A path as Pulumi writes it: `data`, `spec.items[0]["a.b"]`. */
export function childPath(path: string, key: string): string {
    if (!/^[A-Za-z_$][\w$-]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
    return path === "" ? key : `${path}.${key}`;
}

export function pathText(path: readonly (string | number)[]): string {
    return path.reduce<string>((before, key) => (typeof key === "number" ? `${before}[${key}]` : childPath(before, key)), "");
}
