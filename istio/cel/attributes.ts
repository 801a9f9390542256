/** The attributes that a filter of an access log may name (Envoy's extensions/filters/common/expr/context.cc). */
import { compileCel } from "./compile";

export const LOG_ATTRIBUTES = [
    "request.path",
    "request.url_path",
    "request.query",
    "request.host",
    "request.method",
    "request.protocol",
    "request.scheme",
    "request.id",
    "request.useragent",
    "request.referer",
    "request.headers",
    "request.time",
    "request.duration",
    "request.size",
    "request.total_size",
    "response.code",
    "response.code_details",
    "response.flags",
    "response.grpc_status",
    "response.headers",
    "response.trailers",
    "response.size",
    "response.total_size",
    "response.backend_latency",
    "connection.id",
    "connection.mtls",
    "connection.requested_server_name",
    "connection.termination_details",
    "connection.tls_version",
    "connection.subject_local_certificate",
    "connection.subject_peer_certificate",
    "connection.uri_san_local_certificate",
    "connection.uri_san_peer_certificate",
    "connection.dns_san_local_certificate",
    "connection.dns_san_peer_certificate",
    "connection.sha256_peer_certificate_digest",
    "source.address",
    "source.port",
    "destination.address",
    "destination.port",
    "upstream.address",
    "upstream.port",
    "upstream.local_address",
    "upstream.transport_failure_reason",
    "upstream.request_attempt_count",
    "xds.cluster_name",
    "xds.route_name",
    "xds.virtual_host_name",
    "xds.filter_chain_name",
    "xds.listener_direction",
] as const;
export type LogAttribute = (typeof LOG_ATTRIBUTES)[number];

/** Those of Envoy's that have no value at the bundled proxy. */
export const ATTRIBUTES_WITHOUT_VALUE: ReadonlySet<string> = new Set([
    "connection.transport_failure_reason",
    ...[
        "tls_version",
        "subject_local_certificate",
        "subject_peer_certificate",
        "uri_san_local_certificate",
        "uri_san_peer_certificate",
        "dns_san_local_certificate",
        "dns_san_peer_certificate",
        "sha256_peer_certificate_digest",
        "cx_pool_ready_duration",
        "locality",
    ].map((name) => `upstream.${name}`),
    ...["node", "cluster_metadata", "listener_metadata", "route_metadata", "virtual_host_metadata", "upstream_host_metadata"].map(
        (name) => `xds.${name}`,
    ),
    "xds.upstream_host_locality_metadata",
]);

const KNOWN: ReadonlySet<string> = new Set([...LOG_ATTRIBUTES, ...ATTRIBUTES_WITHOUT_VALUE]);
const absent = (): undefined => undefined;

/** The names of a filter that stand for nothing; a text: why it is no filter. */
export function unknownAttributes(source: string): readonly string[] | string {
    const compiled = compileCel(source, (root, field) => (KNOWN.has(`${root}.${field}`) ? absent : undefined));
    return typeof compiled === "string" ? compiled : compiled.unknown;
}
