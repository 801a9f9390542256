export * from "./types";
export { EngineError } from "./errors";
export { evaluateStack } from "./evaluate";
export { typecheckStack } from "./typecheck-stack";
export { watchStack, type Watch, type WatchOptions } from "./watch";
