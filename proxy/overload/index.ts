export * from "./actions";
export { Memory } from "./memory";
export * from "./monitor";
