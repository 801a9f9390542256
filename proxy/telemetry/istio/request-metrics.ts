/**
 * Istio's metrics of requests: how many, how long they took, how big they were, and the messages of gRPC calls. The series of
 * a request are looked up by its cluster, status and flags once and kept. Hot path.
 */
import type { HeaderList } from "../../http/doors";
import { firstValue } from "../../http/header-list";
import type { Counter, Histogram } from "../instruments";
import type { RequestRecord, StartedRequest } from "../request-record";
import { showTrace } from "../trace-of";
import type { DefinedMetrics } from "./defined-metrics";
import { GrpcMessages, isGrpcType } from "./grpc-messages";
import { grpcStatusOf } from "./grpc-status";
import { endsOf, nobodyBy, SECURITY, type MetricsSource } from "./labels";
import type { SeriesPlace } from "./metric-shapes";

interface RequestSeries {
    readonly requests: SeriesPlace<Counter, RequestRecord> | undefined;
    readonly durations: SeriesPlace<Histogram, RequestRecord> | undefined;
    readonly requestBytes: SeriesPlace<Histogram, RequestRecord> | undefined;
    readonly responseBytes: SeriesPlace<Histogram, RequestRecord> | undefined;
}

/** Of a cluster, or of one workload in it. */
interface DestinationSeries {
    readonly ends: readonly string[];
    /** By status and gRPC status, and then by flags. */
    readonly byStatus: Map<number, Map<string, RequestSeries>>;
    /** Undefined: no call was led there yet. */
    messages: MessageSeries | undefined;
    /** Of a cluster: its endpoints' workloads. */
    readonly workloads: Map<string, DestinationSeries>;
}

interface MessageSeries {
    readonly requests: SeriesPlace<Counter, RequestRecord> | undefined;
    readonly responses: SeriesPlace<Counter, RequestRecord> | undefined;
}

/** Beside names and values: `: `, line ends, and what a line has that is first. */
const HEADER_BYTES = 4;
const REQUEST_LINE_BYTES = 14;
const HOST_BYTES = 8;
const STATUS_LINE_BYTES = 19;
/** Destinations that are looked up by their labels once. */
const MOST_REMEMBERED = 20_000;
/** Greater than any status of gRPC is. */
const STATUSES = 32;

export class RequestMetrics {
    readonly #metrics: DefinedMetrics;
    readonly #source: MetricsSource;
    readonly #clusters = new Map<string, DestinationSeries>();
    /** Calls that are open and may be so for long. */
    readonly #calls: Set<StartedRequest>;
    readonly #countsMessages: boolean;
    readonly #countsBytes: boolean;

    /** `before`: whose open calls are counted on. */
    constructor(metrics: DefinedMetrics, source: MetricsSource, before?: RequestMetrics) {
        this.#metrics = metrics;
        this.#source = source;
        this.#calls = before ? before.#calls : new Set();
        this.#countsMessages = metrics.has("GRPC_REQUEST_MESSAGES") || metrics.has("GRPC_RESPONSE_MESSAGES");
        this.#countsBytes = metrics.has("REQUEST_SIZE");
    }

