export * from "./cert-manager";
export * from "./istio";
export * from "./prometheus-operator";
