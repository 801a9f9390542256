export { serveProbes, type Probes } from "./probes";
export { runIngressStatus, type IngressStatusOptions, type IngressStatusReport, type RunningIngressStatus } from "./run";
