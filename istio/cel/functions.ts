/** CEL's functions, by how many values they take; of `matches` a pattern that is written is compiled once. */
import { RE2JS, RE2JSSyntaxException } from "re2js";
import { readableText, wireText } from "../wire-text";
import { parseSpan, parseTime, TIME_PARTS, timePart } from "./times";
import { spanOf, timeOf } from "./operators";
import { CelFault } from "./tokens";
import {
    CelBytes,
    CelDouble,
    CelSpan,
    CelTime,
    CelType,
    CelUint,
    isList,
    isMap,
    numberOf,
    typeOf,
    type CelResult,
    type CelValue,
} from "./values";

export type CelFunction = (a: CelValue, b: CelValue | undefined) => CelResult;

const OF_ONE: Readonly<Record<string, CelFunction>> = {
    size: (a) => {
        if (typeof a === "string") return Array.from(readableText(a)).length;
        if (a instanceof CelBytes) return a.value.length;
        return isList(a) ? a.length : isMap(a) ? a.size : undefined;
    },
    type: (a) => new CelType(typeOf(a)),
    dyn: (a) => a,
    bool: (a) => (typeof a === "boolean" ? a : typeof a === "string" ? TRUTHS.get(a) : undefined),
    int: (a) => {
        if (a instanceof CelTime) return Math.floor(a.value / 1000);
        const value = typeof a === "string" ? (/^[+-]?\d+$/.test(a) ? Number(a) : undefined) : numberOf(a);
        return value === undefined || !Number.isSafeInteger(Math.trunc(value)) ? undefined : Math.trunc(value);
    },
    uint: (a) => {
        const value = typeof a === "string" ? (/^\d+$/.test(a) ? Number(a) : undefined) : numberOf(a);
        return value === undefined || value < 0 || !Number.isSafeInteger(Math.trunc(value)) ? undefined : new CelUint(Math.trunc(value));
    },
    double: (a) => {
        if (typeof a !== "string") {
            const value = numberOf(a);
            return value === undefined ? undefined : new CelDouble(value);
        }
        return /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(a) ? new CelDouble(Number(a)) : undefined;
    },
    string: (a) => textOf(a),
    bytes: (a) => (typeof a === "string" ? new CelBytes(a) : a instanceof CelBytes ? a : undefined),
    timestamp: (a) => {
        if (a instanceof CelTime) return a;
        if (typeof a === "number") return timeOf(a * 1000);
        const time = typeof a === "string" ? parseTime(a) : undefined;
        return time === undefined ? undefined : timeOf(time);
    },
    duration: (a) => {
        if (a instanceof CelSpan) return a;
        const span = typeof a === "string" ? parseSpan(a) : undefined;
        return span === undefined ? undefined : spanOf(span);
    },
};

const TRUTHS: ReadonlyMap<string, boolean> = new Map([
    ...["1", "t", "true", "TRUE", "True"].map((text) => [text, true] as const),
    ...["0", "f", "false", "FALSE", "False"].map((text) => [text, false] as const),
]);

/** Of what is before the dot. */
const OF_TEXTS: Readonly<Record<string, (text: string, other: string) => boolean>> = {
    startsWith: (text, other) => text.startsWith(other),
    endsWith: (text, other) => text.endsWith(other),
    contains: (text, other) => text.includes(other),
};

/** `written`: the second value, where it is a text that stands in the expression. */
export function callOf(name: string, count: number, isMethod: boolean, written: string | undefined): CelFunction {
    if (name === "matches" && count === 2) return matching(written);
    const ofTexts = isMethod && count === 2 && Object.hasOwn(OF_TEXTS, name) ? OF_TEXTS[name] : undefined;
    if (ofTexts) return (a, b) => (typeof a === "string" && typeof b === "string" ? ofTexts(a, b) : undefined);
    const part = isMethod && count <= 2 ? TIME_PARTS.find((one) => one === name) : undefined;
    if (part) return (a, b) => timePart(part, a, b);
    const ofOne = count === 1 && (!isMethod || name === "size") && Object.hasOwn(OF_ONE, name) ? OF_ONE[name] : undefined;
    if (ofOne) return ofOne;
    throw new CelFault(`${name}() with ${count - (isMethod ? 1 : 0)} values is no function of CEL that Envoy has`);
}

/** A pattern that comes with the request is bounded: it is compiled for it alone. */
const MAX_PATTERN = 256;

function matching(written: string | undefined): CelFunction {
    if (written !== undefined) {
        const pattern = compiled(written);
        if (typeof pattern === "string") throw new CelFault(`what matches() is given is no regular expression: ${pattern}`);
        return (a) => (typeof a === "string" ? pattern.test(a) : undefined);
    }
    return (a, b) => {
        if (typeof a !== "string" || typeof b !== "string" || b.length > MAX_PATTERN) return undefined;
        const pattern = compiled(b);
        return typeof pattern === "string" ? undefined : pattern.test(a);
    };
}

/** A text: why it is none, without the pattern, which may be a password. */
function compiled(pattern: string): RE2JS | string {
    try {
        return RE2JS.compile(pattern);
    } catch (error) {
        return error instanceof RE2JSSyntaxException ? error.getDescription() : "it does not compile";
    }
}

function textOf(value: CelValue): CelResult {
    if (typeof value === "string") return value;
    if (typeof value === "boolean" || typeof value === "number") return String(value);
    if (value instanceof CelDouble || value instanceof CelUint) return String(value.value);
    if (value instanceof CelBytes) return wireText(readableText(value.value)) === value.value ? value.value : undefined;
    if (value instanceof CelTime) return new Date(value.value).toISOString().replace(/\.?0*Z$/, "Z");
    return value instanceof CelSpan ? `${value.value / 1000}s` : undefined;
}
