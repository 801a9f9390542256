export { accessLogsOf } from "./access-logging";
export { metricsOf } from "./metrics";
export { telemetryLevels } from "./levels";
export { tracingOf } from "./tracing";
