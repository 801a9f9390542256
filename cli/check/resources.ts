/** Evaluations as the policies take them: what is to be judged, and what it builds on. */
import type { Evaluation } from "../../engine";
import { resourceOf, type Resource } from "../../policy/resource";
import { clusterKeys } from "../stack/clusters";
import { withReferred } from "../stack/evaluate";

/** The resources of the stacks, and those of the stacks that they refer to, which are not judged. */
export function resourcesOf(stacks: readonly Evaluation[]): Resource[] {
    const known = new Set<string>();
    const clusterOf = clusterKeys(stacks.flatMap(withReferred));
    const of = (evaluations: readonly Evaluation[], judged: boolean): Resource[] =>
        evaluations
            .flatMap(({ resources }) => resources)
            .filter(({ urn }) => !known.has(urn) && known.add(urn))
            .map((one) => resourceOf({ ...one, cluster: clusterOf(one) }, judged));
    const own = of(stacks, true);
    return [...own, ...of(stacks.flatMap(withReferred), false)];
}
