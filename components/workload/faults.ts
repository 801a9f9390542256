/** What is wrong with the arguments of a gateway's workload. */
import { cidrFaults, fault, mentionsUnknown, nameFaults, namePath, secretNameFaults, type Fault } from "../arguments";
import { gatewayPortsFaults } from "../ports";
import { limitFaults } from "../rate-limit";
import { shapeFaults, type ObjectArgument } from "../schema";
import { accessLogFaults } from "./access-log";
import { serviceTypeOf } from "./network";
import { autoscalingOf } from "./deployment";
import { planWorkload, type WorkloadData, type WorkloadPlan } from "./plan";
import { graceSeconds, preStopSeconds } from "./shutdown";
import { telemetryFaults } from "./telemetry";
import type { GatewayKind } from "../gateway";
import type { ServiceArgs, ServiceType } from "./args";

/** Fields of a Service that Kubernetes takes for some types only: it says so when the Service is made, and by then pods run. */
const ONLY_FOR: Readonly<Partial<Record<keyof ServiceArgs, readonly ServiceType[]>>> = {
    loadBalancerSourceRanges: ["LoadBalancer"],
    loadBalancerClass: ["LoadBalancer"],
    loadBalancerIP: ["LoadBalancer"],
    allocateLoadBalancerNodePorts: ["LoadBalancer"],
    healthCheckNodePort: ["LoadBalancer"],
    externalTrafficPolicy: ["LoadBalancer", "NodePort"],
};

function serviceFaults(plan: WorkloadPlan): Fault[] {
    const { service = {} } = plan.args;
    const type = serviceTypeOf(plan);
    if (!["LoadBalancer", "ClusterIP", "NodePort"].includes(type))
        return [fault("GH0210", "service.type", `${JSON.stringify(type)} is not one of LoadBalancer, ClusterIP and NodePort.`)];
    const rangeFaults = cidrFaults("service.loadBalancerSourceRanges", service.loadBalancerSourceRanges);
    const misplaced = (Object.entries(ONLY_FOR) as [keyof ServiceArgs, readonly ServiceType[]][]).flatMap(([field, types]) =>
        service[field] === undefined || types.includes(type)
            ? []
            : [fault("GH0210", `service.${field}`, `a Service of type ${type} has no such field; it is for ${types.join(" and ")}.`)],
    );
    const health =
        service.healthCheckNodePort !== undefined &&
        type === "LoadBalancer" &&
        !mentionsUnknown(service.externalTrafficPolicy) &&
        service.externalTrafficPolicy !== "Local"
            ? [
                  fault(
                      "GH0210",
                      "service.healthCheckNodePort",
                      "only a load balancer that looks for nodes with pods asks it.",
                      'Give externalTrafficPolicy: "Local" beside it.',
                  ),
              ]
            : [];
    const nodePorts =
        type === "ClusterIP"
            ? plan.ports
                  .filter(({ nodePort }) => nodePort !== undefined)
                  .map(({ name }) =>
                      fault(
                          "GH0202",
                          `ports.${name}.nodePort`,
                          "a Service of type ClusterIP has no node ports.",
                          "Leave it out, or give service.type NodePort.",
                      ),
                  )
            : [];
    return [...rangeFaults, ...misplaced, ...health, ...nodePorts];
}

const isWhole = (value: unknown, least: number): boolean =>
    value === undefined || (typeof value === "number" && Number.isInteger(value) && value >= least);

function timeFaults(plan: WorkloadPlan): Fault[] {
    const { rollout = {}, pod = {} } = plan.args;
    const surge = rollout.maxSurge;
    if (typeof surge === "string" && !/^[1-9]\d*%$/.test(surge))
        return [fault("GH0210", "rollout.maxSurge", `${JSON.stringify(surge)} is not a whole number from 1.`)];
    if (!isWhole(pod.terminationGracePeriodSeconds, 1) || !isWhole(pod.preStopSleepSeconds, 0)) return [];
    const left = graceSeconds(plan) - preStopSeconds(plan);
    return left > 0
        ? []
        : [
              fault(
                  "GH0210",
                  "pod.terminationGracePeriodSeconds",
                  `of ${graceSeconds(plan)} s none is left to end in, after ${preStopSeconds(plan)} s of serving on.`,
                  "Give more, or less of pod.preStopSleepSeconds.",
              ),
          ];
}

