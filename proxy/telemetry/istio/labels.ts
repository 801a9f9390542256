/**
 * The labels of Istio's standard metrics, as a gateway has them: it reports as the source of what it sends on (istio/proxy,
 * istio_stats.cc, Reporter::ClientSidecar). What nobody can know here is `unknown`, and a revision `latest`, as there.
 */
import { namesBy, readWorkload, type WorkloadNames } from "../../../istio/semantics/workload-names";

/** Who counts. What is empty is not known. */
export interface MetricsSource extends WorkloadNames {
    readonly cluster: string;
}

export const NOBODY: MetricsSource = {
    workload: "",
    namespace: "",
    app: "",
    version: "",
    canonicalService: "",
    canonicalRevision: "",
    cluster: "",
};

/** By the labels of its pod, as Istio's injection reads them. */
export function metricsSource(labels: Readonly<Record<string, string>>, namespace: string, workload: string): MetricsSource {
    return { ...namesBy(labels, namespace, workload, workload), cluster: "" };
}

const UNKNOWN = "unknown";
const LATEST = "latest";

/** Of whom something comes and whom it goes to. */
const ENDS = [
    "reporter",
    "source_workload",
    "source_canonical_service",
    "source_canonical_revision",
    "source_workload_namespace",
    "source_principal",
    "source_app",
    "source_version",
    "source_cluster",
    "destination_workload",
    "destination_workload_namespace",
    "destination_principal",
    "destination_app",
    "destination_version",
    "destination_service",
    "destination_canonical_service",
    "destination_canonical_revision",
    "destination_service_name",
    "destination_service_namespace",
    "destination_cluster",
] as const;

export const LABELS = {
    http: [...ENDS, "request_protocol", "response_code", "grpc_response_status", "response_flags", "connection_security_policy"],
    messages: ENDS,
    tcp: [...ENDS, "request_protocol", "response_flags", "connection_security_policy"],
} as const;

/** Clusters without a service, as Istio's have these names and routes. */
const NAMELESS = ["BlackHoleCluster", "PassthroughCluster"];

/** What Istio calls the destination of a route that leads to no cluster; empty: nothing. */
export function nobodyBy(routeName: string): string {
    return routeName === "block_all" ? "BlackHoleCluster" : routeName === "allow_any" ? "PassthroughCluster" : "";
}

/** `cluster`: `outbound|80|v1|web.shop.svc.cluster.local`; empty: it went nowhere. `workload`: of the endpoint, as tables have it. */
export function endsOf(source: MetricsSource, cluster: string, workload: string): readonly string[] {
    const peer = readWorkload(workload);
    const { service, name, namespace } = destinationOf(cluster);
    return [
        "source",
        source.workload || UNKNOWN,
        source.canonicalService || UNKNOWN,
        source.canonicalRevision || LATEST,
        source.namespace || UNKNOWN,
        UNKNOWN,
        source.app || UNKNOWN,
        source.version || UNKNOWN,
        source.cluster || UNKNOWN,
        peer.workload || UNKNOWN,
        peer.namespace || namespace || UNKNOWN,
        UNKNOWN,
        peer.app || UNKNOWN,
        peer.version || UNKNOWN,
        service,
        peer.canonicalService || UNKNOWN,
        peer.canonicalRevision || LATEST,
        name,
        namespace || peer.namespace || UNKNOWN,
        UNKNOWN,
    ];
}

interface Destination {
    readonly service: string;
    readonly name: string;
    /** Empty: its name does not say. */
    readonly namespace: string;
}

/** Endpoints of a Service are in its namespace; of other services their endpoints' is told. */
function destinationOf(cluster: string): Destination {
    if (NAMELESS.includes(cluster)) return { service: UNKNOWN, name: cluster, namespace: "" };
    const host = cluster.split("|")[3] ?? "";
    if (host === "") return { service: UNKNOWN, name: UNKNOWN, namespace: "" };
    const [name = "", namespace = "", svc] = host.split(".", 3);
    return svc === "svc" ? { service: host, name, namespace } : { service: host, name: host, namespace: "" };
}

/** A gateway that is the source says nothing of the client's connection. */
export const SECURITY = UNKNOWN;
/** What an expression has no value for. */
export const NO_VALUE = UNKNOWN;
