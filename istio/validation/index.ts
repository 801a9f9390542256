export * from "./validate";
export * from "./outline";
export * from "./unsupported";
export type { Loose } from "./report";
