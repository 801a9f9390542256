export { accessLogOf } from "./access-logging";
export { telemetryLevels } from "./levels";
