export * from "./entry";
export * from "./table";
