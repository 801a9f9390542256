/**
 * `pulumi-gatehouse/testing`: evaluates a program inside a test, with real providers for keys, certificates and
 * Kubernetes objects, and no cluster, no Pulumi command and no mocks.
 */
export { evaluate, type ReferencedStack, type TestOptions } from "./inprocess/evaluate";
export { secretsInClear, type Leak } from "./secrets-in-clear";
export { EngineError } from "./errors";
export type { Alias, CustomTimeouts, EvaluatedOptions, EvaluatedResource, Evaluation, LogLine, PropertyMap, PropertyValue } from "./types";
