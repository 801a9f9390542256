/** What a GatewayMonitoring makes, as plain data. */
import { routingMetadata, type Made, type ObjectMetadata } from "../arguments";
import { METRICS_PORT } from "../ports";
import { alertRules, type AlertRule } from "./alerts";
import { buildDashboard } from "./dashboard";
import { dashboardName, serviceName, type GatewayMonitoringPlan } from "./plan";

const COMPONENT = "gateway-monitoring";
const PATH = "/stats/prometheus";
/** Of a container: the bundled proxy's, and that of Istio's injected proxy, which has Envoy's metrics alone. */
const POD_PORT = { gatehouse: "http-metrics", istio: "http-envoy-prom" };
const PORT_NUMBER = { gatehouse: METRICS_PORT, istio: 15_090 };

/** Of monitoring.coreos.com/v1, as far as it is made. */
export interface MetricsEndpoint {
    readonly port: string;
    readonly path: string;
    readonly interval: string;
    readonly relabelings: readonly { readonly targetLabel: string; readonly replacement: string }[];
}
interface Selecting {
    readonly namespaceSelector: { readonly matchNames: readonly string[] };
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
}
export interface PodMonitorSpec extends Selecting {
    readonly podMetricsEndpoints: readonly MetricsEndpoint[];
}
export interface ServiceMonitorSpec extends Selecting {
    readonly endpoints: readonly MetricsEndpoint[];
}
export interface PrometheusRuleSpec {
    readonly groups: readonly { readonly name: string; readonly rules: readonly AlertRule[] }[];
}
interface ServiceSpec {
    readonly clusterIP: "None";
    readonly selector: Readonly<Record<string, string>>;
    readonly publishNotReadyAddresses: true;
    readonly ports: readonly { readonly name: string; readonly port: number; readonly targetPort: number; readonly protocol: "TCP" }[];
}

function metadataOf({ name, args, namespace }: GatewayMonitoringPlan, own = name, home = namespace): ObjectMetadata {
    return routingMetadata(COMPONENT, name, home, args.metadata, own);
}

const dataPlaneOf = ({ args }: GatewayMonitoringPlan): "gatehouse" | "istio" => args.gateway.dataPlane ?? "gatehouse";

/** All queries ask for the label `gateway`: two gateways of one namespace are told apart by nothing else. */
function endpoint(plan: GatewayMonitoringPlan, port: string): MetricsEndpoint {
    return {
        port,
        path: PATH,
        interval: plan.args.interval ?? "30s",
        relabelings: [{ targetLabel: "gateway", replacement: plan.gateway }],
    };
}

export function buildPodMonitor(plan: GatewayMonitoringPlan): Made<PodMonitorSpec> {
    const { gateway } = plan.args;
    return {
        metadata: metadataOf(plan),
        spec: {
            namespaceSelector: { matchNames: [gateway.namespace] },
            selector: { matchLabels: gateway.labels },
            podMetricsEndpoints: [endpoint(plan, POD_PORT[dataPlaneOf(plan)])],
        },
    };
}

/** In the gateway's namespace, where its pods are. Pods that are not ready have metrics too. */
export function buildMetricsService(plan: GatewayMonitoringPlan): Made<ServiceSpec> {
    const { namespace, labels } = plan.args.gateway;
    const metadata = metadataOf(plan, serviceName(plan.name), namespace);
    const port = PORT_NUMBER[dataPlaneOf(plan)];
    return {
        metadata: { ...metadata, labels: { ...metadata.labels, ...metricsLabels(plan) } },
        spec: {
            clusterIP: "None",
            selector: labels,
            publishNotReadyAddresses: true,
            ports: [{ name: "http-metrics", port, targetPort: port, protocol: "TCP" }],
        },
    };
}

/** What the ServiceMonitor knows its Service by. */
const metricsLabels = ({ name }: GatewayMonitoringPlan): Record<string, string> => ({ "gatehouse.dev/metrics-of": name });

export function buildServiceMonitor(plan: GatewayMonitoringPlan): Made<ServiceMonitorSpec> {
    return {
        metadata: metadataOf(plan),
        spec: {
            namespaceSelector: { matchNames: [plan.args.gateway.namespace] },
            selector: { matchLabels: metricsLabels(plan) },
            endpoints: [endpoint(plan, "http-metrics")],
        },
    };
}

/** Of what Istio's proxy has no figures of, nobody is told. */
export function buildPrometheusRule(plan: GatewayMonitoringPlan): Made<PrometheusRuleSpec> {
    const rules = alertRules(plan.gateway, plan.limits);
    const known = dataPlaneOf(plan) === "istio" ? rules.filter(({ expr }) => !expr.includes("gatehouse_")) : rules;
    return { metadata: metadataOf(plan), spec: { groups: [{ name: `gatehouse ${plan.gateway}`, rules: known }] } };
}

export function buildDashboardMap(plan: GatewayMonitoringPlan): {
    readonly metadata: ObjectMetadata;
    readonly data: Readonly<Record<string, string>>;
} {
    const metadata = metadataOf(plan, dashboardName(plan.name));
    return {
        metadata: { ...metadata, labels: { ...metadata.labels, ...(plan.args.dashboardLabels ?? { grafana_dashboard: "1" }) } },
        data: { [`${plan.name}.json`]: JSON.stringify(buildDashboard(plan.gateway)) },
    };
}
