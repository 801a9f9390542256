/**
 * The spans of a request that was traced, with the names and tags of Envoy's connection manager and router: one of kind SERVER for
 * the request, below it one of kind CLIENT for each attempt. Only what is sampled comes here.
 */
import { isGrpc } from "../http/grpc";
import { headerValue } from "../http/header-list";
import { ProtoWriter } from "../http/protobuf";
import type { RequestRecord } from "../telemetry";
import type { Attempt, Trace } from "./trace";

/** Bytes as texts of a character each, as headers are; what configuration says is of characters, and encoded before. */
export type Tag = readonly [name: string, value: string];

export interface Span {
    readonly kind: "SERVER" | "CLIENT";
    readonly id: string;
    readonly parentId: string;
    readonly isParentRemote: boolean;
    readonly name: string;
    readonly startNs: bigint;
    readonly endNs: bigint;
    readonly isError: boolean;
    readonly tags: readonly Tag[];
}

/** What Envoy calls a request whose route says no name. */
const NO_OPERATION = "ingress";
const PORTS = /^outbound\|(\d+)\|([^|]*)\|(.*)$/;

/** `custom`: tags of the configuration. */
export function spansOf(record: RequestRecord, trace: Trace, nodeId: string, operation: string, custom: readonly Tag[]): readonly Span[] {
    const attempts = trace.attempts ?? [];
    const spans = attempts.map((attempt, at) => attemptSpan(record, trace, attempt, at, at === attempts.length - 1, custom));
    spans.push(requestSpan(record, trace, nodeId, operation, custom));
    return spans;
}

function requestSpan(record: RequestRecord, trace: Trace, nodeId: string, operation: string, custom: readonly Tag[]): Span {
    const { requestHeaders, method, authority, path, status, cluster } = record;
    const tags: Tag[] = [
        ["node_id", nodeId],
        ["zone", ""],
        ["guid:x-request-id", record.requestId],
        ["http.url", `${record.connection.scheme}://${authority}${path.slice(0, trace.entry.maxPathLength)}`],
        ["http.method", method],
        ["downstream_cluster", "-"],
        ["user_agent", headerValue(requestHeaders, "user-agent") ?? "-"],
        ["http.protocol", record.protocol],
        ["peer.address", record.remoteAddress],
    ];
    if (trace.clientTraceId !== "") tags.push(["guid:x-client-trace-id", trace.clientTraceId]);
    if (method === "POST" && isGrpc(requestHeaders)) {
        tags.push(["grpc.path", path], ["grpc.authority", authority]);
        tags.push(["grpc.content_type", headerValue(requestHeaders, "content-type") ?? ""]);
        const timeout = headerValue(requestHeaders, "grpc-timeout");
        if (timeout !== undefined) tags.push(["grpc.timeout", timeout]);
    }
    tags.push(["request_size", String(record.bytesReceived)], ["response_size", String(record.bytesSent)], ["component", "proxy"]);
    if (cluster !== "") tags.push(["upstream_cluster", cluster], ["upstream_cluster.name", cluster]);
    const grpc = grpcOutcome(record);
    tags.push(...grpc.tags);
    const isError = status === 0 || status >= 500 || grpc.isError;
    tags.push(...outcome(status, record.flags, isError));
    return {
        kind: "SERVER",
        id: trace.spanId,
        parentId: trace.parentId,
        isParentRemote: trace.parentId !== "",
        name: operation === "" ? NO_OPERATION : operation,
        startNs: trace.startNs,
        endNs: trace.nowNs,
        isError,
        tags: [...tags, ...custom],
    };
}

function attemptSpan(
    record: RequestRecord,
    trace: Trace,
    { spanId, startNs, endNs, status, flag, endpoint, protocol, failure }: Attempt,
    at: number,
    isLast: boolean,
    custom: readonly Tag[],
): Span {
    const { cluster } = record;
    const code = status === 0 && isLast && record.details === "via_upstream" ? record.status : status;
    // What was answered is of the attempt that answered.
    const grpc = isLast && code !== 0 ? grpcOutcome(record) : NO_GRPC;
    const isError = code === 0 || code >= 500 || grpc.isError;
    const tags: Tag[] = at === 0 ? [] : [["retry.count", String(at)]];
    if (code === 0) tags.push(["error.reason", failure === "" ? (isLast ? record.details : "reset") : failure]);
    tags.push(["http.protocol", protocol === "" ? "-" : protocol]);
    if (endpoint !== "") tags.push(["upstream_address", endpoint], ["peer.address", endpoint]);
    tags.push(["component", "proxy"], ["upstream_cluster", cluster], ["upstream_cluster.name", cluster], ...grpc.tags);
    tags.push(...outcome(code, flag, isError));
    return {
        kind: "CLIENT",
        id: spanId,
        parentId: trace.spanId,
        isParentRemote: false,
        name: `router ${cluster} egress`,
        startNs,
        endNs: endNs === 0n ? trace.nowNs : endNs,
        isError,
        tags: [...tags, ...custom],
    };
}

