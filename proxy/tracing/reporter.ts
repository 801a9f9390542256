/** Makes spans of requests that are over, and gives them to the exporter of their collector. Watches like any other observer. */
import os from "node:os";
import { wireText } from "../../istio/wire-text";
import { headerValue } from "../http/header-list";
import type { Exporter } from "../otlp";
import type { TraceTagEntry, TracingEntry } from "../tables";
import type { Observer, RequestRecord } from "../telemetry";
import { operationName, otlpSpan, spansOf, zipkinSpan, type Tag } from "./spans";
import { Trace } from "./trace";

export type FormattedTag = (record: RequestRecord) => string;

type Environment = Readonly<Record<string, string | undefined>>;

/** Of a value, as Envoy cuts none, but a client's header may be long. */
const MOST_TAG = 1_024;

export class SpanReporter implements Observer {
    readonly #environment: Environment;
    readonly #compileFormat: (format: string) => FormattedTag;
    #formats = new Map<string, FormattedTag>();
    #exporter: Exporter | undefined = undefined;
    #entry: TracingEntry | undefined = undefined;
    #nodeId = "";

    /** `compileFormat`: of a format that can be read. */
    constructor(compileFormat: (format: string) => FormattedTag, environment: Environment = process.env) {
        this.#compileFormat = compileFormat;
        this.#environment = environment;
    }

    /** From now on. */
    configure(entry: TracingEntry | undefined, exporter: Exporter | undefined): void {
        this.#entry = entry;
        this.#exporter = exporter;
        this.#formats = new Map();
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
    #valueOf(tag: TraceTagEntry, record: RequestRecord): string | undefined {
        switch (tag.kind) {
            case "literal":
                return wireText(tag.value);
            case "environment":
                return told(wireText(this.#environment[tag.variable] ?? tag.otherwise));
            case "header":
                return told((headerValue(record.requestHeaders, tag.header) ?? wireText(tag.otherwise)).slice(0, MOST_TAG));
            case "format":
                return told(this.#formatted(tag.format)(record).slice(0, MOST_TAG));
            default:
                return tag satisfies never;
        }
    }

    #formatted(format: string): FormattedTag {
        let formatted = this.#formats.get(format);
        if (formatted === undefined) this.#formats.set(format, (formatted = this.#compileFormat(format)));
        return formatted;
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
