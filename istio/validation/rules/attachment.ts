/** How a policy is attached: its selector, or the objects it refers to (validatePolicyTargetReference). */
import { SUBDOMAIN } from "../../derived-names";
import type { PolicyAttachment, PolicyTargetReference } from "../../types";
import { each, type Loose, type Report } from "../report";
import { shownText } from "../../shown";
import { checkSelector } from "./shared";

const TARGETS: readonly string[] = [
    "/Service",
    "core/Service",
    "networking.istio.io/ServiceEntry",
    "networking.istio.io/Gateway",
    "gateway.networking.k8s.io/Gateway",
    "gateway.networking.k8s.io/GatewayClass",
];

export function attachmentRules(spec: Loose<Partial<PolicyAttachment>>, report: Report): void {
    if (spec.selector) {
        checkSelector(spec.selector.matchLabels, "spec.selector.matchLabels", "it is for every pod of the namespace", report);
    }
    if (spec.targetRef) {
        targetRules(spec.targetRef, "spec.targetRef", report);
    }
    each(spec.targetRefs, "spec.targetRefs", (target, field) => targetRules(target, field, report));
}

function targetRules({ group, kind }: Loose<PolicyTargetReference>, field: string, report: Report): void {
    if (kind !== undefined && kind !== "" && !TARGETS.includes(`${group ?? ""}/${kind}`)) {
        report(
            "GH0104",
            field,
            "refers to a kind that a policy cannot be for",
            "Refer to a Gateway, Service, ServiceEntry or GatewayClass, or use `selector`.",
        );
    }
}

/** The shapes that the schemas want of a kind and a group, where Istio looks at neither. */
export function targetNames({ group, kind }: Loose<PolicyTargetReference>, field: string, report: Report): void {
    if (kind !== undefined && kind !== "" && !/^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$/.test(kind)) {
        report("GH0104", `${field}.kind`, `got ${shownText(kind)}, wanted a kind: letters, digits and inner hyphens`);
    }
    if (group !== undefined && group !== "" && !SUBDOMAIN.test(group)) {
        report("GH0104", `${field}.group`, `got ${shownText(group)}, wanted an API group`);
    }
}
