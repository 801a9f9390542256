export type { AdminView } from "./admin-view";
export type { ContextState, EndpointState, WorkerInspection, UnresolvedState } from "./inspection";
export { startMetricsServer } from "./metrics-server";
export { startAdminServer, type SideServer } from "./server";
export { DRAINING, NOT_IN_SYNC, READY, SharedStatus } from "./shared-status";
export { startStatusServer } from "./status-server";
