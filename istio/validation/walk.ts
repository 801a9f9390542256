/**
 * Walks a value by its field table and reports what does not fit: unknown fields, wrong types, limits, words, missing
 * fields. What comes back is the value without its ill-typed parts, and without the nulls that the API server drops
 * too; it is the same reference where nothing had to go.
 */
import { didYouMean } from "../did-you-mean";
import { durationFault } from "./durations";
import type { Field, ListField, MapField, NumberField, ObjectField, TextField } from "../fields";
import { childPath, itemPath } from "../paths";
import { looksSecret, shown, shownText } from "../shown";
import { isRecord } from "./outline";
import type { Report } from "./report";

export interface FieldWalk {
    readonly report: Report;
    /** Values are not shown: the object is a Secret. */
    readonly secret: boolean;
    readonly writtenOf?: (field: string) => string | undefined;
    /** Called for every field that is there and known. */
    readonly visit?: (field: Field, value: unknown, path: string) => void;
}

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
            return typeof value === "boolean" ? value : wrongType(value, "true or false", path, walking, flagFix(value));
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

function wrongType(value: unknown, wanted: string, path: string, walking: FieldWalk, fix = "", what = got(value, walking)): undefined {
    walking.report("GH0102", path, `got ${what}, wanted ${wanted}`, fix);
    return undefined;
}

function got(value: unknown, walking: FieldWalk): string {
    return walking.secret && (typeof value === "string" || typeof value === "number")
        ? `a ${typeof value === "string" ? "text" : "number"} (not shown)`
        : shown(value);
}

function flagFix(value: unknown): string {
    if (typeof value !== "string" || !/^(true|false)$/i.test(value)) {
        return "";
    }
    return `Write ${value.toLowerCase()} without quotes.`;
}

function walkText(value: unknown, field: TextField, path: string, walking: FieldWalk): string | undefined {
    if (typeof value !== "string") {
        const isScalar = typeof value === "number" || typeof value === "boolean";
        const written = walking.secret || !isScalar ? undefined : (walking.writtenOf?.(path) ?? String(value));
        const quoted = quotedFix(written, field);
        // `010` is the number 8 to YAML: what was got is not what was written.
        const got =
            written !== undefined && written !== String(value) ? `${shownText(written)}, which is ${shown(value)} to YAML` : undefined;
        return wrongType(value, "a text", path, walking, isScalar ? quoted : "", got);
    }
    const fault = textFault(value, field);
    if (fault) {
        walking.report("GH0104", path, fault.message, fault.fix);
    }
    const today = field.wordsOutdated && Object.hasOwn(field.wordsOutdated, value) ? field.wordsOutdated[value] : undefined;
    if (today) {
        walking.report("GH0111", path, `${shownText(value)} is an old word`, `Write \`${today}\`.`);
    }
    return value;
}

/** What to write for a number or flag where a text is wanted: quotes alone do not make a duration or one of some words of it. */
function quotedFix(written: string | undefined, field: TextField): string {
    if (written === undefined || looksSecret(written)) return "Put it in quotes.";
    const fault = textFault(written, field);
    if (fault === undefined) return `Put it in quotes: ${JSON.stringify(written)}.`;
    return fault.fix !== "" ? fault.fix : `Write one of ${field.words?.join(", ") ?? ""}.`;
}

function textFault(value: string, field: TextField): { message: string; fix: string } | undefined {
    if (field.words && !field.words.includes(value)) {
        const near = field.words.find((word) => word.toLowerCase() === value.toLowerCase()) ?? didYouMean(value, field.words);
        return {
            message: `got ${shownText(value)}, wanted one of ${field.words.join(", ")}`,
            fix: near ? `Did you mean \`${near}\`?` : "",
        };
    }
    if (field.minLength !== undefined && value.length < field.minLength) {
        return { message: "is empty", fix: "" };
    }
    if (field.maxLength !== undefined && value.length > field.maxLength) {
        return field.maxLength === 0
            ? { message: "must not be set", fix: "Leave it out." }
            : { message: `has ${value.length} characters, more than the ${field.maxLength} allowed`, fix: "" };
    }
    switch (field.format) {
        case undefined:
            return undefined;
        case "bytes":
            return value !== "" && !/[\r\n]/.test(value) && isBase64(value)
                ? undefined
                : { message: "is no base64", fix: value === "" ? "Leave it out." : "" };
        case "span":
        case "fineSpan":
        case "idle":
        case "duration": {
            const fault = durationFault(value, field.format);
            return fault ? { message: `got ${shownText(value)}, ${fault.wanted}`, fix: fault.fix } : undefined;
        }
        default:
            return field.format satisfies never;
    }
}

export function isBase64(value: string): boolean {
    const compact = value.replace(/[\r\n]/g, "");
    return compact.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(compact);
}

function walkNumber(value: unknown, field: NumberField, path: string, walking: FieldWalk): number | undefined {
    const wanted = field.whole ? "a whole number" : "a number";
    if (typeof value !== "number" || !Number.isFinite(value)) {
        const quoted = typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value));
        return wrongType(value, wanted, path, walking, quoted && !looksSecret(value) ? "Leave the quotes out." : "");
    }
    if (field.whole && !Number.isInteger(value)) {
        return wrongType(value, wanted, path, walking);
    }
    zeroFirst(value, path, walking);
    if (value < field.min || value > field.max) {
        walking.report("GH0104", path, `got ${shown(value)}, wanted ${rangeText(field)}`);
        // Out of its limits it is of no use to a rule either.
        return undefined;
    }
    return value;
}

/** Nobody who writes a port as `0443` means 291. */
function zeroFirst(value: number, path: string, walking: FieldWalk): void {
    const written = walking.writtenOf?.(path);
    if (written !== undefined && /^[-+]?0_*\d/.test(written)) {
        const plain = written.replaceAll("_", "").replace(/^([-+]?)0+(?=\d)/, "$1");
        walking.report(
            "GH0126",
            path,
            `${shownText(written)} is ${shown(value)} to YAML${plain === String(value) ? "" : ", which reads digits behind a 0 as octal"}`,
            `Write \`${plain}\`, or \`${String(value)}\` where that is meant.`,
        );
    }
}

function rangeText(field: NumberField): string {
    return field.max >= 2_147_483_647
        ? `at least ${field.min}${field.max > 4_294_967_295 ? "" : ` and at most ${field.max}`}`
        : `${field.min} to ${field.max}`;
}

function walkNumberOrName(value: unknown, path: string, walking: FieldWalk): unknown {
    if (typeof value === "number" && Number.isInteger(value)) {
        zeroFirst(value, path, walking);
        if (value >= 1 && value <= 65535) {
            return value;
        }
        walking.report("GH0104", path, `got ${shown(value)}, wanted 1 to 65535 or a port's name`);
        return undefined;
    }
    return typeof value === "string" ? value : wrongType(value, "a port's number or name", path, walking);
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
            // Also one without a value: the API server looks for the name before it drops nulls.
            unknownField(key, value, field, path, walking);
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
