export * from "./declare";
export * from "./pod-ports";
export * from "./schema";
export * from "./types";
