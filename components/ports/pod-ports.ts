/** What the proxy opens in its pod beside the declared ports, where Istio's gateways have them. */

/** Probes and Kubernetes ask here. */
export const STATUS_PORT = 15021;
/** Prometheus asks here; the proxy opens it by itself. */
export const METRICS_PORT = 15020;
