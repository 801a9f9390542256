export * from "./faults";
export * from "./istio";
export * from "./maintenance";
export * from "./security-headers";
export * from "./settings";
