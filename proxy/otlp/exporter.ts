/**
 * Sends records to one collector, in the background: those that wait are bounded in number and bytes, one batch is under way
 * at once, and what can't be taken is sent again for a while. Whoever tells a record never waits, and never hears of it again;
 * what is lost is counted.
 */
import { grpcFrame, GRPC_TYPE } from "../http/grpc";
import { writeDeadline } from "../http/grpc-timeout";
import type { HeaderList } from "../http/doors";
import type { CollectorEntry } from "../tables";
import { WholeCall, type CallOutcome, type Cluster } from "../upstream";
import { environmentAttributes, otlpBatch, zipkinBatch, type Attributes } from "./batch";
import { judgeAnswer, type Judgement } from "./judge";

export type Signal = "traces" | "logs";
/** `full`: there was no room. `unavailable`: it was not taken for long. `refused`: the collector does not want it. `ended`: so did the proxy. */
export type DropReason = "full" | "unavailable" | "refused" | "ended";

export interface SendingServices {
    readonly cluster: (key: string) => Cluster | undefined;
    /** In [0, 1). */
    readonly random: () => number;
    readonly environment: Readonly<Record<string, string | undefined>>;
    readonly sent: (exporter: Exporter, count: number) => void;
    readonly dropped: (exporter: Exporter, reason: DropReason, count: number) => void;
    /** `problem` is another one. */
    readonly changed: (exporter: Exporter) => void;
}

export interface ExportBounds {
    readonly maxRecords: number;
    readonly maxBytes: number;
    readonly batchRecords: number;
    readonly batchBytes: number;
    /** A record waits so long for others. */
    readonly flushMs: number;
    readonly firstBackoffMs: number;
    readonly longestBackoffMs: number;
    /** A batch is tried so often. */
    readonly attempts: number;
    /** What is wrong is said in other words at most so often. */
    readonly wordsMs: number;
}

export const BOUNDS: ExportBounds = {
    maxRecords: 4_096,
    maxBytes: 8 * 1024 * 1024,
    batchRecords: 512,
    batchBytes: 1024 * 1024,
    flushMs: 1_000,
    firstBackoffMs: 1_000,
    longestBackoffMs: 30_000,
    attempts: 6,
    wordsMs: 60_000,
};

const GRPC_PATHS: Readonly<Record<Signal, string>> = {
    traces: "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
    logs: "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
};
const MAX_ANSWER_BYTES = 64 * 1024;
const SCOPE = "gatehouse";

interface Batch {
    readonly body: Buffer;
    readonly count: number;
    attempts: number;
}

export class Exporter {
    readonly signal: Signal;
    readonly collector: CollectorEntry;
    /** Why the last batch was not taken; empty: it was, or there was none. */
    problem = "";
    #saidAt = 0;
    readonly #services: SendingServices;
    readonly #bounds: ExportBounds;
    readonly #resource: Attributes;
    #queue: Buffer[] = [];
    #bytes = 0;
    #batch: Batch | undefined = undefined;
    #call: WholeCall | undefined = undefined;
    #timer: NodeJS.Timeout | undefined = undefined;
    /** Failures in a row, over all batches: who is down is asked seldom. */
    #failures = 0;
    #ended: (() => void) | undefined = undefined;

    constructor(signal: Signal, collector: CollectorEntry, services: SendingServices, bounds: Partial<ExportBounds> = {}) {
        this.signal = signal;
        this.collector = collector;
        this.#services = services;
        this.#bounds = { ...BOUNDS, ...bounds };
        const { resource, hasEnvironment } = collector;
        const more = hasEnvironment ? environmentAttributes(services.environment["OTEL_RESOURCE_ATTRIBUTES"] ?? "") : [];
        const own = new Set(resource.map(([name]) => name));
        this.#resource = [...resource, ...more.filter(([name]) => !own.has(name))];
    }

