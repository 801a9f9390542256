/**
 * The access logs of a worker: for each entry of the tables a format, a filter, and where its lines go. Off unless there is
 * one. Entries that have the same file share it; records for a collector wait with its exporter.
 */
import { shownCel } from "../../istio/cel";
import type { HandshakeInfo } from "../http/doors";
import type { AccessLogEntry, CollectorEntry, Origin } from "../tables";
import type { ConnectionRecord, Observer, OpenedConnection, RequestRecord, StartedRequest } from "../telemetry";
import { compileFilter, type Filter } from "./filter";
import type { Exporter } from "../otlp";
import { lineOutput, recordOutput, type LogOutput } from "./outputs";
import { openSink, type LineSink } from "./sink";

/** What is to be said of a log. */
export interface LogProblem {
    readonly kind: "filter" | "attribute" | "sink";
    readonly origin: Origin;
    readonly text: string;
}

interface OpenLog {
    readonly entry: AccessLogEntry;
    readonly output: LogOutput;
    readonly filter: Filter | undefined;
    /** Absent: what is told goes to a collector. */
    readonly sink: LineSink | undefined;
    readonly problems: readonly LogProblem[];
}

type OpenSink = (path: string, onChange: () => void) => LineSink;

/** The exporters of these collectors, in their order; those of others end. */
type UseExporters = (collectors: readonly CollectorEntry[]) => readonly Exporter[];

export class AccessLog implements Observer {
    readonly #openSink: OpenSink;
    readonly #exporters: UseExporters;
    readonly #onProblem: () => void;
    readonly #sinks = new Map<string, LineSink>();
    #logs: readonly OpenLog[] = [];
    #entries: ReadonlyMap<string, AccessLogEntry> = new Map();
    #wantsTls = false;
    /** By sinks that are closed. */
    #droppedBefore = 0;

    /** `onProblem`: what `problems` says has changed by itself. */
    constructor(onProblem: () => void = () => undefined, open: OpenSink = openSink, exporters: UseExporters = () => []) {
        this.#exporters = exporters;
        this.#onProblem = onProblem;
        this.#openSink = open;
    }

    configure(entries: ReadonlyMap<string, AccessLogEntry>): void {
        if (entries === this.#entries) return;
        this.#entries = entries;
        const before = new Map(this.#logs.map((log) => [log.entry, log]));
        const all = [...entries.values()];
        const collectors = all.flatMap(({ to }) => (to.kind === "otlp" ? [to.collector] : []));
        const exporters = this.#exporters(collectors);
        this.#logs = all.map((entry) => {
            const { to } = entry;
            return before.get(entry) ?? this.#open(entry, to.kind === "otlp" ? exporters[collectors.indexOf(to.collector)] : undefined);
        });
        this.#wantsTls = this.#logs.some(({ output, filter }) => output.wantsTls || filter?.wantsTls === true);
        const paths = new Set(all.flatMap(({ to }) => (to.kind === "file" ? [to.path] : [])));
        for (const [path, sink] of this.#sinks) {
            if (paths.has(path)) continue;
            this.#droppedBefore += sink.dropped;
            this.#sinks.delete(path);
            sink.close();
        }
    }

    #open(entry: AccessLogEntry, exporter: Exporter | undefined): OpenLog {
        const { to } = entry;
        const sink = to.kind === "file" ? this.#sinkOf(to.path) : undefined;
        const output = to.kind === "otlp" ? recordOutput(to, exporter) : lineOutput(to, this.#sinkOf(to.path));
        const filter = entry.filter === "" ? undefined : compileFilter(entry.filter);
        const origin = entry.filterOrigin ?? entry.origin;
        const isNone = typeof filter === "string";
        const shown = shownCel(entry.filter);
        const problems: LogProblem[] = isNone
            ? [{ kind: "filter", origin, text: `The filter ${shown} is not understood (${filter}); every request is logged.` }]
            : (filter?.unknown ?? []).map((name) => ({
                  kind: "attribute",
                  origin,
                  text: `The filter ${shown} names ${name}, which nothing is called: what comes to it is not logged.`,
              }));
        return { entry, output, filter: isNone ? undefined : filter, sink, problems };
    }

    #sinkOf(path: string): LineSink {
        const open = this.#sinks.get(path);
        if (open !== undefined) return open;
        const sink = this.#openSink(path, this.#onProblem);
        this.#sinks.set(path, sink);
        return sink;
    }

    requestStarted({ connection: { tls } }: StartedRequest): void {
        if (this.#wantsTls && tls !== undefined) readHandshake(tls);
    }

    tcpOpened({ tls }: OpenedConnection): void {
        if (this.#wantsTls && tls !== undefined) readHandshake(tls);
    }

    requestFinished(record: RequestRecord): void {
        for (const { filter, output } of this.#logs) if (filter === undefined || filter.request(record)) output.request(record);
    }

    tcpClosed(record: ConnectionRecord): void {
        for (const { filter, output } of this.#logs) if (filter === undefined || filter.connection(record)) output.connection(record);
    }

    connectionRefused(record: ConnectionRecord): void {
        this.tcpClosed(record);
    }

    /** Whoever moves files away says so. */
    reopen(): void {
        for (const sink of this.#sinks.values()) sink.reopen();
    }

    /** Before the process ends. */
    flush(): void {
        for (const sink of this.#sinks.values()) sink.flushSync();
    }

    get dropped(): number {
        let dropped = this.#droppedBefore;
        for (const sink of this.#sinks.values()) dropped += sink.dropped;
        return dropped;
    }

    /** Lost lines by where they should have gone. */
    droppedBySink(): readonly (readonly [path: string, dropped: number])[] {
        return [...this.#sinks].map(([path, sink]) => [path, sink.dropped] as const);
    }

    get problems(): readonly LogProblem[] {
        return this.#logs.flatMap(({ entry, sink, problems }) =>
            sink === undefined || entry.to.kind !== "file" || sink.problem === ""
                ? problems
                : [
                      ...problems,
                      {
                          kind: "sink" as const,
                          origin: entry.origin,
                          text: `Lines for ${entry.to.path} are lost: ${sink.problem}. Traffic goes on, and so does the log once it can.`,
                      },
                  ],
        );
    }
}

/** Once the connection is gone nobody can tell any more. */
function readHandshake(tls: HandshakeInfo): void {
    void (tls.version + tls.cipher + String(tls.peer === tls.local));
}
