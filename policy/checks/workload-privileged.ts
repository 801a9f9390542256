/** A privileged container owns its node, and with it every pod there. */
import type { Change, Checks } from "../check";
import { bearsLabel, containersOf, podChecks, type ContainerView } from "../objects/workload";
import { madeBy, type Pods } from "../objects/pods";
import { fault, type PolicyFault } from "../thing";
import { at, UNKNOWN } from "../values";

const OF_THE_NODE = ["hostNetwork", "hostPID", "hostIPC"] as const;

function ofContainer(pods: Pods, { value, field }: ContainerView): PolicyFault[] {
    const context = at(value, "securityContext");
    const escalation = at(context, "allowPrivilegeEscalation");
    if (at(context, "privileged") === true)
        return [fault(pods.thing, `${field}.securityContext.privileged`, "is true: the container owns its node. Leave it out.")];
    return escalation === false || escalation === UNKNOWN
        ? []
        : [
              fault(
                  pods.thing,
                  `${field}.securityContext.allowPrivilegeEscalation`,
                  "is not false: a process may gain more rights than its parent. Set it to false.",
              ),
          ];
}

function changesOf({ value, path }: ContainerView): Change[] {
    const context = at(value, "securityContext");
    const escalation = at(context, "allowPrivilegeEscalation");
    if (context === UNKNOWN) return [];
    return [
        ...(at(context, "privileged") === true ? [{ path: [...path, "securityContext", "privileged"], value: false }] : []),
        ...(escalation === false || escalation === UNKNOWN
            ? []
            : [{ path: [...path, "securityContext", "allowPrivilegeEscalation"], value: false }]),
    ];
}

export const workloadPrivileged: Checks<"workload-privileged"> = {
    ...podChecks<"workload-privileged">((pods) => [
        ...OF_THE_NODE.filter((name) => at(pods.spec, name) === true).map((name) =>
            fault(pods.thing, `spec.template.spec.${name}`, "is true: the pods share it with their node. Leave it out."),
        ),
        ...containersOf(pods).flatMap((container) => ofContainer(pods, container)),
    ]),
    remedy: (thing) => {
        const pods = bearsLabel(thing) ? madeBy(thing) : undefined;
        return pods ? containersOf(pods).flatMap(changesOf) : [];
    },
};
