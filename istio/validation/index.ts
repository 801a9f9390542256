export * from "./validate";
export * from "./outline";
