export * from "./field";
export * from "./metadata";
export * from "./shape";
export type * from "./types";
export * from "./wire";
