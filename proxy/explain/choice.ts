/** Which endpoint a request gets, in words. */
import type { ClusterEntry, EndpointEntry } from "../tables";

export function endpointText({ address, port }: EndpointEntry): string {
    return `${address.includes(":") ? `[${address}]` : address}:${port}`;
}

/** In order of priority. */
export function endpointsText(endpoints: readonly EndpointEntry[]): string {
    const levels = new Map<number, string[]>();
    for (const one of endpoints) {
        const { priority = 0 } = one;
        levels.set(priority, [...(levels.get(priority) ?? []), endpointText(one)]);
    }
    return [...levels]
        .sort(([a], [b]) => a - b)
        .map(([, texts]) => texts.join(", "))
        .join("; as far as these are not well: ");
}

/** By what one is chosen, where that is said; empty: by load. */
export function choiceText(cluster: ClusterEntry | undefined): string {
    if (cluster === undefined) return "";
    const policy = cluster.protocol === "tcp" && cluster.hash?.policy.kind !== "sourceIp" ? undefined : cluster.hash?.policy;
    switch (policy?.kind) {
        case undefined:
            return cluster.zoneAware ? `, those of ${cluster.zoneAware.zone} first` : "";
        case "header":
            return `, one endpoint for one ${policy.name}`;
        case "cookie":
            return `, one endpoint for one cookie ${policy.name}${policy.ttlSeconds === undefined ? "" : ", which is given to who has none"}`;
        case "query":
            return `, one endpoint for one parameter ${policy.name}`;
        case "sourceIp":
            return ", one endpoint for one client's address";
        default:
            return policy satisfies undefined;
    }
}
