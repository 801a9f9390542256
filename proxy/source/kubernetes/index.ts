export { findCluster, NoClusterError, podNamespace, type ClusterOptions } from "./cluster";
export { WATCHED_KINDS, type WatchedKind } from "./kinds";
export { startKubernetesSource, type KubernetesSourceOptions } from "./kubernetes-source";
