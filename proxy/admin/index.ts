export type { AdminView } from "./admin-routes";
export { startAdminServer, type SideServer } from "./server";
export { DRAINING, NOT_IN_SYNC, READY, SharedStatus } from "./shared-status";
export { startStatusServer } from "./status-server";
