/** Reads parts of objects whose kind has no type here: a Deployment, a Namespace, a PeerAuthentication. Nothing throws, whatever is there. */
import { isRecord, textsOf } from "../validation/outline";

/** The value at the end of a path of keys; undefined where the path breaks off. */
export function valueAt(value: unknown, ...keys: readonly string[]): unknown {
    let at = value;
    for (const key of keys) {
        at = isRecord(at) && Object.hasOwn(at, key) ? at[key] : undefined;
    }
    return at;
}

export function textAt(value: unknown, ...keys: readonly string[]): string | undefined {
    const found = valueAt(value, ...keys);
    return typeof found === "string" ? found : undefined;
}

export function listAt(value: unknown, ...keys: readonly string[]): readonly unknown[] {
    const found = valueAt(value, ...keys);
    return Array.isArray(found) ? found : [];
}

/** A map of texts, such as labels; entries of another type are left out. */
export function textsAt(value: unknown, ...keys: readonly string[]): Readonly<Record<string, string>> {
    return textsOf(valueAt(value, ...keys));
}
