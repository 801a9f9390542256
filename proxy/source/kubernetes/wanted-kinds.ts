/**
 * Kinds that most clusters have many objects of and few gateways need: what among the objects that are known asks for them. Once
 * wanted a kind is followed on, so that what comes and goes costs no list each time.
 */
import { ALLOW_FROM_ANNOTATION } from "../../../istio/semantics/forward-proxy";
import { REDIRECTS_ANNOTATION } from "../../../istio/semantics/redirects";
import { distributionOf, TRAFFIC_DISTRIBUTION } from "../../../istio/semantics/traffic-distribution";
import type { Kind, ObjectOfKind } from "../../../istio/types";
import type { PlacedObject } from "../../resources/placed-object";
import { GATEWAY_MESH_CONFIG, NODES, POD_ADDRESSES, PODS, REDIRECT_MAPS, type WatchedKind } from "./kinds";

/** The objects of a kind that are in force. */
export type KnownObjects = (kind: Kind) => readonly PlacedObject[];

export interface WantedKind {
    readonly watched: WatchedKind;
    /** Whether nothing is handed on before it was read, or could not be: without it everybody would be sent away. */
    readonly isAwaited: boolean;
    readonly isWanted: (known: KnownObjects) => boolean;
}

const PLACE_WORDS = [
    "localityLbSetting",
    "zoneAwareLbSetting",
    "outlierDetection",
    "topology.kubernetes.io/",
    "topology.istio.io/",
] as const;

/** Who decides may stand in the gateway's own configuration. */
const asksForProviders = oncePerObject<"AuthorizationPolicy">(({ spec }) => spec?.action === "CUSTOM");
const asksForRedirects = oncePerObject<"VirtualService">(({ metadata }) => metadata.annotations?.[REDIRECTS_ANNOTATION] !== undefined);
/** Subsets select endpoints by the labels of their pods, and so does failover by labels. */
const asksForPodLabels = oncePerObject<"DestinationRule">(
    ({ spec }) => (spec.subsets ?? []).some(({ labels }) => Object.keys(labels ?? {}).length > 0) || says(spec, "failoverPriority"),
);
/** It selects pods, or lets somebody in by the pod that an address is of. */
const asksForPodAddresses = oncePerObject<"ServiceEntry">(
    ({ spec, metadata }) => spec.workloadSelector !== undefined || metadata.annotations?.[ALLOW_FROM_ANNOTATION] !== undefined,
);
/** Traffic is to stay near, or to fail over to what is nearest (Istio does with any outlier detection). */
const ruleAsksForPlaces = oncePerObject<"DestinationRule">(({ spec }) => PLACE_WORDS.some((word) => says(spec, word)));
const serviceAsksForPlaces = oncePerObject<"Service">(
    ({ spec, metadata }) => distributionOf(spec.trafficDistribution, metadata.annotations, undefined) !== undefined,
);
const namespaceAsksForPlaces = oncePerObject<"Namespace">(({ metadata }) => metadata.annotations?.[TRAFFIC_DISTRIBUTION] !== undefined);

/** Of two that are wanted for one kind, by the same label or none, the later has all that the earlier has. */
export const WANTED_KINDS: readonly WantedKind[] = [
    { watched: GATEWAY_MESH_CONFIG, isAwaited: true, isWanted: (known) => known("AuthorizationPolicy").some(asksForProviders) },
    { watched: REDIRECT_MAPS, isAwaited: true, isWanted: (known) => known("VirtualService").some(asksForRedirects) },
    { watched: PODS, isAwaited: true, isWanted: (known) => known("DestinationRule").some(asksForPodLabels) },
    { watched: POD_ADDRESSES, isAwaited: true, isWanted: (known) => known("ServiceEntry").some(asksForPodAddresses) },
    {
        watched: NODES,
        isAwaited: false,
        isWanted: (known) =>
            known("DestinationRule").some(ruleAsksForPlaces) ||
            known("Service").some(serviceAsksForPlaces) ||
            known("Namespace").some(namespaceAsksForPlaces),
    },
];

/** Whether a word stands anywhere in it: rules have policies at three levels, and labels in two places. */
function says(spec: object, word: string): boolean {
    return JSON.stringify(spec).includes(`"${word}`);
}

/** Asked at every change: an object that did not change is not looked at again. */
function oncePerObject<K extends Kind>(fits: (object: ObjectOfKind[K]) => boolean): (placed: PlacedObject) => boolean {
    const known = new WeakMap<PlacedObject, boolean>();
    return (placed) => {
        const before = known.get(placed);
        if (before !== undefined) return before;
        const now = fits(placed.object as ObjectOfKind[K]);
        known.set(placed, now);
        return now;
    };
}
