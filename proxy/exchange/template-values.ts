/** What the variables of header values stand for in one exchange (tables/value-template.ts has the list). */
import { hostname } from "node:os";
import type { ValueTemplate, Variable } from "../tables";
import type { HeaderList } from "../http/doors";
import type { Exchange } from "./exchange";
import { headerAt } from "../http/header-list";

const HOSTNAME = hostname();

export function templateValue(template: ValueTemplate, exchange: Exchange): string {
    if (template.parts === undefined) return template.text;
    let text = "";
    for (const part of template.parts) text += typeof part === "string" ? part : limited(variableValue(part, exchange), part.length);
    return text;
}

function limited(value: string, length: number): string {
    return length > 0 && value.length > length ? value.slice(0, length) : value;
}

function variableValue(variable: Variable, exchange: Exchange): string {
    const { connection } = exchange;
    switch (variable.name) {
        case "REQ": return requestHeader(variable.header, exchange) ?? requestHeader(variable.alternative, exchange) ?? "";
        case "RESP": return header(exchange.responseHeaders, variable.header) ?? header(exchange.responseHeaders, variable.alternative) ?? "";
        case "PROTOCOL": return exchange.head.protocol;
        case "START_TIME": return new Date(exchange.start).toISOString();
        case "ROUTE_NAME": return exchange.route?.name ?? "";
        case "REQUESTED_SERVER_NAME": return connection.serverName;
        case "HOSTNAME": return HOSTNAME;
        case "RESPONSE_CODE": return exchange.status === 0 ? "" : String(exchange.status);
        case "RESPONSE_FLAGS": return exchange.flags || "-";
        case "RESPONSE_CODE_DETAILS": return exchange.details;
        case "BYTES_RECEIVED": return String(exchange.bytesReceived);
        case "BYTES_SENT": return String(exchange.bytesSent);
        case "DURATION": return String(Date.now() - exchange.start);
        case "UPSTREAM_LOCAL_ADDRESS": return exchange.forwarding?.localAddress ?? "";
        case "UPSTREAM_HOST":
        case "UPSTREAM_REMOTE_ADDRESS": return exchange.forwarding?.endpoint?.text ?? "";
        case "UPSTREAM_CLUSTER": return exchange.forwarding?.cluster?.key ?? "";
        case "DOWNSTREAM_REMOTE_ADDRESS":
        case "DOWNSTREAM_DIRECT_REMOTE_ADDRESS": return address(connection.remoteAddress, connection.remotePort);
        case "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT":
        case "DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT": return connection.remoteAddress;
        case "DOWNSTREAM_REMOTE_PORT": return String(connection.remotePort);
        case "DOWNSTREAM_LOCAL_ADDRESS": return address(connection.localAddress, connection.localPort);
        case "DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT": return connection.localAddress;
        case "DOWNSTREAM_LOCAL_PORT": return String(connection.localPort);
        default: return variable.name satisfies never;
    }
}

function requestHeader(name: string, exchange: Exchange): string | undefined {
    switch (name) {
        case "": return undefined;
        case ":authority":
        case "host": return exchange.authority;
        case ":method": return exchange.method;
        case ":path": return exchange.path;
        case ":scheme": return exchange.scheme;
        default: return header(exchange.headers, name);
    }
}

/** Of a header that repeats the first value (Envoy). */
function header(headers: HeaderList, name: string): string | undefined {
    const at = name === "" ? -1 : headerAt(headers, name);
    return at === -1 ? undefined : headers[at + 1];
}

function address(host: string, port: number): string {
    return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
