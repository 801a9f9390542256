/** What each operator of a format reads; a closure for each is made once, when a format is. */
import { hostname } from "node:os";
import { compileCel } from "../../../istio/cel";
import { coalescedOperators, dynamicMetadata, type LogOperator } from "../../../istio/log-format";
import { wireText } from "../../../istio/wire-text";
import { firstValue } from "../../http/header-list";
import { networkText } from "../../net/ip-address";
import { longFlags } from "../../telemetry/response-flags";
import type { ConnectionRecord, RequestRecord } from "../../telemetry";
import { CONNECTION_ATTRIBUTES, REQUEST_ATTRIBUTES } from "../attributes";
import { celText } from "./cel-values";
import { CONNECTION_READERS, peerTime, timeWriter } from "./connection-readers";
import { durationReader } from "./duration-reader";
import { grpcStatusReader } from "./grpc-status";
import { headerPartReader } from "./header-parts";
import { headerReader, pathReader, queryParameterReader, queryReader } from "./header-readers";
import { traceReader } from "./trace-reader";
import { absent, hostIn, limited, NOTHING, portIn, present, sentHost, type LogValue, type Reader } from "./reader";
import { randomUuid } from "../../net/uuid";

const both = (read: (record: RequestRecord | ConnectionRecord) => LogValue): Reader => ({ request: read, connection: read });
const ofRequest = (request: (record: RequestRecord) => LogValue): Reader => ({ request, connection: absent });
const constant = (value: LogValue): Reader => both(() => value);

const isDenied = ({ details }: ConnectionRecord): boolean => details.startsWith("rbac_");
const notSince = (milliseconds: number): LogValue => (milliseconds < 0 ? undefined : Math.round(milliseconds));
const SPACES = / /g;

/** Of a cluster that there is not Envoy has no name. */
function clusterOf({ cluster, flags }: RequestRecord | ConnectionRecord): LogValue {
    return flags.endsWith("NC") ? undefined : present(cluster);
}

/** Of a connection that did not come about alone: why one ended is told by flags and details, as in Envoy. */
function transportFailure({ upstreamFailure, flags }: RequestRecord | ConnectionRecord): LogValue {
    return upstreamFailure !== "" && (flags.includes("UF") || flags.includes("DF")) ? present(upstreamFailure) : undefined;
}

/** Of operators that take nothing. */
const PLAIN: Readonly<Record<string, Reader>> = {
    ...CONNECTION_READERS,
    PROTOCOL: ofRequest((r) => present(r.protocol)),
    RESPONSE_CODE: { request: (r) => r.status, connection: () => 0 },
    RESPONSE_FLAGS: both((r) => r.flags || "-"),
    RESPONSE_FLAGS_LONG: both((r) => longFlags(r.flags)),
    // As in Envoy, what a policy says of a connection is why that ended.
    CONNECTION_TERMINATION_DETAILS: { request: absent, connection: (c) => (isDenied(c) ? c.details : undefined) },
    UPSTREAM_TRANSPORT_FAILURE_REASON: both(transportFailure),
    BYTES_RECEIVED: both((r) => r.bytesReceived),
    BYTES_SENT: both((r) => r.bytesSent),
    DURATION: both((r) => Math.round(r.duration)),
    REQUEST_DURATION: ofRequest((r) => notSince(r.requestTime)),
    RESPONSE_DURATION: ofRequest((r) => notSince(r.upstreamTime)),
    RESPONSE_TX_DURATION: ofRequest((r) => (r.upstreamTime < 0 ? undefined : notSince(r.duration - r.upstreamTime))),
    UPSTREAM_HOST: both((r) => present(r.upstreamHost)),
    UPSTREAM_REMOTE_ADDRESS: both((r) => present(r.upstreamHost)),
    UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT: both((r) => hostIn(r.upstreamHost)),
    UPSTREAM_REMOTE_PORT: both((r) => portIn(r.upstreamHost)),
    UPSTREAM_LOCAL_ADDRESS: both((r) => present(r.upstreamLocalAddress)),
    UPSTREAM_LOCAL_ADDRESS_WITHOUT_PORT: both((r) => hostIn(r.upstreamLocalAddress)),
    UPSTREAM_LOCAL_PORT: both((r) => portIn(r.upstreamLocalAddress)),
    UPSTREAM_CLUSTER: both(clusterOf),
    UPSTREAM_CLUSTER_RAW: both(clusterOf),
    UPSTREAM_PROTOCOL: ofRequest((r) => present(r.upstreamProtocol)),
    UPSTREAM_REQUEST_ATTEMPT_COUNT: { request: (r) => r.attempts, connection: () => 0 },
    ROUTE_NAME: ofRequest((r) => present(r.routeName)),
    STREAM_ID: ofRequest((r) => present(r.requestId)),
    UNIQUE_ID: both(() => randomUuid()),
    HOSTNAME: constant(wireText(hostname())),
    TRACE_ID: traceReader("trace"),
    SPAN_ID: traceReader("span"),
    GRPC_STATUS_NUMBER: grpcStatusReader("NUMBER"),
    ACCESS_LOG_TYPE: { request: () => "DownstreamEnd", connection: () => "TcpConnectionEnd" },
    LOCAL_REPLY_BODY: constant(""),
    CUSTOM_FLAGS: constant(""),
};

