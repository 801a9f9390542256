/** The small backends that the stacks route to. */
export { SAMPLES } from "./registry";
export { startSample, type RunningSample } from "./run";
export type { SampleEnvironment, Sample } from "./sample";
