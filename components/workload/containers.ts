/** The proxy's container: the bundled proxy, or the one that Istio's injector fills in. */
import type * as k8s from "@pulumi/kubernetes";
import { PROXY_CONFIG_ANNOTATION, PROXY_CONFIG_VARIABLE } from "../../istio/semantics/proxy-config";
import { TRUSTED_PROXIES_ARGUMENT } from "../../istio/semantics/trusted-proxies";
import { derivedNames, LABEL_NAME, slug } from "../arguments";
import { METRICS_PORT, STATUS_PORT } from "../ports";
import { podLabels } from "./metadata";
import type { WorkloadPlan } from "./plan";
import { drainSeconds, preStopSeconds } from "./shutdown";

type Container = k8s.types.input.core.v1.Container;

export const TMP = { name: "tmp", mountPath: "/tmp" };
/** Where every client of the API server looks for its token. */
export const API_ACCESS = { name: "kube-api-access", mountPath: "/var/run/secrets/kubernetes.io/serviceaccount", readOnly: true };
/** Kubernetes' own for mounted tokens: an hour, and room for clocks that differ. The kubelet renews it in time. */
const TOKEN_SECONDS = 3607;

/**
 * The proxy compiles in one process and serves in one worker a CPU: each takes some 60 MB at rest, so that 128Mi, which
 * is enough for Envoy, is not. The memory limit leaves room for connections; the CPU limit is also how many workers run.
 * CPU is limited because the autoscaler goes by the requested share: without a limit one pod would take a node's
 * spare CPU, and then miss it.
 */
const RESOURCES = { requests: { cpu: "200m", memory: "256Mi" }, limits: { cpu: "2", memory: "1Gi" } };

/** The primary answers probes between two compilations: a big change may hold it up for a second or two. */
const probe = (path: string, periodSeconds: number, failureThreshold: number): k8s.types.input.core.v1.Probe => ({
    httpGet: { path, port: STATUS_PORT },
    periodSeconds,
    timeoutSeconds: 3,
    failureThreshold,
});

/** `a=1,b=2`, sorted, as the proxy's `--labels` reads it. */
export function labelsText(labels: Readonly<Record<string, string>>): string {
    return Object.entries(labels)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, value]) => `${key}=${value}`)
        .join(",");
}

/** The volume of each Secret, named after it, so that another order of the list is not another pod. */
function volumeNames({ args }: WorkloadPlan): ReadonlyMap<string, string> {
    const secrets = [...new Set((args.secretVolumes ?? []).map(({ secretName }) => secretName))];
    const names = derivedNames(secrets, (secret) => `secret-${slug(secret)}`.slice(0, LABEL_NAME.max), LABEL_NAME);
    return new Map(secrets.map((secret, index) => [secret, names[index] ?? ""]));
}

function secretMounts(plan: WorkloadPlan): k8s.types.input.core.v1.VolumeMount[] {
    const volumes = volumeNames(plan);
    return (plan.args.secretVolumes ?? []).map(({ secretName, mountPath }) => ({
        name: volumes.get(secretName) ?? "",
        mountPath,
        readOnly: true,
    }));
}

/**
 * By its node the proxy knows where it runs, and by an annotation of its pod what Istio's injector would tell it. A variable of such
 * a name is taken as it was given.
 */
function ofPod({ args }: WorkloadPlan): k8s.types.input.core.v1.EnvVar[] {
    const variables = { NODE_NAME: "spec.nodeName", [PROXY_CONFIG_VARIABLE]: `metadata.annotations['${PROXY_CONFIG_ANNOTATION}']` };
    return Object.entries(variables)
        .filter(([name]) => args.pod?.env === undefined || !(name in args.pod.env))
        .map(([name, fieldPath]) => ({ name, valueFrom: { fieldRef: { fieldPath } } }));
}

/** It writes nowhere but where a volume is, and can do no more than anybody. */
export const confined = () => ({
    allowPrivilegeEscalation: false,
    privileged: false,
    readOnlyRootFilesystem: true,
    runAsNonRoot: true,
    capabilities: { drop: ["ALL"] },
});

