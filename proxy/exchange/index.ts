export * from "./doors";
export { createRequestHandler } from "./handler";
export { PASSES, type Pass } from "./passes";
export type { ExchangeRecord, ExchangeSink } from "./record";
export { createRuntime, type ExchangeRuntime } from "./runtime";
