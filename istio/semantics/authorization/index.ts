export * from "./rules";
export * from "./tests";
export * from "./trust-domains";
