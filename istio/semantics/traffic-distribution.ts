/**
 * Where a Service wants its traffic to stay: what its `spec.trafficDistribution` says, else an annotation of its own, else that
 * of its namespace (istiod reads words in any case). PreferClose is the old name of PreferSameZone.
 */

export const TRAFFIC_DISTRIBUTION = "networking.istio.io/traffic-distribution";

export type TrafficDistribution = "zone" | "node";

type Annotations = Readonly<Record<string, string>> | undefined;

/** Undefined: nobody asks, or `Any` is asked for. */
export function distributionOf(
    spec: string | undefined,
    own: Annotations,
    ofNamespace: string | undefined,
): TrafficDistribution | undefined {
    const text = spec || own?.[TRAFFIC_DISTRIBUTION] || ofNamespace || "";
    switch (text.toLowerCase()) {
        case "preferclose":
        case "prefersamezone":
            return "zone";
        case "prefersamenode":
            return "node";
        default:
            return undefined;
    }
}