    started(request: StartedRequest): void {
        if (this.#countsBytes) request.headBytes = headBytesOf(request);
        if (!this.#countsMessages) return;
        const type = firstValue(request.headers, "content-type");
        if (type === undefined || !isGrpcType(type, true)) return;
        request.messages = new GrpcMessages();
        this.#calls.add(request);
    }

    /** Of calls that are open: what they have had since the last time. What expressions ask of is known at their end. */
    report(): void {
        for (const { destination, forwarding, headers, messages } of this.#calls)
            if (destination !== undefined && forwarding?.endpoint !== undefined && messages !== undefined && isCall(headers))
                this.#report(this.#destination(destination.cluster, "", forwarding.endpoint.workload), undefined, messages);
    }

    finished(record: RequestRecord, request: StartedRequest): void {
        const { status, flags } = record;
        const grpcStatus = isCall(record.requestHeaders) ? grpcStatusOf(record) : undefined;
        const destination = this.#destination(record.cluster, record.routeName, record.upstreamWorkload);
        if (request.messages !== undefined) {
            this.#calls.delete(request);
            if (grpcStatus !== undefined) this.#report(destination, record, request.messages);
        }
        const key = status * STATUSES + (grpcStatus === undefined ? 0 : grpcStatus === "" ? 1 : Number(grpcStatus) + 3);
        let byFlags = destination.byStatus.get(key);
        if (byFlags === undefined) destination.byStatus.set(key, (byFlags = new Map()));
        let series = byFlags.get(flags);
        if (series === undefined) byFlags.set(flags, (series = this.#seriesOf(destination, status, grpcStatus, flags)));
        series.requests?.of(record).add();
        if (series.durations !== undefined) {
            const durations = series.durations.of(record);
            showTrace(durations, durations.observe(record.duration), record.duration, record);
        }
        series.requestBytes?.of(record).observe(request.headBytes + record.bytesReceived);
        series.responseBytes?.of(record).observe(answerBytes(record) + record.bytesSent);
    }

    #report(destination: DestinationSeries, record: RequestRecord | undefined, messages: GrpcMessages): void {
        const series = (destination.messages ??= {
            requests: this.#metrics.counterPlace("GRPC_REQUEST_MESSAGES", destination.ends),
            responses: this.#metrics.counterPlace("GRPC_RESPONSE_MESSAGES", destination.ends),
        });
        const requests = record === undefined ? series.requests?.only : series.requests?.of(record);
        const responses = record === undefined ? series.responses?.only : series.responses?.of(record);
        if (requests !== undefined) messages.requests.report(requests);
        if (responses !== undefined) messages.responses.report(responses);
    }

    #destination(cluster: string, routeName: string, workload: string): DestinationSeries {
        const key = cluster === "" ? nobodyBy(routeName) : cluster;
        const ofCluster = this.#clusters.get(key) ?? this.#learn(this.#clusters, key, key, "");
        return workload === ""
            ? ofCluster
            : (ofCluster.workloads.get(workload) ?? this.#learn(ofCluster.workloads, workload, key, workload));
    }

    #learn(into: Map<string, DestinationSeries>, as: string, cluster: string, workload: string): DestinationSeries {
        const ends = endsOf(this.#source, cluster, workload);
        const made: DestinationSeries = { ends, byStatus: new Map(), messages: undefined, workloads: new Map() };
        // What has left the configuration is not remembered for ever; series are found again by their labels.
        if (into.size >= MOST_REMEMBERED) into.clear();
        into.set(as, made);
        return made;
    }

    #seriesOf({ ends }: DestinationSeries, status: number, grpcStatus: string | undefined, flags: string): RequestSeries {
        const values = [
            ...ends,
            grpcStatus === undefined ? "http" : "grpc",
            String(status),
            grpcStatus ?? "",
            flags === "" ? "-" : flags,
            SECURITY,
        ];
        const metrics = this.#metrics;
        return {
            requests: metrics.counterPlace("REQUEST_COUNT", values),
            durations: metrics.histogramPlace("REQUEST_DURATION", values),
            requestBytes: metrics.histogramPlace("REQUEST_SIZE", values),
            responseBytes: metrics.histogramPlace("RESPONSE_SIZE", values),
        };
    }
}

/** As it is forwarded: gRPC-Web is a call where it was made one (Istio's stats filter stands behind Envoy's grpc_web). */
function isCall(headers: HeaderList): boolean {
    const type = firstValue(headers, "content-type");
    return type !== undefined && isGrpcType(type);
}

/** As HTTP/1.1 writes it. */
function headBytesOf({ method, path, authority, headers }: StartedRequest): number {
    return REQUEST_LINE_BYTES + method.length + path.length + HOST_BYTES + authority.length + listBytes(headers);
}

function answerBytes({ status, responseHeaders }: RequestRecord): number {
    return status === 0 ? 0 : STATUS_LINE_BYTES + listBytes(responseHeaders);
}

function listBytes(headers: readonly string[]): number {
    let sum = headers.length * (HEADER_BYTES / 2);
    for (let at = 0; at < headers.length; at++) sum += headers[at]!.length;
    return sum;
}
