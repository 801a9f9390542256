/** The parts of a Pod that a kubelet reads. */
import type { KubeObject } from "./kube-api";

export interface Pod extends KubeObject {
    readonly spec: {
        readonly nodeName?: string;
        readonly serviceAccountName?: string;
        readonly terminationGracePeriodSeconds?: number;
        readonly containers: readonly Container[];
        readonly volumes?: readonly {
            readonly name: string;
            readonly secret?: { readonly secretName: string; readonly optional?: boolean };
        }[];
    };
    readonly status?: { readonly phase?: string };
}

export interface Container {
    readonly name: string;
    readonly image: string;
    readonly args?: readonly string[];
    readonly ports?: readonly { readonly containerPort: number }[];
    readonly env?: readonly {
        readonly name: string;
        readonly value?: string;
        readonly valueFrom?: { readonly fieldRef?: { readonly fieldPath: string } };
    }[];
    readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
    readonly readinessProbe?: { readonly httpGet?: { readonly path: string; readonly port: number } };
}

/** What the downward API says in the first container's environment. */
export function environmentOf(pod: Pod, podIp: string): Record<string, string> {
    const value = (fieldPath: string): string => {
        const [, key] = /^metadata\.annotations\['([^']+)'\]$/.exec(fieldPath) ?? [];
        // One that is not there is empty, as the kubelet has it.
        if (key !== undefined) return pod.metadata.annotations?.[key] ?? "";
        switch (fieldPath) {
            case "metadata.name":
                return pod.metadata.name;
            case "metadata.namespace":
                return pod.metadata.namespace;
            case "spec.nodeName":
                return pod.spec.nodeName ?? "";
            case "spec.serviceAccountName":
                return pod.spec.serviceAccountName ?? "default";
            case "status.podIP":
                return podIp;
            default:
                throw new Error(`Pod ${pod.metadata.namespace}/${pod.metadata.name}: nothing here says ${fieldPath}`);
        }
    };
    const env = pod.spec.containers[0]?.env ?? [];
    return Object.fromEntries(env.map((one) => [one.name, one.value ?? value(one.valueFrom?.fieldRef?.fieldPath ?? "")]));
}

/** The status of a pod whose containers run. */
export function runningStatus(pod: Pod, podIp: string, isReady: boolean): object {
    const now = new Date().toISOString();
    const condition = (type: string, holds: boolean): object => ({ type, status: holds ? "True" : "False", lastTransitionTime: now });
    return {
        phase: "Running",
        podIP: podIp,
        podIPs: [{ ip: podIp }],
        startTime: now,
        conditions: [
            condition("Initialized", true),
            condition("PodScheduled", true),
            condition("ContainersReady", isReady),
            condition("Ready", isReady),
        ],
        containerStatuses: pod.spec.containers.map(({ name, image }) => ({
            name,
            image,
            imageID: "",
            ready: isReady,
            started: true,
            restartCount: 0,
            state: { running: { startedAt: now } },
        })),
    };
}
