export { createProcessLog, FindingLog } from "./process-log";
export { parseLevels, ScopedLog, type LevelChanges, type LogLevels } from "./scopes";
export { AccessLog } from "./access-log";
export { compileFilter } from "./filter";
export { LiveTail, type TailWatch, type WatchedBatch } from "./live-tail";
export { formattedTag, TAG_COMPILERS } from "./tag-readers";
export type { LineSink } from "./sink";
