/**
 * Where something runs, `region/zone/subzone`, and how Istio compares such places (`LocalityMatch` and `LbPriority` of
 * pilot/pkg/networking/util); what the mesh's configuration says of balancing by them.
 */
import type { KubeObject, LocalityLbSettings, ZoneAwareLbSettings } from "../types";
import { field, meshOf } from "./root-namespace";

/** What is not known is empty. */
export interface Locality {
    readonly region: string;
    readonly zone: string;
    readonly subzone: string;
}

export const REGION_LABEL = "topology.kubernetes.io/region";
export const ZONE_LABEL = "topology.kubernetes.io/zone";
export const SUBZONE_LABEL = "topology.istio.io/subzone";
export const NETWORK_LABEL = "topology.istio.io/network";
export const HOSTNAME_LABEL = "kubernetes.io/hostname";
/** Of a pod, whose word is stronger than its node's. A label's value has no slashes, but dots. */
const POD_LABELS = ["topology.istio.io/locality", "istio-locality"] as const;

type Labels = Readonly<Record<string, string>>;

export function localityOf(text: string): Locality {
    const [region = "", zone = "", subzone = ""] = text.split("/");
    return { region, zone, subzone };
}

/** What of it is known; empty: nothing. */
export function localityText({ region, zone, subzone }: Locality): string {
    return `${region}/${zone}/${subzone}`.replace(/\/+$/, "");
}

/** What the labels of a pod say; empty: nothing. */
export function localityOfPod(labels: Labels): string {
    const said = POD_LABELS.map((name) => labels[name]).find(Boolean) ?? "";
    return localityText(localityOf(said.includes("/") ? said : said.replaceAll(".", "/")));
}

/** What those of a node say, also under the names of Kubernetes before 1.17; empty: nothing. */
export function localityOfNode(labels: Labels): string {
    const region = labels[REGION_LABEL] || labels["failure-domain.beta.kubernetes.io/region"] || "";
    const zone = labels[ZONE_LABEL] || labels["failure-domain.beta.kubernetes.io/zone"] || "";
    // A subzone is part of a place, and none by itself.
    return region === "" && zone === "" ? "" : localityText({ region, zone, subzone: labels[SUBZONE_LABEL] ?? "" });
}

/** The same as labels, as failover by labels compares them. */
export function topologyLabels(text: string): Labels {
    const { region, zone, subzone } = localityOf(text);
    return {
        ...(region ? { [REGION_LABEL]: region } : {}),
        ...(zone ? { [ZONE_LABEL]: zone } : {}),
        ...(subzone ? { [SUBZONE_LABEL]: subzone } : {}),
    };
}

/** Whether a rule's `region/zone/subzone`, where the rest may be left out or be `*`, is about a place. */
export function isLocalityIn(pattern: string, text: string): boolean {
    const [wanted, got] = [localityOf(pattern), localityOf(text)];
    const covers = (want: string, have: string): boolean => want === "*" || want === have;
    return (
        covers(wanted.region, got.region) &&
        (wanted.zone === "" || covers(wanted.zone, got.zone)) &&
        (wanted.subzone === "" || covers(wanted.subzone, got.subzone))
    );
}

/** 0: the same place, 1: the same zone, 2: the same region, 3: elsewhere. */
export function distanceBetween(one: string, other: string): 0 | 1 | 2 | 3 {
    const [a, b] = [localityOf(one), localityOf(other)];
    if (a.region !== b.region) return 3;
    if (a.zone !== b.zone) return 2;
    return a.subzone === b.subzone ? 0 : 1;
}

export interface MeshLocality {
    /** Of all clusters whose rule says nothing; undefined: it is off. */
    readonly locality: LocalityLbSettings | undefined;
    readonly zoneAware: ZoneAwareLbSettings | undefined;
}

/** Balancing by locality is on where nothing is said. */
export function meshLocalityOf(configMap: KubeObject | undefined): MeshLocality {
    const mesh = meshOf(configMap);
    const locality = settingsOf<LocalityLbSettings>(field(mesh, "localityLbSetting")) ?? {};
    const zoneAware = settingsOf<ZoneAwareLbSettings>(field(mesh, "zoneAwareLbSetting"));
    return { locality: locality.enabled === false ? undefined : locality, zoneAware: zoneAware?.enabled === false ? undefined : zoneAware };
}

/** As far as it has their form: a mesh's configuration is checked by nobody before. */
function settingsOf<T extends object>(value: unknown): T | undefined {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    const lists = ["distribute", "failover", "failoverPriority"];
    return Object.fromEntries(Object.entries(value).filter(([name, of]) => !lists.includes(name) || Array.isArray(of))) as T;
}
