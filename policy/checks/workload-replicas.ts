/** One pod is none while its node is drained. */
import type { Checks } from "../check";
import type { Pods } from "../objects/pods";
import { gatewayWorkloads } from "../objects/workload";
import { fault, type PolicyFault, type Thing } from "../thing";
import { at, number, UNKNOWN } from "../values";
import type { World } from "../world";

/** The autoscalers of a namespace, by the Deployment that they scale; those of which that is not known under UNKNOWN. */
function autoscalers(world: World): ReadonlyMap<string | typeof UNKNOWN, Thing> {
    return new Map(
        world.of("autoscaling", "HorizontalPodAutoscaler").map((one) => {
            const name = at(one.value, "spec", "scaleTargetRef", "name");
            const uncertain = name === UNKNOWN || one.namespace === UNKNOWN;
            return [uncertain ? UNKNOWN : `${String(one.namespace)}/${String(name)}`, one] as const;
        }),
    );
}

function tooFew(world: World, pods: Pods, minimum: number): PolicyFault[] {
    const { thing } = pods;
    const byTarget = world.derive(autoscalers);
    if (thing.name === UNKNOWN || thing.namespace === UNKNOWN || byTarget.has(UNKNOWN)) return [];
    const scaler = byTarget.get(`${thing.namespace}/${thing.name}`);
    if (scaler) {
        const least = at(scaler.value, "spec", "minReplicas");
        return least !== UNKNOWN && (number(least) ?? 1) < minimum
            ? [fault(scaler, "spec.minReplicas", `is ${number(least) ?? 1} for ${thing.title}. Want ${minimum} or more.`)]
            : [];
    }
    const replicas = at(thing.value, "spec", "replicas");
    return replicas !== UNKNOWN && (number(replicas) ?? 1) < minimum
        ? [fault(thing, "spec.replicas", `is ${number(replicas) ?? 1}. Want ${minimum} or more.`)]
        : [];
}

export const workloadReplicas: Checks<"workload-replicas"> = {
    stack: (world, { minimum }) => gatewayWorkloads(world).flatMap((pods) => tooFew(world, pods, minimum)),
};
