/** The parts of workload objects that a local run reads. Whatever a program wrote may be missing or odd: all is optional. */
import type { KubeObject } from "../../istio";

export interface EnvironmentVariable {
    readonly name: string;
    readonly value?: string;
    readonly valueFrom?: {
        readonly fieldRef?: { readonly fieldPath?: string };
        readonly secretKeyRef?: KeyReference;
        readonly configMapKeyRef?: KeyReference;
    };
}
export interface KeyReference {
    readonly name?: string;
    readonly key?: string;
    readonly optional?: boolean;
}

export interface Container {
    readonly name?: string;
    readonly args?: readonly string[];
    readonly env?: readonly EnvironmentVariable[];
    readonly ports?: readonly { readonly name?: string; readonly containerPort?: number }[];
    readonly volumeMounts?: readonly { readonly name?: string; readonly mountPath?: string; readonly subPath?: string }[];
}

export interface KeyToPath {
    readonly key?: string;
    readonly path?: string;
}
export interface VolumeSource {
    readonly secret?: {
        readonly secretName?: string;
        readonly name?: string;
        readonly items?: readonly KeyToPath[];
        readonly optional?: boolean;
    };
    readonly configMap?: { readonly name?: string; readonly items?: readonly KeyToPath[]; readonly optional?: boolean };
}
export interface Volume extends VolumeSource {
    readonly name?: string;
    readonly projected?: { readonly sources?: readonly VolumeSource[] };
}

export interface PodSpec {
    readonly serviceAccountName?: string;
    readonly containers?: readonly Container[];
    readonly volumes?: readonly Volume[];
}
export interface PodTemplate {
    readonly metadata?: { readonly labels?: Readonly<Record<string, string>>; readonly annotations?: Readonly<Record<string, string>> };
    readonly spec?: PodSpec;
}

interface WithTemplate extends KubeObject {
    readonly spec?: { readonly template?: PodTemplate };
}
interface CronJob extends KubeObject {
    readonly spec?: { readonly jobTemplate?: { readonly spec?: { readonly template?: PodTemplate } } };
}
interface Pod extends KubeObject {
    readonly spec?: PodSpec;
}

/** ConfigMaps hold text in `data` and bytes in `binaryData`. */
export interface ConfigMap extends KubeObject {
    readonly data?: Readonly<Record<string, string>>;
    readonly binaryData?: Readonly<Record<string, string>>;
}

/** The pods that an object stands for; undefined where it is no workload. */
export function podTemplateOf(object: KubeObject): PodTemplate | undefined {
    switch (`${object.apiVersion.split("/")[0]}/${object.kind}`) {
        case "apps/Deployment":
        case "apps/StatefulSet":
        case "apps/DaemonSet":
        case "apps/ReplicaSet":
        case "batch/Job":
            return (object as WithTemplate).spec?.template ?? {};
        case "batch/CronJob":
            return (object as CronJob).spec?.jobTemplate?.spec?.template ?? {};
        case "v1/Pod": {
            const { labels, annotations } = object.metadata;
            return {
                metadata: { ...(labels ? { labels } : {}), ...(annotations ? { annotations } : {}) },
                spec: (object as Pod).spec ?? {},
            };
        }
        default:
            return undefined;
    }
}
