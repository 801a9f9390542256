export { createProcessLog, FindingLog } from "./process-log";
export { AccessLog } from "./access-log";
