/**
 * What CEL's values are here. Whole numbers, which most are, are plain numbers; the other kinds of numbers have classes.
 * Undefined stands for an error: something is not there, or its type does not fit.
 */

export type CelValue =
    | string
    | number
    | boolean
    | null
    | CelDouble
    | CelUint
    | CelBytes
    | CelTime
    | CelSpan
    | CelType
    | CelMap
    | readonly CelValue[];
/** Undefined: CEL's error. */
export type CelResult = CelValue | undefined;

export class CelDouble {
    constructor(readonly value: number) {}
}
export class CelUint {
    constructor(readonly value: number) {}
}
export class CelBytes {
    constructor(readonly value: string) {}
}
/** Milliseconds since 1970. */
export class CelTime {
    constructor(readonly value: number) {}
}
/** Milliseconds. */
export class CelSpan {
    constructor(readonly value: number) {}
}
export class CelType {
    constructor(readonly value: string) {}
}
/** Keys are texts, numbers or truth values. */
export interface CelMap {
    readonly size: number;
    get(key: CelValue): CelResult;
    has(key: CelValue): boolean;
    keys(): Iterable<CelValue>;
}

export function isMap(value: CelResult): value is CelMap {
    return typeof value === "object" && value !== null && "keys" in value && !Array.isArray(value);
}

export function isList(value: CelResult): value is readonly CelValue[] {
    return Array.isArray(value);
}

/** Of a number of any of the three kinds. */
export function numberOf(value: CelResult): number | undefined {
    if (typeof value === "number") return value;
    return value instanceof CelDouble || value instanceof CelUint ? value.value : undefined;
}

/** A map that the expression itself writes. */
export class WrittenMap implements CelMap {
    readonly #entries = new Map<string | number | boolean, CelValue>();
    readonly #keys: CelValue[] = [];

    /** False: it is there already, or is nothing that a key can be. */
    add(key: CelValue, value: CelValue): boolean {
        const plain = plainKey(key);
        if (plain === undefined || this.#entries.has(plain)) return false;
        this.#entries.set(plain, value);
        this.#keys.push(key);
        return true;
    }

    get size(): number {
        return this.#entries.size;
    }

    get(key: CelValue): CelResult {
        const plain = plainKey(key);
        return plain === undefined ? undefined : this.#entries.get(plain);
    }

    has(key: CelValue): boolean {
        const plain = plainKey(key);
        return plain !== undefined && this.#entries.has(plain);
    }

    keys(): Iterable<CelValue> {
        return this.#keys;
    }
}

/** Numbers that are the same are one key. */
function plainKey(key: CelValue): string | number | boolean | undefined {
    return typeof key === "string" || typeof key === "boolean" ? key : numberOf(key);
}

/** What can't be compared differs, which is no error. */
export function isEqual(a: CelValue, b: CelValue): boolean {
    if (a === b) return !(a instanceof CelDouble && Number.isNaN(a.value));
    const x = numberOf(a);
    if (x !== undefined) return x === numberOf(b);
    if (isList(a)) return isList(b) && a.length === b.length && a.every((one, at) => isEqual(one, b[at]!));
    if (isMap(a)) {
        if (!isMap(b) || a.size !== b.size) return false;
        for (const key of a.keys()) {
            const [own, other] = [a.get(key), b.get(key)];
            if (own === undefined || other === undefined || !isEqual(own, other)) return false;
        }
        return true;
    }
    return isOfOneKind(a, b) && (a as { value?: unknown }).value === (b as { value?: unknown }).value;
}

function isOfOneKind(a: CelValue, b: CelValue): boolean {
    return typeof a === "object" && a !== null && typeof b === "object" && b !== null && a.constructor === b.constructor;
}

/** Less than 0, 0, or more; undefined: the two have no order. */
export function orderOf(a: CelValue, b: CelValue): number | undefined {
    const [x, y] = [numberOf(a), numberOf(b)];
    if (x !== undefined && y !== undefined) return Number.isNaN(x) || Number.isNaN(y) ? undefined : x - y;
    if (typeof a === "string" && typeof b === "string") return byCodePoints(a, b);
    if (typeof a === "boolean" && typeof b === "boolean") return Number(a) - Number(b);
    if (a instanceof CelBytes && b instanceof CelBytes) return a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
    if ((a instanceof CelTime && b instanceof CelTime) || (a instanceof CelSpan && b instanceof CelSpan)) return a.value - b.value;
    return undefined;
}

function byCodePoints(a: string, b: string): number {
    return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
}

export function typeOf(value: CelValue): string {
    if (value === null) return "null_type";
    if (typeof value === "string") return "string";
    if (typeof value === "boolean") return "bool";
    if (typeof value === "number") return "int";
    if (value instanceof CelDouble) return "double";
    if (value instanceof CelUint) return "uint";
    if (value instanceof CelBytes) return "bytes";
    if (value instanceof CelTime) return "google.protobuf.Timestamp";
    if (value instanceof CelSpan) return "google.protobuf.Duration";
    if (value instanceof CelType) return "type";
    return isList(value) ? "list" : "map";
}
