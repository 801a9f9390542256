export * from "./hosts";
export * from "./ref";
export * from "./schema";
