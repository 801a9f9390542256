/** A gateway needs no capability: low ports are a sysctl of the pod. */
import { shownText } from "../../istio";
import type { Checks } from "../check";
import { containersOf, podChecks } from "../objects/workload";
import { fault } from "../thing";
import { at, items, texts, UNKNOWN } from "../values";

/** `CAP_NET_ADMIN` and `NET_ADMIN` are one. */
const plain = (name: string): string => name.toUpperCase().replace(/^CAP_/, "");

export const workloadCapabilities: Checks<"workload-capabilities"> = podChecks<"workload-capabilities">((pods, { allowed }) =>
    containersOf(pods).flatMap(({ value, field }) => {
        const capabilities = at(value, "securityContext", "capabilities");
        const drop = at(capabilities, "drop");
        const added = texts(at(capabilities, "add")).filter((name) => !allowed.map(plain).includes(plain(name)));
        const drops = drop === UNKNOWN || items(drop).includes(UNKNOWN) || texts(drop).some((name) => plain(name) === "ALL");
        return [
            ...(added.length > 0
                ? [fault(pods.thing, `${field}.securityContext.capabilities.add`, `has ${added.map(shownText).join(", ")}. Leave it out.`)]
                : []),
            ...(drops
                ? []
                : [
                      fault(
                          pods.thing,
                          `${field}.securityContext.capabilities.drop`,
                          "does not have ALL: the container keeps what its runtime gives. Drop ALL.",
                      ),
                  ]),
        ];
    }),
);
