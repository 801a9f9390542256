export { configDump } from "./config-dump";
export { parseHostPort, startAdminServer, type Answer, type Routes, type SideServer } from "./server";
export { DRAINING, NOT_IN_SYNC, READY, SharedStatus } from "./shared-status";
export { startStatusServer } from "./status-server";
