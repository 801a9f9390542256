/** How a log writes its lines, as a provider or a mesh's configuration says it; read once, and looked through for faults. */
import { DEFAULT_JSON_FORMAT, DEFAULT_TEXT_FORMAT } from "./defaults";
import { parseLogFormat } from "./format";

export type JsonFormat = string | number | boolean | null | readonly JsonFormat[] | { readonly [key: string]: JsonFormat };

export type LogFormatSettings =
    | { readonly kind: "text"; readonly text: string; readonly omitEmpty: boolean }
    | { readonly kind: "json"; readonly fields: { readonly [key: string]: JsonFormat }; readonly omitEmpty: boolean };

/** Every format ends its line: Istio adds the end that is missing. */
export function textFormat(text: string, omitEmpty: boolean): LogFormatSettings {
    return { kind: "text", text: text === "" ? DEFAULT_TEXT_FORMAT : text.endsWith("\n") ? text : `${text}\n`, omitEmpty };
}

export function jsonFormat(fields: { readonly [key: string]: JsonFormat } | undefined, omitEmpty: boolean): LogFormatSettings {
    const isSaid = fields !== undefined && Object.keys(fields).length > 0;
    return { kind: "json", fields: isSaid ? fields : DEFAULT_JSON_FORMAT, omitEmpty };
}

/** In the order of their bytes, as istiod and Envoy have names. */
export function namesInOrder(fields: object): string[] {
    return Object.keys(fields).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** Deeper than that nobody reads. */
const MAX_DEPTH = 16;

export function isJsonFormat(value: unknown, depth = 0): value is JsonFormat {
    if (depth > MAX_DEPTH) return false;
    if (value === null || typeof value === "string" || typeof value === "boolean") return true;
    if (typeof value === "number") return Number.isFinite(value);
    if (typeof value !== "object") return false;
    return Object.values(value).every((one) => isJsonFormat(one, depth + 1));
}

export interface FormatFaults {
    /** Why there is no such format; the log is not written. Undefined: it is one. */
    readonly refused: string | undefined;
    readonly unknown: readonly string[];
    readonly unserved: readonly string[];
}

export function faultsOf(format: LogFormatSettings): FormatFaults {
    const texts = format.kind === "text" ? [format.text] : textsIn(format.fields);
    const parsed = texts.map(parseLogFormat);
    const known = parsed.flatMap((one) => (typeof one === "string" ? [] : one));
    return {
        refused: parsed.find((one) => typeof one === "string"),
        unknown: [...new Set(known.flatMap((one) => one.unknown))],
        unserved: [...new Set(known.flatMap((one) => one.unserved))],
    };
}

function textsIn(value: JsonFormat): string[] {
    if (typeof value === "string") return [value];
    return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}
