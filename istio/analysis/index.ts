export * from "./object-index";
export * from "./pods";
export * from "./service-hosts";
export * from "./selectors";
export * from "./names";
export * from "./loose";