    /** There is enough for a batch. */
    get #isFull(): boolean {
        return this.#queue.length >= this.#bounds.batchRecords || this.#bytes >= this.#bounds.batchBytes;
    }

    get waiting(): number {
        return this.#queue.length + (this.#batch?.count ?? 0);
    }

    /** A Span or a LogRecord, as it is written. */
    push(record: Buffer): void {
        const { maxRecords, maxBytes, flushMs } = this.#bounds;
        if (this.#queue.length >= maxRecords || this.#bytes + record.length > maxBytes) return this.#services.dropped(this, "full", 1);
        const wasFull = this.#isFull;
        this.#queue.push(record);
        this.#bytes += record.length;
        if (this.#call !== undefined || this.#batch !== undefined) return;
        if (this.#timer === undefined) this.#at(flushMs);
        else if (this.#failures === 0 && !wasFull && this.#isFull) this.#at(0);
    }

    /** What is there is sent, within so long; then nothing is any more. */
    async finish(withinMs: number): Promise<void> {
        if (this.waiting > 0) {
            const timer = setTimeout(() => this.#ended?.(), withinMs);
            await new Promise<void>((resolve) => {
                this.#ended = resolve;
                if (this.#call === undefined) this.#at(0);
            });
            clearTimeout(timer);
        }
        this.close();
    }

    close(): void {
        clearTimeout(this.#timer);
        this.#timer = undefined;
        this.#call?.giveUp();
        this.#call = undefined;
        const left = this.waiting;
        this.#queue = [];
        this.#bytes = 0;
        this.#batch = undefined;
        if (left > 0) this.#services.dropped(this, "ended", left);
    }

    next(): void {
        this.#timer = undefined;
        this.#batch ??= this.#take();
        const batch = this.#batch;
        if (batch === undefined) return this.#ended?.();
        const cluster = this.#services.cluster(this.collector.cluster);
        batch.attempts++;
        if (cluster === undefined) return this.#judged(batch, { kind: "again", afterMs: 0, why: "its service is not there" });
        const { protocol } = this.collector;
        this.#call = new WholeCall(this.#question(cluster, batch.body), (outcome: CallOutcome) => {
            this.#call = undefined;
            this.#judged(batch, judgeAnswer(outcome, protocol === "otlp-grpc", protocol === "otlp-http", Date.now()));
        });
        this.#call.start();
    }

    #take(): Batch | undefined {
        const { batchRecords, batchBytes } = this.#bounds;
        let count = 0;
        let bytes = 0;
        while (count < this.#queue.length && count < batchRecords && (count === 0 || bytes + this.#queue[count]!.length <= batchBytes))
            bytes += this.#queue[count++]!.length;
        if (count === 0) return undefined;
        const records = this.#queue.splice(0, count);
        this.#bytes -= bytes;
        const body = this.collector.protocol === "zipkin" ? zipkinBatch(records) : otlpBatch(this.#resource, SCOPE, records);
        return { body, count, attempts: 0 };
    }

    #question(cluster: Cluster, body: Buffer): ConstructorParameters<typeof WholeCall>[0] {
        const { authority, protocol, path, timeoutMs } = this.collector;
        const isGrpc = protocol === "otlp-grpc";
        const type = isGrpc ? GRPC_TYPE : protocol === "zipkin" ? "application/json" : "application/x-protobuf";
        const framing = isGrpc ? ["te", "trailers", "grpc-timeout", writeDeadline(timeoutMs)] : [];
        return {
            cluster,
            method: "POST",
            authority,
            path: isGrpc ? GRPC_PATHS[this.signal] : path,
            headers: [...framing, "content-type", type, "user-agent", "gatehouse", ...this.#headers()],
            body: isGrpc ? grpcFrame(body) : body,
            http2: isGrpc,
            timeoutMs,
            maxBytes: MAX_ANSWER_BYTES,
            wantsBody: ({ status }) => status >= 200 && status < 300,
        };
    }

    /** A variable that is not there has nothing to say. */
    #headers(): HeaderList {
        return this.collector.headers.flatMap(({ name, value, envName }) => {
            const said = value ?? this.#services.environment[envName ?? ""];
            return said === undefined || said === "" ? [] : [name, said];
        });
    }

    #judged(batch: Batch, judgement: Judgement): void {
        const { attempts, flushMs } = this.#bounds;
        switch (judgement.kind) {
            case "taken": {
                const rejected = Math.min(batch.count, judgement.rejected);
                this.#services.sent(this, batch.count - rejected);
                if (rejected > 0) this.#services.dropped(this, "refused", rejected);
                this.#failures = 0;
                this.#settle(
                    rejected > 0 ? `it does not take some records${judgement.message === "" ? "" : `: ${judgement.message}`}` : "",
                );
                break;
            }
            case "refused":
                this.#services.dropped(this, "refused", batch.count);
                this.#failures++;
                this.#settle(judgement.why);
                break;
            case "again": {
                this.#failures++;
                if (batch.attempts >= attempts || this.#ended !== undefined) {
                    this.#services.dropped(this, "unavailable", batch.count);
                    this.#batch = undefined;
                }
                // One failure that passes is nobody's trouble.
                if (this.#failures > 1) this.#say(judgement.why);
                // Whoever ends does not wait for who is down.
                if (this.#ended !== undefined) return this.#ended();
                return this.#at(Math.max(this.#backoff(), judgement.afterMs));
            }
            default:
                return judgement satisfies never;
        }
        // Who refuses all is not asked as often as there are requests.
        if (this.#ended !== undefined || (this.#isFull && this.#failures === 0)) this.#at(0);
        else if (this.#queue.length > 0) this.#at(this.#failures === 0 ? flushMs : Math.max(flushMs, this.#backoff()));
    }

    #settle(problem: string): void {
        this.#batch = undefined;
        this.#say(problem);
    }

    #say(problem: string): void {
        if (problem === this.problem) return;
        // The words may be the collector's, and others each time: that is no news.
        const now = performance.now();
        if (problem !== "" && this.problem !== "" && now - this.#saidAt < this.#bounds.wordsMs) return;
        this.problem = problem;
        this.#saidAt = now;
        this.#services.changed(this);
    }

    /** Doubled with each failure, and up to a half shorter, so that not all proxies come at once. */
    #backoff(): number {
        const { firstBackoffMs, longestBackoffMs } = this.#bounds;
        const most = Math.min(longestBackoffMs, firstBackoffMs * 2 ** Math.min(16, this.#failures - 1));
        return most * (1 - this.#services.random() / 2);
    }

    #at(ms: number): void {
        clearTimeout(this.#timer);
        this.#timer = setTimeout(nextBatch, ms, this).unref();
    }
}

function nextBatch(exporter: Exporter): void {
    exporter.next();
}
