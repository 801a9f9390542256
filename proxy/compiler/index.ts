export { compile, Compiler } from "./compile";
export type { Compilation, CompileInput } from "./context/input";
