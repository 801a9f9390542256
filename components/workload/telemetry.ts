/**
 * Access logging and tracing as Istio's Telemetry: off unless asked for, and for this gateway only. One object says both, since
 * of two with the same selector Istio counts one.
 */
import type { AccessLogging, Telemetry, Tracing } from "../../istio";
import { fault, istioCandidate, objectFaults, type Fault, type ObjectMetadata } from "../arguments";
import { objectMetadata } from "./metadata";
import type { WorkloadData, WorkloadPlan } from "./plan";

export function hasTelemetry({ accessLog, tracing }: WorkloadData): boolean {
    return (accessLog !== undefined && accessLog !== false) || tracing !== undefined;
}

export function buildTelemetry(plan: WorkloadPlan): { metadata: ObjectMetadata; spec: Telemetry } | undefined {
    if (!hasTelemetry(plan.args)) return undefined;
    const { accessLog, tracing } = plan.args;
    return {
        metadata: objectMetadata(plan),
        spec: {
            selector: { matchLabels: plan.selector },
            ...(accessLog === undefined || accessLog === false ? {} : { accessLogging: [logging(accessLog)] }),
            ...(tracing === undefined ? {} : { tracing: [traced(tracing)] }),
        },
    };
}

function logging(accessLog: NonNullable<WorkloadData["accessLog"]>): AccessLogging {
    const {
        filter,
        provider = "envoy",
        providers = [provider],
    }: Exclude<typeof accessLog, boolean> = typeof accessLog === "object" ? accessLog : {};
    // The filter stands in the provider's own entry: as an entry of its own Istio ignores it.
    return { providers: providers.map((name) => ({ name })), ...(filter === undefined ? {} : { filter: { expression: filter } }) };
}

function traced(tracing: NonNullable<WorkloadData["tracing"]>): Tracing {
    const { provider, samplingPercentage, customTags, enableIstioTags, useRequestIdForTraceSampling } = tracing;
    const { disableSpanReporting, disableContextPropagation } = tracing;
    return {
        ...(provider === undefined ? {} : { providers: [{ name: provider }] }),
        ...(samplingPercentage === undefined ? {} : { randomSamplingPercentage: samplingPercentage }),
        ...(customTags === undefined ? {} : { customTags }),
        ...(enableIstioTags === undefined ? {} : { enableIstioTags }),
        ...(disableSpanReporting === undefined ? {} : { disableSpanReporting }),
        ...(disableContextPropagation === undefined ? {} : { disableContextPropagation }),
        ...(useRequestIdForTraceSampling === undefined ? {} : { useRequestIdForTraceSampling }),
    };
}

const ARGUMENTS = [
    ["spec.accessLogging[0].filter.expression", "accessLog.filter"],
    ["spec.tracing[0].providers[0].name", "tracing.provider"],
    ["spec.tracing[0].randomSamplingPercentage", "tracing.samplingPercentage"],
    ["spec.tracing[0]", "tracing"],
] as const;

function providerArguments(accessLog: WorkloadData["accessLog"]): readonly (readonly [string, string])[] {
    if (typeof accessLog !== "object" || accessLog.providers === undefined)
        return [["spec.accessLogging[0].providers[0].name", "accessLog.provider"]];
    return accessLog.providers.map((_name, at) => [`spec.accessLogging[0].providers[${at}].name`, `accessLog.providers[${at}]`]);
}

export function telemetryFaults(plan: WorkloadPlan): Fault[] {
    const { accessLog, tracing } = plan.args;
    // What is no object or list at all is told by its shape.
    if (typeof accessLog === "object" && (accessLog === null || !Array.isArray(accessLog.providers ?? []))) return [];
    if (tracing !== undefined && (typeof tracing !== "object" || tracing === null || Array.isArray(tracing))) return [];
    const telemetry = buildTelemetry(plan);
    if (telemetry === undefined) return [];
    return [...objectFaults([istioCandidate("Telemetry", telemetry, [...providerArguments(accessLog), ...ARGUMENTS])]), ...tagFaults(plan)];
}

const KINDS = ["literal", "environment", "header", "formatter"] as const;

/** Istio takes a tag that says nothing, and leaves it out. */
function tagFaults({ args: { tracing } }: WorkloadPlan): Fault[] {
    const tags: unknown = tracing?.customTags;
    if (typeof tags !== "object" || tags === null || Array.isArray(tags)) return [];
    return Object.entries(tags as Readonly<Record<string, unknown>>).flatMap(([name, tag]) =>
        typeof tag === "object" && tag !== null && KINDS.every((kind) => (tag as Readonly<Record<string, unknown>>)[kind] === undefined)
            ? [
                  fault(
                      "GH0210",
                      `tracing.customTags.${name}`,
                      "the tag has no value.",
                      'Give one of literal, environment, header and formatter: { literal: { value: "…" } }.',
                  ),
              ]
            : [],
    );
}
