export * from "./destination";
export * from "./path-prefix";
export * from "./routes";
export * from "./types";
export * from "./schema";
