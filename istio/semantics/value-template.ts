/**
 * Header values with `%VARIABLES%` (Envoy's substitution format), cut into pieces once; VARIABLES has those that the
 * bundled proxy serves. Envoy's other variables have no value there, as one that is not known of a request has none: what
 * stands around them stays, and a header of them alone is not sent. Anything else between percent signs stands for itself.
 * Both are warned about when they are compiled.
 */
import { parseDateFormat, type DatePart } from "./date-format";

export const VARIABLES = [
    "REQ",
    "RESP",
    "QUERY_PARAM",
    "PATH",
    "PROTOCOL",
    "ROUTE_NAME",
    "REQUESTED_SERVER_NAME",
    "HOSTNAME",
    "UNIQUE_ID",
    "STREAM_ID",
    "START_TIME",
    "START_TIME_LOCAL",
    "EMIT_TIME",
    "EMIT_TIME_LOCAL",
    "DURATION",
    "RESPONSE_DURATION",
    "RESPONSE_CODE",
    "RESPONSE_FLAGS",
    "RESPONSE_FLAGS_LONG",
    "RESPONSE_CODE_DETAILS",
    "BYTES_RECEIVED",
    "BYTES_SENT",
    "UPSTREAM_HOST",
    "UPSTREAM_REMOTE_ADDRESS",
    "UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT",
    "UPSTREAM_REMOTE_PORT",
    "UPSTREAM_LOCAL_ADDRESS",
    "UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT",
    "UPSTREAM_LOCAL_PORT",
    "UPSTREAM_CLUSTER",
    "UPSTREAM_CLUSTER_RAW",
    "UPSTREAM_PROTOCOL",
    "UPSTREAM_REQUEST_ATTEMPT_COUNT",
    "DOWNSTREAM_REMOTE_ADDRESS",
    "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT",
    "DOWNSTREAM_REMOTE_PORT",
    "DOWNSTREAM_DIRECT_REMOTE_ADDRESS",
    "DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT",
    "DOWNSTREAM_DIRECT_REMOTE_PORT",
    "DOWNSTREAM_LOCAL_ADDRESS",
    "DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT",
    "DOWNSTREAM_LOCAL_PORT",
    "DOWNSTREAM_DIRECT_LOCAL_ADDRESS",
    "DOWNSTREAM_DIRECT_LOCAL_ADDRESS_WITHOUT_PORT",
    "DOWNSTREAM_DIRECT_LOCAL_PORT",
    "DOWNSTREAM_TLS_VERSION",
    "DOWNSTREAM_TLS_CIPHER",
    "DOWNSTREAM_LOCAL_SUBJECT",
    "DOWNSTREAM_LOCAL_URI_SAN",
    "DOWNSTREAM_LOCAL_DNS_SAN",
    "DOWNSTREAM_LOCAL_IP_SAN",
    "DOWNSTREAM_LOCAL_EMAIL_SAN",
    "DOWNSTREAM_PEER_SUBJECT",
    "DOWNSTREAM_PEER_ISSUER",
    "DOWNSTREAM_PEER_SERIAL",
    "DOWNSTREAM_PEER_FINGERPRINT_256",
    "DOWNSTREAM_PEER_FINGERPRINT_1",
    "DOWNSTREAM_PEER_CERT",
    "DOWNSTREAM_PEER_URI_SAN",
    "DOWNSTREAM_PEER_DNS_SAN",
    "DOWNSTREAM_PEER_IP_SAN",
    "DOWNSTREAM_PEER_EMAIL_SAN",
    "DOWNSTREAM_PEER_CERT_V_START",
    "DOWNSTREAM_PEER_CERT_V_END",
] as const;
export type VariableName = (typeof VARIABLES)[number];

const KNOWN: ReadonlySet<string> = new Set(VARIABLES);
/** Newer names of the same. */
const ALIASES: Readonly<Record<string, VariableName>> = { REQUEST_HEADER: "REQ", RESPONSE_HEADER: "RESP" };
const TIMES: ReadonlySet<VariableName> = new Set<VariableName>([
    "START_TIME",
    "START_TIME_LOCAL",
    "EMIT_TIME",
    "EMIT_TIME_LOCAL",
    "DOWNSTREAM_PEER_CERT_V_START",
    "DOWNSTREAM_PEER_CERT_V_END",
]);

export interface Variable {
    readonly name: VariableName;
    /** Of REQ and RESP the header, lower-case; of QUERY_PARAM the parameter; of PATH `WQ` or `NQ`; otherwise empty. */
    readonly header: string;
    /** Of REQ and RESP the header to take where that is absent; of PATH which of the two paths. */
    readonly alternative: string;
    /** At most so many characters; 0: all. */
    readonly length: number;
    /** Of a time: how it is written; undefined: as Envoy writes times. */
    readonly format: readonly DatePart[] | undefined;
}

export interface ValueTemplate {
    /** The value, where it has no variable. */
    readonly text: string;
    readonly parts: readonly (string | Variable)[] | undefined;
}

/** The values of `%ENVIRONMENT(NAME)%`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Envoy's, by what their names begin with. */
const WITHOUT_VALUE =
    /%(?:(?:DOWNSTREAM|UPSTREAM|TLS|GRPC|RESPONSE|REQUEST|REQ|ROUTE|CONNECTION|VIRTUAL_CLUSTER|FILTER)_[A-Z0-9_]+|(?:START|EMIT)_TIME(?:_LOCAL)?|(?:COMMON|ROUNDTRIP)_DURATION|(?:BYTES|PACKETS)_RETRANSMITTED|DYNAMIC_METADATA|METADATA|CLUSTER_METADATA|PER_REQUEST_STATE|TRACE_ID|SPAN_ID|TRAILER|QUERY_PARAMS?|ACCESS_LOG_TYPE|LOCAL_REPLY_BODY|CUSTOM_FLAGS|COALESCE|CEL|PATH)(?:\([^()]*\))?(?::\d{1,5})?%/y;

