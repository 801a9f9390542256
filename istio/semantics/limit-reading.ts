/** How fields of limits are read: a value, or a fault that says where it stands. */

import { unreadable } from "./setting-reader";

export type LimitFields = Readonly<Record<string, unknown>>;

/** `otherwise`: where nothing is said; undefined: it must be. */
export function integerAt(
    fields: LimitFields,
    field: string,
    at: string,
    otherwise: number | undefined,
    least: number,
    most: number,
): number {
    const { [field]: value = otherwise } = fields;
    if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most)
        throw unreadable(`${at}.${field}`, `got ${value === undefined ? "nothing" : JSON.stringify(value)}, wanted ${least} to ${most}`);
    return value;
}

export function wordAt<Word extends string>(fields: LimitFields, field: string, at: string, words: readonly Word[], otherwise: Word): Word {
    const { [field]: value = otherwise } = fields;
    const word = words.find((one) => one === value);
    if (word === undefined) throw unreadable(`${at}.${field}`, `got ${JSON.stringify(value)}, wanted one of ${words.join(", ")}`);
    return word;
}
