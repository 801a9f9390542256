/**
 * What to look at when a Deployment does not come up. Pulumi names pods that fail, but not why there are none: a quota,
 * a limit or an admission rule that refuses them stands in the events of the ReplicaSet alone.
 */
import type * as pulumi from "@pulumi/pulumi";
import { adviceHook } from "../arguments";

const TOOK_TOO_LONG = /timed out waiting to be Ready|ProgressDeadlineExceeded|MinimumReplicasUnavailable/;

interface Inputs {
    readonly metadata?: { readonly name?: string; readonly namespace?: string };
    readonly spec?: { readonly progressDeadlineSeconds?: number };
}

export function rolloutText(errors: readonly string[], { metadata = {}, spec = {} }: Inputs): string | undefined {
    if (!errors.some((error) => TOOK_TOO_LONG.test(error))) return undefined;
    const { name = "", namespace = "default" } = metadata;
    return (
        `The pods of the gateway ${namespace}/${name} were not ready after ${spec.progressDeadlineSeconds ?? 0} s; older ones, if there are any, go on serving. See why: ` +
        `kubectl describe replicasets,pods -n ${namespace} -l gateway-name=${name}. Usual reasons are an image that cannot be pulled, a quota, no node with room, missing definitions of Istio's kinds. ` +
        "Where the cluster only needs longer, give the gateway rollout.timeoutSeconds. (GH0222)"
    );
}

export function rolloutHook(component: pulumi.Resource): pulumi.ErrorHook | undefined {
    return adviceHook("gatehouse-rollout", component, ({ errors, newInputs = {} }) => rolloutText(errors, newInputs as Inputs));
}
