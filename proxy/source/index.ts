export { startDirectorySource, type DirectorySourceOptions } from "./directory-source";
export * from "./kubernetes";
export { ResourceStore } from "./resource-store";
export type { RunningSource, SourceState } from "./source";
