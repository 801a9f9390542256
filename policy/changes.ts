/** Makes the changes of a remedy on plain values, the given ones left as they are. */
import type { Change } from "./check";
import { isMapping } from "./values";

function changed(value: unknown, path: readonly (string | number)[], to: unknown): unknown {
    const [key, ...rest] = path;
    if (key === undefined) return to;
    if (Array.isArray(value)) return value.map((item: unknown, index) => (index === key ? changed(item, rest, to) : item));
    const { [key]: before, ...others } = (isMapping(value) ? value : {}) as Record<string | number, unknown>;
    const after = changed(before, rest, to);
    return after === undefined ? others : { ...others, [key]: after };
}

export function withChanges<T>(value: T, changes: readonly Change[]): T {
    return changes.reduce<unknown>((current, { path, value: to }) => changed(current, path, to), value) as T;
}
