/** What a mesh's configuration says of traces besides its providers, as Istio reads it (pilot/pkg/networking/core/tracing.go). */
import type { CustomTag } from "../types";
import { field } from "./root-namespace";

export interface MeshTracing {
    /** `defaultProviders.tracing`: the first counts. */
    readonly defaultProvider: string | undefined;
    /** `defaultConfig.tracing.sampling`; undefined: 1 %. */
    readonly sampling: number | undefined;
    readonly customTags: Readonly<Record<string, CustomTag>>;
    /** 0: nothing is said. */
    readonly maxPathTagLength: number;
    /** `defaultConfig.tracingServiceName`. */
    readonly serviceName: string;
    /** A tracer of the old way, by an address instead of a provider: `zipkin`. */
    readonly oldTracer: string | undefined;
}

const OLD_TRACERS = ["zipkin", "lightstep", "datadog", "stackdriver", "openCensusAgent"];

export function meshTracingOf(mesh: unknown): MeshTracing {
    const providers = field(field(mesh, "defaultProviders"), "tracing");
    const config = field(mesh, "defaultConfig");
    const tracing = field(config, "tracing");
    const sampling = numberOf(field(tracing, "sampling"));
    const longest = numberOf(field(tracing, "maxPathTagLength"));
    const tags = field(tracing, "customTags");
    const name = field(config, "tracingServiceName");
    const [first] = Array.isArray(providers) ? (providers as readonly unknown[]) : [];
    return {
        defaultProvider: typeof first === "string" && first !== "" ? first : undefined,
        // More than all is taken for one per cent, as istiod has it.
        sampling: sampling > 0 ? (sampling > 100 ? 1 : sampling) : undefined,
        customTags: typeof tags === "object" && tags !== null && !Array.isArray(tags) ? (tags as Readonly<Record<string, CustomTag>>) : {},
        maxPathTagLength: longest > 0 ? longest : 0,
        serviceName: typeof name === "string" ? name : "",
        oldTracer: OLD_TRACERS.find((one) => field(tracing, one) !== undefined),
    };
}

/** A number may be said as text (ProtoJSON); 0: it is none. */
function numberOf(value: unknown): number {
    const number = typeof value === "string" && NUMBER.test(value) ? Number(value) : value;
    return typeof number === "number" && Number.isFinite(number) ? number : 0;
}
const NUMBER = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** Several, the narrowest first: each setting is that of the first which says it, of tags each by its name. */
export function mergedMeshTracing(all: readonly MeshTracing[]): MeshTracing {
    const first = <T>(read: (one: MeshTracing) => T, isSaid: (value: T) => boolean): T | undefined => all.map(read).find(isSaid);
    return {
        defaultProvider: first((one) => one.defaultProvider, Boolean),
        sampling: first(
            (one) => one.sampling,
            (value) => value !== undefined,
        ),
        customTags: Object.assign({}, ...all.map((one) => one.customTags).reverse()) as MeshTracing["customTags"],
        maxPathTagLength: first((one) => one.maxPathTagLength, Boolean) ?? 0,
        serviceName: first((one) => one.serviceName, Boolean) ?? "",
        oldTracer: first((one) => one.oldTracer, Boolean),
    };
}

/** As Istio's agent calls a proxy (ISTIO_META and the bootstrap's `service-cluster`). */
export function tracingServiceName(how: string, labels: Readonly<Record<string, string>>, namespace: string): string {
    const app = labels["app"] ?? "";
    const canonical = labels["service.istio.io/canonical-name"] ?? labels["app.kubernetes.io/name"] ?? app;
    switch (how) {
        case "CANONICAL_NAME_ONLY":
            return canonical || "istio-proxy";
        case "CANONICAL_NAME_AND_NAMESPACE":
            return `${canonical || "istio-proxy"}.${namespace}`;
        default:
            return `${app || "istio-proxy"}.${namespace}`;
    }
}
