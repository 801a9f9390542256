/** Where requests go, in words of the configuration. */
import { unspokenTo } from "../http/protocols";
import type { ClusterEntry, Origin, Tables } from "../tables";
import { choiceText, endpointsText, endpointText } from "./choice";
import type { DestinationAnswer, Explanation, Step } from "./explanation";

/** `outbound|80|v1|host` → its parts; another name is its host alone. */
export function partsOf(cluster: string): { readonly host: string; readonly port: number; readonly subset: string } {
    const [direction, port = "", subset = "", host = ""] = cluster.split("|");
    // Bytes in a tunnel go to the same place.
    return (direction === "outbound" || direction === "tunnel") && host !== ""
        ? { host, port: Number(port), subset }
        : { host: cluster, port: 0, subset: "" };
}

type HttpVersion = NonNullable<Explanation["protocol"]>;

/** As a port of TCP that an HTTP route leads to is spoken to in HTTP/1.1. */
function spokenTo(protocol: ClusterEntry["protocol"], client: HttpVersion | null): string {
    switch (protocol) {
        case "http1":
            return "HTTP/1.1";
        case "http2":
            return "HTTP/2";
        case "client":
            return client ?? "HTTP/1.1";
        case "tcp":
            return client === null ? "TCP" : "HTTP/1.1";
        default:
            return protocol satisfies never;
    }
}

/** Why it is not HTTP/1.1, or not for every client. */
function reasonOf({ protocol, protocolBy, rules }: ClusterEntry): string {
    // What nothing defines has no rule either.
    if (protocol === "client") return `, as the client does${rules === undefined ? "" : ": useClientProtocol of a DestinationRule"}`;
    if (protocol !== "http2") return "";
    switch (protocolBy) {
        case undefined:
            return ", as its port says";
        case "rule":
            return ", as h2UpgradePolicy of a DestinationRule says";
        case "mesh":
            return ", as h2UpgradePolicy of the mesh says";
        default:
            return protocolBy satisfies never;
    }
}

/** Whether calls of gRPC can go there: they have no form in HTTP/1.1. */
export function carriesCalls({ protocol }: DestinationAnswer): boolean {
    return protocol === "" || protocol === "HTTP/2";
}

export function destinationsOf(
    weighted: readonly { readonly cluster: string; readonly weight: number }[],
    tables: Tables,
    client: HttpVersion | null,
): DestinationAnswer[] {
    const total = weighted.reduce((sum, { weight }) => sum + weight, 0);
    return weighted.map(({ cluster, weight }): DestinationAnswer => {
        const entry = tables.clusters.get(cluster);
        const origin: Origin | undefined = entry?.origin;
        return {
            cluster,
            ...partsOf(cluster),
            protocol: entry ? spokenTo(entry.protocol, client) : "",
            // A single destination may leave its weight out.
            percent: weighted.length === 1 ? 100 : total === 0 ? 0 : Math.round((weight / total) * 10_000) / 100,
            endpoints: (tables.endpoints.get(cluster)?.endpoints ?? []).map(endpointText),
            ...(origin ? { origin } : {}),
        };
    });
}

/** The one that most requests go to; of equals the first. */
export function likeliest(destinations: readonly DestinationAnswer[]): DestinationAnswer | null {
    return destinations.reduce<DestinationAnswer | null>((best, one) => (best === null || one.percent > best.percent ? one : best), null);
}

/** Where the address is what the connection was meant for, or what the name has that is asked for. */
function isFoundThen({ discovery }: ClusterEntry): boolean {
    return discovery === "original" || discovery === "dynamic";
}

/** Whether nothing can be reached there, and why; undefined: it can. */
export function unreachable({ cluster, endpoints }: DestinationAnswer, tables: Tables): string | undefined {
    const entry = tables.clusters.get(cluster);
    if (!entry) return `there is no ${cluster} in this configuration`;
    // What clients speak is spoken here.
    const unspoken = entry.protocol === "client" ? undefined : unspokenTo(entry.protocol);
    if (unspoken !== undefined) return `its port speaks ${unspoken}, which is not spoken to backends`;
    return endpoints.length === 0 && !isFoundThen(entry) ? "it has no endpoint" : undefined;
}

export function destinationSteps(destinations: readonly DestinationAnswer[], { clusters, endpoints }: Tables): Step[] {
    const spoken = ({ cluster, protocol }: DestinationAnswer): string => {
        const entry = clusters.get(cluster);
        const reason = entry ? reasonOf(entry) : "";
        return reason === "" ? "" : `, in ${protocol}${reason}`;
    };
    const whom = ({ cluster }: DestinationAnswer): string => {
        const known = endpoints.get(cluster)?.endpoints ?? [];
        const discovery = clusters.get(cluster)?.discovery;
        if (discovery === "original") return " → the address that the connection was meant for";
        if (discovery === "dynamic") return " → what the name that is asked for comes out at";
        return known.length === 0 ? "" : ` → ${endpointsText(known)}`;
    };
    const chosen = ({ cluster }: DestinationAnswer): string => choiceText(clusters.get(cluster));
    return destinations.flatMap((one): Step[] => [
        {
            step: "destination",
            text: `${destinations.length === 1 ? "" : `${one.percent} %: `}${one.cluster}${whom(one)}${spoken(one)}${chosen(one)}`,
            ...(one.origin ? { origin: one.origin } : {}),
        },
        ...ruleSteps(clusters.get(one.cluster)),
    ]);
}

/** Whose word it is how the backend is spoken to, and who has no say in it. */
function ruleSteps(cluster: ClusterEntry | undefined): Step[] {
    const { applied = [], lost = [] } = cluster?.rules ?? {};
    const holds = applied.length === 0 ? [] : [`${applied.join(", then ")} ${applied.length === 1 ? "holds" : "hold"}`];
    return [...holds, ...lost.map(({ rule, why }) => `${rule} does not hold: it ${why}`)].map((text) => ({
        step: "destination-rule",
        text,
    }));
}