/** The writer of an operator's value. One that is not known, or not served, has none. */
export function readerOf(operator: LogOperator): Reader {
    const { name, argument, length } = operator;
    const plain = Object.hasOwn(PLAIN, name) ? PLAIN[name] : undefined;
    if (plain !== undefined) return argument ? masked(plain, Number(argument)) : limited(plain, length);
    const metadata = dynamicMetadata(operator);
    return limited(metadata === undefined ? argumentReader(name, argument ?? "") : headerPartReader(metadata), length);
}

/** Of an address its network, of so many bits. */
function masked(reader: Reader, bits: number): Reader {
    const cut = (value: LogValue): LogValue => (typeof value === "string" ? networkText(value, bits) : undefined);
    return { request: (record) => cut(reader.request(record)), connection: (record) => cut(reader.connection(record)) };
}

function argumentReader(name: string, argument: string): Reader {
    switch (name) {
        case "START_TIME":
        case "START_TIME_LOCAL": {
            const write = timeWriter(argument, name.endsWith("LOCAL"));
            return both((r) => write(r.start));
        }
        case "EMIT_TIME":
        case "EMIT_TIME_LOCAL": {
            const write = timeWriter(argument, name.endsWith("LOCAL"));
            return both(() => write(Date.now()));
        }
        case "DOWNSTREAM_PEER_CERT_V_START":
            return peerTime("validFrom", timeWriter(argument, false));
        case "DOWNSTREAM_PEER_CERT_V_END":
            return peerTime("validTo", timeWriter(argument, false));
        case "RESPONSE_CODE_DETAILS":
            return detailsReader(argument === "ALLOW_WHITESPACES");
        case "PATH":
            return pathReader(argument);
        case "QUERY_PARAM":
            return queryParameterReader(argument);
        case "QUERY_PARAMS":
            return queryReader(argument === "DECODED");
        case "REQUESTED_SERVER_NAME":
            return serverNameReader(argument);
        case "COMMON_DURATION":
            return durationReader(argument);
        case "GRPC_STATUS":
            return grpcStatusReader(argument);
        case "ENVIRONMENT":
            return constant(environment(argument) ?? "-");
        case "CEL":
        case "TYPED_CEL":
            return celReader(argument);
        case "COALESCE":
            return coalesceReader(argument);
        default:
            return headerReader(name, argument) ?? NOTHING;
    }
}

function detailsReader(keepsSpaces: boolean): Reader {
    const shown = (details: string): LogValue => present(keepsSpaces ? details : details.replace(SPACES, "_"));
    return {
        request: (r) => (r.details.indexOf(" ") === -1 ? present(r.details) : shown(r.details)),
        connection: (c) => (isDenied(c) ? undefined : shown(c.details)),
    };
}

/** Behind a rewrite the request has another host than its client's, whose port alone is no part of it. */
const HOSTS: Readonly<Record<string, (record: RequestRecord) => LogValue>> = {
    ORIG: (r) => (isRewritten(r) ? present(r.authority) : firstValue(r.requestHeaders, "x-envoy-original-host")),
    HOST: (r) => present(sentHost(r)),
};

function isRewritten({ host, authority }: RequestRecord): boolean {
    return host !== "" && host !== authority && !authority.toLowerCase().startsWith(`${host.toLowerCase()}:`);
}

function serverNameReader(argument: string): Reader {
    const [which, source = ""] = argument.split(":");
    const connection = (c: ConnectionRecord): LogValue => present(c.serverName);
    const host = HOSTS[source] ?? ((r: RequestRecord): LogValue => present(r.authority));
    const sni = (r: RequestRecord): LogValue => present(r.connection.serverName);
    if (which === "HOST_FIRST") return { request: (r) => host(r) ?? sni(r), connection };
    return { request: which === "SNI_FIRST" ? (r) => sni(r) ?? host(r) : sni, connection };
}

/** The first that has a value. */
function coalesceReader(argument: string): Reader {
    const operators = coalescedOperators(argument);
    const readers = typeof operators === "string" ? [] : operators.map(readerOf);
    const first = <Logged>(reads: readonly ((record: Logged) => LogValue)[]) => {
        return (record: Logged): LogValue => {
            for (const read of reads) {
                const value = read(record);
                if (value !== undefined) return value;
            }
            return undefined;
        };
    };
    return { request: first(readers.map((one) => one.request)), connection: absent };
}

function environment(name: string): string | undefined {
    const value = process.env[name];
    return value === undefined ? undefined : wireText(value);
}

function celReader(expression: string): Reader {
    const [request, connection] = [compileCel(expression, REQUEST_ATTRIBUTES), compileCel(expression, CONNECTION_ATTRIBUTES)];
    return {
        request: typeof request === "string" ? absent : (r) => celText(request.read(r)),
        connection: typeof connection === "string" ? absent : (c) => celText(connection.read(c)),
    };
}
