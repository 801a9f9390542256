/** Where requests go, in words of the configuration. */
import { unspokenTo } from "../http/protocols";
import type { Origin, Tables } from "../tables";
import type { DestinationAnswer, Step } from "./explanation";

/** `outbound|80|v1|host` → its parts; another name is its host alone. */
export function partsOf(cluster: string): { readonly host: string; readonly port: number; readonly subset: string } {
    const [direction, port = "", subset = "", host = ""] = cluster.split("|");
    return direction === "outbound" && host !== "" ? { host, port: Number(port), subset } : { host: cluster, port: 0, subset: "" };
}

export function destinationsOf(
    weighted: readonly { readonly cluster: string; readonly weight: number }[],
    tables: Tables,
): DestinationAnswer[] {
    const total = weighted.reduce((sum, { weight }) => sum + weight, 0);
    return weighted.map(({ cluster, weight }): DestinationAnswer => {
        const origin: Origin | undefined = tables.clusters.get(cluster)?.origin;
        return {
            cluster,
            ...partsOf(cluster),
            // A single destination may leave its weight out.
            percent: weighted.length === 1 ? 100 : total === 0 ? 0 : Math.round((weight / total) * 10_000) / 100,
            endpoints: (tables.endpoints.get(cluster)?.endpoints ?? []).map(
                ({ address, port }) => `${address.includes(":") ? `[${address}]` : address}:${port}`,
            ),
            ...(origin ? { origin } : {}),
        };
    });
}

/** The one that most requests go to; of equals the first. */
export function likeliest(destinations: readonly DestinationAnswer[]): DestinationAnswer | null {
    return destinations.reduce<DestinationAnswer | null>((best, one) => (best === null || one.percent > best.percent ? one : best), null);
}

/** Whether nothing can be reached there, and why; undefined: it can. */
export function unreachable({ cluster, endpoints }: DestinationAnswer, tables: Tables): string | undefined {
    const entry = tables.clusters.get(cluster);
    if (!entry) return `there is no ${cluster} in this configuration`;
    // What clients speak is spoken here.
    const unspoken = entry.protocol === "client" ? undefined : unspokenTo(entry.protocol);
    if (unspoken !== undefined) return `its port speaks ${unspoken}, which is not spoken to backends`;
    return endpoints.length === 0 ? "it has no endpoint" : undefined;
}

export function destinationSteps(destinations: readonly DestinationAnswer[]): Step[] {
    return destinations.map(
        (one): Step => ({
            step: "destination",
            text: `${destinations.length === 1 ? "" : `${one.percent} %: `}${one.cluster}${one.endpoints.length > 0 ? ` → ${one.endpoints.join(", ")}` : ""}`,
            ...(one.origin ? { origin: one.origin } : {}),
        }),
    );
}
