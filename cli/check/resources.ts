/** Evaluations as the policies take them: what is to be judged, and what it builds on. */
import type { EvaluatedResource, Evaluation } from "../../engine";
import { clusterKey } from "../../istio";
import { resourceOf, type Resource } from "../../policy/resource";

function below(evaluation: Evaluation): Evaluation[] {
    return [evaluation, ...evaluation.referenced.flatMap(below)];
}

/** The resources of the stacks, and those of the stacks that they refer to, which are not judged. */
export function resourcesOf(stacks: readonly Evaluation[]): Resource[] {
    const known = new Set<string>();
    const byUrn = new Map(stacks.flatMap(below).flatMap(({ resources }) => resources).map((one) => [one.urn, one]));
    const clusterOf = ({ provider = "" }: EvaluatedResource): string => clusterKey(byUrn.get(provider.slice(0, provider.lastIndexOf("::")))?.inputs);
    const of = (evaluations: readonly Evaluation[], judged: boolean): Resource[] => evaluations.flatMap(({ resources }) => resources)
        .filter(({ urn }) => !known.has(urn) && known.add(urn)).map((one) => resourceOf({ ...one, cluster: clusterOf(one) }, judged));
    const own = of(stacks, true);
    return [...own, ...of(stacks.flatMap(below), false)];
}
