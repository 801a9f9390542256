export { configDump } from "./config-dump";
export { parseHostPort, startSideServer, type Answer, type Routes, type SideServer } from "./server";
