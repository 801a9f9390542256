/** CEL's operators on two values, each once for all kinds of values. Undefined: an error. */
import type { Binary } from "./syntax";
import { CelBytes, CelDouble, CelSpan, CelTime, CelUint, isEqual, isList, isMap, orderOf, type CelResult, type CelValue } from "./values";

export type CelOperator = (a: CelValue, b: CelValue) => CelResult;

const WORK: Readonly<Record<Exclude<Binary, "||" | "&&">, CelOperator>> = {
    "==": isEqual,
    "!=": (a, b) => !isEqual(a, b),
    "<": (a, b) => {
        const order = orderOf(a, b);
        return order === undefined ? undefined : order < 0;
    },
    "<=": (a, b) => {
        const order = orderOf(a, b);
        return order === undefined ? undefined : order <= 0;
    },
    ">": (a, b) => {
        const order = orderOf(a, b);
        return order === undefined ? undefined : order > 0;
    },
    ">=": (a, b) => {
        const order = orderOf(a, b);
        return order === undefined ? undefined : order >= 0;
    },
    in: (a, b) => (isList(b) ? b.some((one) => isEqual(a, one)) : isMap(b) ? b.has(a) : undefined),
    "+": (a, b) => added(a, b),
    "-": (a, b) => subtracted(a, b),
    "*": (a, b) => calculated(a, b, (x, y) => x * y),
    "/": (a, b) => divided(a, b, (x, y) => Math.trunc(x / y)),
    "%": (a, b) => (a instanceof CelDouble ? undefined : divided(a, b, (x, y) => x % y)),
};

export function binaryOf(sign: Exclude<Binary, "||" | "&&">): CelOperator {
    return WORK[sign];
}

export function minusOf(value: CelValue): CelResult {
    if (typeof value === "number") return value === 0 ? 0 : -value;
    return value instanceof CelDouble ? new CelDouble(-value.value) : undefined;
}

/** Beyond what a number holds exactly there is no result, as in CEL beyond 64 bits. */
function whole(value: number): CelResult {
    return Number.isSafeInteger(value) ? value + 0 : undefined;
}

function calculated(a: CelValue, b: CelValue, work: (x: number, y: number) => number): CelResult {
    if (typeof a === "number" && typeof b === "number") return whole(work(a, b));
    if (a instanceof CelDouble && b instanceof CelDouble) return new CelDouble(work(a.value, b.value));
    if (!(a instanceof CelUint && b instanceof CelUint)) return undefined;
    const value = whole(work(a.value, b.value));
    return typeof value === "number" && value >= 0 ? new CelUint(value) : undefined;
}

function divided(a: CelValue, b: CelValue, work: (x: number, y: number) => number): CelResult {
    if (a instanceof CelDouble && b instanceof CelDouble) return new CelDouble(a.value / b.value);
    const divisor = b instanceof CelUint ? b.value : b;
    return divisor === 0 ? undefined : calculated(a, b, work);
}

function added(a: CelValue, b: CelValue): CelResult {
    if (typeof a === "string" && typeof b === "string") return a + b;
    if (a instanceof CelBytes && b instanceof CelBytes) return new CelBytes(a.value + b.value);
    if (isList(a) && isList(b)) return [...a, ...b];
    if (a instanceof CelTime && b instanceof CelSpan) return timeOf(a.value + b.value);
    if (a instanceof CelSpan && b instanceof CelTime) return timeOf(a.value + b.value);
    if (a instanceof CelSpan && b instanceof CelSpan) return spanOf(a.value + b.value);
    return calculated(a, b, (x, y) => x + y);
}

function subtracted(a: CelValue, b: CelValue): CelResult {
    if (a instanceof CelTime && b instanceof CelTime) return spanOf(a.value - b.value);
    if (a instanceof CelTime && b instanceof CelSpan) return timeOf(a.value - b.value);
    if (a instanceof CelSpan && b instanceof CelSpan) return spanOf(a.value - b.value);
    return calculated(a, b, (x, y) => x - y);
}

const FIRST_TIME = Date.parse("0001-01-01T00:00:00Z");
const LAST_TIME = Date.parse("9999-12-31T23:59:59.999Z");
/** About 10,000 years. */
const MOST_SPAN = 315_576_000_000 * 1000;

export function timeOf(milliseconds: number): CelTime | undefined {
    return milliseconds >= FIRST_TIME && milliseconds <= LAST_TIME ? new CelTime(milliseconds) : undefined;
}

export function spanOf(milliseconds: number): CelSpan | undefined {
    return Math.abs(milliseconds) <= MOST_SPAN ? new CelSpan(milliseconds) : undefined;
}
