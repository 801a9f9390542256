/** Makes spans of requests that are over, and gives them to the exporter of their collector. Watches like any other observer. */
import os from "node:os";
import { wireText } from "../../istio/wire-text";
import { headerValue } from "../http/header-list";
import type { Exporter } from "../otlp";
import type { TraceTagEntry, TracingEntry } from "../tables";
import type { Observer, RequestRecord } from "../telemetry";
import { operationName, otlpSpan, spansOf, zipkinSpan, type Tag } from "./spans";
import { Trace } from "./trace";

type Environment = Readonly<Record<string, string | undefined>>;

/** Of a value, as Envoy cuts none, but a client's header may be long. */
const MOST_TAG = 1_024;

export class SpanReporter implements Observer {
    readonly #environment: Environment;
    #exporter: Exporter | undefined = undefined;
    #entry: TracingEntry | undefined = undefined;
    #nodeId = "";

    constructor(environment: Environment = process.env) {
        this.#environment = environment;
    }

    /** From now on. */
    configure(entry: TracingEntry | undefined, exporter: Exporter | undefined): void {
        this.#entry = entry;
        this.#exporter = exporter;
        this.#nodeId = entry === undefined ? "" : nodeId(entry, this.#environment);
    }

    requestFinished(record: RequestRecord): void {
        const { trace } = record;
        if (trace === undefined || !trace.sampled || !(trace instanceof Trace)) return;
        const exporter = this.#exporter;
        if (exporter === undefined || this.#entry === undefined) return;
        const { tags, collector } = trace.entry;
        const custom = tags.flatMap((tag): Tag[] => {
            const value = this.#valueOf(tag, record);
            return value === undefined ? [] : [[wireText(tag.name), value]];
        });
        const service = collector.resource.find(([name]) => name === "service.name")?.[1] ?? "";
        const isZipkin = exporter.collector.protocol === "zipkin";
        for (const span of spansOf(record, trace, this.#nodeId, operationOf(record), custom))
            exporter.push(isZipkin ? zipkinSpan(trace, span, service) : otlpSpan(trace, span));
    }

    /** Undefined: there is none to tell. */
    #valueOf(tag: TraceTagEntry, { requestHeaders }: RequestRecord): string | undefined {
        switch (tag.kind) {
            case "literal":
                return wireText(tag.value);
            case "environment":
                return told(wireText(this.#environment[tag.variable] ?? tag.otherwise));
            case "header":
                return told((headerValue(requestHeaders, tag.header) ?? wireText(tag.otherwise)).slice(0, MOST_TAG));
            default:
                return tag satisfies never;
        }
    }
}

function told(text: string): string | undefined {
    return text === "" ? undefined : text;
}

/** Empty: it was not led anywhere by a rule. */
function operationOf({ cluster, routeOrigin, routePath, connection }: RequestRecord): string {
    if (cluster === "" || routeOrigin === undefined) return "";
    return operationName(cluster, routeOrigin.name, connection.port, routePath);
}

function nodeId({ node }: TracingEntry, environment: Environment): string {
    const address =
        environment["INSTANCE_IP"] ??
        Object.values(os.networkInterfaces())
            .flatMap((all) => all ?? [])
            .find(({ internal, family }) => !internal && family === "IPv4")?.address ??
        "127.0.0.1";
    return `router~${address}~${environment["POD_NAME"] ?? os.hostname()}.${node.namespace}~${node.namespace}.svc.${node.domain}`;
}
