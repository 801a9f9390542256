export { NamedFiles } from "./files";
export type { FileContent, PlacedObject } from "./placed-object";
export { ResourceStore } from "./resource-store";
