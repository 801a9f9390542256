/**
 * Istio's metrics of connections whose bytes are passed on as they are: reported from time to time while they are open, and
 * at their end. What Istio reports with the first bytes is told here once it is known where a connection leads.
 */
import type { ConnectionRecord, OpenedConnection } from "../connection-record";
import type { Counter } from "../instruments";
import type { DefinedMetrics } from "./defined-metrics";
import { endsOf, SECURITY, type MetricsSource } from "./labels";
import type { SeriesPlace } from "./metric-shapes";

/** Destinations that are looked up by their labels once. */
const MOST_REMEMBERED = 20_000;

interface ConnectionSeries {
    readonly opened: SeriesPlace<Counter, ConnectionRecord> | undefined;
    readonly closed: SeriesPlace<Counter, ConnectionRecord> | undefined;
    readonly sent: SeriesPlace<Counter, ConnectionRecord> | undefined;
    readonly received: SeriesPlace<Counter, ConnectionRecord> | undefined;
}

/** What was reported of an open one. */
interface Reported {
    opened: boolean;
    sent: number;
    received: number;
}

export class ConnectionMetrics {
    readonly #metrics: DefinedMetrics;
    readonly #source: MetricsSource;
    readonly #open: Map<OpenedConnection, Reported>;
    /** By cluster, workload and flags. */
    readonly #series = new Map<string, Map<string, ConnectionSeries>>();

    /** `before`: whose open connections are counted on. */
    constructor(metrics: DefinedMetrics, source: MetricsSource, before?: ConnectionMetrics) {
        this.#metrics = metrics;
        this.#source = source;
        this.#open = before ? before.#open : new Map();
    }

    opened(connection: OpenedConnection): void {
        this.#open.set(connection, { opened: false, sent: 0, received: 0 });
    }

    /** Of those that are open. What expressions ask of is known at their end. */
    report(): void {
        for (const [connection, reported] of this.#open) {
            const progress = connection.progress?.();
            if (progress === undefined || progress.upstreamHost === "") continue;
            const { sent, received, opened } = this.#seriesOf(progress, "");
            if (!reported.opened && opened?.only) {
                opened.only.add();
                reported.opened = true;
            }
            if (sent?.only && progress.bytesSent > reported.sent) {
                sent.only.add(progress.bytesSent - reported.sent);
                reported.sent = progress.bytesSent;
            }
            if (received?.only && progress.bytesReceived > reported.received) {
                received.only.add(progress.bytesReceived - reported.received);
                reported.received = progress.bytesReceived;
            }
        }
    }

    closed(record: ConnectionRecord, connection: OpenedConnection): void {
        const reported = this.#open.get(connection) ?? { opened: false, sent: 0, received: 0 };
        this.#open.delete(connection);
        const { opened, closed, sent, received } = this.#seriesOf(record, record.flags);
        if (!reported.opened) opened?.of(record).add();
        closed?.of(record).add();
        sent?.of(record).add(record.bytesSent - reported.sent);
        received?.of(record).add(record.bytesReceived - reported.received);
    }

    #seriesOf({ cluster, upstreamWorkload }: Pick<ConnectionRecord, "cluster" | "upstreamWorkload">, flags: string): ConnectionSeries {
        // No name of a cluster and no workload has a line end.
        const destination = upstreamWorkload === "" ? cluster : `${cluster}\n${upstreamWorkload}`;
        let byFlags = this.#series.get(destination);
        if (byFlags === undefined) {
            // What has left the configuration is not remembered for ever; series are found again by their labels.
            if (this.#series.size >= MOST_REMEMBERED) this.#series.clear();
            this.#series.set(destination, (byFlags = new Map()));
        }
        let series = byFlags.get(flags);
        if (series === undefined) byFlags.set(flags, (series = this.#make(cluster, upstreamWorkload, flags)));
        return series;
    }

    #make(cluster: string, workload: string, flags: string): ConnectionSeries {
        const values = [...endsOf(this.#source, cluster, workload), "tcp", flags === "" ? "-" : flags, SECURITY];
        return {
            opened: this.#metrics.connectionPlace("TCP_OPENED_CONNECTIONS", values),
            closed: this.#metrics.connectionPlace("TCP_CLOSED_CONNECTIONS", values),
            sent: this.#metrics.connectionPlace("TCP_SENT_BYTES", values),
            received: this.#metrics.connectionPlace("TCP_RECEIVED_BYTES", values),
        };
    }
}
