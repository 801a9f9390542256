export * from "./binding";
export * from "./claims";
export * from "./hosts";
export * from "./names";
export * from "./selectors";
export * from "./servers";
export * from "./visibility";
