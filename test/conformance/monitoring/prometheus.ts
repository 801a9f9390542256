/** A real Prometheus that does what its operator would make of the objects: asks as the PodMonitor says, judges by the PrometheusRule. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { stringify } from "yaml";
import { buildPodMonitor, buildPrometheusRule } from "../../../components/gateway-monitoring/objects";
import type { GatewayMonitoringPlan } from "../../../components/gateway-monitoring/plan";
import { Daemon } from "../../../harness/daemon";
import { freePorts } from "../../../harness/ports";
import { eventually } from "../../support/eventually";

/** Windows of minutes are seconds here, so that what is provoked is seen while the test runs. */
export const WINDOW = "10s";
const shortened = (expr: string): string => expr.replace(/\[\d+m\]/g, `[${WINDOW}]`);

interface Answer<T> {
    readonly status: string;
    readonly data: T;
}
export interface Sample {
    readonly metric: Readonly<Record<string, string>>;
}

export class Prometheus {
    readonly daemon: Daemon;
    readonly #url: string;

    private constructor(daemon: Daemon, url: string) {
        this.daemon = daemon;
        this.#url = url;
    }

    static async start(program: string, folder: string, plan: GatewayMonitoringPlan, target: string): Promise<Prometheus> {
        const [port = 0] = await freePorts(1);
        const [endpoint] = buildPodMonitor(plan).spec.podMetricsEndpoints;
        const { groups } = buildPrometheusRule(plan).spec;
        writeFileSync(
            path.join(folder, "rules.yml"),
            stringify({
                groups: groups.map(({ name, rules }) => ({
                    name,
                    rules: rules.map((rule) => ({ ...rule, expr: shortened(rule.expr), for: "0s" })),
                })),
            }),
        );
        writeFileSync(
            path.join(folder, "prometheus.yml"),
            stringify({
                global: { scrape_interval: "2s", scrape_timeout: "2s", evaluation_interval: "1s" },
                rule_files: ["rules.yml"],
                scrape_configs: [
                    {
                        job_name: "gateway",
                        metrics_path: endpoint!.path,
                        static_configs: [{ targets: [target], labels: { pod: "public-1" } }],
                        relabel_configs: endpoint!.relabelings.map(({ targetLabel, replacement }) => ({
                            target_label: targetLabel,
                            replacement,
                        })),
                    },
                ],
            }),
        );
        const daemon = new Daemon(
            program,
            [
                "--config.file=prometheus.yml",
                `--storage.tsdb.path=${path.join(folder, "data")}`,
                `--web.listen-address=127.0.0.1:${port}`,
                "--log.level=warn",
            ],
            folder,
        );
        const made = new Prometheus(daemon, `http://127.0.0.1:${port}`);
        await eventually(async () => {
            if (!(await fetch(`${made.#url}/-/ready`)).ok) throw new Error("not ready");
        }, 60_000);
        return made;
    }

    async #ask<T>(target: string): Promise<T> {
        const response = await fetch(`${this.#url}${target}`);
        const { status, data } = (await response.json()) as Answer<T>;
        if (status !== "success") throw new Error(`${target}: ${JSON.stringify(data)}`);
        return data;
    }

    async query(expr: string): Promise<readonly Sample[]> {
        return (await this.#ask<{ readonly result: readonly Sample[] }>(`/api/v1/query?query=${encodeURIComponent(expr)}`)).result;
    }

    /** The names of those that fire now. */
    async firing(): Promise<ReadonlySet<string>> {
        const { alerts } = await this.#ask<{
            readonly alerts: readonly { readonly labels: Readonly<Record<string, string>>; readonly state: string }[];
        }>("/api/v1/alerts");
        return new Set(alerts.filter(({ state }) => state === "firing").map(({ labels }) => labels["alertname"] ?? ""));
    }
}
