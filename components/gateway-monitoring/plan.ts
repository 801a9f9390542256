/** What a GatewayMonitoring decides before anything is made, and what is wrong with its arguments. */
import { fault, LABEL_VALUE, nameFaults, namePath, UNKNOWN, type Fault, type Judged, type Taken } from "../arguments";
import { gatewayText, refFaults, type AnyRef } from "../gateway";
import type { AnyPorts } from "../ports";
import { shapeFaults, type KnownArgs } from "../schema";
import { DEFAULT_LIMITS, type AlertLimits } from "./alerts";
import { GATEWAY_MONITORING, type GatewayMonitoringArgs } from "./schema";

/** `GatewayMonitoringArgs` once every value is there. */
export type GatewayMonitoringData = KnownArgs<GatewayMonitoringArgs<AnyPorts>, { readonly gateway: AnyRef }>;

export interface GatewayMonitoringPlan {
    readonly name: string;
    readonly args: GatewayMonitoringData;
    readonly namespace: string;
    /** `istio-ingress/public`, as the pods' metrics are labelled. */
    readonly gateway: string;
    readonly monitor: "pod" | "service" | "none";
    readonly limits: AlertLimits;
}

export const serviceName = (name: string): string => `${name}-metrics`;
export const dashboardName = (name: string): string => `${name}-dashboard`;

export function planGatewayMonitoring(component: string, args: GatewayMonitoringData): GatewayMonitoringPlan {
    const { errorPercent, ...limits } = args.limits ?? {};
    return {
        name: args.metadata?.name ?? component,
        args,
        namespace: args.namespace ?? args.gateway.namespace,
        gateway: gatewayText(args.gateway),
        monitor: args.monitor ?? "pod",
        limits: { ...DEFAULT_LIMITS, ...limits, ...(errorPercent === undefined ? {} : { errorRatio: errorPercent / 100 }) },
    };
}

/** A duration of Prometheus' operator: `1m30s`, of whole parts from the largest down. */
const INTERVAL = /^(?=\d)(\d+h)?(\d+m)?(\d+s)?(\d+ms)?$/;

function limitFaults({ limits }: GatewayMonitoringData): Fault[] {
    const { errorPercent = 0, certificateDays, certificateDaysCritical } = { ...limits };
    const days = {
        first: certificateDays ?? DEFAULT_LIMITS.certificateDays,
        last: certificateDaysCritical ?? DEFAULT_LIMITS.certificateDaysCritical,
    };
    return [
        ...(errorPercent > 100 ? [fault("GH0210", "limits.errorPercent", `${errorPercent} is more than 100 percent.`)] : []),
        ...(days.last > days.first
            ? [
                  fault(
                      "GH0210",
                      "limits.certificateDaysCritical",
                      `${days.last} days are told before the warning at ${days.first}.`,
                      "Give certificateDays more days than certificateDaysCritical.",
                  ),
              ]
            : []),
    ];
}

export function judgeGatewayMonitoring(component: string, args: GatewayMonitoringData): Judged<GatewayMonitoringPlan> {
    const { gateway, metadata, namespace, interval, dashboardLabels } = args;
    const kind = (gateway as Partial<AnyRef> | undefined)?.kind === "egress" ? "egress" : "ingress";
    const outline = [
        ...nameFaults(namePath(metadata), metadata?.name ?? component),
        ...(namespace === undefined ? [] : nameFaults("namespace", namespace)),
        ...refFaults("gateway", gateway, kind),
        ...shapeFaults(args, GATEWAY_MONITORING),
    ];
    const faults = [
        ...outline,
        ...(outline.length > 0 ? [] : limitFaults(args)),
        ...(interval === undefined || INTERVAL.test(interval)
            ? []
            : [fault("GH0210", "interval", `${JSON.stringify(interval)} is no time; wanted one as 30s or 1m30s.`)]),
        ...Object.entries(dashboardLabels ?? {})
            .filter(([, value]) => typeof value === "string" && !LABEL_VALUE.test(value))
            .map(([label, value]) => fault("GH0210", `dashboardLabels.${label}`, `${JSON.stringify(value)} is no label's value.`)),
    ];
    const isKnown = outline.length === 0 && typeof gateway === "object";
    if (isKnown) return { faults, plan: planGatewayMonitoring(component, args), sound: true };
    return { faults, plan: planGatewayMonitoring(UNKNOWN, { ...args, gateway: NOWHERE }), sound: false };
}

/** Held in place of a gateway that is not known. */
const NOWHERE: AnyRef = { version: 1, kind: "ingress", name: UNKNOWN, namespace: UNKNOWN, labels: {}, ports: {} };

export function takenByGatewayMonitoring({ name, args, namespace, monitor }: GatewayMonitoringPlan): Taken {
    const path = namePath(args.metadata);
    const named = (kind: string, own: string, home = namespace): { kind: string; namespace: string; name: string; path: string } => ({
        kind,
        namespace: home,
        name: own,
        path,
    });
    return {
        names: [
            ...(monitor === "pod" ? [named("PodMonitor", name)] : []),
            ...(monitor === "service" ? [named("ServiceMonitor", name), named("Service", serviceName(name), args.gateway.namespace)] : []),
            ...(args.alerts === false ? [] : [named("PrometheusRule", name)]),
            ...(args.dashboard === false ? [] : [named("ConfigMap", dashboardName(name))]),
        ],
    };
}