function common(
    plan: WorkloadPlan,
): Pick<Container, "ports" | "resources" | "securityContext"> & { env: k8s.types.input.core.v1.EnvVar[] } {
    const { args, ports } = plan;
    return {
        ports: ports.map(({ name, targetPort }) => ({ name, containerPort: targetPort, protocol: "TCP" })),
        resources: {
            requests: { ...RESOURCES.requests, ...args.resources?.requests },
            limits: { ...RESOURCES.limits, ...args.resources?.limits },
        },
        env: Object.entries(args.pod?.env ?? {})
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([name, value]) => ({ name, value })),
        securityContext: confined(),
    };
}

/** The kubelet waits by itself: there is no shell in the image. */
function lifecycle(plan: WorkloadPlan): Pick<Container, "lifecycle"> {
    const seconds = preStopSeconds(plan);
    return seconds > 0 ? { lifecycle: { preStop: { sleep: { seconds } } } } : {};
}

/** Istio's injector replaces the image and adds probes and arguments (template `gateway`). */
function istioContainer(plan: WorkloadPlan): Container {
    return { name: "istio-proxy", image: "auto", ...common(plan), ...lifecycle(plan), volumeMounts: secretMounts(plan) };
}

/**
 * Starts up within 30 s or is started again; leaves the Service when not in sync; a hang of a minute restarts it. The
 * namespace stands in the arguments as it is, and not as a variable: the pod can be in no other.
 */
function gatehouseContainer(plan: WorkloadPlan): Container {
    const { ports, env, ...rest } = common(plan);
    return {
        name: "proxy",
        image: plan.args.image ?? "",
        env: [...ofPod(plan), ...env],
        args: [
            "proxy",
            "--kubernetes",
            "--labels",
            labelsText(podLabels(plan)),
            "--namespace",
            plan.args.namespace,
            "--drain-seconds",
            String(drainSeconds(plan)),
            ...(plan.args.underscoresInHeaders === undefined ? [] : ["--underscores-in-headers", plan.args.underscoresInHeaders]),
            ...(plan.args.rootNamespace === undefined ? [] : ["--root-namespace", plan.args.rootNamespace]),
            ...(plan.trustedProxies === undefined ? [] : [TRUSTED_PROXIES_ARGUMENT, String(plan.trustedProxies)]),
        ],
        ports: [
            ...(ports as object[]),
            { name: "status", containerPort: STATUS_PORT, protocol: "TCP" },
            { name: "http-metrics", containerPort: METRICS_PORT, protocol: "TCP" },
        ] as Container["ports"],
        ...rest,
        ...lifecycle(plan),
        startupProbe: probe("/livez", 1, 30),
        readinessProbe: probe("/healthz/ready", 5, 2),
        livenessProbe: probe("/livez", 10, 6),
        volumeMounts: [TMP, API_ACCESS, ...secretMounts(plan)],
    };
}

export function proxyContainer(plan: WorkloadPlan): Container {
    return plan.dataPlane === "istio" ? istioContainer(plan) : gatehouseContainer(plan);
}

/** The account's token, for this one container: with what a mounted token of Kubernetes' own has beside it. */
export function apiAccess(): k8s.types.input.core.v1.Volume {
    return {
        name: API_ACCESS.name,
        projected: {
            defaultMode: 420,
            sources: [
                { serviceAccountToken: { path: "token", expirationSeconds: TOKEN_SECONDS } },
                { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
                { downwardAPI: { items: [{ path: "namespace", fieldRef: { apiVersion: "v1", fieldPath: "metadata.namespace" } }] } },
            ],
        },
    };
}

/** Secrets are optional and world readable inside the pod (420 is 0644): the proxy is not root and owns no file. */
export function podVolumes(plan: WorkloadPlan): k8s.types.input.core.v1.Volume[] {
    const { dataPlane } = plan;
    const secrets = [...volumeNames(plan)].map(([secretName, name]) => ({
        name,
        secret: { secretName, optional: true, defaultMode: 420 },
    }));
    // The root file system is read only; Node keeps its compile cache in /tmp.
    return dataPlane === "istio" ? secrets : [{ name: TMP.name, emptyDir: {} }, apiAccess(), ...secrets];
}
