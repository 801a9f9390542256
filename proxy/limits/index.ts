export type { Bucket } from "./bucket";
export * from "./buckets";
export * from "./key-hash";
export * from "./pool";
export * from "./pools";
