/** API groups: which one an `apiVersion` says, which one it means, and which one a kind is taken to be of where none is named. */
import { didYouMean } from "../did-you-mean";
import { groupsOfKind, isKubernetesGroup, KNOWN_GROUPS, kindsOfGroup } from "../kinds";
import { GROUP_OF_KIND } from "../types/kind";

/** Empty: Kubernetes' core, as of `v1`. */
export function groupOf(apiVersion: string): string {
    const slash = apiVersion.indexOf("/");
    return slash < 0 ? "" : apiVersion.slice(0, slash);
}

export function versionOf(apiVersion: string): string {
    return apiVersion.slice(apiVersion.indexOf("/") + 1);
}

export function apiVersionOf(group: string, version: string): string {
    return group === "" ? version : `${group}/${version}`;
}

/** Kubernetes' own kinds before each had the group of today: the API server has one object under both. */
const OLD_GROUP = "extensions";

/** The group that a kind without one is of: the one that is read, else Kubernetes' own; undefined: nobody here knows the kind. */
export function homeGroup(kind: string): string | undefined {
    if (Object.hasOwn(GROUP_OF_KIND, kind)) return GROUP_OF_KIND[kind as keyof typeof GROUP_OF_KIND];
    const groups = groupsOfKind(kind);
    return groups.find((group) => group !== OLD_GROUP) ?? groups[0];
}

const ISTIO = /(^|\.)istio\.io$/i;
const NAMED_GROUPS = KNOWN_GROUPS.filter((group) => group !== "");

/**
 * The group that an object is of. Where its `apiVersion` can only be a mistake, it is the one that is meant: an object
 * whose group is misspelt for a moment is the same object, and its last good version stands in for it.
 */
export function meantGroup(apiVersion: unknown, kind: string): string {
    const home = homeGroup(kind);
    if (typeof apiVersion !== "string" || apiVersion === "") return home ?? "";
    const group = groupOf(apiVersion);
    if (home === undefined) return group;
    // Of most objects, whose refs then share one text.
    if (group === home) return home;
    const known = kindsOfGroup(group);
    // Kubernetes has one object under all of its own groups; Istio has each kind once.
    if (known) return known.includes(kind) && !isKubernetesGroup(group) ? group : home;
    if (ISTIO.test(group) || !group.includes(".")) return home;
    const near = didYouMean(group, NAMED_GROUPS);
    return near === undefined ? group : kindsOfGroup(near)?.includes(kind) ? near : home;
}
