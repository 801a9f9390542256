/** The Grafana dashboard of a gateway, as data: rows of panels, each with its queries. */
import { createHash } from "node:crypto";

interface Query {
    readonly expr: string;
    /** What Grafana writes beside the line. */
    readonly legend: string;
}

interface Panel {
    readonly title: string;
    /** Grafana's name of it. */
    readonly unit: string;
    readonly queries: readonly Query[];
    readonly type?: "timeseries" | "stat" | "table";
}

interface Row {
    readonly title: string;
    readonly panels: readonly Panel[];
}

/** Which pods: all, unless somebody picks some. Prometheus fills in the scrape's own distance. */
const WINDOW = "[$__rate_interval]";

function rows(gateway: string): readonly Row[] {
    const own = `gateway=${JSON.stringify(gateway)},pod=~"$pod"`;
    const rate = (metric: string, more = ""): string => `rate(${metric}{${own}${more}}${WINDOW})`;
    const quantile = (share: number, metric: string, by = ""): string =>
        `histogram_quantile(${share}, sum by (le${by === "" ? "" : `, ${by}`}) (${rate(`${metric}_bucket`)}))`;
    return [
        {
            title: "Traffic",
            panels: [
                {
                    title: "Requests by status",
                    unit: "reqps",
                    queries: [{ expr: `sum by (response_code) (${rate("istio_requests_total")})`, legend: "{{response_code}}" }],
                },
                {
                    title: "Share of 5xx",
                    unit: "percentunit",
                    queries: [
                        {
                            expr: `(sum(${rate("istio_requests_total", ',response_code=~"5.."')}) or vector(0)) / sum(${rate("istio_requests_total")})`,
                            legend: "5xx",
                        },
                    ],
                },
                {
                    title: "Time of a request",
                    unit: "ms",
                    queries: [0.5, 0.9, 0.99].map((share) => ({
                        expr: quantile(share, "istio_request_duration_milliseconds"),
                        legend: `${share * 100} %`,
                    })),
                },
                {
                    title: "Why requests did not go well",
                    unit: "reqps",
                    queries: [
                        {
                            expr: `sum by (response_flags) (${rate("istio_requests_total", ',response_flags!="-"')})`,
                            legend: "{{response_flags}}",
                        },
                    ],
                },
            ],
        },
        {
            title: "Routes and services",
            panels: [
                {
                    title: "Requests by route",
                    unit: "reqps",
                    queries: [{ expr: `topk(10, sum by (route) (${rate("gatehouse_route_requests_total")}))`, legend: "{{route}}" }],
                },
                {
                    title: "99 % of the requests of a route take",
                    unit: "s",
                    queries: [{ expr: `topk(10, ${quantile(0.99, "gatehouse_route_duration_seconds", "route")})`, legend: "{{route}}" }],
                },
                {
                    title: "Requests by service",
                    unit: "reqps",
                    queries: [
                        {
                            expr: `topk(10, sum by (destination_service) (${rate("istio_requests_total")}))`,
                            legend: "{{destination_service}}",
                        },
                    ],
                },
                {
                    title: "Endpoints, and those that are left out",
                    unit: "short",
                    queries: [
                        { expr: `sum by (cluster) (max by (cluster, pod) (gatehouse_endpoints{${own}}))`, legend: "{{cluster}}" },
                        {
                            expr: `sum by (cluster) ({__name__=~"gatehouse_endpoints_(ejected|unhealthy)",${own}})`,
                            legend: "left out: {{cluster}}",
                        },
                    ],
                },
            ],
        },
        {
            title: "Connections and TLS",
            panels: [
                {
                    title: "Open connections",
                    unit: "short",
                    queries: [
                        { expr: `sum(gatehouse_connections_active{${own}})`, legend: "all" },
                        { expr: `sum(gatehouse_tcp_connections_active{${own}})`, legend: "passed on as they are" },
                    ],
                },
                {
                    title: "Bytes of connections that are passed on",
                    unit: "Bps",
                    queries: [
                        { expr: `sum(${rate("istio_tcp_received_bytes_total")})`, legend: "from clients" },
                        { expr: `sum(${rate("istio_tcp_sent_bytes_total")})`, legend: "to clients" },
                    ],
                },
                {
                    title: "TLS handshakes",
                    unit: "ops",
                    queries: [
                        { expr: `sum by (version) (${rate("gatehouse_tls_handshakes_by_version_total")})`, legend: "{{version}}" },
                        { expr: `sum by (reason) (${rate("gatehouse_tls_handshake_failures_total")})`, legend: "failed: {{reason}}" },
                    ],
                },
                {
                    title: "Certificates expire in",
                    unit: "s",
                    type: "table",
                    queries: [{ expr: `sort(min by (secret) (gatehouse_certificate_expires_in_seconds{${own}}))`, legend: "{{secret}}" }],
                },
            ],
        },
        {
            title: "Who is refused",
            panels: [
                {
                    title: "By policies",
                    unit: "reqps",
                    queries: [
                        {
                            expr: `sum by (policy, effect) (${rate("gatehouse_authorization_policies_total")})`,
                            legend: "{{effect}}: {{policy}}",
                        },
                    ],
                },
                {
                    title: "On the way out",
                    unit: "reqps",
                    queries: [
                        { expr: `sum by (reason) (${rate("gatehouse_egress_refused_total")})`, legend: "{{reason}}" },
                        { expr: `sum(${rate("gatehouse_outbound_blocked_total")})`, legend: "REGISTRY_ONLY" },
                    ],
                },
                {
                    title: "For their bytes, or for too much",
                    unit: "reqps",
                    queries: [
                        { expr: `sum(${rate("gatehouse_requests_refused_total")})`, legend: "malformed" },
                        { expr: `sum by (kind) (${rate("gatehouse_http2_abuse_total")})`, legend: "{{kind}}" },
                    ],
                },
                {
                    title: "By bounds of backends",
                    unit: "reqps",
                    queries: [
                        { expr: `sum by (cluster) (${rate("gatehouse_upstream_overflow_total")})`, legend: "overflow: {{cluster}}" },
                        { expr: `sum by (cluster) (${rate("gatehouse_upstream_retries_total")})`, legend: "sent again: {{cluster}}" },
                    ],
                },
            ],
        },
        {
            title: "The proxy",
            panels: [
                {
                    title: "Configuration",
                    unit: "short",
                    queries: [
                        { expr: `max by (level) (gatehouse_findings{${own}})`, legend: "findings: {{level}}" },
                        { expr: `sum(gatehouse_workers{${own}}) - sum(gatehouse_workers_in_sync{${own}})`, legend: "workers not in sync" },
                        { expr: `sum(${rate("gatehouse_config_changes_total")}) * 60`, legend: "changes a minute" },
                    ],
                },
                {
                    title: "CPU",
                    unit: "short",
                    queries: [{ expr: `sum by (pod) (${rate("process_cpu_seconds_total")})`, legend: "{{pod}}" }],
                },
                {
                    title: "Memory",
                    unit: "bytes",
                    queries: [{ expr: `sum by (pod) (process_resident_memory_bytes{${own}})`, legend: "{{pod}}" }],
                },
                {
                    title: "99 % of the seconds the event loop stood still for",
                    unit: "s",
                    queries: [{ expr: quantile(0.99, "gatehouse_event_loop_lag_seconds", "process"), legend: "{{process}}" }],
                },
            ],
        },
    ];
}

