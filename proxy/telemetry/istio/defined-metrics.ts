/** Istio's standard metrics as one configuration wants them: defined in the registry, each with its own labels. */
import { isDeepStrictEqual } from "node:util";
import { ISTIO_METRICS, type IstioMetricName } from "../../../istio/semantics/standard-metrics";
import type { MetricsEntry, MetricTagEntry } from "../../tables";
import type { ConnectionRecord } from "../connection-record";
import type { Counter, Histogram } from "../instruments";
import type { Labelled } from "../labelled";
import type { MetricRegistry } from "../registry";
import type { RequestRecord } from "../request-record";
import { LABELS } from "./labels";
import { SeriesPlace, Shape, type TagCompiler } from "./metric-shapes";

/** Of Istio's histograms each series has two dozen lines of some 700 bytes. */
const MAX_HISTOGRAMS = 1_000;
const MAX_COUNTERS = 10_000;

type Histograms = "REQUEST_DURATION" | "REQUEST_SIZE" | "RESPONSE_SIZE";
type OfConnections = "TCP_OPENED_CONNECTIONS" | "TCP_CLOSED_CONNECTIONS" | "TCP_SENT_BYTES" | "TCP_RECEIVED_BYTES";
type OfRequests = Exclude<IstioMetricName, Histograms | OfConnections>;

const HELP: Readonly<Record<IstioMetricName, string>> = {
    REQUEST_COUNT: "requests that are over",
    REQUEST_DURATION: "how long they took, in milliseconds",
    REQUEST_SIZE: "bytes of requests, heads and bodies",
    RESPONSE_SIZE: "bytes of responses, heads and bodies",
    GRPC_REQUEST_MESSAGES: "messages that clients sent in gRPC calls",
    GRPC_RESPONSE_MESSAGES: "messages that were sent to clients in gRPC calls",
    TCP_OPENED_CONNECTIONS: "connections whose bytes are passed on as they are, when they were opened",
    TCP_CLOSED_CONNECTIONS: "the same, when they were closed",
    TCP_SENT_BYTES: "bytes that were sent to clients on these connections",
    TCP_RECEIVED_BYTES: "bytes that came of clients on these connections",
};

/** What reads expressions, of both kinds of subjects. */
export interface TagCompilers {
    readonly requests: TagCompiler<RequestRecord>;
    readonly connections: TagCompiler<ConnectionRecord>;
}

export interface TagProblem {
    readonly tag: MetricTagEntry;
    readonly why: string;
}

interface Defined<Subject> {
    readonly shape: Shape<Subject>;
    readonly metric: Labelled<Counter> | Labelled<Histogram>;
}

export class DefinedMetrics {
    readonly #registry: MetricRegistry;
    readonly #requests = new Map<IstioMetricName, Defined<RequestRecord>>();
    readonly #connections = new Map<IstioMetricName, Defined<ConnectionRecord>>();
    /** Of one expression once, however many metrics have it. */
    readonly problems: TagProblem[] = [];

    /** `before`: what was counted until now. A metric that has the same labels still goes on; no other is told any more. */
    constructor(registry: MetricRegistry, metrics: MetricsEntry["metrics"], compilers: TagCompilers, before?: DefinedMetrics) {
        this.#registry = registry;
        const problem = (tag: MetricTagEntry, why: string): void => {
            const isKnown = this.problems.some((one) => isDeepStrictEqual(one.tag.origin, tag.origin));
            if (!isKnown) this.problems.push({ tag, why });
        };
        for (const one of metrics) {
            const { metric: name } = one;
            const { connections, requests } = compilers;
            const known = before === undefined ? undefined : before.#labelled(name);
            if (isOfConnections(name))
                this.#connections.set(name, this.#define(name, new Shape(LABELS.tcp, one, connections, problem), known));
            else this.#requests.set(name, this.#define(name, new Shape(requestLabels(name), one, requests, problem), known));
        }
        for (const name of before === undefined ? [] : before.#names()) if (!this.has(name)) registry.forget(ISTIO_METRICS[name]);
    }

    has(name: IstioMetricName): boolean {
        return this.#requests.has(name) || this.#connections.has(name);
    }

    counterPlace(name: OfRequests, standard: readonly string[]): SeriesPlace<Counter, RequestRecord> | undefined {
        const defined = this.#requests.get(name);
        return defined && new SeriesPlace(defined.shape, defined.metric as Labelled<Counter>, standard);
    }

    histogramPlace(name: Histograms, standard: readonly string[]): SeriesPlace<Histogram, RequestRecord> | undefined {
        const defined = this.#requests.get(name);
        return defined && new SeriesPlace(defined.shape, defined.metric as Labelled<Histogram>, standard);
    }

    connectionPlace(name: OfConnections, standard: readonly string[]): SeriesPlace<Counter, ConnectionRecord> | undefined {
        const defined = this.#connections.get(name);
        return defined && new SeriesPlace(defined.shape, defined.metric as Labelled<Counter>, standard);
    }

    #names(): readonly IstioMetricName[] {
        return [...this.#requests.keys(), ...this.#connections.keys()];
    }

    #labelled(name: IstioMetricName): Labelled<Counter> | Labelled<Histogram> | undefined {
        return (this.#requests.get(name) ?? this.#connections.get(name))?.metric;
    }

    #define<Subject>(name: IstioMetricName, shape: Shape<Subject>, known: Defined<Subject>["metric"] | undefined): Defined<Subject> {
        if (known && isDeepStrictEqual(known.definition.labels, shape.labels)) return { shape, metric: known };
        const [exposed, help] = [ISTIO_METRICS[name], HELP[name]];
        if (known) this.#registry.forget(exposed);
        const metric = isHistogram(name)
            ? this.#registry.histograms(exposed, help, shape.labels, undefined, MAX_HISTOGRAMS)
            : this.#registry.counters(exposed, help, shape.labels, MAX_COUNTERS);
        return { shape, metric };
    }
}

function requestLabels(name: OfRequests | Histograms): readonly string[] {
    return name === "GRPC_REQUEST_MESSAGES" || name === "GRPC_RESPONSE_MESSAGES" ? LABELS.messages : LABELS.http;
}

function isHistogram(name: IstioMetricName): name is Histograms {
    return name === "REQUEST_DURATION" || name === "REQUEST_SIZE" || name === "RESPONSE_SIZE";
}

function isOfConnections(name: IstioMetricName): name is OfConnections {
    return name.startsWith("TCP_");
}
