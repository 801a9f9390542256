/** How settings are read that stand in an annotation as JSON: what is wrong is said with the place that it stands at. */
import { isRecord } from "../validation/outline";
import { jsonOf } from "./json-text";

/** `.hsts.maxAge: got "x", wanted a duration`; of the whole without a place. */
export class Unreadable extends Error {}

export type ReadSetting<T> = { readonly value: T } | { readonly fault: string };

export function readSetting<T>(text: string, of: (value: unknown) => T): ReadSetting<T> {
    const read = jsonOf(text);
    return "fault" in read ? read : settingOf(read.value, of);
}

export function settingOf<T>(value: unknown, of: (value: unknown) => T): ReadSetting<T> {
    try {
        return { value: of(value) };
    } catch (error) {
        if (error instanceof Unreadable) return { fault: error.message };
        throw error;
    }
}

/** Where a place is known: `.hsts: wanted true, false or an object`. */
export function unreadable(at: string, message: string): Unreadable {
    return new Unreadable(at === "" ? message : `${at}: ${message}`);
}

/** An object that has these fields and no other. */
export function fieldsOf(value: unknown, at: string, fields: readonly string[], wanted = "an object"): Readonly<Record<string, unknown>> {
    if (!isRecord(value)) throw unreadable(at, `wanted ${wanted}`);
    const other = Object.keys(value).find((key) => !fields.includes(key));
    if (other !== undefined) throw unreadable(at, `has no field ${JSON.stringify(other)}; there are ${fields.join(", ")}`);
    return value;
}

export function flagOf(value: unknown, at: string, otherwise: boolean): boolean {
    if (value === undefined) return otherwise;
    if (typeof value !== "boolean") throw unreadable(at, `got ${JSON.stringify(value)}, wanted true or false`);
    return value;
}

export function listOf(value: unknown, at: string, most: number): readonly unknown[] {
    if (value === undefined) return [];
    if (!Array.isArray(value)) throw unreadable(at, "wanted a list");
    if (value.length > most) throw unreadable(at, `has ${value.length} entries, wanted at most ${most}`);
    return value as readonly unknown[];
}
