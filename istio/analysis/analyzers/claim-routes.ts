/** IST0149: routes by a claim of a token, at gateways whose pods verify no token. */
import { isClaim, nameText, referredName, selects, type Labels } from "../../semantics";
import { textsAt } from "../loose";
import type { ObjectIndex } from "../object-index";
import type { IndexedKind } from "../indexed-object";
import type { AnalysisReport } from "../report";
import { addTo } from "../../lists-by-key";

export function claimRoutes(index: ObjectIndex, report: AnalysisReport): void {
    const verified = new Map<string, Labels[]>();
    for (const authentication of index.others("security.istio.io", "RequestAuthentication")) {
        const { namespace } = authentication.ref;
        addTo(verified, namespace, textsAt(authentication.object, "spec", "selector", "matchLabels"));
    }
    for (const service of index.of("VirtualService")) {
        const key = claimOf(service);
        if (key !== undefined) {
            checkGateways(key, service, verified, index, report);
        }
    }
}

/** The first key that is a claim. */
function claimOf({ usable }: IndexedKind<"VirtualService">): { readonly key: string; readonly field: string } | undefined {
    for (const [at, rule] of (usable.spec?.http ?? []).entries()) {
        for (const [matchAt, match] of (rule?.match ?? []).entries()) {
            for (const part of ["headers", "withoutHeaders"] as const) {
                const key = Object.keys(match?.[part] ?? {}).find(isClaim);
                if (key !== undefined) {
                    return { key, field: `spec.http[${at}].match[${matchAt}].${part}` };
                }
            }
        }
    }
    return undefined;
}

function checkGateways(
    claim: { readonly key: string; readonly field: string },
    service: IndexedKind<"VirtualService">,
    verified: ReadonlyMap<string, readonly Labels[]>,
    index: ObjectIndex,
    report: AnalysisReport,
): void {
    for (const text of service.usable.spec?.gateways ?? []) {
        const name = referredName(text ?? "mesh", service.ref.namespace);
        const gateway = text === "mesh" ? undefined : index.find("Gateway", name.namespace, name.name);
        for (const pod of gateway ? index.pods.selected(gateway.usable.spec?.selector ?? {}) : []) {
            const selectors = [...(verified.get(index.rootNamespace) ?? []), ...(verified.get(pod.namespace) ?? [])];
            if (!selectors.some((selector) => selects(selector, pod.labels))) {
                report.istio("IST0149", service, claim.field, [claim.key, nameText(name), pod.name]);
            }
        }
    }
}
