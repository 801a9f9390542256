export * from "./destination";
export * from "./routes";
export * from "./types";
export * from "./schema";
