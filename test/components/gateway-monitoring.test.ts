/** What a GatewayMonitoring makes of its arguments, and what it refuses. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import {
    buildDashboardMap,
    buildMetricsService,
    buildPodMonitor,
    buildPrometheusRule,
    buildServiceMonitor,
} from "../../components/gateway-monitoring/objects";
import { judgeGatewayMonitoring, planGatewayMonitoring, type GatewayMonitoringData } from "../../components/gateway-monitoring/plan";
import { missingOperatorText } from "../../components/resources/prometheus-operator";
import * as gatehouse from "../../components";
import { evaluated } from "./support/evaluation";
import { ingressRef } from "./support/refs";

const plan = (args: Partial<GatewayMonitoringData> = {}): ReturnType<typeof planGatewayMonitoring> =>
    planGatewayMonitoring("mon", { gateway: ingressRef(), ...args });
const faults = (args: Partial<GatewayMonitoringData>): string[] =>
    judgeGatewayMonitoring("mon", { gateway: ingressRef(), ...args }).faults.map(({ code, path }) => `${code} ${path}`);
const { name, namespace, labels } = ingressRef();
const gateway = `${namespace}/${name}`;

describe("a GatewayMonitoring", () => {
    it("has the gateway's pods asked, and what they tell labelled with the gateway", () => {
        const { metadata, spec } = buildPodMonitor(plan({ namespace: "monitoring", interval: "15s" }));
        assert.deepEqual([metadata.name, metadata.namespace], ["mon", "monitoring"]);
        assert.deepEqual(spec, {
            namespaceSelector: { matchNames: [namespace] },
            selector: { matchLabels: labels },
            podMetricsEndpoints: [
                {
                    port: "http-metrics",
                    path: "/stats/prometheus",
                    interval: "15s",
                    relabelings: [{ targetLabel: "gateway", replacement: gateway }],
                },
            ],
        });
    });

    it("has them asked through a Service of their own where that is wished", () => {
        const wished = plan({ monitor: "service", namespace: "monitoring" });
        const service = buildMetricsService(wished);
        assert.equal(service.metadata.namespace, namespace, "where the pods are");
        assert.deepEqual(service.spec.selector, labels);
        const { spec } = buildServiceMonitor(wished);
        for (const [label, value] of Object.entries(spec.selector.matchLabels)) assert.equal(service.metadata.labels[label], value);
        assert.equal(spec.endpoints[0]?.port, service.spec.ports[0]?.name);
    });

    it("asks in every alert and every panel for this gateway alone", () => {
        const own = `gateway=${JSON.stringify(gateway)}`;
        const [group] = buildPrometheusRule(plan()).spec.groups;
        assert.ok(group && group.rules.length > 10);
        const dashboard = JSON.parse(buildDashboardMap(plan()).data["mon.json"]!) as {
            readonly panels: readonly { readonly targets?: readonly { readonly expr: string }[] }[];
        };
        const expressions = [
            ...group.rules.map(({ expr }) => expr),
            ...dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
        ];
        // Every selector of a metric has it.
        for (const expr of expressions) for (const [, matchers] of expr.matchAll(/\{([^}]*)\}/g)) assert.ok(matchers!.includes(own), expr);
        assert.equal(new Set(group.rules.map(({ alert }) => alert)).size, group.rules.length);
    });

    it("takes limits where they are given, and leaves alone what is not", () => {
        const rules = buildPrometheusRule(plan({ limits: { errorPercent: 1, certificateDays: 30 } })).spec.groups[0]!.rules;
        const expr = (alert: string): string => rules.find((one) => one.alert === alert)!.expr;
        assert.match(expr("GatehouseErrorRatio"), /> 0\.01 /);
        assert.match(expr("GatehouseCertificateExpiresSoon"), /< 2592000$/);
        assert.match(expr("GatehouseLatency"), /> 2500$/);
    });

    it("does not alert on figures that Istio's proxy does not have", () => {
        const istio = plan({ gateway: ingressRef({ dataPlane: "istio" }) });
        for (const { expr } of buildPrometheusRule(istio).spec.groups[0]!.rules) assert.doesNotMatch(expr, /gatehouse_/);
        assert.equal(buildPodMonitor(istio).spec.podMetricsEndpoints[0]?.port, "http-envoy-prom");
    });

    it("asks Istio's proxy on its own port through a Service too", () => {
        const portOf = (dataPlane: "istio" | "gatehouse"): number | undefined =>
            buildMetricsService(plan({ gateway: ingressRef({ dataPlane }), monitor: "service" })).spec.ports[0]?.targetPort;
        assert.deepEqual([portOf("istio"), portOf("gatehouse")], [15_090, 15_020]);
    });

    it("gives every gateway a dashboard that Grafana tells from all others, and the same one each time", () => {
        const uidOf = (namespaceOf: string, nameOf: string): string => {
            const { data } = buildDashboardMap(plan({ gateway: ingressRef({ namespace: namespaceOf, name: nameOf }) }));
            return (JSON.parse(data["mon.json"]!) as { readonly uid: string }).uid;
        };
        const long = "istio-ingress-production-europe-west";
        const uids = [uidOf(long, "public"), uidOf(long, "internal"), uidOf("a-b", "c"), uidOf("a", "b-c"), uidOf("a", "b")];
        assert.equal(new Set(uids).size, uids.length);
        for (const uid of uids) assert.match(uid, /^[a-z0-9-]{1,40}$/);
        assert.equal(uidOf(long, "public"), uids[0]);
    });

    it("refuses limits and times that make no sense", () => {
        assert.deepEqual(faults({}), []);
        assert.deepEqual(faults({ interval: "30" }), ["GH0210 interval"]);
        assert.deepEqual(faults({ interval: "1m30s" }), []);
        assert.deepEqual(faults({ limits: { errorPercent: 101 } }), ["GH0210 limits.errorPercent"]);
        assert.deepEqual(faults({ limits: { certificateDays: 2 } }), ["GH0210 limits.certificateDaysCritical"]);
        assert.deepEqual(faults({ monitor: "node" as never }), ["GH0210 monitor"]);
        assert.deepEqual(faults({ dashboardLabels: { a: "no label!" } }), ["GH0210 dashboardLabels.a"]);
        assert.deepEqual(faults({ gateway: { version: 2 } as never }), ["GH0205 gateway"]);
    });

    it("makes what was asked for, for either kind of gateway", async () => {
        const made = await evaluated(() => {
            const ingress = new gatehouse.IngressGateway("public", { namespace: "istio-ingress" });
            const egress = new gatehouse.EgressGateway("out", { namespace: "istio-egress" });
            new gatehouse.GatewayMonitoring("all", { gateway: ingress });
            new gatehouse.GatewayMonitoring("some", { gateway: egress.ref, monitor: "service", alerts: false, dashboard: false });
            return Promise.resolve();
        });
        const kinds = ["PodMonitor", "ServiceMonitor", "PrometheusRule", "ConfigMap"];
        assert.deepEqual(
            made
                .kubernetesObjects()
                .filter(({ kind, metadata }) => kinds.includes(kind) || metadata.name.endsWith("-metrics"))
                .map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`)
                .sort(),
            [
                "ConfigMap istio-ingress/all-dashboard",
                "PodMonitor istio-ingress/all",
                "PrometheusRule istio-ingress/all",
                "Service istio-egress/some-metrics",
                "ServiceMonitor istio-egress/some",
            ],
        );
    });

    it("says what to do where the cluster does not have the operator's kinds", () => {
        const error = 'no matches for kind "PodMonitor" in version "monitoring.coreos.com/v1"';
        assert.match(missingOperatorText([error]) ?? "", /monitor: "none".*GH0224/);
        assert.equal(missingOperatorText(["something else"]), undefined);
    });
});
