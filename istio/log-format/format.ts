/**
 * Formats of access logs, cut into pieces once (Envoy's SubstitutionFormatParser). What Envoy can't read makes the format
 * none; an operator that nobody knows has no value, and is told of.
 */
import { unknownAttributes, withoutCelTexts } from "../cel";
import { parseDateFormat } from "../semantics/date-format";
import { coalescedOperators } from "./coalesce";
import { isServedMetadata, LOG_OPERATORS, type LogOperator } from "./operators";

export type LogPiece = string | LogOperator;

export interface ParsedFormat {
    readonly pieces: readonly LogPiece[];
    /** Operators that Envoy does not have, as they are written. */
    readonly unknown: readonly string[];
    /** Those of Envoy's that the bundled proxy has no value for. */
    readonly unserved: readonly string[];
}

const OPERATOR = /%([A-Z0-9_]+)(?:\(([^)\n]*)\))?(?::(\d+))?%/y;
/** A CEL expression has parentheses of its own. */
const EXPRESSION = /%((?:TYPED_)?CEL)\((.*?)\)(?::(\d+))?%/y;
const HEADER = /^[^\0\r\n ?]+(?:\?[^\0\r\n ?]+)?$/;

/** A text: why it is no format. */
export function parseLogFormat(source: string): ParsedFormat | string {
    const pieces: LogPiece[] = [];
    const [unknown, unserved] = [new Set<string>(), new Set<string>()];
    let text = "";
    for (let at = 0; at < source.length; ) {
        if (source.charAt(at) !== "%") {
            text += source.charAt(at++);
            continue;
        }
        if (source.charAt(at + 1) === "%") {
            text += "%";
            at += 2;
            continue;
        }
        const found = matchAt(EXPRESSION, source, at) ?? matchAt(OPERATOR, source, at);
        if (found === undefined) return `what begins with % at ${at + 1} is no operator`;
        const [whole, name = "", argument, length] = found;
        const shown = isExpression(name) ? `%${name}(${withoutCelTexts(argument ?? "", "'…'")})%` : whole;
        const operator = { name, argument, length: length === undefined ? -1 : Number(length), text: shown };
        const fault = LOG_OPERATORS.has(name) ? faultOf(operator) : undefined;
        if (fault !== undefined) return `${shown} ${fault}`;
        if (!LOG_OPERATORS.has(name)) unknown.add(shown);
        else for (const one of withoutValue(operator)) unserved.add(one);
        if (text !== "") pieces.push(text);
        text = "";
        pieces.push(operator);
        at += whole.length;
    }
    if (text !== "") pieces.push(text);
    return { pieces, unknown: [...unknown], unserved: [...unserved] };
}

function matchAt(pattern: RegExp, source: string, at: number): RegExpExecArray | undefined {
    pattern.lastIndex = at;
    return pattern.exec(source) ?? undefined;
}

function isExpression(name: string): boolean {
    return name === "CEL" || name === "TYPED_CEL";
}

/** Itself, or of those that it chooses among some, where the bundled proxy has no value for them. */
function withoutValue(operator: LogOperator): readonly string[] {
    const { name, argument = "", text } = operator;
    if (name === "COALESCE") {
        const chosen = coalescedOperators(argument);
        return typeof chosen === "string" ? [] : chosen.flatMap(withoutValue);
    }
    const isServed = isExpression(name)
        ? unknownAttributes(argument).length === 0
        : LOG_OPERATORS.get(name)?.served || isServedMetadata(operator);
    return isServed ? [] : [text];
}

const PRECISIONS = ["ms", "us", "ns"];
const HOSTS = ["ORIG", "HOST", "ORIG_OR_HOST"];
const SERVER_NAMES = ["SNI_ONLY", "SNI_FIRST", "HOST_FIRST"];
const GRPC_FORMS = ["CAMEL_STRING", "SNAKE_STRING", "NUMBER"];
const METADATA = ["DYNAMIC", "CLUSTER", "ROUTE", "UPSTREAM_HOST", "LISTENER", "LISTENER_FILTER_CHAIN", "VIRTUAL_HOST"];

/** Why Envoy takes no such format. */
function faultOf({ name, argument, length }: LogOperator): string | undefined {
    const terms = LOG_OPERATORS.get(name);
    if (terms?.argument === "none" && argument !== undefined) return "takes nothing between parentheses";
    if (terms?.length === false && length !== -1) return "takes no length";
    if (terms?.argument === "wanted" && !argument) return `wants something between parentheses: ${name}(…)`;
    if (!argument) return undefined;
    switch (name) {
        case "REQ":
        case "RESP":
        case "TRAILER":
        case "REQUEST_HEADER":
        case "RESPONSE_HEADER":
        case "RESPONSE_TRAILER":
        case "REQUEST_TRAILER":
        case "REQ_WITHOUT_QUERY":
            return HEADER.test(argument) ? undefined : "names no header, or more than one other to take its place";
        case "START_TIME":
        case "START_TIME_LOCAL":
        case "EMIT_TIME":
        case "EMIT_TIME_LOCAL":
            return parseDateFormat(argument) === undefined ? "has a format of dates with a line's end in it" : undefined;
        case "COMMON_DURATION": {
            const parts = argument.split(":");
            if (parts.length < 2 || parts.length > 3) return "wants two points in time, and a precision: DS_RX_BEG:DS_TX_END:ms";
            return parts[2] === undefined ? undefined : oneOf(parts[2], PRECISIONS);
        }
        case "REQUESTED_SERVER_NAME": {
            const [which = "", host = "HOST"] = argument.split(":");
            return oneOf(which, SERVER_NAMES) ?? oneOf(host, HOSTS);
        }
        case "CEL":
        case "TYPED_CEL": {
            const unknown = unknownAttributes(argument);
            return typeof unknown === "string" ? `has no expression that can be read: ${unknown}` : undefined;
        }
        case "COALESCE":
            return coalesceFault(argument);
        case "GRPC_STATUS":
            return oneOf(argument, GRPC_FORMS);
        case "METADATA":
            return oneOf(argument.split(":", 1)[0] ?? "", METADATA);
        case "QUERY_PARAMS":
            return oneOf(argument, ["ORIG", "DECODED"]);
        case "PATH": {
            const [query = "", path = "PATH"] = argument.split(":");
            return oneOf(query, ["WQ", "NQ"]) ?? oneOf(path, ["ORIG", "PATH", "ORIG_OR_PATH"]);
        }
        default:
            // Envoy tells all of it then, which is what nobody wants who writes something here.
            return name.endsWith("_ADDRESS_WITHOUT_PORT") && !/^ *\d+ *$/.test(argument)
                ? "wants the number of an address's bits that are told, as in (24)"
                : undefined;
    }
}

function coalesceFault(argument: string): string | undefined {
    const chosen = coalescedOperators(argument);
    if (typeof chosen === "string") return chosen;
    for (const one of chosen) {
        const fault = LOG_OPERATORS.has(one.name) ? faultOf(one) : "is no operator of Envoy's";
        if (fault !== undefined) return `names ${one.text}, which ${fault}`;
    }
    return undefined;
}

function oneOf(value: string, words: readonly string[]): string | undefined {
    return words.includes(value) ? undefined : `has ${JSON.stringify(value)}, which is none of ${words.join(", ")}`;
}
