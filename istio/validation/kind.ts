/** Whether a document's apiVersion and kind are ones that are read, ones that are known, or a mistake. */
import { didYouMean } from "../did-you-mean";
import { kindTable } from "../fields";
import { GONE_GROUPS, GONE_KINDS, groupsOfKind, isKubernetesGroup, KNOWN_GROUPS, kindsOfGroup } from "../kinds";
import { shownText } from "../shown";
import { apiVersionOf, groupOf, versionOf } from "../semantics/api-groups";
import { GROUP_OF_KIND, isKindOf, type Kind } from "../types";
import type { Report } from "./report";

/** The kind to read the object as; `old` where only its old shapes are worth naming; undefined where it is not read. */
export function kindOf(apiVersion: string, kind: string, report: Report): { kind: Kind; old: boolean } | undefined {
    const group = groupOf(apiVersion);
    if (isKindOf(kind, group)) {
        return ownKind(kind, versionOf(apiVersion), apiVersion, report);
    }
    if (kind === "Ingress" && group === "extensions") {
        return oldIngress(apiVersion, report);
    }
    const kinds = kindsOfGroup(group);
    if (kinds) {
        knownGroup(group, kind, kinds, report);
    } else {
        otherGroup(group, kind, apiVersion, report);
    }
    return undefined;
}

function ownKind(kind: Kind, version: string, apiVersion: string, report: Report): { kind: Kind; old: boolean } {
    const table = kindTable(kind);
    if (table.versions.includes(version)) {
        return { kind, old: false };
    }
    if (kind === "Ingress" && version === "v1beta1") {
        return oldIngress(apiVersion, report);
    }
    const wanted = table.versions.map((known) => apiVersionOf(GROUP_OF_KIND[kind], known));
    report("GH0108", "apiVersion", `got ${shownText(apiVersion)}, wanted ${wanted.join(" or ")} for a ${kind}`, `Write \`${wanted[0]}\`.`);
    return { kind, old: true };
}

function oldIngress(apiVersion: string, report: Report): { kind: Kind; old: boolean } {
    report(
        "GH0109",
        "apiVersion",
        `got ${shownText(apiVersion)}, which Kubernetes gave up in 1.22`,
        "Write `networking.k8s.io/v1`, and a `pathType` for each path.",
    );
    return { kind: "Ingress", old: true };
}

function knownGroup(group: string, kind: string, kinds: readonly string[], report: Report): void {
    if (kinds.includes(kind)) {
        if (!isKubernetesGroup(group)) {
            report("GH0113", "", `a ${kind} of ${group} is not read`);
        }
        return;
    }
    const elsewhere = groupsOfKind(kind);
    if (elsewhere.length > 0) {
        const wanted = elsewhere.map((name) => (name === "" ? "v1" : `${name}/…`)).join(" or ");
        report("GH0108", "apiVersion", `a ${kind} is not of ${group === "" ? "v1" : group}`, `Write \`${wanted}\`.`);
        return;
    }
    const near = didYouMean(kind, kinds);
    const fix = near ? `Did you mean \`${near}\`?` : `Its kinds are ${kinds.join(", ")}.`;
    report("GH0107", "kind", `there is no kind ${shownText(kind)} in ${group === "" ? "v1" : group}`, fix);
}

function otherGroup(group: string, kind: string, apiVersion: string, report: Report): void {
    if (GONE_GROUPS.includes(group)) {
        const today = Object.hasOwn(GONE_KINDS, kind) ? GONE_KINDS[kind] : "";
        report("GH0109", "apiVersion", `${shownText(`${kind} of ${apiVersion}`)} is of the first releases of Istio`, today);
        return;
    }
    const near = didYouMean(
        group,
        KNOWN_GROUPS.filter((known) => known !== ""),
    );
    if (near) {
        report("GH0108", "apiVersion", `there is no API group ${shownText(group)}`, `Did you mean \`${near}\`?`);
        return;
    }
    if (!group.includes(".")) {
        // Only Kubernetes' own groups have no dot; a custom resource's group is a domain.
        report("GH0108", "apiVersion", `there is no API version ${shownText(apiVersion)}`, "");
        return;
    }
    report("GH0113", "", `a ${shownText(kind)} of ${shownText(group)} is not read`);
}
