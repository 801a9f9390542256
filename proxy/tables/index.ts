export * from "./entries";
export { applyDelta, deltaSize, diffTables, emptyTables, isEmptyDelta, TABLE_NAMES } from "./diff";
