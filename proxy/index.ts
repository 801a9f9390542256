/** The data plane. The command runs `runProxy` in its own process and `runWorker` in the processes that it forks. */
export type {
    BoundListener,
    PortPlace,
    ProxyOptions,
    ReadyReport,
    RunningProxy,
    SourceOptions,
    WorkerProgram,
} from "./processes/options";
export { runIngressStatus, serveProbes } from "./ingress-status";
export { createProcessLog } from "./log";
export { findCluster, podNamespace } from "./source";
export { runProxy } from "./processes/run-proxy";
export { runWorker } from "./processes/worker";
export { keepYoungSpace } from "./processes/young-space";
