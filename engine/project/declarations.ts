/**
 * What a project declares of its configuration: types, defaults, secrets. Read and checked as Pulumi does before it starts a
 * program: what it refuses is refused here, so that `up` of the real one does not end with what a laptop took.
 */
import { isRecord } from "./yaml";

interface ItemsType {
    readonly type: string;
    readonly items?: ItemsType;
}

/** One entry of Pulumi.yaml's `config`. */
export interface ConfigDeclaration extends Partial<ItemsType> {
    readonly value?: unknown;
    readonly secret: boolean;
    readonly required: boolean;
}

export interface DeclarationFault {
    /** Below `config`. */
    readonly path: readonly string[];
    readonly what: string;
}

const KEYS = ["type", "items", "description", "secret", "default", "value"];
/** `object` stands in no schema of Pulumi's, and is taken by it. */
const TYPES = ["string", "integer", "boolean", "array", "object"];
const MAX_DEPTH = 32;

/** By full key, `project:name`. */
export function readDeclarations(
    project: string,
    config: unknown,
): { readonly found: Map<string, ConfigDeclaration>; readonly faults: readonly DeclarationFault[] } {
    const found = new Map<string, ConfigDeclaration>();
    if (config === undefined || config === null || typeof config === "string") return { found, faults: [] };
    if (!isRecord(config)) return { found, faults: [{ path: [], what: "wanted a map of keys, or a folder's name" }] };
    const faults = Object.entries(config).flatMap(([key, declared]) => {
        const full = key.includes(":") ? key : `${project}:${key}`;
        const own = full.startsWith(`${project}:`);
        const what =
            faultOf(declared, own) ??
            (full.split(":").length === 2 ? undefined : "a key is a name, or a namespace and a name as in aws:region");
        if (what !== undefined) return [{ path: [key], what }];
        found.set(full, readDeclaration(declared, own));
        return [];
    });
    return { found, faults };
}

/** Whether a value may stand where a type is declared. A text may stand for a number and for true and false. */
export function hasType(type: ItemsType, value: unknown): boolean {
    switch (type.type) {
        case "string":
            return typeof value === "string";
        case "integer":
            return typeof value === "bigint" || Number.isInteger(value) || (typeof value === "string" && isWhole(value));
        case "boolean":
            return typeof value === "boolean" || value === "true" || value === "false";
        case "object":
            return isRecord(value);
        default: {
            const { items } = type;
            return Array.isArray(value) && items !== undefined && value.every((one) => hasType(items, one));
        }
    }
}

export function typeText({ type, items }: ItemsType): string {
    return items ? `array<${typeText(items)}>` : type;
}

/** 64 bits with a sign. */
function isWhole(text: string): boolean {
    if (!/^[-+]?\d{1,30}$/.test(text)) return false;
    const value = BigInt(text.replace(/^\+/, ""));
    return value >= -(2n ** 63n) && value < 2n ** 63n;
}

function readDeclaration(declared: unknown, own: boolean): ConfigDeclaration {
    if (!isRecord(declared)) return { value: declared, secret: false, required: false };
    const value = declared.default ?? declared.value;
    const has = value !== undefined && value !== null;
    return {
        ...(typeof declared.type === "string" ? { type: declared.type } : {}),
        ...(isRecord(declared.items) ? { items: declared.items as unknown as ItemsType } : {}),
        ...(has ? { value } : {}),
        secret: declared.secret === true,
        required: own && !has,
    };
}

function faultOf(declared: unknown, own: boolean): string | undefined {
    if (!isRecord(declared)) {
        const isValue =
            typeof declared === "string" ||
            typeof declared === "boolean" ||
            Array.isArray(declared) ||
            typeof declared === "bigint" ||
            Number.isInteger(declared);
        return isValue ? undefined : "wanted a text, a whole number, true or false, a list, or a map with type, default or value";
    }
    const unknown = Object.keys(declared).find((key) => !KEYS.includes(key));
    if (unknown !== undefined) return `there is no ${unknown}; there are ${KEYS.join(", ")}`;
    const { type, items, secret = false, description = "" } = declared;
    if (typeof secret !== "boolean") return "secret is true or false";
    if (typeof description !== "string") return "description is a text";
    if (isSet(declared.default) && isSet(declared.value)) return "it has a default and a value; one excludes the other";
    if (!own) return foreignFault(declared);
    if (type === undefined) return items === undefined ? undefined : "items goes with type: array";
    const wrong = typeFault(type, items);
    if (wrong !== undefined) return wrong;
    const full = { type: type as string, ...(isRecord(items) ? { items: items as unknown as ItemsType } : {}) };
    return isSet(declared.default) && !hasType(full, declared.default) ? `its default is not of type ${typeText(full)}` : undefined;
}

/** A key of another namespace is given a value, and is not the project's to type. */
function foreignFault({ type, default: standard, value }: Record<string, unknown>): string | undefined {
    if (type !== undefined) return "it is not in the project's namespace, so it may have no type";
    if (isSet(standard)) return "it is not in the project's namespace: write value instead of default";
    return isSet(value) ? undefined : "it is not in the project's namespace, so it needs a value";
}

function typeFault(type: unknown, items: unknown, depth = 0): string | undefined {
    if (typeof type !== "string" || !TYPES.includes(type)) return `its type is one of ${TYPES.join(", ")}`;
    if (type !== "array") return undefined;
    if (!isRecord(items) || depth > MAX_DEPTH) return "an array says in items.type what it holds";
    return typeFault(items.type, items.items, depth + 1);
}

function isSet(value: unknown): boolean {
    return value !== undefined && value !== null;
}
