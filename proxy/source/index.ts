export { startDirectorySource, type DirectorySourceOptions } from "./directory-source";
export * from "./kubernetes";
export type { RunningSource, SourceState } from "./source";
