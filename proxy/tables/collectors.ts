/** Where a proxy sends what it tells of requests: a collector of OTLP, or of Zipkin's spans. */
import type { Origin } from "./origin";

export interface CollectorEntry {
    /** The provider's name in the mesh configuration. */
    readonly provider: string;
    /** ClusterEntry key. */
    readonly cluster: string;
    readonly authority: string;
    /** `zipkin`: its JSON over HTTP. */
    readonly protocol: "otlp-grpc" | "otlp-http" | "zipkin";
    /** Of HTTP. */
    readonly path: string;
    readonly timeoutMs: number;
    readonly headers: readonly CollectorHeader[];
    /** What says who tells it. */
    readonly resource: readonly (readonly [name: string, value: string])[];
    /** OTEL_RESOURCE_ATTRIBUTES of the proxy's environment says so too. */
    readonly hasEnvironment: boolean;
    /** The provider. */
    readonly origin: Origin;
}

/** Its value may be a key that opens the collector: it is never shown. */
export interface CollectorHeader {
    /** Lower-case. */
    readonly name: string;
    readonly value?: string;
    /** The variable of the proxy's environment that has the value. */
    readonly envName?: string;
}
