/** What a GatewayMonitoring is given, as a type and as data. */
import type * as pulumi from "@pulumi/pulumi";
import type { MetadataArgs } from "../arguments";
import { GATEWAY, type EgressArg, type IngressArg } from "../gateway";
import type { AnyPorts } from "../ports";
import { METADATA, type ObjectFor } from "../schema";

export interface AlertLimitsArgs {
    /** Percent of the requests that are answered with 5xx. Default: 5. */
    readonly errorPercent?: number;
    /** What 99 % of the requests take at most, in milliseconds. Default: 2500. */
    readonly latencyMs?: number;
    /** Days before a certificate expires, for the warning. Default: 14. */
    readonly certificateDays?: number;
    /** The same, for the alert that wakes somebody. Default: 3. */
    readonly certificateDaysCritical?: number;
}

export interface GatewayMonitoringArgs<M> {
    /** An IngressGateway or EgressGateway, its `ref`, or the ref that another stack exports. */
    readonly gateway: IngressArg<M> | EgressArg<M>;
    /** Where the objects live. Default: the gateway's namespace. */
    readonly namespace?: pulumi.Input<string>;
    /** How Prometheus is told of the pods. Default: `pod`, which needs no Service. */
    readonly monitor?: "pod" | "service" | "none";
    /** How often they are asked. Default: `30s`. */
    readonly interval?: pulumi.Input<string>;
    /** The PrometheusRule. Default: true. */
    readonly alerts?: boolean;
    /** From where on alerts are told. */
    readonly limits?: AlertLimitsArgs;
    /** The ConfigMap with the Grafana dashboard. Default: true. */
    readonly dashboard?: boolean;
    /** By which Grafana's sidecar finds the ConfigMap. Default: `grafana_dashboard: "1"`. */
    readonly dashboardLabels?: Readonly<Record<string, pulumi.Input<string>>>;
    /** Its labels are on all objects: many a Prometheus takes only what is labelled for it, as `release: prometheus`. */
    readonly metadata?: MetadataArgs;
}

export const GATEWAY_MONITORING: ObjectFor<GatewayMonitoringArgs<AnyPorts>> = {
    type: "object",
    name: "GatewayMonitoringArgs",
    doc: "What Prometheus and Grafana want to know of a gateway: whom to ask, when to wake somebody, what to draw.",
    fields: {
        gateway: { ...GATEWAY, required: true },
        namespace: { type: "text", input: true, doc: "Where the objects live.", default: "the gateway's namespace." },
        monitor: {
            type: "text",
            decides: true,
            words: {
                pod: "A PodMonitor.",
                service: "A ServiceMonitor, and a Service without an address for it.",
                none: "Neither: somebody else tells Prometheus of the pods, and labels what it gets with `gateway`.",
            },
            doc: "How Prometheus is told of the pods.",
            default: "`pod`, which needs no Service.",
        },
        interval: { type: "text", input: true, doc: "How often they are asked.", default: "`30s`." },
        alerts: { type: "flag", decides: true, doc: "The PrometheusRule.", default: "true." },
        limits: {
            type: "object",
            name: "AlertLimitsArgs",
            doc: "From where on alerts are told.",
            fields: {
                errorPercent: { type: "number", least: 0, doc: "Percent of the requests that are answered with 5xx.", default: "5." },
                latencyMs: { type: "number", least: 1, doc: "What 99 % of the requests take at most, in milliseconds.", default: "2500." },
                certificateDays: { type: "number", least: 1, doc: "Days before a certificate expires, for the warning.", default: "14." },
                certificateDaysCritical: { type: "number", least: 0, doc: "The same, for the alert that wakes somebody.", default: "3." },
            },
        },
        dashboard: { type: "flag", decides: true, doc: "The ConfigMap with the Grafana dashboard.", default: "true." },
        dashboardLabels: {
            type: "map",
            doc: "By which Grafana's sidecar finds the ConfigMap.",
            default: '`grafana_dashboard: "1"`.',
            of: { type: "text", input: true, doc: "" },
        },
        metadata: {
            ...METADATA,
            doc: "Its labels are on all objects: many a Prometheus takes only what is labelled for it, as `release: prometheus`.",
        },
    },
};