/** Statuses that tell of the server's failure and not of the client's: UNKNOWN, DEADLINE_EXCEEDED and so on, as Envoy has them. */
const GRPC_FAILURES: ReadonlySet<string> = new Set(["2", "4", "8", "12", "13", "14", "15"]);
const NO_GRPC = { tags: [] as readonly Tag[], isError: false };
/** Of a message, which the backend writes. */
const MOST_MESSAGE = 1_024;

/** The trailers say how a call ended; where there was nothing to answer, the head does. */
function grpcOutcome({ responseHeaders, responseTrailers = [] }: RequestRecord): typeof NO_GRPC {
    const inTrailers = headerValue(responseTrailers, "grpc-status");
    const status = inTrailers ?? headerValue(responseHeaders, "grpc-status");
    if (status === undefined) return NO_GRPC;
    const message = headerValue(inTrailers === undefined ? responseHeaders : responseTrailers, "grpc-message");
    const tags: Tag[] = [["grpc.status_code", status]];
    if (message !== undefined) tags.push(["grpc.message", message.slice(0, MOST_MESSAGE)]);
    return { tags, isError: GRPC_FAILURES.has(status) };
}

function outcome(status: number, flags: string, isError: boolean): Tag[] {
    const tags: Tag[] = [
        ["http.status_code", String(status)],
        ["response_flags", flags === "" ? "-" : flags],
    ];
    if (isError) tags.push(["error", "true"]);
    return tags;
}

/** What Istio has a route's requests called (pilot route.go, getRouteOperation): where they go, and by which path. */
export function operationName(cluster: string, object: string, port: number, path: string): string {
    const found = PORTS.exec(cluster);
    return found === null ? `${object}:${port}${path}` : `${found[3]}:${found[1]}${path}`;
}

const KINDS = { SERVER: 2, CLIENT: 3 } as const;
const STATUS_ERROR = 2;
/** OTLP: SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE, IS_REMOTE, and W3C's sampled. */
const HAS_REMOTE = 0x100;
const REMOTE = 0x200;

const writer = new ProtoWriter();

export function otlpSpan({ traceId, state }: Trace, span: Span): Buffer {
    writer.bytes(1, Buffer.from(traceId.padStart(32, "0"), "hex")).bytes(2, Buffer.from(span.id, "hex"));
    writer.text(3, state);
    if (span.parentId !== "") writer.bytes(4, Buffer.from(span.parentId, "hex"));
    writer.text(5, span.name).number(6, KINDS[span.kind]).fixed64(7, span.startNs).fixed64(8, span.endNs);
    for (const [name, value] of span.tags) {
        const pair = writer.open(9);
        writer.text(1, name);
        const any = writer.open(2);
        writer.textEvenEmpty(1, value).close(any).close(pair);
    }
    if (span.isError) {
        const status = writer.open(15);
        writer.number(3, STATUS_ERROR).close(status);
    }
    return writer.fixed32(16, HAS_REMOTE | (span.isParentRemote ? REMOTE : 0) | 1).finish();
}

/** Zipkin's JSON of version 2: times in microseconds. */
export function zipkinSpan({ traceId }: Trace, span: Span, serviceName: string): Buffer {
    const utf8 = (text: string): string => Buffer.from(text, "latin1").toString();
    return Buffer.from(
        JSON.stringify({
            traceId,
            id: span.id,
            ...(span.parentId === "" ? {} : { parentId: span.parentId }),
            name: utf8(span.name),
            kind: span.kind,
            timestamp: Number(span.startNs / 1_000n),
            duration: Math.max(1, Number((span.endNs - span.startNs) / 1_000n)),
            localEndpoint: { serviceName },
            tags: Object.fromEntries(span.tags.map(([name, value]) => [utf8(name), utf8(value)])),
        }),
    );
}
