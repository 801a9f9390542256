export { certificatePaths } from "./files";
export { compile } from "./compile";
export type { Compilation, CompileInput, FileContent, PlacedObject } from "./input";
