export { createRequestHandler } from "./handler";
export { PASSES, type Pass } from "./passes";
export type { ExchangeRecord, ExchangeSink } from "./record";
export { UNDERSCORE_POLICIES, type UnderscorePolicy } from "./underscores";
export { createRuntime, type ExchangeRuntime } from "./runtime";
