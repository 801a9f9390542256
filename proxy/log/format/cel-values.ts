/**
 * What an expression comes to, as Envoy writes it (extensions/filters/common/expr/evaluator.cc, print): text in lines and tags,
 * and of `%TYPED_CEL(…)%` in JSON what it is there (cel-cpp's ExportAsProtoValue).
 */
import {
    CelBytes,
    CelDouble,
    CelSpan,
    CelTime,
    CelUint,
    isList,
    isMap,
    type CelMap,
    type CelResult,
    type CelValue,
} from "../../../istio/cel";
import { jsonText } from "./escape";

/** Undefined: it failed. */
export function celText(value: CelResult): string | undefined {
    if (value === undefined || typeof value === "string") return value;
    if (typeof value === "number" || typeof value === "boolean") return String(value);
    if (value === null) return "NULL";
    if (value instanceof CelUint) return String(value.value);
    if (value instanceof CelDouble) return sixDigits(value.value);
    if (value instanceof CelBytes) return value.value;
    if (value instanceof CelTime) return timeText(value.value);
    if (value instanceof CelSpan) return spanText(value.value);
    return isList(value) ? "CelList value" : isMap(value) ? "CelMap value" : "CelType value";
}

/** As C's `%g`, by which absl::StrCat writes. */
function sixDigits(value: number): string {
    if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
    if (Object.is(value, -0)) return "-0";
    const rounded = Number(value.toPrecision(6));
    const exponent = rounded === 0 ? 0 : Math.floor(Math.log10(Math.abs(rounded)));
    if (exponent >= -4 && exponent < 6) return String(rounded);
    return rounded.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
}

/** absl::RFC3339_full in UTC. */
function timeText(milliseconds: number): string {
    return new Date(milliseconds).toISOString().replace(/\.?0*Z$/, "+00:00");
}

const HOUR_NS = 3_600e9;
const MINUTE_NS = 60e9;
const SECOND_NS = 1e9;

/** absl::FormatDuration: `1m30s`, `1.5ms`, `0`. */
function spanText(milliseconds: number): string {
    const all = Math.round(Math.abs(milliseconds) * 1e6);
    if (all === 0) return "0";
    const sign = milliseconds < 0 ? "-" : "";
    if (all < SECOND_NS) {
        const [unit, size] = all < 1e3 ? ["ns", 1] : all < 1e6 ? ["us", 1e3] : ["ms", 1e6];
        return `${sign}${all / size}${unit}`;
    }
    const hours = Math.floor(all / HOUR_NS);
    const minutes = Math.floor((all % HOUR_NS) / MINUTE_NS);
    const seconds = (all % MINUTE_NS) / SECOND_NS;
    return `${sign}${hours > 0 ? `${hours}h` : ""}${minutes > 0 ? `${minutes}m` : ""}${seconds > 0 ? `${seconds}s` : ""}`;
}

/** `most`: of a text; -1: all of it. */
export function celJson(value: CelResult, most = -1): string {
    if (value === undefined || value === null) return "null";
    if (typeof value === "boolean") return String(value);
    if (typeof value === "number") return numberJson(value);
    if (value instanceof CelUint || value instanceof CelDouble) return numberJson(value.value);
    if (isList(value)) return `[${value.map((one) => celJson(one)).join(",")}]`;
    if (isMap(value)) return mapJson(value);
    const text = plainText(value);
    return text === undefined ? "null" : jsonText(most < 0 ? text : text.slice(0, most));
}

function numberJson(value: number): string {
    return Number.isFinite(value) ? String(value) : "null";
}

function mapJson(map: CelMap): string {
    const entries = [...map.keys()].map((key) => `${jsonText(celText(key) ?? "")}:${celJson(map.get(key))}`);
    return `{${entries.sort().join(",")}}`;
}

function plainText(value: Exclude<CelValue, null>): string | undefined {
    if (typeof value === "string") return value;
    if (value instanceof CelBytes) return Buffer.from(value.value, "latin1").toString("base64");
    // As JSON of protobuf has them: none, three, six or nine digits behind the point.
    if (value instanceof CelTime) return new Date(value.value).toISOString().replace(".000Z", "Z");
    return value instanceof CelSpan ? spanJson(value.value) : undefined;
}

function spanJson(milliseconds: number): string {
    const digits = [0, 3, 6, 9].find((one) => Number.isInteger(Number((milliseconds * 10 ** (one - 3)).toFixed(3)))) ?? 9;
    return `${(milliseconds / 1_000).toFixed(digits)}s`;
}
