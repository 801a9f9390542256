/** Istio's standard metrics, as the configuration of the moment wants them. One whose labels are others begins anew, with what is open. */
import { ISTIO_METRICS, type IstioMetricName } from "../../../istio/semantics/standard-metrics";
import type { MetricsEntry } from "../../tables";
import type { ConnectionRecord, OpenedConnection } from "../connection-record";
import type { Observer } from "../observers";
import type { MetricRegistry } from "../registry";
import type { RequestRecord, StartedRequest } from "../request-record";
import { ConnectionMetrics } from "./connection-metrics";
import { DefinedMetrics, type TagCompilers, type TagProblem } from "./defined-metrics";
import { NOBODY, type MetricsSource } from "./labels";
import { RequestMetrics } from "./request-metrics";

/** Istio's, of what is open. */
const REPORTING_MS = 5_000;

/** What is counted where nobody says otherwise. */
export const ALL_ISTIO_METRICS: MetricsEntry = {
    key: "default",
    reportingMs: REPORTING_MS,
    metrics: (Object.keys(ISTIO_METRICS) as IstioMetricName[]).map((metric) => ({ metric, tags: [] })),
};

export class IstioMetrics implements Observer {
    readonly #registry: MetricRegistry;
    readonly #compilers: TagCompilers;
    #source = NOBODY;
    #entry: MetricsEntry | undefined;
    #defined: DefinedMetrics | undefined;
    #requests: RequestMetrics | undefined;
    #connections: ConnectionMetrics | undefined;
    #timer: NodeJS.Timeout | undefined;

    constructor(registry: MetricRegistry, compilers: TagCompilers) {
        this.#registry = registry;
        this.#compilers = compilers;
    }

    /** Who counts; said before anything is counted. */
    set source(source: MetricsSource) {
        this.#source = source;
    }

    /** Expressions that can't be read, and why: their tags are left out. */
    get problems(): readonly TagProblem[] {
        return this.#defined?.problems ?? [];
    }

    /** What is open goes on being counted, in the series of the new one. */
    configure(entry: MetricsEntry = ALL_ISTIO_METRICS): void {
        if (entry === this.#entry) return;
        this.#entry = entry;
        const defined = new DefinedMetrics(this.#registry, entry.metrics, this.#compilers, this.#defined);
        this.#defined = defined;
        this.#requests = new RequestMetrics(defined, this.#source, this.#requests);
        this.#connections = new ConnectionMetrics(defined, this.#source, this.#connections);
        clearInterval(this.#timer);
        this.#timer = setInterval(() => this.report(), entry.reportingMs).unref();
    }

    requestStarted(request: StartedRequest): void {
        this.#requests?.started(request);
    }

    requestFinished(record: RequestRecord, request: StartedRequest): void {
        this.#requests?.finished(record, request);
    }

    tcpOpened(connection: OpenedConnection): void {
        this.#connections?.opened(connection);
    }

    tcpClosed(record: ConnectionRecord, connection: OpenedConnection): void {
        this.#connections?.closed(record, connection);
    }

    report(): void {
        this.#requests?.report();
        this.#connections?.report();
    }
}
