export * from "./object";
export * from "./identity";
export * from "./kind";
export * from "./networking";
export * from "./workloads";
export * from "./telemetry";
export * from "./security";
export * from "./kubernetes";
