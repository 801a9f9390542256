/** Values by their paths, and which of them are open: `metadata.labels.team`, `hosts[0]`. */
import { mentionsUnknown, UNKNOWN } from "./unknown";

/** The value at the end of a path's steps; undefined where it breaks off. */
export function valueAt(value: unknown, steps: readonly (string | number)[]): unknown {
    return steps.reduce<unknown>(
        (inner, step) => (typeof inner === "object" && inner !== null ? (inner as Record<string | number, unknown>)[step] : undefined),
        value,
    );
}

/** Whether a path is another one, or leads on from it. */
export function isAtOrBelow(path: string, start: string): boolean {
    return path === start || path.startsWith(`${start}.`) || path.startsWith(`${start}[`);
}

/** Where a value is open. */
export function openPaths(known: unknown, path = ""): string[] {
    if (typeof known !== "object" || known === null) return mentionsUnknown(known) ? [path] : [];
    if (Array.isArray(known)) return known.flatMap((one: unknown, index) => openPaths(one, `${path}[${index}]`));
    return Object.entries(known).flatMap(([key, inner]) => {
        const at = path === "" ? key : `${path}.${key}`;
        return key.includes(UNKNOWN) ? [at] : openPaths(inner, at);
    });
}

/** Asks whether anything is open at one of these paths or below. */
export function opensOf(known: unknown): (...starts: readonly string[]) => boolean {
    const open = openPaths(known);
    return (...starts) => open.some((path) => starts.some((start) => isAtOrBelow(path, start)));
}
