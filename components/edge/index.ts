export * from "./faults";
export * from "./istio";
export * from "./maintenance";
export * from "./redirect-file";
export * from "./redirect-maps";
export * from "./redirects";
export * from "./security-headers";
export * from "./settings";
