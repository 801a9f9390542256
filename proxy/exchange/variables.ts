/** What the variables of header values stand for in one exchange (istio/semantics/value-template.ts has the list). */
import { hostname } from "node:os";
import type { ValueTemplate, Variable } from "../../istio/semantics/value-template";
import type { HeaderList } from "../http/doors";
import { connectionValue, timeText } from "./connection-variables";
import type { ExchangeState } from "./exchange-state";
import { headerAt } from "../http/header-list";
import { addressText } from "../net/address";
import { hostPart, portPart } from "../net/address-parts";
import { longFlags } from "../telemetry/response-flags";
import { queryParameter } from "../http/query-parameter";
import { randomUuid } from "../net/uuid";

const HOSTNAME = hostname();

export function templateValue(template: ValueTemplate, state: ExchangeState): string {
    if (template.parts === undefined) return template.text;
    let text = "";
    for (const part of template.parts) text += typeof part === "string" ? part : limited(variableValue(part, state), part.length);
    return text;
}

function limited(value: string, length: number): string {
    return length > 0 && value.length > length ? value.slice(0, length) : value;
}

function variableValue(variable: Variable, state: ExchangeState): string {
    const { connection, forwarding } = state;
    switch (variable.name) {
        case "REQ":
            return requestHeader(variable.header, state) ?? requestHeader(variable.alternative, state) ?? "";
        case "RESP":
            return header(state.responseHeaders, variable.header) ?? header(state.responseHeaders, variable.alternative) ?? "";
        case "QUERY_PARAM":
            return queryParameter(state.path, variable.header);
        case "PATH":
            return pathOf(variable, state);
        case "DOWNSTREAM_REMOTE_ADDRESS":
            return addressText(state.remoteAddress, state.remotePort);
        case "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT":
            return state.remoteAddress;
        case "DOWNSTREAM_REMOTE_PORT":
            return String(state.remotePort);
        case "PROTOCOL":
            return state.head.protocol;
        case "START_TIME":
            return timeText(state.start, variable, false);
        case "START_TIME_LOCAL":
            return timeText(state.start, variable, true);
        case "EMIT_TIME":
            return timeText(Date.now(), variable, false);
        case "EMIT_TIME_LOCAL":
            return timeText(Date.now(), variable, true);
        case "UNIQUE_ID":
            return randomUuid();
        case "STREAM_ID":
            return state.requestId;
        case "ROUTE_NAME":
            return state.route?.name ?? "";
        case "REQUESTED_SERVER_NAME":
            return connection.serverName;
        case "HOSTNAME":
            return HOSTNAME;
        case "RESPONSE_CODE":
            return String(state.status);
        case "RESPONSE_FLAGS":
            return state.flags || "-";
        case "RESPONSE_FLAGS_LONG":
            return longFlags(state.flags);
        case "RESPONSE_CODE_DETAILS":
            return state.details;
        case "BYTES_RECEIVED":
            return String(state.bytesReceived);
        case "BYTES_SENT":
            return String(state.bytesSent);
        case "DURATION":
            return String(Date.now() - state.start);
        case "RESPONSE_DURATION":
            return forwarding === undefined || forwarding.upstreamTime < 0 ? "" : String(forwarding.upstreamTime);
        case "UPSTREAM_LOCAL_ADDRESS":
            return forwarding?.localAddress ?? "";
        case "UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT":
            return hostPart(forwarding?.localAddress ?? "");
        case "UPSTREAM_LOCAL_PORT":
            return portPart(forwarding?.localAddress ?? "");
        case "UPSTREAM_HOST":
        case "UPSTREAM_REMOTE_ADDRESS":
            return forwarding?.endpoint?.text ?? "";
        case "UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT":
            return hostPart(forwarding?.endpoint?.text ?? "");
        case "UPSTREAM_REMOTE_PORT":
            return portPart(forwarding?.endpoint?.text ?? "");
        case "UPSTREAM_CLUSTER":
        case "UPSTREAM_CLUSTER_RAW":
            return forwarding?.cluster.key ?? "";
        case "UPSTREAM_PROTOCOL":
            return forwarding?.endpoint?.http10 === true ? "HTTP/1.0" : (forwarding?.protocol ?? "");
        case "UPSTREAM_REQUEST_ATTEMPT_COUNT":
            return String(attempts(state));
        default:
            return connectionValue(variable, connection);
    }
}

/** Before a rewrite there is one path only; behind it the client's is the original one. */
function pathOf({ header: query, alternative }: Variable, state: ExchangeState): string {
    const isRewritten = isForwarded(state) && state.target !== "";
    if (alternative === "ORIG" && !isRewritten) return "";
    const path = alternative === "PATH" && isRewritten ? state.target : state.path;
    const end = query === "NQ" ? path.indexOf("?") : -1;
    return end === -1 ? path : path.slice(0, end);
}

/** A response sees the request as it was sent on; the request's own operations see it as it came (Envoy). */
function isForwarded({ forwarding }: ExchangeState): boolean {
    return forwarding !== undefined && forwarding.attempts > 0;
}

/** The request's own operations count the attempt that they are made for. */
function attempts({ forwarding, status }: ExchangeState): number {
    if (forwarding === undefined) return 0;
    return status === 0 ? Math.max(1, forwarding.attempts) : forwarding.attempts;
}

function requestHeader(name: string, state: ExchangeState): string | undefined {
    switch (name) {
        case "":
            return undefined;
        case ":authority":
        case "host":
            return isForwarded(state) ? state.head.authority : state.authority;
        case ":method":
            return state.method;
        case ":path":
            return isForwarded(state) && state.target !== "" ? state.target : state.path;
        case ":scheme":
            return state.scheme;
        default:
            return header(state.headers, name);
    }
}

/** Of a header that repeats the first value (Envoy). */
function header(headers: HeaderList, name: string): string | undefined {
    const at = name === "" ? -1 : headerAt(headers, name);
    return at === -1 ? undefined : headers[at + 1];
}
