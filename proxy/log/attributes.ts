/**
 * The attributes that a CEL expression may name, and where they stand in what is logged: in a request, and in a connection
 * without requests, of which what has to do with requests is not there (Envoy's extensions/filters/common/expr/context.cc).
 */
import {
    ATTRIBUTES_WITHOUT_VALUE,
    CelSpan,
    CelTime,
    CelUint,
    type CelAttributes,
    type CelMap,
    type CelReader,
    type CelResult,
    type CelValue,
    type LogAttribute,
} from "../../istio/cel";
import type { ConnectionInfo, HeaderList } from "../http/doors";
import { headerValue } from "../http/header-list";
import { addressText } from "../net/address";
import { flagBits } from "../telemetry/response-flags";
import { sentHost } from "./format/reader";
import type { ConnectionRecord, RequestRecord } from "../telemetry";
import { ofOwn, ofPeer, ofTls } from "./format/connection-readers";
import { grpcStatusOf } from "./format/grpc-status";
import { absent, portIn, present } from "./format/reader";

type OfRequest = CelReader<RequestRecord>;
type OfConnection = CelReader<ConnectionRecord>;

interface Attribute {
    readonly request: OfRequest;
    readonly connection: OfConnection;
}

const queryAt = (path: string): number => path.indexOf("?");
const grpc = (r: RequestRecord): CelResult => grpcStatusOf(r) ?? (r.status === 0 ? undefined : 2);

/** Headers as a map; names are lower-case, and asked for in any case. */
class HeaderMap implements CelMap {
    readonly #headers: HeaderList;
    readonly #pseudo: readonly string[];

    constructor(headers: HeaderList, pseudo: readonly string[]) {
        this.#headers = headers;
        this.#pseudo = pseudo;
    }

