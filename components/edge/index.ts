export * from "./faults";
export * from "./istio";
export * from "./security-headers";
export * from "./settings";
