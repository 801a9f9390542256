/** Requests and connections as they are told of, and Istio's metrics of them. */
import {
    samplesOf,
    type ConnectionRecord,
    type OpenedConnection,
    type RequestRecord,
    type StartedRequest,
} from "../../../../proxy/telemetry";
import { IstioMetrics, metricsSource, type TagCompilers } from "../../../../proxy/telemetry";
import { MetricRegistry } from "../../../../proxy/telemetry/registry";
import { NO_MARKS } from "../../../../proxy/tables";

export const WEB = "outbound|80||web.shop.svc.cluster.local";

export const RECORD = {
    start: 0,
    duration: 12,
    status: 200,
    flags: "",
    details: "via_upstream",
    bytesReceived: 5,
    bytesSent: 100,
    requestHeaders: [],
    responseHeaders: [],
    responseTrailers: undefined,
    routeName: "default",
    cluster: WEB,
    upstreamWorkload: "",
    policyMarks: NO_MARKS,
} as unknown as RequestRecord;

export const CONNECTION = {
    flags: "",
    details: "",
    cluster: WEB,
    upstreamWorkload: "",
    bytesReceived: 0,
    bytesSent: 0,
    policyMarks: NO_MARKS,
} as unknown as ConnectionRecord;

/** Expressions are names of fields of the record. */
export const FIELDS: TagCompilers = {
    requests: (expression) => (/^\w+$/.test(expression) ? (record) => text(record, expression) : "no field"),
    connections: (expression) => (/^\w+$/.test(expression) ? (record) => text(record, expression) : "no field"),
};

function text(record: object, field: string): string | undefined {
    const value = (record as Record<string, unknown>)[field];
    return value === undefined || value === "" ? undefined : String(value as string);
}

export class Played {
    readonly registry = new MetricRegistry();
    readonly metrics = new IstioMetrics(this.registry, FIELDS);

    constructor(labels: Readonly<Record<string, string>> = {}) {
        this.metrics.source = metricsSource(labels, "edge", "public");
    }

    request(more: Partial<RequestRecord> = {}, headers: string[] = [], given: Partial<StartedRequest> = {}): StartedRequest {
        const record = { ...RECORD, requestHeaders: headers, ...more };
        const request = {
            method: "GET",
            path: "/",
            authority: "web.test",
            headers,
            headBytes: 0,
            messages: undefined,
            destination: { cluster: record.cluster },
            ...given,
        } as StartedRequest;
        this.metrics.requestStarted(request);
        this.metrics.requestFinished(record, request);
        return request;
    }

    connection(more: Partial<ConnectionRecord> = {}): void {
        const opened: OpenedConnection = { ...CONNECTION, ...more };
        this.metrics.tcpOpened(opened);
        this.metrics.tcpClosed({ ...CONNECTION, ...more }, opened);
    }

    /** By the name of the sample, of those whose names begin so. */
    samples(begin: string): Readonly<Record<string, number>> {
        return Object.fromEntries(samplesOf(this.registry.counts()).filter(([name]) => name.startsWith(begin)));
    }

    /** The labels of the only series of a metric. */
    labels(metric: string): Readonly<Record<string, string>> {
        const family = this.registry.counts().find(({ name }) => name === metric)!;
        if (family.series.length !== 1) throw new Error(`${metric} has ${family.series.length} series`);
        return Object.fromEntries(family.labels.map((name, at) => [name, family.series[0]![0][at]!]));
    }

    /** The values of one label, with the number of each series. */
    by(metric: string, label: string): Readonly<Record<string, number>> {
        const family = this.registry.counts().find(({ name }) => name === metric);
        const at = family?.labels.indexOf(label) ?? -1;
        return Object.fromEntries((family?.series ?? []).map(([values, numbers]) => [values[at] ?? "", numbers[0] ?? 0]));
    }
}
