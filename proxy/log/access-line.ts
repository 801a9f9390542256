/**
 * One line of the access log for one finished request or connection: Istio's default text format, or its JSON keys.
 *
 * Hot path: strings are put together once, without templates.
 */
import { readableText } from "../../istio/wire-text";
import { headerValue } from "../http/header-list";
import { addressText } from "../net/address";
import type { PolicyMark } from "../tables";
import type { ConnectionRecord, RequestRecord } from "../telemetry";

export type LineFormat = "text" | "json";

/** The operators of Istio's default format, in its order; a number where JSON has one. */
interface Fields {
    readonly start_time: string;
    readonly method: string;
    readonly path: string;
    readonly protocol: string;
    readonly response_code: number;
    readonly response_flags: string;
    readonly response_code_details: string;
    readonly connection_termination_details: string;
    readonly upstream_transport_failure_reason: string;
    readonly bytes_received: number;
    readonly bytes_sent: number;
    readonly duration: number;
    readonly upstream_service_time: string;
    readonly x_forwarded_for: string;
    readonly user_agent: string;
    readonly request_id: string;
    readonly authority: string;
    readonly upstream_host: string;
    readonly upstream_cluster: string;
    readonly upstream_local_address: string;
    readonly downstream_local_address: string;
    readonly downstream_remote_address: string;
    readonly requested_server_name: string;
    readonly route_name: string;
    /** Only where one of them did something, and not in the text: Istio's format has no place for it. */
    readonly authorization_policies?: readonly string[];
}

export function requestLine(record: RequestRecord, format: LineFormat): string {
    const { connection } = record;
    return line(
        {
            start_time: new Date(record.start).toISOString(),
            method: record.method,
            path: record.path,
            protocol: record.protocol,
            response_code: record.status,
            response_flags: record.flags,
            response_code_details: record.details.replaceAll(" ", "_"),
            connection_termination_details: "",
            upstream_transport_failure_reason: record.upstreamFailure,
            bytes_received: record.bytesReceived,
            bytes_sent: record.bytesSent,
            duration: Math.round(record.duration),
            upstream_service_time: record.upstreamTime < 0 ? "" : String(Math.round(record.upstreamTime)),
            x_forwarded_for: headerValue(record.requestHeaders, "x-forwarded-for") ?? "",
            user_agent: headerValue(record.requestHeaders, "user-agent") ?? "",
            request_id: record.requestId,
            authority: record.authority,
            upstream_host: record.upstreamHost,
            upstream_cluster: record.cluster,
            upstream_local_address: record.upstreamLocalAddress,
            downstream_local_address: addressText(connection.localAddress, connection.localPort),
            downstream_remote_address: addressText(record.remoteAddress, record.remotePort),
            requested_server_name: connection.serverName,
            route_name: record.routeName,
            ...policiesOf(record.policyMarks),
        },
        format,
    );
}

/** As in Envoy, what a policy says of a connection is why that ended. */
export function connectionLine(record: ConnectionRecord, format: LineFormat): string {
    const isDenied = record.details.startsWith("rbac_");
    return line(
        {
            start_time: new Date(record.start).toISOString(),
            method: "",
            path: "",
            protocol: "",
            response_code: 0,
            response_flags: record.flags,
            response_code_details: isDenied ? "" : record.details,
            connection_termination_details: isDenied ? record.details : "",
            upstream_transport_failure_reason: record.upstreamFailure,
            bytes_received: record.bytesReceived,
            bytes_sent: record.bytesSent,
            duration: record.duration,
            upstream_service_time: "",
            x_forwarded_for: "",
            user_agent: "",
            request_id: "",
            authority: "",
            upstream_host: record.upstreamHost,
            upstream_cluster: record.cluster,
            upstream_local_address: record.upstreamLocalAddress,
            downstream_local_address: record.downstreamLocalAddress,
            downstream_remote_address: record.downstreamRemoteAddress,
            requested_server_name: record.serverName,
            route_name: "",
            ...policiesOf(record.policyMarks),
        },
        format,
    );
}

function policiesOf(marks: readonly PolicyMark[]): Pick<Fields, "authorization_policies"> {
    return marks.length === 0
        ? {}
        : { authorization_policies: marks.map(({ effect, rule, policy }) => `${effect} ${rule === "none" ? policy : rule}`) };
}

function line(fields: Fields, format: LineFormat): string {
    if (format === "json")
        return `${JSON.stringify(fields, (_key, value: unknown) => (value === "" ? null : typeof value === "string" ? readableText(value) : value)).replace(NOT_ASCII, unicodeEscape)}\n`;
    const f = fields;
    return (
        "[" +
        f.start_time +
        '] "' +
        text(f.method) +
        " " +
        text(f.path) +
        " " +
        text(f.protocol) +
        '" ' +
        f.response_code +
        " " +
        text(f.response_flags) +
        " " +
        text(f.response_code_details) +
        " " +
        text(f.connection_termination_details) +
        ' "' +
        text(f.upstream_transport_failure_reason) +
        '" ' +
        f.bytes_received +
        " " +
        f.bytes_sent +
        " " +
        f.duration +
        " " +
        text(f.upstream_service_time) +
        ' "' +
        text(f.x_forwarded_for) +
        '" "' +
        text(f.user_agent) +
        '" "' +
        text(f.request_id) +
        '" "' +
        text(f.authority) +
        '" "' +
        text(f.upstream_host) +
        '" ' +
        text(f.upstream_cluster) +
        " " +
        text(f.upstream_local_address) +
        " " +
        text(f.downstream_local_address) +
        " " +
        text(f.downstream_remote_address) +
        " " +
        text(f.requested_server_name) +
        " " +
        text(f.route_name) +
        "\n"
    );
}

const UNSAFE = /["\x00-\x1f\x7f-\uffff]/;
const UNSAFE_ALL = /["\x00-\x1f\x7f-\uffff]/g;
const NOT_ASCII = /[\x7f-\uffff]/g;

/** A client's header must not end its own field, nor the line; what is left is ASCII, one byte a character. */
function text(value: string): string {
    if (value === "") return "-";
    return UNSAFE.test(value) ? value.replace(UNSAFE_ALL, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`) : value;
}

function unicodeEscape(character: string): string {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
