export * from "./access";
export * from "./entries";
export { keyOfFiles, keyOfNothing, keyOfSecret, objectOfKey } from "./credential-keys";
export { applyDelta, deltaSize, diffTables, emptyTables, isEmptyDelta, TABLE_NAMES } from "./diff";
export { HostIndex, hostOf } from "./host-index";
export { aboutOrigin, type Origin } from "./origin";
export { mayBeSecret } from "./possible-secrets";
export { NO_MARKS, refusalMark, type PolicyMark } from "./policy-mark";
export { SharedMap } from "./shared-map";
