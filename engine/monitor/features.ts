/** What the monitor says it can do. A program is told of a feature only if the engine honours it. */
import type { ResourceProto, Sdk } from "../sdk";

/** The name that old SDKs ask by, and the enum's; SECRETS is 0 there, so none is ever tested for truth. */
const FEATURES = [
    ["secrets", "RESOURCE_MONITOR_FEATURE_SECRETS"],
    ["resourceReferences", "RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES"],
    ["outputValues", "RESOURCE_MONITOR_FEATURE_OUTPUT_VALUES"],
    ["aliasSpecs", "RESOURCE_MONITOR_FEATURE_ALIAS_SPECS"],
    ["deletedWith", "RESOURCE_MONITOR_FEATURE_DELETED_WITH"],
    ["replaceWith", "RESOURCE_MONITOR_FEATURE_REPLACE_WITH"],
    ["transforms", "RESOURCE_MONITOR_FEATURE_TRANSFORMS"],
    ["invokeTransforms", "RESOURCE_MONITOR_FEATURE_INVOKE_TRANSFORMS"],
    ["parameterization", "RESOURCE_MONITOR_FEATURE_PARAMETERIZATION"],
    ["resourceHooks", "RESOURCE_MONITOR_FEATURE_RESOURCE_HOOKS"],
    ["errorHooks", "RESOURCE_MONITOR_FEATURE_ERROR_HOOKS"],
] as const;

export function supportsFeature(name: string): boolean {
    return FEATURES.some(([known]) => known === name);
}

/** As numbers of this SDK's enum; an SDK that lacks one does not ask for it. */
export function supportedFeatures(sdk: Sdk): ResourceProto.ResourceMonitorFeature[] {
    const numbers: Readonly<Record<string, number | undefined>> = sdk.resource.ResourceMonitorFeature as unknown as Record<string, number>;
    return FEATURES.map(([, name]) => numbers[name]).filter((number) => number !== undefined);
}
