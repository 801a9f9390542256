/** With ALLOW_ANY whoever takes over a pod sends what it found to anybody. */
import type { Checks } from "../check";
import { fault, isKind, NETWORKING } from "../thing";
import { at } from "../values";

export const egressAllowAny: Checks<"egress-allow-any"> = {
    resource: (thing) =>
        isKind(thing, NETWORKING, "Sidecar") && at(thing.value, "spec", "outboundTrafficPolicy", "mode") === "ALLOW_ANY"
            ? [
                  fault(
                      thing,
                      "spec.outboundTrafficPolicy.mode",
                      "is ALLOW_ANY: traffic may leave to any host. Write REGISTRY_ONLY, and a ServiceEntry for each host that is meant.",
                  ),
              ]
            : [],
};
