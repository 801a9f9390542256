/** What is traced, for tests. */
import type { CollectorEntry, TracingEntry } from "../../../proxy/tables";

const ORIGIN = { group: "", kind: "ConfigMap", namespace: "istio-system", name: "istio", field: "data.mesh.extensionProviders[0]" };

export function tracing(more: Partial<TracingEntry> = {}, collector: Partial<CollectorEntry> = {}): TracingEntry {
    return {
        key: "default",
        collector: {
            provider: "otel",
            cluster: "otel",
            authority: "otel.test",
            protocol: "otlp-grpc",
            path: "",
            timeoutMs: 2_000,
            headers: [],
            resource: [["service.name", "gw.edge"]],
            hasEnvironment: false,
            origin: ORIGIN,
            ...collector,
        },
        propagation: "w3c",
        randomPercent: 100,
        usesRequestId: true,
        tags: [],
        maxPathLength: 256,
        node: { namespace: "edge", domain: "cluster.local" },
        origin: ORIGIN,
        ...more,
    };
}
