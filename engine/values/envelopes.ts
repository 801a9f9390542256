/**
 * Pulumi's wire values. Secrets, resource references and output values travel as maps under a signature key; inside
 * the engine they stay sealed, so that secrecy cannot be lost on the way, and are opened only at its edges.
 */
import type { PropertyMap, PropertyValue } from "../types";

/** The key that makes a map an envelope, and what it says; fixed numbers of Pulumi's wire format. */
export const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT_VALUE = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export function isMap(value: PropertyValue | undefined): value is PropertyMap {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isList(value: PropertyValue): value is readonly PropertyValue[] {
    return Array.isArray(value);
}

/** Puts a value under a secret's envelope, once. */
export function seal(value: PropertyValue): PropertyValue {
    return isSecret(value) ? value : { [SIGNATURE]: SECRET, value };
}

export function isSecret(value: PropertyValue | undefined): value is PropertyMap {
    return isMap(value) && value[SIGNATURE] === SECRET;
}

/** True if a secret stands anywhere in the value. */
export function holdsSecret(value: PropertyValue): boolean {
    if (isSecret(value)) return true;
    if (isList(value)) return value.some(holdsSecret);
    return isMap(value) && Object.values(value).some(holdsSecret);
}

/** True if an unknown stands anywhere in the value. */
export function holdsUnknown(value: PropertyValue): boolean {
    if (value === UNKNOWN) return true;
    if (isList(value)) return value.some(holdsUnknown);
    return isMap(value) && Object.values(value).some(holdsUnknown);
}

/** The map without the properties that are not known: an update has no place for them, and Pulumi leaves them out. */
export function withoutUnknowns(map: PropertyMap): PropertyMap {
    return Object.fromEntries(Object.entries(map).filter(([, value]) => !holdsUnknown(value)));
}

/** Turns output values, as components and calls send them, into plain and secret ones. */
export function withoutOutputValues(value: PropertyValue): PropertyValue {
    if (isList(value)) return value.map(withoutOutputValues);
    if (!isMap(value)) return value;
    if (value[SIGNATURE] === OUTPUT_VALUE) {
        const inner = "value" in value ? withoutOutputValues(value.value ?? null) : UNKNOWN;
        return value.secret === true ? seal(inner) : inner;
    }
    return mapValues(value, withoutOutputValues);
}

/** Turns secrets into output values: a transform then gets an Output for each, wherever it stands in a property. */
export function withOutputValues(value: PropertyValue): PropertyValue {
    if (isSecret(value)) return { [SIGNATURE]: OUTPUT_VALUE, value: withOutputValues(value.value ?? null), secret: true };
    if (isList(value)) return value.map(withOutputValues);
    return isMap(value) ? mapValues(value, withOutputValues) : value;
}

/** The value with every secret's envelope taken off. */
export function open(value: PropertyValue): PropertyValue {
    if (isSecret(value)) return open(value.value ?? null);
    if (isList(value)) return value.map(open);
    return isMap(value) ? mapValues(value, open) : value;
}

export function openMap(map: PropertyMap): PropertyMap {
    return mapValues(map, open);
}

/** Where secrets stand in a map, as paths into the opened map; nothing below a secret is listed again. */
export function secretPaths(map: PropertyMap): string[] {
    const found: string[] = [];
    const walk = (value: PropertyValue, path: string): void => {
        if (isSecret(value)) {
            found.push(path);
        } else if (isList(value)) {
            value.forEach((item, index) => walk(item, `${path}[${index}]`));
        } else if (isMap(value)) {
            for (const [key, item] of Object.entries(value)) walk(item, joinPath(path, key));
        }
    };
    walk(map, "");
    return found.sort();
}

export function joinPath(path: string, key: string): string {
    if (!/^[A-Za-z_$][\w$-]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
    return path === "" ? key : `${path}.${key}`;
}

function mapValues(map: PropertyMap, change: (value: PropertyValue) => PropertyValue): PropertyMap {
    return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));
}
