/** The proxy's container: the bundled proxy, or the one that Istio's injector fills in. */
import type * as k8s from "@pulumi/kubernetes";
import { slug } from "../arguments";
import { podLabels } from "./metadata";
import type { WorkloadPlan } from "./plan";

type Container = k8s.types.input.core.v1.Container;

const STATUS_PORT = 15021;
const MAX_VOLUME_NAME = 63;
const TMP = { name: "tmp", mountPath: "/tmp" };

/**
 * The proxy compiles in one process and serves in one worker a CPU: each takes some 60 MB at rest, so that 128Mi, which
 * is enough for Envoy, is not. The memory limit leaves room for connections; the CPU limit is also how many workers run.
 */
const RESOURCES = { requests: { cpu: "200m", memory: "256Mi" }, limits: { cpu: "2", memory: "1Gi" } };

const probe = (path: string, periodSeconds: number, failureThreshold: number): k8s.types.input.core.v1.Probe => ({
    httpGet: { path, port: STATUS_PORT },
    periodSeconds,
    failureThreshold,
});

/** `a=1,b=2`, sorted, as the proxy's `--labels` reads it. */
export function labelsText(labels: Readonly<Record<string, string>>): string {
    return Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => `${key}=${value}`).join(",");
}

/** After its Secret, so that another order of the list is not another pod; a Secret may have dots in its name. */
function volumeName(secretName: string): string {
    return `secret-${slug(secretName)}`.slice(0, MAX_VOLUME_NAME);
}

function secretMounts({ args }: WorkloadPlan): k8s.types.input.core.v1.VolumeMount[] {
    return (args.secretVolumes ?? []).map(({ secretName, mountPath }) => ({ name: volumeName(secretName), mountPath, readOnly: true }));
}

function common(plan: WorkloadPlan): Pick<Container, "ports" | "resources" | "env" | "securityContext"> {
    const { args, ports } = plan;
    return {
        ports: ports.map(({ name, targetPort }) => ({ name, containerPort: targetPort, protocol: "TCP" })),
        resources: {
            requests: { ...RESOURCES.requests, ...args.resources?.requests },
            limits: { ...RESOURCES.limits, ...args.resources?.limits },
        },
        env: Object.entries(args.pod?.env ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => ({ name, value })),
        securityContext: {
            allowPrivilegeEscalation: false,
            privileged: false,
            readOnlyRootFilesystem: true,
            runAsNonRoot: true,
            capabilities: { drop: ["ALL"] },
        },
    };
}

/** Istio's injector replaces the image and adds probes and arguments (template `gateway`). */
function istioContainer(plan: WorkloadPlan): Container {
    return { name: "istio-proxy", image: "auto", ...common(plan), volumeMounts: secretMounts(plan) };
}

/** Starts up within 30 s or is started again; leaves the Service at once when not in sync; a hang of a minute restarts it. */
function gatehouseContainer(plan: WorkloadPlan): Container {
    const { ports, ...rest } = common(plan);
    return {
        name: "proxy",
        image: plan.args.image ?? "",
        args: ["proxy", "--kubernetes", "--labels", labelsText(podLabels(plan)), "--namespace", plan.args.namespace],
        ports: [...(ports as object[]), { name: "status", containerPort: STATUS_PORT, protocol: "TCP" }] as Container["ports"],
        ...rest,
        startupProbe: probe("/livez", 1, 30),
        readinessProbe: probe("/healthz/ready", 5, 2),
        livenessProbe: probe("/livez", 10, 6),
        volumeMounts: [TMP, ...secretMounts(plan)],
    };
}

export function proxyContainer(plan: WorkloadPlan): Container {
    return plan.dataPlane === "istio" ? istioContainer(plan) : gatehouseContainer(plan);
}

/** Secrets are optional and world readable inside the pod (420 is 0644): the proxy is not root and owns no file. */
export function podVolumes({ args, dataPlane }: WorkloadPlan): k8s.types.input.core.v1.Volume[] {
    const secrets = [...new Set((args.secretVolumes ?? []).map(({ secretName }) => secretName))].map((secretName) => ({
        name: volumeName(secretName),
        secret: { secretName, optional: true, defaultMode: 420 },
    }));
    // The root file system is read only; Node keeps its compile cache in /tmp.
    return dataPlane === "istio" ? secrets : [{ name: TMP.name, emptyDir: {} }, ...secrets];
}
