/** Istio's standard metrics: what Telemetry objects call them, and what Prometheus does. */

export const ISTIO_METRICS = {
    REQUEST_COUNT: "istio_requests_total",
    REQUEST_DURATION: "istio_request_duration_milliseconds",
    REQUEST_SIZE: "istio_request_bytes",
    RESPONSE_SIZE: "istio_response_bytes",
    GRPC_REQUEST_MESSAGES: "istio_request_messages_total",
    GRPC_RESPONSE_MESSAGES: "istio_response_messages_total",
    TCP_OPENED_CONNECTIONS: "istio_tcp_connections_opened_total",
    TCP_CLOSED_CONNECTIONS: "istio_tcp_connections_closed_total",
    TCP_SENT_BYTES: "istio_tcp_sent_bytes_total",
    TCP_RECEIVED_BYTES: "istio_tcp_received_bytes_total",
} as const;

export type IstioMetricName = keyof typeof ISTIO_METRICS;