    get size(): number {
        return (this.#headers.length + this.#pseudo.length) / 2;
    }

    get(key: CelValue): CelResult {
        if (typeof key !== "string") return undefined;
        const name = key.toLowerCase();
        return valueIn(this.#pseudo, name === "host" ? ":authority" : name) ?? headerValue(this.#headers, name);
    }

    has(key: CelValue): boolean {
        return this.get(key) !== undefined;
    }

    keys(): Iterable<CelValue> {
        return [...this.#pseudo, ...this.#headers].filter((_, at) => at % 2 === 0);
    }
}

function valueIn(list: readonly string[], name: string): string | undefined {
    for (let at = 0; at < list.length; at += 2) if (list[at] === name) return list[at + 1];
    return undefined;
}

function requestHeaders(r: RequestRecord): CelResult {
    if (r.method === "") return new HeaderMap([], []);
    const { method, path, target, connection } = r;
    return new HeaderMap(r.requestHeaders, [
        ":method",
        method,
        ":authority",
        sentHost(r),
        ":path",
        target || path,
        ":scheme",
        connection.scheme,
    ]);
}

const firstOf = (names: string): string => names.split(",", 1)[0] ?? "";

const requestOnly = (request: OfRequest): Attribute => ({
    request,
    connection: absent,
});
const both = (read: (record: RequestRecord | ConnectionRecord) => CelResult): Attribute => ({ request: read, connection: read });
const ofText = (read: (r: RequestRecord) => string): Attribute => requestOnly((r) => present(read(r)));
const isThere = (r: RequestRecord): boolean => r.method !== "";
const remote = ({ remoteAddress, remotePort }: RequestRecord): string => addressText(remoteAddress, remotePort);
const local = ({ localAddress, localPort }: ConnectionInfo): string => addressText(localAddress, localPort);

const ATTRIBUTES: Readonly<Record<LogAttribute, Attribute>> = {
    "request.path": requestOnly((r) => (isThere(r) ? r.path : undefined)),
    "request.url_path": requestOnly((r) => (!isThere(r) ? undefined : queryAt(r.path) === -1 ? r.path : r.path.slice(0, queryAt(r.path)))),
    "request.query": requestOnly((r) => (!isThere(r) ? undefined : queryAt(r.path) === -1 ? "" : r.path.slice(queryAt(r.path) + 1))),
    "request.host": ofText((r) => r.authority),
    "request.method": ofText((r) => r.method),
    "request.protocol": ofText((r) => r.protocol),
    "request.scheme": requestOnly((r) => (isThere(r) ? r.connection.scheme : undefined)),
    "request.id": ofText((r) => r.requestId),
    "request.useragent": requestOnly((r) => headerValue(r.requestHeaders, "user-agent")),
    "request.referer": requestOnly((r) => headerValue(r.requestHeaders, "referer")),
    "request.headers": requestOnly(requestHeaders),
    "request.time": both((r) => new CelTime(r.start)),
    "request.duration": both((r) => new CelSpan(r.duration)),
    "request.size": both((r) => r.bytesReceived),
    "request.total_size": requestOnly(
        (r) => r.bytesReceived + bytesOf(r.requestHeaders) + r.path.length + r.method.length + r.authority.length,
    ),
    "response.code": requestOnly((r) => (r.status === 0 ? undefined : r.status)),
    "response.code_details": both((r) => present(r.details)),
    "response.flags": both((r) => flagBits(r.flags)),
    "response.grpc_status": requestOnly(grpc),
    "response.headers": requestOnly((r) => new HeaderMap(r.responseHeaders, r.status === 0 ? [] : [":status", String(r.status)])),
    "response.trailers": requestOnly((r) => new HeaderMap(r.responseTrailers ?? [], [])),
    "response.size": both((r) => r.bytesSent),
    "response.total_size": requestOnly((r) => r.bytesSent + bytesOf(r.responseHeaders) + bytesOf(r.responseTrailers ?? [])),
    "response.backend_latency": requestOnly((r) =>
        r.upstreamTime < 0 ? undefined : new CelSpan(r.upstreamTime - Math.max(0, r.requestTime)),
    ),
    "connection.id": { request: (r) => uint(r.connection.id), connection: (c) => uint(c.id) },
    "connection.mtls": { request: (r) => r.connection.forwardedClientCert !== "", connection: (c) => c.mtls },
    "connection.requested_server_name": { request: (r) => r.connection.serverName, connection: (c) => c.serverName },
    "connection.termination_details": {
        request: absent,
        connection: (c) => (c.details.startsWith("rbac_") ? c.details : undefined),
    },
    "connection.tls_version": ofTls(({ version }) => present(version)),
    "connection.subject_local_certificate": ofOwn(({ subject }) => subject),
    "connection.subject_peer_certificate": ofPeer(({ subject }) => subject),
    "connection.uri_san_local_certificate": ofOwn(({ names }) => firstOf(names.uri)),
    "connection.uri_san_peer_certificate": ofPeer(({ names }) => firstOf(names.uri)),
    "connection.dns_san_local_certificate": ofOwn(({ names }) => firstOf(names.dns)),
    "connection.dns_san_peer_certificate": ofPeer(({ names }) => firstOf(names.dns)),
    "connection.sha256_peer_certificate_digest": ofPeer(({ sha256 }) => sha256),
    "source.address": { request: (r) => present(remote(r)), connection: (c) => present(c.downstreamRemoteAddress) },
    "source.port": { request: (r) => r.remotePort, connection: (c) => portIn(c.downstreamRemoteAddress) },
    "destination.address": { request: (r) => present(local(r.connection)), connection: (c) => present(c.downstreamLocalAddress) },
    "destination.port": { request: (r) => r.connection.localPort, connection: (c) => portIn(c.downstreamLocalAddress) },
    "upstream.address": both((r) => present(r.upstreamHost)),
    "upstream.port": both((r) => portIn(r.upstreamHost)),
    "upstream.local_address": both((r) => present(r.upstreamLocalAddress)),
    "upstream.transport_failure_reason": both((r) => present(r.upstreamFailure)),
    "upstream.request_attempt_count": { request: (r) => r.attempts, connection: () => 0 },
    "xds.cluster_name": both((r) => present(r.cluster)),
    "xds.route_name": ofText((r) => r.routeName),
    "xds.virtual_host_name": ofText((r) => r.virtualHost),
    "xds.filter_chain_name": { request: (r) => present(r.connection.chain), connection: absent },
    "xds.listener_direction": both(() => 2),
};

function attributesOf<Logged>(side: (attribute: Attribute) => CelReader<Logged>): CelAttributes<Logged> {
    return (root, field) => {
        const name = `${root}.${field}`;
        const attribute = Object.hasOwn(ATTRIBUTES, name) ? ATTRIBUTES[name as LogAttribute] : undefined;
        if (attribute !== undefined) return side(attribute);
        return ATTRIBUTES_WITHOUT_VALUE.has(name) ? absent : undefined;
    };
}

export const REQUEST_ATTRIBUTES = attributesOf(({ request }) => request);
export const CONNECTION_ATTRIBUTES = attributesOf(({ connection }) => connection);

function uint(id: number | undefined): CelUint | undefined {
    return id === undefined ? undefined : new CelUint(id);
}

/** Name, value and what stands between and behind them. */
function bytesOf(headers: HeaderList): number {
    let bytes = 0;
    for (const text of headers) bytes += text.length + 2;
    return bytes;
}
