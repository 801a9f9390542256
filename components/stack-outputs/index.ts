export { stackOutputs } from "./stack-outputs";
export type { ExportsData, StackOutputs } from "./stack-outputs";
