/** Times, spans and their parts, as CEL writes and reads them. Milliseconds are as fine as it gets here. */
import { CelSpan, CelTime, type CelResult, type CelValue } from "./values";

export const TIME_PARTS = [
    "getFullYear",
    "getMonth",
    "getDate",
    "getDayOfMonth",
    "getDayOfWeek",
    "getDayOfYear",
    "getHours",
    "getMinutes",
    "getSeconds",
    "getMilliseconds",
] as const;
export type TimePart = (typeof TIME_PARTS)[number];

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

export function parseTime(text: string): number | undefined {
    const time = TIME.test(text) ? Date.parse(text) : Number.NaN;
    return Number.isNaN(time) ? undefined : time;
}

const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1, us: 1e-3, µs: 1e-3, ns: 1e-6 };

/** `1h30m`, `-1.5s`, `0`. */
export function parseSpan(text: string): number | undefined {
    const [, sign = "", rest = ""] = /^([+-]?)(.*)$/.exec(text) ?? [];
    if (rest === "0") return 0;
    if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:h|ms|m|s|us|µs|ns))+$/.test(rest)) return undefined;
    let sum = 0;
    for (const [, amount, unit = ""] of rest.matchAll(/(\d+\.?\d*|\.\d+)(h|ms|m|s|us|µs|ns)/g)) sum += Number(amount) * (UNITS[unit] ?? 0);
    return sign === "-" ? -sum : sum;
}

const HOUR = 3_600_000;

export function timePart(part: TimePart, value: CelValue, zone: CelValue | undefined): CelResult {
    if (value instanceof CelSpan) return zone === undefined ? spanPart(part, value.value) : undefined;
    if (!(value instanceof CelTime) || (zone !== undefined && typeof zone !== "string")) return undefined;
    const offset = zone === undefined ? 0 : offsetOf(zone, value.value);
    return offset === undefined ? undefined : datePart(part, new Date(value.value + offset));
}

function spanPart(part: TimePart, milliseconds: number): CelResult {
    switch (part) {
        case "getHours":
            return Math.trunc(milliseconds / HOUR);
        case "getMinutes":
            return Math.trunc(milliseconds / 60_000);
        case "getSeconds":
            return Math.trunc(milliseconds / 1000);
        case "getMilliseconds":
            return Math.trunc(milliseconds) % 1000;
        default:
            return undefined;
    }
}

function datePart(part: TimePart, date: Date): number {
    switch (part) {
        case "getFullYear":
            return date.getUTCFullYear();
        case "getMonth":
            return date.getUTCMonth();
        case "getDate":
            return date.getUTCDate();
        case "getDayOfMonth":
            return date.getUTCDate() - 1;
        case "getDayOfWeek":
            return date.getUTCDay();
        case "getDayOfYear":
            return Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0, 1)) / (24 * HOUR));
        case "getHours":
            return date.getUTCHours();
        case "getMinutes":
            return date.getUTCMinutes();
        case "getSeconds":
            return date.getUTCSeconds();
        case "getMilliseconds":
            return date.getUTCMilliseconds();
        default:
            return part satisfies never;
    }
}

/** By the names of zones; several records ask the same of a filter. */
const formats = new Map<string, Intl.DateTimeFormat | undefined>();
const MAX_FORMATS = 64;

/** `+02:00`, `-3:30`, `Europe/Berlin`, `UTC`. */
function offsetOf(zone: string, time: number): number | undefined {
    const [, sign, hours, minutes] = /^([+-]?)(\d{1,2}):(\d\d)$/.exec(zone) ?? [];
    if (hours !== undefined) return (sign === "-" ? -1 : 1) * (Number(hours) * HOUR + Number(minutes) * 60_000);
    if (!formats.has(zone)) {
        if (formats.size >= MAX_FORMATS) formats.clear();
        formats.set(zone, formatOf(zone));
    }
    const parts = formats.get(zone)?.formatToParts(time);
    if (parts === undefined) return undefined;
    const at = (type: string): number => Number(parts.find((one) => one.type === type)?.value ?? 0);
    const shown = Date.UTC(at("year"), at("month") - 1, at("day"), at("hour") % 24, at("minute"), at("second"));
    return shown - Math.floor(time / 1000) * 1000;
}

function formatOf(zone: string): Intl.DateTimeFormat | undefined {
    try {
        return new Intl.DateTimeFormat("en-US", {
            timeZone: zone,
            hour12: false,
            year: "numeric",
            month: "2-digit",
            day: "2-digit",
            hour: "2-digit",
            minute: "2-digit",
            second: "2-digit",
        });
    } catch {
        return undefined;
    }
}
