export * from "./declare";
export * from "./types";
