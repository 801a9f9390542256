export * from "./hosts";
export * from "./ref";
