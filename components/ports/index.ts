export * from "./declare";
export * from "./schema";
export * from "./types";
