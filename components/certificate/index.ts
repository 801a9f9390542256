export * from "./certificate";
export * from "./faults";
export * from "./issue";
export * from "./pem-gate";
export * from "./schema";
export * from "./source";
export * from "./tls";
export * from "./usage-warnings";
