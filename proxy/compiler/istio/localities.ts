/** How DestinationRules, Services and the mesh say that the place of endpoints counts (istiod's `GetLocalityLbSetting`). */
import {
    HOSTNAME_LABEL,
    NETWORK_LABEL,
    REGION_LABEL,
    SUBZONE_LABEL,
    ZONE_LABEL,
    type MeshLocality,
} from "../../../istio/semantics/locality";
import type { LoadBalancerSettings, LocalityFailover, LocalityLbSettings, ZoneAwareLbSettings } from "../../../istio/types";
import type { HostDefinition, PlaceRule, RegionStep } from "../routing/model/backends";

const NONE: readonly never[] = [];
const PREFERRED = {
    zone: [NETWORK_LABEL, REGION_LABEL, ZONE_LABEL],
    node: [NETWORK_LABEL, REGION_LABEL, ZONE_LABEL, SUBZONE_LABEL, HOSTNAME_LABEL],
} as const;

/**
 * The rule's word, then that of who defines the host, then the mesh's. `canFail`: endpoints are taken out when they fail; without
 * that a failover by locality would keep all others idle for ever, and Istio makes none.
 */
export function placeRuleOf(
    settings: LoadBalancerSettings | undefined,
    { prefers }: Pick<HostDefinition, "prefers">,
    mesh: MeshLocality,
    canFail: boolean,
): PlaceRule | undefined {
    const { zoneAwareLbSetting: zoneAware, localityLbSetting: locality } = settings ?? {};
    if (zoneAware) return zoneAware.enabled === false ? undefined : byRegion(zoneAware);
    if (locality) return locality.enabled === false ? undefined : byLocality(locality, canFail);
    if (prefers) return { kind: "failover", labels: PREFERRED[prefers], by: "labels", steps: NONE };
    if (mesh.zoneAware) return byRegion(mesh.zoneAware);
    return mesh.locality && byLocality(mesh.locality, canFail);
}

function byRegion({ failover, failoverPriority, minClusterSize }: ZoneAwareLbSettings): PlaceRule {
    return {
        kind: "failover",
        by: "region",
        labels: failoverPriority ?? NONE,
        steps: stepsOf(failover),
        zoneAware: { minClusterSize: minClusterSize ?? 6 },
    };
}

function byLocality({ distribute, failover, failoverPriority = NONE }: LocalityLbSettings, canFail: boolean): PlaceRule | undefined {
    if (distribute)
        return {
            kind: "shares",
            shares: distribute.map(({ from = "", to = {} }) => ({
                from,
                to: Object.entries(to).map(([locality, share]) => ({ locality, share })),
            })),
        };
    if (!canFail) return undefined;
    const steps = stepsOf(failover);
    const by = failoverPriority.length > 0 && steps.length === 0 ? "labels" : "place";
    return { kind: "failover", by, labels: failoverPriority, steps, ...(failover || failoverPriority.length > 0 ? { weighs: true } : {}) };
}

function stepsOf(failover: readonly LocalityFailover[] = NONE): readonly RegionStep[] {
    return failover.map(({ from = "", to = "" }) => ({ from, to }));
}
