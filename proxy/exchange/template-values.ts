/** What the variables of header values stand for in one exchange (istio/semantics/value-template.ts has the list). */
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { ValueTemplate, Variable } from "../../istio/semantics/value-template";
import type { HeaderList } from "../http/doors";
import { connectionValue, hostPart, portPart, timeText } from "./connection-values";
import type { OpenExchange } from "./open-exchange";
import { headerAt } from "../http/header-list";
import { queryParameter } from "./query-parameter";

const HOSTNAME = hostname();

export function templateValue(template: ValueTemplate, exchange: OpenExchange): string {
    if (template.parts === undefined) return template.text;
    let text = "";
    for (const part of template.parts) text += typeof part === "string" ? part : limited(variableValue(part, exchange), part.length);
    return text;
}

function limited(value: string, length: number): string {
    return length > 0 && value.length > length ? value.slice(0, length) : value;
}

function variableValue(variable: Variable, exchange: OpenExchange): string {
    const { connection, forwarding } = exchange;
    switch (variable.name) {
        case "REQ":
            return requestHeader(variable.header, exchange) ?? requestHeader(variable.alternative, exchange) ?? "";
        case "RESP":
            return header(exchange.responseHeaders, variable.header) ?? header(exchange.responseHeaders, variable.alternative) ?? "";
        case "QUERY_PARAM":
            return queryParameter(exchange.path, variable.header);
        case "PATH":
            return pathOf(variable, exchange);
        case "PROTOCOL":
            return exchange.head.protocol;
        case "START_TIME":
            return timeText(exchange.start, variable, false);
        case "START_TIME_LOCAL":
            return timeText(exchange.start, variable, true);
        case "EMIT_TIME":
            return timeText(Date.now(), variable, false);
        case "EMIT_TIME_LOCAL":
            return timeText(Date.now(), variable, true);
        case "UNIQUE_ID":
            return randomUUID();
        case "STREAM_ID":
            return exchange.requestId;
        case "ROUTE_NAME":
            return exchange.route?.name ?? "";
        case "REQUESTED_SERVER_NAME":
            return connection.serverName;
        case "HOSTNAME":
            return HOSTNAME;
        case "RESPONSE_CODE":
            return String(exchange.status);
        case "RESPONSE_FLAGS":
            return exchange.flags || "-";
        case "RESPONSE_FLAGS_LONG":
            return longFlags(exchange.flags);
        case "RESPONSE_CODE_DETAILS":
            return exchange.details;
        case "BYTES_RECEIVED":
            return String(exchange.bytesReceived);
        case "BYTES_SENT":
            return String(exchange.bytesSent);
        case "DURATION":
            return String(Date.now() - exchange.start);
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
            return forwarding?.cluster?.key ?? "";
        case "UPSTREAM_PROTOCOL":
            return forwarding?.endpoint === undefined ? "" : forwarding.endpoint.http10 ? "HTTP/1.0" : "HTTP/1.1";
        case "UPSTREAM_REQUEST_ATTEMPT_COUNT":
            return forwarding === undefined ? "0" : String(Math.max(1, forwarding.attempts));
        default:
            return connectionValue(variable, connection);
    }
}

/** Before a rewrite there is one path only; behind it the client's is the original one. */
function pathOf({ header: query, alternative }: Variable, exchange: OpenExchange): string {
    const isRewritten = isForwarded(exchange) && exchange.target !== "";
    if (alternative === "ORIG" && !isRewritten) return "";
    const path = alternative === "PATH" && isRewritten ? exchange.target : exchange.path;
    const end = query === "NQ" ? path.indexOf("?") : -1;
    return end === -1 ? path : path.slice(0, end);
}

const LONG_FLAGS: Readonly<Record<string, string>> = {
    UH: "NoHealthyUpstream",
    UF: "UpstreamConnectionFailure",
    UO: "UpstreamOverflow",
    NR: "NoRouteFound",
    URX: "UpstreamRetryLimitExceeded",
    NC: "NoClusterFound",
    DT: "DurationTimeout",
    DC: "DownstreamConnectionTermination",
    LH: "FailedLocalHealthCheck",
    UT: "UpstreamRequestTimeout",
    LR: "LocalReset",
    UR: "UpstreamRemoteReset",
    UC: "UpstreamConnectionTermination",
    DI: "DelayInjected",
    FI: "FaultInjected",
    RL: "RateLimited",
    UAEX: "UnauthorizedExternalService",
    SI: "StreamIdleTimeout",
    DPE: "DownstreamProtocolError",
    UPE: "UpstreamProtocolError",
    UMSDR: "UpstreamMaxStreamDurationReached",
    OM: "OverloadManagerTerminated",
};

function longFlags(flags: string): string {
    if (flags === "") return "-";
    let text = "";
    for (const flag of flags.split(",")) text += `${text === "" ? "" : ","}${LONG_FLAGS[flag] ?? flag}`;
    return text;
}

/** A response sees the request as it was sent on; the request's own operations see it as it came (Envoy). */
function isForwarded(exchange: OpenExchange): boolean {
    return exchange.responseStarted && exchange.forwarding !== undefined;
}

function requestHeader(name: string, exchange: OpenExchange): string | undefined {
    switch (name) {
        case "":
            return undefined;
        case ":authority":
        case "host":
            return isForwarded(exchange) ? exchange.head.authority : exchange.authority;
        case ":method":
            return exchange.method;
        case ":path":
            return isForwarded(exchange) && exchange.target !== "" ? exchange.target : exchange.path;
        case ":scheme":
            return exchange.scheme;
        default:
            return header(exchange.headers, name);
    }
}

/** Of a header that repeats the first value (Envoy). */
function header(headers: HeaderList, name: string): string | undefined {
    const at = name === "" ? -1 : headerAt(headers, name);
    return at === -1 ? undefined : headers[at + 1];
}
