export { startDirectorySource, type DirectorySourceOptions } from "./directory-source";
export { ResourceStore } from "./resource-store";
export type { RunningSource, SourceState } from "./source";
