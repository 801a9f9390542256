/** What is traced, with the cluster that leads to the collector. */
import { OPENTELEMETRY_KIND, ZIPKIN_KIND } from "../../../istio/extension-providers";
import type { TracingEntry } from "../../tables/tracing";
import type { CompilerContext } from "../context/context";
import { collectorEntry } from "./collectors";
import type { Destinations } from "./destinations";
import type { TracingRule } from "./model/tracing";
import { originOf } from "./origin";
import type { Registry } from "./registry";

export function tracingEntry(
    context: CompilerContext,
    registry: Registry,
    destinations: Destinations,
    rule: TracingRule | undefined,
): TracingEntry | undefined {
    if (rule === undefined) return undefined;
    const { randomPercent, usesRequestId, noPropagation, tags, maxPathLength, provider, serviceName } = rule;
    const { protocol, alsoW3c, hasShortIds } = provider.settings;
    const kind = protocol === "zipkin" ? ZIPKIN_KIND : OPENTELEMETRY_KIND;
    const missing = { kind, code: "GH0497", consequence: "; nothing is traced." } as const;
    const collector = collectorEntry(context, registry, destinations, provider, provider.settings, serviceName, missing);
    if (collector === undefined) return undefined;
    return {
        key: "default",
        collector,
        propagation: protocol !== "zipkin" ? "w3c" : alsoW3c ? "b3-w3c" : "b3",
        randomPercent,
        usesRequestId,
        ...(noPropagation ? { noPropagation } : {}),
        ...(hasShortIds ? { hasShortIds: true as const } : {}),
        tags,
        maxPathLength,
        node: { namespace: context.settings.namespace, domain: context.settings.domain },
        origin: originOf(rule.subject, rule.field),
    };
}
