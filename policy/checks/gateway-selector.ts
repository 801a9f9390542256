/** A Gateway without a selector is served by every gateway there is. */
import type { Checks } from "../check";
import { isGateway } from "../objects/gateway";
import { fault } from "../thing";
import { at, entries, UNKNOWN } from "../values";

export const gatewaySelector: Checks<"gateway-selector"> = {
    resource: (thing) => {
        const selector = at(thing.value, "spec", "selector");
        if (!isGateway(thing) || selector === UNKNOWN || entries(selector).length > 0) return [];
        return [
            fault(
                thing,
                "spec.selector",
                "is empty: every gateway of the cluster serves it. Give the labels of the gateway that is meant.",
            ),
        ];
    },
};
