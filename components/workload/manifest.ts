/** An object of the workload as plain data, as transforms see it. */
import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { Telemetry } from "../../istio";
import type { ObjectMetadata } from "../arguments";

interface Kinds {
    Deployment: pulumi.Unwrap<k8s.types.input.apps.v1.Deployment>;
    Service: pulumi.Unwrap<k8s.types.input.core.v1.Service>;
    HorizontalPodAutoscaler: pulumi.Unwrap<k8s.types.input.autoscaling.v2.HorizontalPodAutoscaler>;
    PodDisruptionBudget: pulumi.Unwrap<k8s.types.input.policy.v1.PodDisruptionBudget>;
    NetworkPolicy: pulumi.Unwrap<k8s.types.input.networking.v1.NetworkPolicy>;
    ServiceAccount: pulumi.Unwrap<k8s.types.input.core.v1.ServiceAccount>;
    Role: pulumi.Unwrap<k8s.types.input.rbac.v1.Role>;
    RoleBinding: pulumi.Unwrap<k8s.types.input.rbac.v1.RoleBinding>;
    ClusterRole: pulumi.Unwrap<k8s.types.input.rbac.v1.ClusterRole>;
    ClusterRoleBinding: pulumi.Unwrap<k8s.types.input.rbac.v1.ClusterRoleBinding>;
    Telemetry: { metadata: ObjectMetadata; spec: Telemetry };
}

export type ManifestKind = keyof Kinds;
/** An object of the workload, told apart by its `kind`. */
export type Manifest = { [K in ManifestKind]: Kinds[K] & { apiVersion: string; kind: K } }[ManifestKind];
/** Gives back what is to be deployed: the object it was given, changed, or another one. */
export type ManifestTransform = (manifest: Manifest, kind: ManifestKind) => Manifest;
