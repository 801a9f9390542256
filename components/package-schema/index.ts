export * from "./components";
export * from "./package";
