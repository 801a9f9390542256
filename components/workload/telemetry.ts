/** Access logging as Istio's Telemetry: off unless asked for, and for this gateway only. */
import type { Telemetry } from "../../istio";
import type { ObjectMetadata } from "../arguments";
import { objectMetadata } from "./metadata";
import type { WorkloadPlan } from "./plan";

export function buildTelemetry(plan: WorkloadPlan): { metadata: ObjectMetadata; spec: Telemetry } | undefined {
    const { accessLog } = plan.args;
    if (accessLog === undefined || accessLog === false) return undefined;
    const { filter, provider = "envoy", providers = [provider] }: Exclude<typeof accessLog, true> = accessLog === true ? {} : accessLog;
    return {
        metadata: objectMetadata(plan),
        spec: {
            selector: { matchLabels: plan.selector },
            // The filter stands in the provider's own entry: as an entry of its own Istio ignores it.
            accessLogging: [
                { providers: providers.map((name) => ({ name })), ...(filter === undefined ? {} : { filter: { expression: filter } }) },
            ],
        },
    };
}
