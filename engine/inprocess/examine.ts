/** What is wrong with the objects that a program made, each by itself and between them. */
import { analyze } from "../../istio/analysis";
import type { Finding } from "../../istio/findings";
import { kubernetesObjects } from "../objects";
import type { EvaluatedResource } from "../types";

/** A finding's place is where the object was made in the program. */
export function examine(resources: readonly EvaluatedResource[]): Finding[] {
    const objects = resources.flatMap((resource) =>
        kubernetesObjects([resource]).map((object) => {
            const { place } = resource;
            return { object, ...(place ? { place, placeOf: () => place } : {}) };
        }),
    );
    return analyze(objects, { now: Date.now() });
}
