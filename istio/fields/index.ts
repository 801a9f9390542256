export * from "./field";
export * from "./tables";
