/** The kinds of Prometheus' operator that a GatewayMonitoring makes, as typed resources. */
import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { adviceHook } from "../arguments";

const MONITORING = "monitoring.coreos.com/v1";
const NO_MATCH = /no matches for kind "(PodMonitor|ServiceMonitor|PrometheusRule)"/;

interface MonitoringArgs {
    readonly metadata: pulumi.Input<k8s.types.input.meta.v1.ObjectMeta>;
    readonly spec: pulumi.Input<object>;
}

/** What to do about a cluster without the operator's kinds. */
export function missingOperatorText(errors: readonly string[]): string | undefined {
    const [, kind] = errors.map((error) => NO_MATCH.exec(error)).find((found) => found !== null) ?? [];
    if (kind === undefined) return undefined;
    const leave = kind === "PrometheusRule" ? "`alerts: false`" : '`monitor: "none"`';
    return `The cluster does not know the kind ${kind} (${MONITORING}), which Prometheus' operator brings. Install the operator, or leave it out with ${leave}. (GH0224)`;
}

function withAdvice(opts?: pulumi.CustomResourceOptions): pulumi.CustomResourceOptions {
    const onError = adviceHook("gatehouse-missing-operator", opts?.parent, ({ errors }) => missingOperatorText(errors));
    return { ...opts, ...(onError ? { hooks: { onError: [onError] } } : {}) };
}

export class PodMonitor extends k8s.apiextensions.CustomResource {
    static readonly __pulumiType = `kubernetes:${MONITORING}:PodMonitor`;
    constructor(name: string, args: MonitoringArgs, opts?: pulumi.CustomResourceOptions) {
        super(name, { apiVersion: MONITORING, kind: "PodMonitor", ...args }, withAdvice(opts));
    }
}

export class ServiceMonitor extends k8s.apiextensions.CustomResource {
    static readonly __pulumiType = `kubernetes:${MONITORING}:ServiceMonitor`;
    constructor(name: string, args: MonitoringArgs, opts?: pulumi.CustomResourceOptions) {
        super(name, { apiVersion: MONITORING, kind: "ServiceMonitor", ...args }, withAdvice(opts));
    }
}

export class PrometheusRule extends k8s.apiextensions.CustomResource {
    static readonly __pulumiType = `kubernetes:${MONITORING}:PrometheusRule`;
    constructor(name: string, args: MonitoringArgs, opts?: pulumi.CustomResourceOptions) {
        super(name, { apiVersion: MONITORING, kind: "PrometheusRule", ...args }, withAdvice(opts));
    }
}
