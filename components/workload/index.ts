export * from "./args";
export * from "./build";
export * from "./faults";
export * from "./metadata";
export * from "./plan";
export * from "./register";
export * from "./transforms";
export * from "./wire";
