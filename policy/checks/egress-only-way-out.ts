/** A sidecar holds those who go by it: a pod that opens a connection of another user's, or has no sidecar, is held by the network alone. */
import { shownText } from "../../istio";
import type { Checks } from "../check";
import { fault, isKind, NETWORKING, type Thing } from "../thing";
import { at, UNKNOWN } from "../values";

const POLICIES = "networking.k8s.io";

/** Whether some policy of the namespace says what may leave, or may say it once all of it is known. */
function isHeld(policies: readonly Thing[], namespace: string): boolean {
    return policies.some((policy) => {
        if (policy.namespace !== UNKNOWN && policy.namespace !== namespace) return false;
        const types = at(policy.value, "spec", "policyTypes");
        // Without types a policy is for what leaves where it has a rule of it.
        if (!Array.isArray(types)) return types === UNKNOWN || at(policy.value, "spec", "egress") !== undefined;
        return types.some((type) => type === UNKNOWN || type === "Egress");
    });
}

export const egressOnlyWayOut: Checks<"egress-only-way-out"> = {
    stack: (world) => {
        // A stack that this one refers to may have the policies.
        if (!world.complete) return [];
        const policies = world.of(POLICIES, "NetworkPolicy");
        return world
            .of("networking.istio.io", "Sidecar")
            .filter((thing) => isKind(thing, NETWORKING, "Sidecar"))
            .flatMap((sidecar) => {
                const { namespace, value } = sidecar;
                const whole = at(value, "spec", "workloadSelector") === undefined;
                if (!whole || namespace === UNKNOWN || at(value, "spec", "outboundTrafficPolicy", "mode") !== "REGISTRY_ONLY") return [];
                if (isHeld(policies, namespace)) return [];
                return [
                    fault(
                        sidecar,
                        "spec.outboundTrafficPolicy.mode",
                        `is REGISTRY_ONLY, and no NetworkPolicy of ${shownText(namespace)} says what may leave: a pod that goes past its sidecar reaches any host. Give the EgressGateway \`enforce\`, or write a NetworkPolicy of type Egress.`,
                    ),
                ];
            });
    },
};
