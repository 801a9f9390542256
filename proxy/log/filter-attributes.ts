/**
 * The attributes that a filter may name, and where they stand in what is logged: in a request, and in a connection without
 * requests, of which what has to do with requests is not there. As in Envoy's extensions/filters/common/expr.
 */
import type { HeaderList } from "../http/doors";
import { headerValue } from "../http/header-list";
import { addressText } from "../net/address";
import type { ConnectionRecord, RequestRecord } from "../telemetry";

/** Undefined: the attribute or key is not there, or types do not fit: CEL's error. */
export type AttributeValue = string | number | boolean | readonly AttributeValue[] | undefined;

interface Attribute {
    readonly request: (record: RequestRecord) => AttributeValue;
    readonly connection: (record: ConnectionRecord) => AttributeValue;
}

const absent = (): undefined => undefined;
const orAbsent = (text: string): string | undefined => (text === "" ? undefined : text);
const portOf = (address: string): number | undefined => (address === "" ? undefined : Number(address.slice(address.lastIndexOf(":") + 1)));

const ATTRIBUTES: Readonly<Record<string, Attribute>> = {
    "request.path": { request: (r) => (r.method === "" ? undefined : r.path), connection: absent },
    "request.url_path": { request: (r) => (r.method === "" ? undefined : r.path.split("?", 1)[0]!), connection: absent },
    "request.query": { request: (r) => (r.method === "" ? undefined : r.path.split("?").slice(1).join("?")), connection: absent },
    "request.host": { request: (r) => orAbsent(r.authority), connection: absent },
    "request.method": { request: (r) => orAbsent(r.method), connection: absent },
    "request.protocol": { request: (r) => orAbsent(r.protocol), connection: absent },
    "request.scheme": { request: (r) => (r.method === "" ? undefined : r.connection.scheme), connection: absent },
    "request.id": { request: (r) => orAbsent(r.requestId), connection: absent },
    "request.size": { request: (r) => r.bytesReceived, connection: (c) => c.bytesReceived },
    "request.useragent": { request: (r) => headerValue(r.requestHeaders, "user-agent"), connection: absent },
    "request.referer": { request: (r) => headerValue(r.requestHeaders, "referer"), connection: absent },
    "response.code": { request: (r) => (r.status === 0 ? undefined : r.status), connection: absent },
    "response.code_details": { request: (r) => r.details, connection: (c) => c.details },
    "response.size": { request: (r) => r.bytesSent, connection: (c) => c.bytesSent },
    "connection.mtls": { request: (r) => r.connection.forwardedClientCert !== "", connection: (c) => c.mtls },
    "connection.requested_server_name": { request: (r) => orAbsent(r.connection.serverName), connection: (c) => orAbsent(c.serverName) },
    "source.address": {
        request: (r) => orAbsent(addressText(r.remoteAddress, r.remotePort)),
        connection: (c) => orAbsent(c.downstreamRemoteAddress),
    },
    "source.port": { request: (r) => r.remotePort, connection: (c) => portOf(c.downstreamRemoteAddress) },
    "destination.address": {
        request: (r) => orAbsent(addressText(r.connection.localAddress, r.connection.localPort)),
        connection: (c) => orAbsent(c.downstreamLocalAddress),
    },
    "destination.port": { request: (r) => r.connection.localPort, connection: (c) => portOf(c.downstreamLocalAddress) },
    "upstream.address": { request: (r) => orAbsent(r.upstreamHost), connection: (c) => orAbsent(c.upstreamHost) },
    "upstream.transport_failure_reason": { request: (r) => r.upstreamFailure, connection: (c) => c.upstreamFailure },
};

/** Header lists by name. */
const HEADERS: Readonly<Record<string, (record: RequestRecord) => HeaderList>> = {
    "request.headers": (r) => r.requestHeaders,
    "response.headers": (r) => r.responseHeaders,
};

export type Expression<Logged> = (record: Logged) => AttributeValue;

/** How filters read what is logged; undefined: it is not known by this name. */
export interface Reader<Logged> {
    attribute(name: string): Expression<Logged> | undefined;
    /** Of a list of headers the one with a name in lower case. */
    headers(list: string): ((name: string) => Expression<Logged>) | undefined;
}

export const OF_REQUESTS: Reader<RequestRecord> = {
    attribute: (name) => attributeOf(name)?.request,
    headers: (list) => {
        const headers = headersOf(list);
        return headers && ((name) => (record) => headerValue(headers(record), name));
    },
};

export const OF_CONNECTIONS: Reader<ConnectionRecord> = {
    attribute: (name) => attributeOf(name)?.connection,
    headers: (list) => (headersOf(list) ? () => absent : undefined),
};

function attributeOf(name: string): Attribute | undefined {
    return Object.hasOwn(ATTRIBUTES, name) ? ATTRIBUTES[name] : undefined;
}

function headersOf(list: string): ((record: RequestRecord) => HeaderList) | undefined {
    return Object.hasOwn(HEADERS, list) ? HEADERS[list] : undefined;
}
