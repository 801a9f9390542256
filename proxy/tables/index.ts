export * from "./entries";
export { applyDelta, deltaSize, diffTables, emptyTables, isEmptyDelta, TABLE_NAMES } from "./diff";
export { HostIndex, hostOf } from "./host-index";
export { SharedMap } from "./shared-map";
