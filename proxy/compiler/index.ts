export { certificatePaths } from "./files";
export { compile, Compiler } from "./compile";
export type { Compilation, CompileInput, FileContent, PlacedObject } from "./input";
