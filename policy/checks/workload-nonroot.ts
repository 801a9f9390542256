/** A process that breaks out of its container as root is root on the node. */
import type { Checks } from "../check";
import { containersOf, podChecks } from "../objects/workload";
import { fault } from "../thing";
import { at, UNKNOWN } from "../values";

export const workloadNonroot: Checks<"workload-nonroot"> = podChecks<"workload-nonroot">((pods) =>
    containersOf(pods).flatMap(({ value, field }) => {
        // What a container says stands over what its pod says.
        const said = (name: string): unknown => at(value, "securityContext", name) ?? at(pods.spec, "securityContext", name);
        const user = said("runAsUser");
        const nonRoot = said("runAsNonRoot");
        if (user === 0) return [fault(pods.thing, `${field}.securityContext.runAsUser`, "is 0, which is root. Give another user.")];
        if (nonRoot === true || nonRoot === UNKNOWN || user === UNKNOWN || typeof user === "number") return [];
        return [
            fault(pods.thing, `${field}.securityContext.runAsNonRoot`, "is not true: the image may run as root. Set it, or give a user."),
        ];
    }),
);
