/**
 * Header values with `%VARIABLES%` (Envoy's substitution format), cut into pieces once. The set that is known:
 *
 *   %%, %REQ(X?Y):N%, %RESP(X?Y):N%, %PROTOCOL%, %START_TIME%, %ROUTE_NAME%, %REQUESTED_SERVER_NAME%, %HOSTNAME%,
 *   %RESPONSE_CODE%, %RESPONSE_FLAGS%, %RESPONSE_CODE_DETAILS%, %BYTES_RECEIVED%, %BYTES_SENT%, %DURATION%,
 *   %UPSTREAM_HOST%, %UPSTREAM_REMOTE_ADDRESS%, %UPSTREAM_LOCAL_ADDRESS%, %UPSTREAM_CLUSTER%,
 *   %DOWNSTREAM_REMOTE_ADDRESS%, %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%, %DOWNSTREAM_REMOTE_PORT%,
 *   %DOWNSTREAM_DIRECT_REMOTE_ADDRESS%, %DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%,
 *   %DOWNSTREAM_LOCAL_ADDRESS%, %DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT%, %DOWNSTREAM_LOCAL_PORT%
 *
 * Envoy's other variables have no value here, as one that is not known of a request has none there: what stands around
 * them stays, and a header of them alone is not sent. Anything else between percent signs stands for itself. Both are
 * warned about when they are compiled.
 */

export const VARIABLES = [
    "REQ", "RESP", "PROTOCOL", "START_TIME", "ROUTE_NAME", "REQUESTED_SERVER_NAME", "HOSTNAME", "RESPONSE_CODE", "RESPONSE_FLAGS",
    "RESPONSE_CODE_DETAILS", "BYTES_RECEIVED", "BYTES_SENT", "DURATION", "UPSTREAM_HOST", "UPSTREAM_REMOTE_ADDRESS", "UPSTREAM_LOCAL_ADDRESS", "UPSTREAM_CLUSTER",
    "DOWNSTREAM_REMOTE_ADDRESS", "DOWNSTREAM_DIRECT_REMOTE_ADDRESS", "DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT",
    "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT", "DOWNSTREAM_REMOTE_PORT", "DOWNSTREAM_LOCAL_ADDRESS",
    "DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT", "DOWNSTREAM_LOCAL_PORT",
] as const;
export type VariableName = (typeof VARIABLES)[number];

export interface Variable {
    readonly name: VariableName;
    /** Of REQ and RESP: the header, lower-case, and the one to take where it is absent; otherwise empty. */
    readonly header: string;
    readonly alternative: string;
    /** At most so many characters; 0: all. */
    readonly length: number;
}

export interface ValueTemplate {
    /** The value, where it has no variable. */
    readonly text: string;
    readonly parts: readonly (string | Variable)[] | undefined;
}

/** Envoy's, by what their names begin with; with arguments also those of ours that take none here, as formats of dates. */
const WITHOUT_VALUE = /%(?:(?:DOWNSTREAM|UPSTREAM|TLS|GRPC|RESPONSE|REQUEST|ROUTE|CONNECTION|VIRTUAL_CLUSTER)_[A-Z0-9_]+|(?:START|EMIT)_TIME(?:_LOCAL)?|(?:COMMON|REQUEST|RESPONSE)_DURATION|DYNAMIC_METADATA|METADATA|CLUSTER_METADATA|FILTER_STATE|FILTER_CHAIN_NAME|PER_REQUEST_STATE|STREAM_ID|UNIQUE_ID|TRACE_ID|SPAN_ID|TRAILER|QUERY_PARAMS?|ACCESS_LOG_TYPE|LOCAL_REPLY_BODY|CUSTOM_FLAGS|ENVIRONMENT|PATH)(?:\([^()]*\))?(?::\d{1,5})?%/y;

const VARIABLE = /%([A-Z_]+)(?:\(([A-Za-z0-9:_.-]+)(?:\?([A-Za-z0-9:_.-]+))?\))?(?::(\d{1,5}))?%/y;

export function parseTemplate(source: string): ValueTemplate {
    const parts: (string | Variable)[] = [];
    let text = "";
    let at = 0;
    let length = 0;
    while (at < source.length) {
        const variable = source.charAt(at) === "%" ? variableAt(source, at) : undefined;
        if (variable !== undefined) {
            if (text !== "") parts.push(text);
            text = "";
            parts.push(variable.variable);
            at = variable.end;
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

function variableAt(source: string, at: number): { readonly variable: Variable; readonly end: number } | undefined {
    VARIABLE.lastIndex = at;
    const found = VARIABLE.exec(source);
    if (found === null) return undefined;
    const name = VARIABLES.find((known) => known === found[1]);
    const takesHeader = name === "REQ" || name === "RESP";
    if (name === undefined || takesHeader !== (found[2] !== undefined)) return undefined;
    const variable = { name, header: (found[2] ?? "").toLowerCase(), alternative: (found[3] ?? "").toLowerCase(), length: Number(found[4] ?? 0) };
    return { variable, end: VARIABLE.lastIndex };
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
        .filter(({ text, at }) => text !== "%%" && variableAt(source, at) === undefined).map(({ text }) => text);
}
