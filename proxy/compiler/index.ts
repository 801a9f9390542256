export { compile, Compiler } from "./compile";
export type { Compilation, CompileInput } from "./input";
