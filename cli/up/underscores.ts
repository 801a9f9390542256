/** What a gateway's Deployment says of header names with underscores: the argument of its container. */
import { UNDERSCORE_POLICIES, type UnderscorePolicy } from "../../proxy/exchange";
import type { Workload } from "./workloads";

const ARGUMENT = "--underscores-in-headers";

/** Undefined: nothing, or what is no policy. */
export function underscorePolicyOf({ pod }: Workload): UnderscorePolicy | undefined {
    const args = pod.containers?.find((container) => container.args?.includes(ARGUMENT))?.args ?? [];
    const at = args.indexOf(ARGUMENT);
    return at === -1 ? undefined : UNDERSCORE_POLICIES.find((policy) => policy === args[at + 1]);
}

/** What the gateway's own container is told of header names. */
export function underscoresArgs(workload: Workload): readonly string[] {
    const policy = underscorePolicyOf(workload);
    return policy === undefined ? [] : [ARGUMENT, policy];
}
