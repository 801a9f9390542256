export * from "./cert-manager";
export * from "./istio";
