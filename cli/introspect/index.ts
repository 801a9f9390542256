export { PARTS, proxyConfig, proxyLog, type Filters, type ConfigPart } from "./proxy-config";
export { proxyStatus } from "./proxy-status";
export { writeDump } from "./dump";
export type { Format } from "./output";
export type { PodName } from "./pods";
export type { AdminSource } from "./admin-source";
export { findOneOrPods, type ProxyChoice } from "./proxies";
