export type { AppliedChange, ChangesReport, Reject } from "./changes";
export type { AdminView, LogControl } from "./admin-view";
export type { ContextState, EndpointState, WorkerInspection, UnresolvedState } from "./inspection";
export type { TailReader, TailView } from "./live-routes";
export { startMetricsServer } from "./metrics-server";
export { startAdminServer, type SideServer } from "./server";
export { DRAINING, NOT_IN_SYNC, READY, SharedStatus } from "./shared-status";
export { startStatusServer } from "./status-server";
export { exposureFault, exposureWarning } from "./exposure";
