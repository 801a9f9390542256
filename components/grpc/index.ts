export * from "./faults";
export * from "./routes";
export * from "./schema";
export type * from "./types";
