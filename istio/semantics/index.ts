export * from "./binding";
export * from "./hosts";
export * from "./names";
export * from "./selectors";
export * from "./servers";
export * from "./visibility";
