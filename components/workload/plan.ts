/** A gateway's workload as data: what its builders read, each default in its place. */
import type * as k8s from "@pulumi/kubernetes";
import type { Metadata } from "../arguments";
import { declarePorts, type Port, type Ports } from "../ports";
import type { GatewayKind } from "../gateway";
import type { DataPlane, ServiceType, UnderscoresInHeaders } from "./args";

/** `WorkloadArgs` once every value is there. */
export interface WorkloadData {
    readonly namespace: string;
    readonly ports?: Ports;
    readonly service?: {
        readonly type?: ServiceType;
        readonly loadBalancerSourceRanges?: readonly string[];
        readonly annotations?: Readonly<Record<string, string>>;
        readonly skipAwait?: boolean;
        readonly [field: string]: unknown;
    };
    readonly autoscaling?: { readonly minReplicas?: number; readonly maxReplicas?: number; readonly targetCpuPercent?: number } | false;
    readonly replicas?: number;
    readonly accessLog?: boolean | { readonly filter?: string; readonly provider?: string };
    readonly image?: string;
    readonly dataPlane?: DataPlane;
    readonly underscoresInHeaders?: UnderscoresInHeaders;
    readonly rootNamespace?: string;
    readonly resources?: { readonly requests?: Readonly<Record<string, string>>; readonly limits?: Readonly<Record<string, string>> };
    readonly secretVolumes?: readonly { readonly secretName: string; readonly mountPath: string }[];
    readonly pod?: {
        readonly labels?: Readonly<Record<string, string>>;
        readonly annotations?: Readonly<Record<string, string>>;
        readonly nodeSelector?: Readonly<Record<string, string>>;
        readonly tolerations?: readonly k8s.types.input.core.v1.Toleration[];
        readonly affinity?: k8s.types.input.core.v1.Affinity;
        readonly priorityClassName?: string;
        readonly imagePullSecrets?: readonly string[];
        readonly env?: Readonly<Record<string, string>>;
        readonly terminationGracePeriodSeconds?: number;
        readonly preStopSleepSeconds?: number;
    };
    readonly rollout?: { readonly timeoutSeconds?: number; readonly maxSurge?: number | string };
    readonly networkPolicy?: boolean;
    readonly metadata?: Metadata;
}

/** What every builder of the workload needs. */
export interface WorkloadPlan {
    readonly kind: GatewayKind;
    /** Of the gateway and its objects. */
    readonly name: string;
    readonly args: WorkloadData;
    readonly ports: readonly Port[];
    /** Never change: a Deployment's selector is for life, and Istio Gateways select by these. */
    readonly selector: Readonly<Record<string, string>>;
    readonly dataPlane: DataPlane;
}

/**
 * The labels by which an Istio Gateway finds its pods. The namespace is among them because Istio looks for them in all
 * namespaces: two teams may both call their gateway `public`.
 */
export function selectorOf(kind: GatewayKind, name: string, namespace: string): Record<string, string> {
    return { "gateway-name": name, "gateway-namespace": namespace, "gateway-type": kind };
}

export function planWorkload(kind: GatewayKind, component: string, args: WorkloadData): WorkloadPlan {
    const name = args.metadata?.name ?? component;
    return {
        kind,
        name,
        args,
        ports: declarePorts(args.ports),
        selector: selectorOf(kind, name, args.namespace),
        dataPlane: args.dataPlane ?? "gatehouse",
    };
}
