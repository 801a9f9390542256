/** A Gateway that selects no pods is served by nobody, and nothing says so. */
import { shownText } from "../../istio";
import type { Checks } from "../check";
import { selectedPods } from "../objects/pods";
import { gatewayWorkloads } from "../objects/workload";
import { fault } from "../thing";
import { at, entries } from "../values";

export const gatewaySelectorUnmatched: Checks<"gateway-selector-unmatched"> = {
    stack: (world, { elsewhere }) => {
        // A stack without a gateway of its own uses another's.
        if (!world.complete && gatewayWorkloads(world).length === 0) return [];
        return world.of("networking.istio.io", "Gateway").flatMap((gateway) => {
            const selector = at(gateway.value, "spec", "selector");
            const labels = entries(selector).map(([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`);
            if (labels.length === 0 || labels.some((label) => elsewhere.includes(label)) || selectedPods(world, selector)?.length !== 0)
                return [];
            return [
                fault(
                    gateway,
                    "spec.selector",
                    `is ${labels.map(shownText).join(", ")}, which no pods of the stack bear: nobody serves it. Give the labels of a gateway's pods.`,
                ),
            ];
        });
    },
};
