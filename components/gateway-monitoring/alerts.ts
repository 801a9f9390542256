/** What wakes somebody up: one table, whose rules are about one gateway's pods by the label that the scrape gives them. */

/** A rule of a Prometheus rule group. */
export interface AlertRule {
    readonly alert: string;
    readonly expr: string;
    /** How long it holds before it is told. */
    readonly for: string;
    readonly labels: { readonly severity: "critical" | "warning"; readonly gateway: string };
    readonly annotations: { readonly summary: string; readonly description: string };
}

/** From where on something is told. */
export interface AlertLimits {
    /** Share of requests that are answered with 5xx, from 0 to 1. */
    readonly errorRatio: number;
    /** Of 99 % of requests, in milliseconds. */
    readonly latencyMs: number;
    /** Before a certificate expires, at first and at last. */
    readonly certificateDays: number;
    readonly certificateDaysCritical: number;
}

export const DEFAULT_LIMITS: AlertLimits = { errorRatio: 0.05, latencyMs: 2_500, certificateDays: 14, certificateDaysCritical: 3 };

const DAY = 86_400;

/** `gateway`: `istio-ingress/public`. */
export function alertRules(gateway: string, limits: AlertLimits): readonly AlertRule[] {
    const own = `gateway=${JSON.stringify(gateway)}`;
    const rule = (
        alert: string,
        severity: AlertRule["labels"]["severity"],
        lasts: string,
        expr: string,
        summary: string,
        description: string,
    ): AlertRule => ({
        alert,
        expr,
        for: lasts,
        labels: { severity, gateway },
        annotations: { summary: `${gateway}: ${summary}`, description },
    });
    const failed = `istio_requests_total{${own},response_code=~"5.."}`;
    return [
        rule(
            "GatehouseAbsent",
            "critical",
            "5m",
            `absent(up{${own}} == 1)`,
            "no pod is there that can be asked for its metrics",
            "Prometheus reaches no pod of the gateway: none is ready, or a NetworkPolicy keeps it from port 15020.",
        ),
        rule(
            "GatehousePodDown",
            "warning",
            "5m",
            `up{${own}} == 0`,
            "a pod does not answer",
            "Pod {{ $labels.pod }} at {{ $labels.instance }} does not answer for its metrics.",
        ),
        rule(
            "GatehouseErrorRatio",
            "critical",
            "5m",
            `sum(rate(${failed}[5m])) / sum(rate(istio_requests_total{${own}}[5m])) > ${limits.errorRatio} and sum(increase(${failed}[5m])) > 5`,
            "many requests fail",
            "{{ $value | humanizePercentage }} of the requests are answered with 5xx. `gatehouse dashboard` shows of which routes.",
        ),
        rule(
            "GatehouseLatency",
            "warning",
            "10m",
            `histogram_quantile(0.99, sum by (le) (rate(istio_request_duration_milliseconds_bucket{${own}}[5m]))) > ${limits.latencyMs}`,
            "requests take long",
            "One of a hundred requests takes more than {{ $value }} ms.",
        ),
        rule(
            "GatehouseNoHealthyUpstream",
            "critical",
            "5m",
            `sum by (destination_service) (rate(istio_requests_total{${own},response_flags=~"(.*,)?UH(,.*)?"}[5m])) > 0`,
            "a service has no endpoint that is well",
            "Requests for {{ $labels.destination_service }} find no endpoint that is well (UH).",
        ),
        rule(
            "GatehouseEndpointsEjected",
            "warning",
            "10m",
            `sum by (cluster) ({__name__=~"gatehouse_endpoints_(ejected|unhealthy)",${own}}) > 0`,
            "endpoints are left out",
            "Endpoints of {{ $labels.cluster }} are left out for what they answered, or by active checks.",
        ),
        rule(
            "GatehouseUpstreamOverflow",
            "warning",
            "5m",
            `sum by (cluster) (rate(gatehouse_upstream_overflow_total{${own}}[5m])) > 0`,
            "a bound of connectionPool refuses requests",
            "Requests for {{ $labels.cluster }} are refused, as a bound of its DestinationRule's connectionPool is reached.",
        ),
        rule(
            "GatehouseCertificateExpiresSoon",
            "warning",
            "5m",
            `min by (secret) (gatehouse_certificate_expires_in_seconds{${own}}) < ${limits.certificateDays * DAY}`,
            "a certificate expires soon",
            "The certificate of {{ $labels.secret }} expires in {{ $value | humanizeDuration }}: whatever renews it has not done so.",
        ),
        rule(
            "GatehouseCertificateExpires",
            "critical",
            "5m",
            `min by (secret) (gatehouse_certificate_expires_in_seconds{${own}}) < ${limits.certificateDaysCritical * DAY}`,
            "a certificate expires in days, or has expired",
            "The certificate of {{ $labels.secret }} expires in {{ $value | humanizeDuration }}.",
        ),
        rule(
            "GatehouseConfigErrors",
            "warning",
            "10m",
            `max(gatehouse_findings{${own},level="Error"}) > 0`,
            "a part of the configuration is not served",
            "{{ $value }} findings of level Error: `gatehouse proxy-status` names objects and reasons.",
        ),
        rule(
            "GatehouseNotInSync",
            "critical",
            "5m",
            `gatehouse_workers_in_sync{${own}} < gatehouse_workers{${own}}`,
            "workers serve an old configuration",
            "{{ $value }} workers of pod {{ $labels.pod }} are in sync, and others are not.",
        ),
        rule(
            "GatehouseWorkerRestarts",
            "warning",
            "0m",
            `increase(gatehouse_worker_restarts_total{${own}}[15m]) > 0`,
            "workers end by themselves",
            "A worker of pod {{ $labels.pod }} was replaced; the log of the pod says why it ended.",
        ),
        rule(
            "GatehouseEventLoopLag",
            "warning",
            "10m",
            `histogram_quantile(0.99, sum by (le, pod, process) (rate(gatehouse_event_loop_lag_seconds_bucket{${own}}[5m]))) > 0.25`,
            "the proxy is too busy",
            "{{ $labels.process }} of pod {{ $labels.pod }} stands still for up to {{ $value | humanizeDuration }}: it needs more CPU, or more pods.",
        ),
        rule(
            "GatehouseAccessLogLost",
            "warning",
            "5m",
            `sum by (pod) (rate(gatehouse_access_log_lines_dropped_total{${own}}[5m])) > 0`,
            "lines of the access log are lost",
            "Whoever reads the access log of pod {{ $labels.pod }} does not keep up, or its disk is full.",
        ),
        rule(
            "GatehouseTelemetryLost",
            "warning",
            "5m",
            `sum by (signal, destination) (rate(gatehouse_telemetry_export_dropped_total{${own}}[5m])) > 0`,
            "a collector does not take what is sent to it",
            "{{ $labels.signal }} for {{ $labels.destination }} are lost.",
        ),
    ];
}
