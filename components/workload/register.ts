/** Registers a gateway's workload as children of its component. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Telemetry } from "../resources";
import type { Ports } from "../ports";
import type { WorkloadArgs } from "./args";
import type { WorkloadManifests } from "./build";
import { ROLLOUT_SECONDS } from "./deployment";
import { rolloutHook } from "./rollout";

export interface Workload {
    readonly service: k8s.core.v1.Service;
    readonly deployment: k8s.apps.v1.Deployment;
    readonly serviceAccount: k8s.core.v1.ServiceAccount;
    readonly addresses: pulumi.Output<string[]>;
}

/** Which of the optional objects there are: plain, so that it is known before any value is. */
export interface WorkloadShape {
    readonly autoscaler: boolean;
    readonly clusterAccess: boolean;
    readonly networkPolicy: boolean;
    readonly telemetry: boolean;
    /** How long the Deployment may take to be complete. */
    readonly rolloutSeconds: number;
}

type Present<K extends keyof WorkloadManifests> = NonNullable<WorkloadManifests[K]>;

interface Access {
    readonly serviceAccount: k8s.core.v1.ServiceAccount;
    readonly all: readonly pulumi.Resource[];
}

function registerAccess(name: string, built: pulumi.Output<WorkloadManifests>, shape: WorkloadShape, opts: pulumi.CustomResourceOptions): Access {
    const part = <K extends keyof WorkloadManifests>(key: K): pulumi.Output<Present<K>> => built.apply((all) => all[key] as Present<K>) as pulumi.Output<Present<K>>;
    const serviceAccount = new k8s.core.v1.ServiceAccount(`${name}-account`, {
        metadata: part("serviceAccount").apply(({ metadata }) => metadata),
        automountServiceAccountToken: part("serviceAccount").apply((one) => one.automountServiceAccountToken),
    }, opts);
    const secrets = [
        new k8s.rbac.v1.Role(`${name}-secrets`, {
            metadata: part("role").apply(({ metadata }) => metadata),
            rules: part("role").apply(({ rules }) => rules),
        }, opts),
        new k8s.rbac.v1.RoleBinding(`${name}-secrets`, {
            metadata: part("roleBinding").apply(({ metadata }) => metadata),
            roleRef: part("roleBinding").apply(({ roleRef }) => roleRef),
            subjects: part("roleBinding").apply(({ subjects }) => subjects),
        }, opts),
    ];
    const routing = shape.clusterAccess ? [
        new k8s.rbac.v1.ClusterRole(`${name}-routing`, {
            metadata: part("clusterRole").apply(({ metadata }) => metadata),
            rules: part("clusterRole").apply(({ rules }) => rules),
        }, opts),
        new k8s.rbac.v1.ClusterRoleBinding(`${name}-routing`, {
            metadata: part("clusterRoleBinding").apply(({ metadata }) => metadata),
            roleRef: part("clusterRoleBinding").apply(({ roleRef }) => roleRef),
            subjects: part("clusterRoleBinding").apply(({ subjects }) => subjects),
        }, opts),
    ] : [];
    return { serviceAccount, all: [serviceAccount, ...secrets, ...routing] };
}

/** A load balancer's addresses once it has any; for every other type the addresses that were given, else the Service's DNS name. */
function addressesOf(service: k8s.core.v1.Service): pulumi.Output<string[]> {
    return pulumi.all([service.metadata, service.spec, service.status]).apply(([metadata, spec, status]) => {
        if (spec.type !== "LoadBalancer") return (spec.externalIPs as string[] | undefined)?.length ? spec.externalIPs : [`${metadata.name}.${metadata.namespace}.svc.cluster.local`];
        // Without a cluster, or where nobody waits for the address, there is no status.
        const balancers = (status as typeof status | undefined)?.loadBalancer?.ingress ?? [];
        return balancers.map(({ hostname, ip }) => hostname ?? ip).filter((address) => address !== undefined);
    });
}

export function registerWorkload(name: string, parent: pulumi.ComponentResource, built: pulumi.Output<WorkloadManifests>, shape: WorkloadShape): Workload {
    const opts = { parent };
    const metadataOf = <K extends Exclude<keyof WorkloadManifests, never>>(key: K) => built.apply((all) => (all[key] as Present<K>).metadata);
    const specOf = <K extends "deployment" | "service" | "autoscaler" | "disruptionBudget" | "networkPolicy" | "telemetry">(key: K): pulumi.Output<Present<K>["spec"]> =>
        built.apply((all) => (all[key] as Present<K>).spec) as pulumi.Output<Present<K>["spec"]>;

    const access = registerAccess(name, built, shape, opts);
    // The account's roles are there before the pods are; the Service is not waited for, since it waits for the pods.
    const onError = rolloutHook(parent);
    const patience = `${shape.rolloutSeconds}s`;
    const deployment = new k8s.apps.v1.Deployment(`${name}-deployment`, { metadata: metadataOf("deployment"), spec: specOf("deployment") }, {
        ...opts,
        // A pod that never gets ready fails the update in this time, with the reason the cluster gives.
        customTimeouts: { create: patience, update: patience },
        dependsOn: [...access.all],
        ...(onError ? { hooks: { onError: [onError] } } : {}),
        // The autoscaler owns the number from the first day on.
        ...(shape.autoscaler ? { ignoreChanges: ["spec.replicas"] } : {}),
    });
    const service = new k8s.core.v1.Service(`${name}-service`, { metadata: metadataOf("service"), spec: specOf("service") }, opts);
    if (shape.autoscaler) new k8s.autoscaling.v2.HorizontalPodAutoscaler(`${name}-autoscaler`, { metadata: metadataOf("autoscaler"), spec: specOf("autoscaler") }, opts);
    new k8s.policy.v1.PodDisruptionBudget(`${name}-disruption`, { metadata: metadataOf("disruptionBudget"), spec: specOf("disruptionBudget") }, opts);
    if (shape.networkPolicy) new k8s.networking.v1.NetworkPolicy(`${name}-network`, { metadata: metadataOf("networkPolicy"), spec: specOf("networkPolicy") }, opts);
    if (shape.telemetry) new Telemetry(`${name}-telemetry`, { metadata: metadataOf("telemetry"), spec: specOf("telemetry") }, opts);
    return { service, deployment, serviceAccount: access.serviceAccount, addresses: addressesOf(service) };
}

/** The shape that arguments ask for. */
export function workloadShape(args: Pick<WorkloadArgs<Ports>, "autoscaling" | "dataPlane" | "networkPolicy" | "accessLog" | "rollout">): WorkloadShape {
    return {
        autoscaler: args.autoscaling !== false,
        clusterAccess: args.dataPlane !== "istio",
        networkPolicy: args.networkPolicy !== false,
        telemetry: args.accessLog !== undefined && args.accessLog !== false,
        rolloutSeconds: args.rollout?.timeoutSeconds ?? ROLLOUT_SECONDS,
    };
}
