export { findCluster, NoClusterError, podNamespace, type ClusterOptions } from "./cluster";
export { WATCHED_KINDS, type WatchedKind } from "./kinds";
export { startKubernetesSource, type KubernetesSourceOptions } from "./kubernetes-source";
export { ApiClient, type ApiRequest } from "./api-client";
export { ApiError, failureOfError, type ApiFailure } from "./api-failure";
export { Backoff } from "./backoff";
export { ApiCredentials } from "./credentials";
export { readPages } from "./list-pages";
export { readWatch } from "./watch-stream";
