export { stepText, type Events, type Step } from "./events";
export { LoadBalancers } from "./load-balancers";
export { PulumiWorkspace, type PulumiRun, type RunOptions, type StateResource, type WorkspaceOptions } from "./pulumi-workspace";
