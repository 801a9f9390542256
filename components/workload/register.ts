/** Registers a gateway's workload as children of its component. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Settled } from "../arguments";
import { Telemetry } from "../resources";
import type { WorkloadManifests } from "./objects";
import { ROLLOUT_SECONDS } from "./deployment";
import { rolloutHook } from "./rollout";

export interface Workload {
    readonly service: k8s.core.v1.Service;
    readonly deployment: k8s.apps.v1.Deployment;
    readonly serviceAccount: k8s.core.v1.ServiceAccount;
    readonly addresses: pulumi.Output<string[]>;
}

interface Access {
    readonly serviceAccount: k8s.core.v1.ServiceAccount;
    readonly all: readonly pulumi.Resource[];
}

function registerAccess(name: string, built: WorkloadManifests, opts: pulumi.CustomResourceOptions): Access {
    const serviceAccount = new k8s.core.v1.ServiceAccount(`${name}-account`, built.serviceAccount, opts);
    const { clusterRole, clusterRoleBinding } = built;
    return {
        serviceAccount,
        all: [
            serviceAccount,
            new k8s.rbac.v1.Role(`${name}-secrets`, built.role, opts),
            new k8s.rbac.v1.RoleBinding(`${name}-secrets`, built.roleBinding, opts),
            ...(clusterRole ? [new k8s.rbac.v1.ClusterRole(`${name}-routing`, clusterRole, opts)] : []),
            ...(clusterRoleBinding ? [new k8s.rbac.v1.ClusterRoleBinding(`${name}-routing`, clusterRoleBinding, opts)] : []),
        ],
    };
}

/** A load balancer's addresses once it has any; for every other type the addresses that were given, else the Service's DNS name. */
function addressesOf(service: k8s.core.v1.Service): pulumi.Output<string[]> {
    return pulumi.all([service.metadata, service.spec, service.status]).apply(([metadata, spec, status]) => {
        if (spec.type !== "LoadBalancer")
            return (spec.externalIPs as string[] | undefined)?.length
                ? spec.externalIPs
                : [`${metadata.name}.${metadata.namespace}.svc.cluster.local`];
        // Without a cluster, or where nobody waits for the address, there is no status.
        const balancers = (status as typeof status | undefined)?.loadBalancer?.ingress ?? [];
        return balancers.map(({ hostname, ip }) => hostname ?? ip).filter((address) => address !== undefined);
    });
}

/** `rolloutSeconds`: how long the Deployment may take to be complete; `before`: what is to be there before its pods. */
export function registerWorkload<Data>(
    name: string,
    parent: pulumi.ComponentResource,
    data: Settled<Data>,
    built: WorkloadManifests,
    rolloutSeconds = ROLLOUT_SECONDS,
    before: readonly pulumi.Input<pulumi.Resource>[] = [],
): Workload {
    const opts = data.options({ parent });
    const access = registerAccess(name, built, opts);
    const { autoscaler, networkPolicy, telemetry } = built;
    // The account's roles are there before the pods are; the Service is not waited for, since it waits for the pods.
    const onError = rolloutHook(parent);
    const patience = `${rolloutSeconds}s`;
    const deployment = new k8s.apps.v1.Deployment(`${name}-deployment`, built.deployment, {
        ...data.options({ parent, dependsOn: [...access.all, ...before] }),
        // A pod that never gets ready fails the update in this time, with the reason the cluster gives.
        customTimeouts: { create: patience, update: patience },
        ...(onError ? { hooks: { onError: [onError] } } : {}),
        // The autoscaler owns the number from the first day on.
        ...(autoscaler ? { ignoreChanges: ["spec.replicas"] } : {}),
    });
    const service = new k8s.core.v1.Service(`${name}-service`, built.service, opts);
    if (autoscaler) new k8s.autoscaling.v2.HorizontalPodAutoscaler(`${name}-autoscaler`, autoscaler, opts);
    new k8s.policy.v1.PodDisruptionBudget(`${name}-disruption`, built.disruptionBudget, opts);
    if (networkPolicy) new k8s.networking.v1.NetworkPolicy(`${name}-network`, networkPolicy, opts);
    if (telemetry) new Telemetry(`${name}-telemetry`, telemetry, opts);
    return { service, deployment, serviceAccount: access.serviceAccount, addresses: addressesOf(service) };
}
