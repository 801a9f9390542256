export * from "./annotation";
export * from "./faults";
export * from "./schema";
