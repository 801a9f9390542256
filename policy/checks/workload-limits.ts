/** A gateway without limits takes its node down when it is flooded, and its neighbours with it. */
import type { Checks } from "../check";
import { containersOf, podChecks } from "../objects/workload";
import { fault } from "../thing";
import { at } from "../values";

export const workloadLimits: Checks<"workload-limits"> = podChecks<"workload-limits">((pods, { resources }) =>
    containersOf(pods).flatMap(({ value, field }) => {
        const missing = resources.filter((name) => at(value, "resources", "limits", name) === undefined);
        return missing.length > 0
            ? [fault(pods.thing, `${field}.resources.limits`, `has no ${missing.join(" and no ")}. Give a limit.`)]
            : [];
    }),
);
