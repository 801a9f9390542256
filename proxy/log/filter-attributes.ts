/** The attributes that a filter may name, and where they stand in a finished exchange. */
import { headerValue } from "../http/header-list";
import type { ExchangeRecord } from "../exchange";

/** Undefined: the attribute or key is not there, or types do not fit: CEL's error. */
export type Value = string | number | boolean | readonly Value[] | undefined;
export type Expression = (record: ExchangeRecord) => Value;

export const ATTRIBUTES: Readonly<Record<string, Expression>> = {
    "request.path": (r) => (r.method === "" ? undefined : r.path),
    "request.url_path": (r) => (r.method === "" ? undefined : r.path.split("?", 1)[0]!),
    "request.query": (r) => r.path.split("?").slice(1).join("?"),
    "request.host": (r) => (r.authority === "" ? undefined : r.authority),
    "request.method": (r) => (r.method === "" ? undefined : r.method),
    "request.protocol": (r) => r.protocol,
    "request.scheme": (r) => r.connection.scheme,
    "request.id": (r) => (r.requestId === "" ? undefined : r.requestId),
    "request.size": (r) => r.bytesReceived,
    "request.useragent": (r) => headerValue(r.requestHeaders, "user-agent"),
    "request.referer": (r) => headerValue(r.requestHeaders, "referer"),
    "response.code": (r) => (r.status === 0 ? undefined : r.status),
    "response.code_details": (r) => r.details,
    "response.size": (r) => r.bytesSent,
    "connection.mtls": (r) => r.connection.forwardedClientCert !== "",
    "connection.requested_server_name": (r) => (r.connection.serverName === "" ? undefined : r.connection.serverName),
    "source.address": (r) => `${r.connection.remoteAddress}:${r.connection.remotePort}`,
    "source.port": (r) => r.connection.remotePort,
    "destination.address": (r) => `${r.connection.localAddress}:${r.connection.localPort}`,
    "destination.port": (r) => r.connection.localPort,
    "upstream.address": (r) => (r.upstreamHost === "" ? undefined : r.upstreamHost),
    "upstream.transport_failure_reason": (r) => r.upstreamFailure,
};
export const HEADERS: Readonly<Record<string, (record: ExchangeRecord) => readonly string[]>> = {
    "request.headers": (r) => r.requestHeaders,
    "response.headers": (r) => r.responseHeaders,
};