const DATASOURCE = { type: "prometheus", uid: "${datasource}" } as const;
const WIDTH = 6;
const HEIGHT = 8;

function panelJson({ title, unit, queries, type = "timeseries" }: Panel, id: number, x: number, y: number): object {
    return {
        id,
        title,
        type,
        datasource: DATASOURCE,
        gridPos: { x, y, w: WIDTH, h: HEIGHT },
        fieldConfig: { defaults: { unit }, overrides: [] },
        targets: queries.map(({ expr, legend }, index) => ({
            refId: String.fromCharCode(65 + index),
            datasource: DATASOURCE,
            expr,
            legendFormat: legend,
            ...(type === "table" ? { format: "table", instant: true } : {}),
        })),
    };
}

/** Every query that the dashboard asks, with the panel that asks it. */
export function dashboardQueries(gateway: string): readonly (Query & { readonly panel: string })[] {
    return rows(gateway).flatMap(({ panels }) => panels.flatMap(({ title, queries }) => queries.map((one) => ({ ...one, panel: title }))));
}

/** What Grafana takes of a dashboard's name at most. */
const MOST_UID = 40;
const HASH_DIGITS = 8;

/** Of the same gateway the same, so that links to it hold; of another one another, however much of the name is cut off. */
function uidOf(gateway: string): string {
    const hash = createHash("sha256").update(gateway).digest("hex").slice(0, HASH_DIGITS);
    return `${`gatehouse-${gateway.replace(/[^a-z0-9-]/g, "-")}`.slice(0, MOST_UID - HASH_DIGITS - 1)}-${hash}`;
}

/** As Grafana imports it. `gateway`: `istio-ingress/public`. */
export function buildDashboard(gateway: string): object {
    let id = 0;
    const panels = rows(gateway).flatMap(({ title, panels: own }, index) => {
        const y = index * (HEIGHT + 1);
        return [
            { id: ++id, title, type: "row", collapsed: false, panels: [], gridPos: { x: 0, y, w: 24, h: 1 } },
            ...own.map((panel, at) => panelJson(panel, ++id, at * WIDTH, y + 1)),
        ];
    });
    return {
        title: `Gatehouse ${gateway}`,
        uid: uidOf(gateway),
        tags: ["gatehouse"],
        schemaVersion: 39,
        editable: true,
        refresh: "30s",
        time: { from: "now-1h", to: "now" },
        templating: {
            list: [
                { name: "datasource", type: "datasource", query: "prometheus", label: "Data source" },
                {
                    name: "pod",
                    type: "query",
                    label: "Pod",
                    datasource: DATASOURCE,
                    query: { query: `label_values(up{gateway=${JSON.stringify(gateway)}}, pod)`, refId: "pods" },
                    refresh: 2,
                    multi: true,
                    includeAll: true,
                    allValue: ".*",
                    current: { text: "All", value: "$__all" },
                },
            ],
        },
        panels,
    };
}
