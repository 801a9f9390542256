export * from "./faults";
export * from "./inputs";
export * from "./labels";
export * from "./names";
export * from "./objects";
export * from "./register";
export * from "./settle";
export * from "./unknown";