const VARIABLE = /%([A-Z0-9_]+)(?:\(([^()]*)\))?(?::(\d{1,5}))?%/y;
const HEADERS = /^([A-Za-z0-9:_.-]+)(?:\?([A-Za-z0-9:_.-]+))?$/;
const PATHS = /^(WQ|NQ)(?::(ORIG|PATH|ORIG_OR_PATH))?$/;

export function parseTemplate(source: string, environment: Environment = {}): ValueTemplate {
    const parts: (string | Variable)[] = [];
    let text = "";
    let at = 0;
    let length = 0;
    while (at < source.length) {
        const found = source.charAt(at) === "%" ? variableAt(source, at, environment) : undefined;
        if (typeof found?.value === "string") {
            text += found.value;
            at = found.end;
        } else if (found !== undefined) {
            if (text !== "") parts.push(text);
            text = "";
            parts.push(found.value);
            at = found.end;
        } else if ((length = lengthWithoutValue(source, at)) > 0) {
            at += length;
        } else {
            text += source.charAt(at);
            at += source.startsWith("%%", at) ? 2 : 1;
        }
    }
    if (parts.length === 0) return { text, parts: undefined };
    if (text !== "") parts.push(text);
    return { text: "", parts };
}

/** A text is one that no request changes. */
function variableAt(
    source: string,
    at: number,
    environment: Environment,
): { readonly value: Variable | string; readonly end: number } | undefined {
    VARIABLE.lastIndex = at;
    const found = VARIABLE.exec(source);
    if (found === null) return undefined;
    const end = VARIABLE.lastIndex;
    const [, written = "", argument, limit = "0"] = found;
    const length = Number(limit);
    if (written === "ENVIRONMENT") return argument ? { value: environmentValue(environment[argument], length), end } : undefined;
    const name = ALIASES[written] ?? (KNOWN.has(written) ? (written as VariableName) : undefined);
    const value = name === undefined ? undefined : variableOf(name, argument, length);
    return value && { value, end };
}

function variableOf(name: VariableName, argument: string | undefined, length: number): Variable | undefined {
    const plain: Variable = { name, header: "", alternative: "", length, format: undefined };
    if (TIMES.has(name)) {
        const format = argument ? parseDateFormat(argument) : undefined;
        return argument && format === undefined ? undefined : { ...plain, format };
    }
    switch (name) {
        case "REQ":
        case "RESP": {
            const [, header, alternative = ""] = HEADERS.exec(argument ?? "") ?? [];
            return header === undefined ? undefined : { ...plain, header: header.toLowerCase(), alternative: alternative.toLowerCase() };
        }
        case "PATH": {
            const [, header, alternative = "ORIG_OR_PATH"] = PATHS.exec(argument ?? "") ?? [];
            return header === undefined ? undefined : { ...plain, header, alternative };
        }
        case "QUERY_PARAM":
            return argument ? { ...plain, header: argument } : undefined;
        case "RESPONSE_CODE_DETAILS":
            return argument === undefined || argument === "" || argument === "ALLOW_WHITESPACES" ? plain : undefined;
        default:
            return argument === undefined ? plain : undefined;
    }
}

/** What could end a header's line is nothing that a header can have. */
const LINE_ENDS = /[\0\r\n]/;

function environmentValue(value: string | undefined, length: number): string {
    if (value === undefined) return "-";
    const bytes = LINE_ENDS.test(value) ? "" : Buffer.from(value).toString("latin1");
    return length > 0 ? bytes.slice(0, length) : bytes;
}

/** Of a variable of Envoy's that has no value here; 0: there is none. */
function lengthWithoutValue(source: string, at: number): number {
    WITHOUT_VALUE.lastIndex = at;
    return WITHOUT_VALUE.exec(source)?.[0].length ?? 0;
}

/** Whether nothing is sent in the place of a variable that is not served. */
export function hasNoValue(variable: string): boolean {
    return lengthWithoutValue(variable, 0) === variable.length;
}

/** What is written as a variable and is none of those: `%CONNECTION_ID%`. */
export function unknownVariables(source: string): string[] {
    return Array.from(source.matchAll(/%%|%[A-Z0-9_]+(?:\([^)]*\))?(?::\d+)?%/g), (found) => ({ text: found[0], at: found.index }))
        .filter(({ text, at }) => text !== "%%" && variableAt(source, at, {}) === undefined)
        .map(({ text }) => text);
}

interface Operations {
    readonly set?: Readonly<Record<string, string | undefined>> | undefined;
    readonly add?: Readonly<Record<string, string | undefined>> | undefined;
}
interface HeaderRules {
    readonly request?: Operations | undefined;
    readonly response?: Operations | undefined;
}

/** What is to be said of each variable in a route's or destination's `headers` that is not served, and at which field below it. */
export function notServed(headers: HeaderRules | undefined): { readonly field: string; readonly message: string }[] {
    return (["request", "response"] as const).flatMap((side) =>
        (["set", "add"] as const).flatMap((kind) =>
            Object.entries(headers?.[side]?.[kind] ?? {}).flatMap(([name, value]) =>
                unknownVariables(String(value ?? "")).map((variable) => ({
                    field: `${side}.${kind}.${name}`,
                    message: `header ${name} has ${variable}, no variable that the bundled proxy knows; ${hasNoValue(variable) ? "nothing is sent in its place" : "it stays in the header as it stands"}`,
                })),
            ),
        ),
    );
}
