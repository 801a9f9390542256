export { GatewayMonitoring } from "./component";
export type { AlertLimitsArgs, GatewayMonitoringArgs } from "./schema";
