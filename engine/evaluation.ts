/** Makes the result of an evaluation out of the deployment that the program left behind. */
import type { Finding } from "../istio/findings";
import type { Deployment } from "./monitor/deployment";
import { clusterObjects, kubernetesObjects } from "./objects";
import type { Evaluation, StackName } from "./types";
import { holdsSecret, openMap } from "./values/envelopes";

export interface MadeEvaluation {
    readonly name: StackName;
    readonly deployment: Deployment;
    readonly findings: readonly Finding[];
    readonly referenced: readonly Evaluation[];
    readonly files: readonly string[];
    readonly durationMs: number;
}

export function makeEvaluation({ name, deployment, ...rest }: MadeEvaluation): Evaluation {
    const resources = deployment.evaluated();
    const outputs = deployment.stackOutputs();
    return {
        ...name,
        ...rest,
        resources,
        outputs: openMap(outputs),
        secretOutputs: Object.keys(outputs)
            .filter((key) => holdsSecret(outputs[key] ?? null))
            .sort(),
        kubernetesObjects: () => kubernetesObjects(resources),
        clusterObjects: () => clusterObjects(resources),
    };
}