function scaleFaults(plan: WorkloadPlan): Fault[] {
    const { replicas } = plan.args;
    const bounds = autoscalingOf(plan);
    if (!bounds) return [];
    const both =
        replicas === undefined
            ? []
            : [
                  fault(
                      "GH0210",
                      "replicas",
                      "autoscaling decides how many replicas there are.",
                      "Give autoscaling: false beside it, or autoscaling.minReplicas instead.",
                  ),
              ];
    const sound = [bounds.minReplicas, bounds.maxReplicas].every((value) => isWhole(value, 1));
    const order =
        sound && bounds.maxReplicas < bounds.minReplicas
            ? [fault("GH0210", "autoscaling.maxReplicas", `${bounds.maxReplicas} is less than the minReplicas of ${bounds.minReplicas}.`)]
            : [];
    return [...both, ...order];
}

function underscoresFaults({ args, dataPlane }: WorkloadPlan): Fault[] {
    const given: unknown = args.underscoresInHeaders;
    if (given === undefined || mentionsUnknown(given)) return [];
    return dataPlane === "istio"
        ? [fault("GH0210", "underscoresInHeaders", "Istio's proxy takes no such argument.", 'Leave it out, or give dataPlane "gatehouse".')]
        : [];
}

/** An egress gateway on Istio's proxy has a use for it all the same: `applyTo` must not name it. */
function rootNamespaceFaults({ kind, args: { rootNamespace }, dataPlane }: WorkloadPlan): Fault[] {
    if (rootNamespace === undefined) return [];
    if (dataPlane === "istio" && kind === "ingress")
        return [
            fault(
                "GH0210",
                "rootNamespace",
                "Istio's control plane knows its root namespace by itself.",
                'Leave it out, or give dataPlane "gatehouse".',
            ),
        ];
    return nameFaults("rootNamespace", rootNamespace);
}

function imageFaults({ args, dataPlane }: WorkloadPlan): Fault[] {
    if (dataPlane !== "gatehouse") return [];
    if (args.image === undefined || args.image === "") {
        return [
            fault(
                "GH0209",
                "image",
                "this build of the package has no image of its own.",
                "Give image, or set it for every gateway: pulumi config set gatehouse:image <image>.",
            ),
        ];
    }
    return mentionsUnknown(args.image) || /^\S+$/.test(args.image)
        ? []
        : [fault("GH0209", "image", `${JSON.stringify(args.image)} is not the name of an image.`)];
}

function volumeFaults({ args }: WorkloadPlan): Fault[] {
    const volumes = args.secretVolumes ?? [];
    const names = volumes.flatMap(({ secretName }, index) => secretNameFaults("GH0210", `secretVolumes[${index}].secretName`, secretName));
    return [
        ...names,
        ...volumes.flatMap(({ mountPath }, index) => {
            const path = `secretVolumes[${index}].mountPath`;
            if (typeof mountPath !== "string" || !mountPath.startsWith("/") || mountPath === "/")
                return [fault("GH0210", path, `${JSON.stringify(mountPath)} is not an absolute path.`)];
            if (mountPath === "/tmp") return [fault("GH0210", path, "the proxy writes to /tmp.", "Mount the Secret elsewhere.")];
            return volumes.findIndex((other) => other.mountPath === mountPath) === index
                ? []
                : [fault("GH0210", path, `${mountPath} is mounted twice.`)];
        }),
    ];
}

/** Everything that is wrong with a gateway's own arguments. */
export function workloadFaults(kind: GatewayKind, component: string, schema: ObjectArgument, args: WorkloadData): Fault[] {
    const name = nameFaults(namePath(args.metadata), args.metadata?.name ?? component);
    const namespace = nameFaults("namespace", args.namespace);
    const ports = gatewayPortsFaults(args.ports);
    const plan = planWorkload(kind, component, ports.length > 0 ? { ...args, ports: {} } : args);
    return [
        ...name,
        ...namespace,
        ...ports,
        ...shapeFaults(args, schema),
        ...serviceFaults(plan),
        ...scaleFaults(plan),
        ...timeFaults(plan),
        ...underscoresFaults(plan),
        ...rootNamespaceFaults(plan),
        ...imageFaults(plan),
        ...volumeFaults(plan),
        ...accessLogFaults(plan),
        ...limitFaults(args, plan.dataPlane, true),
        ...telemetryFaults(plan),
    ];
}
