/**
 * Endpoints with their priorities and the shares of their localities, seen from where the proxy runs: as istiod works them out
 * (pilot/pkg/networking/core/loadbalancer), once for all workers.
 */
import {
    distanceBetween,
    HOSTNAME_LABEL,
    isLocalityIn,
    localityOf,
    REGION_LABEL,
    SUBZONE_LABEL,
    ZONE_LABEL,
} from "../../../istio/semantics/locality";
import type { EndpointEntry, ZoneAwareEntry } from "../../tables/clusters";
import type { BackendEndpoint, PlaceRule, RegionStep, Whereabouts } from "./model/backends";

type Shares = Extract<PlaceRule, { kind: "shares" }>;
type Failover = Extract<PlaceRule, { kind: "failover" }>;

export interface PlacedEndpoints {
    readonly endpoints: readonly EndpointEntry[];
    /** Localities have shares of their own. */
    readonly localityWeights?: true;
    readonly zoneAware?: ZoneAwareEntry;
}

export function placedEndpoints(endpoints: readonly BackendEndpoint[], rule: PlaceRule | undefined, own: Whereabouts): PlacedEndpoints {
    switch (rule?.kind) {
        case undefined:
            return { endpoints: byHints(endpoints, own) };
        case "shares":
            return { endpoints: byShares(endpoints, rule, own), localityWeights: true };
        case "failover":
            return byPriority(endpoints, rule, own);
        default:
            return rule satisfies never;
    }
}

function entryOf({ address, port, weight, locality, workload }: BackendEndpoint, priority: number, localityWeight?: number): EndpointEntry {
    return {
        address,
        port,
        weight,
        ...(priority > 0 ? { priority } : {}),
        ...(locality === undefined ? {} : { locality }),
        ...(localityWeight === undefined ? {} : { localityWeight }),
        ...(workload === undefined ? {} : { workload }),
    };
}

/**
 * Where the control plane means each endpoint for some zone, or node, those that are meant for ours come first. kube-proxy takes no
 * other at all; here the others get what those can't carry.
 */
function byHints(endpoints: readonly BackendEndpoint[], own: Whereabouts): readonly EndpointEntry[] {
    const node = own.labels[HOSTNAME_LABEL];
    const { zone } = localityOf(own.locality);
    const byNode = endpoints.map(({ forNodes }) => forNodes && node !== undefined && forNodes.includes(node));
    const byZone = endpoints.map(({ forZones }) => forZones && zone !== "" && forZones.includes(zone));
    const meant = [byNode, byZone].find((hints) => hints.includes(true) && !hints.includes(undefined));
    return endpoints.map((one, at) => entryOf(one, meant === undefined || meant[at] === true ? 0 : 1));
}

/** Of localities that nothing is given to, no endpoint is left. Where no share is for us, all count by their weights. */
function byShares(endpoints: readonly BackendEndpoint[], { shares }: Shares, own: Whereabouts): readonly EndpointEntry[] {
    const weights = weightsOf(endpoints);
    const given = shares.find(({ from }) => isLocalityIn(from, own.locality))?.to;
    if (given === undefined) return endpoints.map((one) => entryOf(one, 0, weights.get(one.locality ?? "")));
    const parts = new Map<string, number>();
    for (const { locality, share } of given) {
        const met = [...weights].filter(([name]) => !parts.has(name) && isLocalityIn(locality, name));
        const total = met.reduce((sum, [, weight]) => sum + weight, 0);
        for (const [name, weight] of met) parts.set(name, Math.ceil((weight * share) / total));
    }
    return endpoints.flatMap((one) => {
        const part = parts.get(one.locality ?? "");
        return part === undefined ? [] : entryOf(one, 0, part);
    });
}

function weightsOf(endpoints: readonly BackendEndpoint[]): Map<string, number> {
    const weights = new Map<string, number>();
    for (const { locality = "", weight } of endpoints) weights.set(locality, (weights.get(locality) ?? 0) + weight);
    return weights;
}

function byPriority(endpoints: readonly BackendEndpoint[], rule: Failover, own: Whereabouts): PlacedEndpoints {
    const distances = endpoints.map((one) => distanceOf(one, rule, own));
    // From 0 on without gaps.
    const steps = [...new Set(distances)].sort((a, b) => a - b);
    const priorities = distances.map((distance) => steps.indexOf(distance));
    if (rule.weighs !== true) return { endpoints: endpoints.map((one, at) => entryOf(one, priorities[at]!)), ...zoneAwareness(rule, own) };
    const weights = steps.map((_, step) => weightsOf(endpoints.filter((_one, at) => priorities[at] === step)));
    return {
        endpoints: endpoints.map((one, at) => entryOf(one, priorities[at]!, weights[priorities[at]!]!.get(one.locality ?? ""))),
        localityWeights: true,
    };
}

/** Without a zone of its own there is none to prefer. */
function zoneAwareness({ zoneAware }: Failover, own: Whereabouts): Pick<PlacedEndpoints, "zoneAware"> {
    const { region, zone } = localityOf(own.locality);
    return zoneAware && zone !== "" ? { zoneAware: { zone: `${region}/${zone}`, ...zoneAware } } : {};
}

/** How far an endpoint is: by its labels first, then by its place. */
function distanceOf(endpoint: BackendEndpoint, { by, labels, steps }: Failover, own: Whereabouts): number {
    const apart = labelsApart(endpoint, labels, own);
    const locality = endpoint.locality ?? "";
    switch (by) {
        case "labels":
            return apart;
        case "place":
            return apart * 5 + placeApart(locality, steps, own);
        case "region":
            return apart * 3 + regionsApart(locality, steps, own);
        default:
            return by satisfies never;
    }
}

/** The more labels agree, from the first on, the nearer. One that neither has agrees. */
function labelsApart(endpoint: BackendEndpoint, labels: readonly string[], own: Whereabouts): number {
    for (const [at, label] of labels.entries()) {
        const [name = "", value, ...more] = label.split("=");
        const wanted = value === undefined || more.length > 0 ? (own.labels[name] ?? "") : value;
        if (wanted !== labelOf(endpoint, name)) return labels.length - at;
    }
    return 0;
}

function labelOf({ labels, locality = "" }: BackendEndpoint, name: string): string {
    const { region, zone, subzone } = localityOf(locality);
    switch (name) {
        case REGION_LABEL:
            return labels?.[name] ?? region;
        case ZONE_LABEL:
            return labels?.[name] ?? zone;
        case SUBZONE_LABEL:
            return labels?.[name] ?? subzone;
        default:
            return labels?.[name] ?? "";
    }
}

function placeApart(locality: string, steps: readonly RegionStep[], own: Whereabouts): number {
    const distance = distanceBetween(own.locality, locality);
    return distance === 3 && isPassedOver(locality, steps, own) ? 4 : distance;
}

function regionsApart(locality: string, steps: readonly RegionStep[], own: Whereabouts): number {
    if (localityOf(own.locality).region === localityOf(locality).region) return 0;
    return isPassedOver(locality, steps, own) ? 2 : 1;
}

/** Our region has another one to go to. */
function isPassedOver(locality: string, steps: readonly RegionStep[], own: Whereabouts): boolean {
    const { region } = localityOf(own.locality);
    const step = steps.find(({ from }) => from === region);
    return step !== undefined && localityOf(locality).region !== step.to;
}
