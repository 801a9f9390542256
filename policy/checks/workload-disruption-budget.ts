/** Without a budget a drain of several nodes may take all pods of a gateway at once. */
import type { Checks } from "../check";
import type { Pods } from "../objects/pods";
import { gatewayWorkloads } from "../objects/workload";
import { fault, type Thing } from "../thing";
import { at, entries, items, texts, UNKNOWN } from "../values";

/** Whether a budget is for these pods; true where that cannot be known. */
function covers(budget: Thing, pods: Pods): boolean {
    const selector = at(budget.value, "spec", "selector");
    if ([budget.namespace, pods.thing.namespace, selector, at(selector, "matchLabels")].includes(UNKNOWN) || !pods.certain) return true;
    if (budget.namespace !== pods.thing.namespace || selector === undefined) return false;
    const byLabel = entries(at(selector, "matchLabels")).every(([key, value]) => value === UNKNOWN || pods.labels[key] === value);
    return byLabel && items(at(selector, "matchExpressions")).every((one) => fits(one, pods));
}

function fits(expression: unknown, { labels }: Pods): boolean {
    const value = labels[String(at(expression, "key"))];
    const values = texts(at(expression, "values"));
    switch (at(expression, "operator")) {
        case "In":
            return value !== undefined && values.includes(value);
        case "NotIn":
            return value === undefined || !values.includes(value);
        case "Exists":
            return value !== undefined;
        case "DoesNotExist":
            return value === undefined;
        default:
            return true;
    }
}

export const workloadDisruptionBudget: Checks<"workload-disruption-budget"> = {
    stack: (world) => {
        const budgets = world.of("policy", "PodDisruptionBudget");
        return gatewayWorkloads(world)
            .filter((pods) => !budgets.some((budget) => covers(budget, pods)))
            .map(({ thing }) =>
                fault(thing, "", "has no PodDisruptionBudget: a drain may take all of its pods at once. Make one that selects them."),
            );
    },
};
