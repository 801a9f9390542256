export * from "./validate";
export * from "./outline";
export * from "./unsupported";
