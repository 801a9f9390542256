/** `GatewayMonitoring`: whom Prometheus asks, when somebody is woken, and what Grafana draws of a gateway. */
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { judge, Owner, settle } from "../arguments";
import { demandArguments, wireOf } from "../schema";
import { PodMonitor, PrometheusRule, ServiceMonitor } from "../resources";
import { buildDashboardMap, buildMetricsService, buildPodMonitor, buildPrometheusRule, buildServiceMonitor } from "./objects";
import {
    judgeGatewayMonitoring,
    planGatewayMonitoring,
    takenByGatewayMonitoring,
    type GatewayMonitoringData,
    type GatewayMonitoringPlan,
} from "./plan";
import { GATEWAY_MONITORING, type GatewayMonitoringArgs } from "./schema";

export class GatewayMonitoring<const M> extends pulumi.ComponentResource {
    constructor(name: string, args: GatewayMonitoringArgs<M>, opts?: pulumi.ComponentResourceOptions) {
        const owner = new Owner("GatewayMonitoring", name, opts);
        demandArguments(owner.text, GATEWAY_MONITORING, args);
        const wire = wireOf(GATEWAY_MONITORING, args);
        const data = settle<GatewayMonitoringData>(owner, wire, (known) =>
            judge(owner, judgeGatewayMonitoring(name, known), () => [], takenByGatewayMonitoring),
        );
        super("gatehouse:index:GatewayMonitoring", name, wire, opts);

        const plan = (all: GatewayMonitoringData): GatewayMonitoringPlan => planGatewayMonitoring(name, all);
        const options = (): pulumi.CustomResourceOptions => data.options({ parent: this });
        const { monitor = "pod", alerts = true, dashboard = true } = args;
        if (monitor === "pod")
            new PodMonitor(
                `${name}-pods`,
                data.tree((all) => buildPodMonitor(plan(all))),
                options(),
            );
        if (monitor === "service") {
            new k8s.core.v1.Service(
                `${name}-metrics`,
                data.tree((all) => buildMetricsService(plan(all))) as k8s.core.v1.ServiceArgs,
                options(),
            );
            new ServiceMonitor(
                `${name}-service`,
                data.tree((all) => buildServiceMonitor(plan(all))),
                options(),
            );
        }
        if (alerts)
            new PrometheusRule(
                `${name}-alerts`,
                data.tree((all) => buildPrometheusRule(plan(all))),
                options(),
            );
        if (dashboard)
            new k8s.core.v1.ConfigMap(
                `${name}-dashboard`,
                data.tree((all) => buildDashboardMap(plan(all))),
                options(),
            );
        this.registerOutputs({});
    }
}
