/**
 * Walks a value by its field table and reports what does not fit: unknown fields, wrong types, limits, words, missing
 * fields. What comes back is the value without its ill-typed parts, and without the nulls that the API server drops
 * too; it is the same reference where nothing had to go.
 */
import { didYouMean } from "../did-you-mean";
import type { Field, ListField, MapField, ObjectField } from "../fields";
import { childPath, itemPath } from "../paths";
import { shownText } from "../shown";
import { wrongType, type FieldWalk } from "./field-walk";
import { isRecord } from "./outline";
import { walkFlag, walkNumber, walkNumberOrName, walkText } from "./scalars";

/** The usable part of a value; undefined where there is none. */
export function walk(value: unknown, field: Field, path: string, walking: FieldWalk): unknown {
    walking.visit?.(field, value, path);
    if (field.outdated) {
        walking.report("GH0111", path, "is the old name of a field; it is still read", field.outdated);
    }
    switch (field.type) {
        case "any":
            return value;
        case "text":
            return walkText(value, field, path, walking);
        case "number":
            return walkNumber(value, field, path, walking);
        case "flag":
            return walkFlag(value, path, walking);
        case "numberOrName":
            return walkNumberOrName(value, path, walking);
        case "list":
            return walkList(value, field, path, walking);
        case "map":
            return walkMap(value, field, path, walking);
        case "object":
            return walkObject(value, field, path, walking);
        default:
            return field satisfies never;
    }
}

function walkList(value: unknown, field: ListField, path: string, walking: FieldWalk): unknown {
    if (!Array.isArray(value)) {
        if (isRecord(value) && field.wasMapping) {
            walking.report("GH0109", path, "is a mapping, as in the first releases of Istio; a list is wanted today", field.wasMapping);
            return undefined;
        }
        const scalar = typeof value === "string" || typeof value === "number";
        return wrongType(
            value,
            "a list",
            path,
            walking,
            scalar ? "Write it as an item: `- …` or `[…]`." : isRecord(value) ? "Put `- ` before it." : "",
        );
    }
    if (field.min !== undefined && value.length < field.min) {
        walking.report("GH0103", path, "is empty; at least one item is needed");
    }
    if (field.max !== undefined && value.length > field.max) {
        walking.report("GH0104", path, `has ${value.length} items, more than the ${field.max} allowed`);
    }
    let changed = false;
    const items = value.map((item: unknown, index) => {
        const kept = walk(item, field.of, itemPath(path, index), walking);
        changed ||= kept !== item;
        return kept;
    });
    return changed ? items : value;
}

function walkMap(value: unknown, field: MapField, path: string, walking: FieldWalk): unknown {
    if (!isRecord(value)) {
        return wrongType(value, "a mapping", path, walking);
    }
    const keys = Object.keys(value);
    if (field.max !== undefined && keys.length > field.max) {
        walking.report("GH0104", path, `has ${keys.length} keys, more than the ${field.max} allowed`);
    }
    return rebuilt(value, keys, (key) => {
        const item = value[key] === null ? emptyOf(field.of) : value[key];
        return item === null || item === undefined ? undefined : walk(item, field.of, childPath(path, key), walking);
    });
}

/** `x-user:` with nothing behind it is an empty condition, as it is to Istio; dropped, it would match more. A number is 0. */
function emptyOf(field: Field): unknown {
    return field.type === "object" ? {} : field.type === "number" ? 0 : undefined;
}

function walkObject(value: unknown, field: ObjectField, path: string, walking: FieldWalk): unknown {
    if (!isRecord(value)) {
        return wrongType(value, "a mapping", path, walking);
    }
    const keys = Object.keys(value);
    const kept = rebuilt(value, keys, (key) => {
        const item = value[key];
        if (item === undefined) {
            return undefined;
        }
        const known = Object.hasOwn(field.fields, key) ? field.fields[key] : undefined;
        if (!known) {
            // Also one without a value: the API server looks for the name before it drops nulls. Where any name will do it says nothing.
            if (!field.lenient || item !== null) unknownField(key, value, field, path, walking);
            return field.lenient && item !== null ? item : undefined;
        }
        return item === null ? undefined : walk(item, known, childPath(path, key), walking);
    });
    checkPresence(value, field, path, walking);
    const absent = aboutFields(field).orEmpty.filter((name) => !Object.hasOwn(kept, name));
    return absent.length === 0 ? kept : { ...kept, ...Object.fromEntries(absent.map((name) => [name, {}])) };
}

/** What of a table is asked at every object, and never changes. */
interface AboutFields {
    readonly required: readonly (readonly [string, Field])[];
    readonly orEmpty: readonly string[];
}

const about = new WeakMap<ObjectField, AboutFields>();

function aboutFields(field: ObjectField): AboutFields {
    let known = about.get(field);
    if (known === undefined) {
        const entries = Object.entries(field.fields);
        known = {
            required: entries.filter(([, one]) => one.required),
            orEmpty: entries.filter(([, one]) => one.orEmpty).map(([name]) => name),
        };
        about.set(field, known);
    }
    return known;
}

function rebuilt(
    value: Readonly<Record<string, unknown>>,
    keys: readonly string[],
    keep: (key: string) => unknown,
): Readonly<Record<string, unknown>> {
    // Most objects stay as they are.
    let entries: [string, unknown][] | undefined;
    for (const [at, key] of keys.entries()) {
        const item = keep(key);
        if (entries === undefined && item !== value[key]) entries = keys.slice(0, at).map((before) => [before, value[before]]);
        if (entries !== undefined && item !== undefined) entries.push([key, item]);
    }
    return entries === undefined ? value : Object.fromEntries(entries);
}

function unknownField(key: string, value: Readonly<Record<string, unknown>>, field: ObjectField, path: string, walking: FieldWalk): void {
    const at = childPath(path, key);
    if (field.gone && Object.hasOwn(field.gone, key)) {
        walking.report("GH0109", at, `\`${key}\` is a field of old releases`, field.gone[key]);
        return;
    }
    // A field that is there already is not what a misspelt one means.
    const free = Object.keys(field.fields).filter((name) => value[name] === undefined || value[name] === null);
    const near = didYouMean(key, free);
    if (!field.lenient) {
        const known = Object.keys(field.fields)
            .filter((name) => !name.includes("_"))
            .join(", ");
        walking.report(
            "GH0101",
            at,
            `there is no field ${shownText(key)} here`,
            near ? `Did you mean \`${near}\`?` : `The fields are ${known}.`,
        );
    } else if (near) {
        walking.report("GH0112", at, `${shownText(key)} is not a field that is read`, `Did you mean \`${near}\`?`);
    }
}

function checkPresence(value: Readonly<Record<string, unknown>>, field: ObjectField, path: string, walking: FieldWalk): void {
    const isThere = (name: string): boolean => value[name] !== undefined && value[name] !== null;
    for (const [name, known] of aboutFields(field).required) {
        if (!isThere(name)) {
            walking.report(
                "GH0103",
                childPath(path, name),
                `\`${name}\` is missing: ${known.doc}`,
                field.missing?.[name] ?? `Add \`${name}\`.`,
            );
        }
    }
    for (const group of field.atMostOne ?? []) {
        const set = group.filter(isThere);
        if (set.length > 1) {
            walking.report(
                "GH0105",
                path,
                `has ${set.map((name) => `\`${name}\``).join(" and ")}; at most one of them may be set`,
                "Keep one.",
            );
        }
    }
}
