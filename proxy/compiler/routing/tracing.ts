/** What is traced, with the cluster that leads to the collector. */
import { OPENTELEMETRY_KIND, ZIPKIN_KIND } from "../../../istio/extension-providers";
import type { CollectorEntry } from "../../tables/collectors";
import type { TracingEntry } from "../../tables/tracing";
import type { CompilerContext } from "../context/context";
import type { Destinations } from "./destinations";
import type { TracingRule } from "./model/tracing";
import { originOf } from "./origin";
import { providerService } from "./provider-service";
import type { Registry } from "./registry";

export function tracingEntry(
    context: CompilerContext,
    registry: Registry,
    destinations: Destinations,
    rule: TracingRule | undefined,
): TracingEntry | undefined {
    if (rule === undefined) return undefined;
    const collector = collectorEntry(context, registry, destinations, rule);
    if (collector === undefined) return undefined;
    const { randomPercent, usesRequestId, noPropagation, tags, maxPathLength, provider } = rule;
    const { protocol, alsoW3c, hasShortIds } = provider.settings;
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

function collectorEntry(
    context: CompilerContext,
    registry: Registry,
    destinations: Destinations,
    { provider, serviceName }: TracingRule,
): CollectorEntry | undefined {
    const { name, settings, subject } = provider;
    const { host, port, protocol, path, timeoutMs, headers, hasEnvironment } = settings;
    const field = `${provider.field}.${protocol === "zipkin" ? ZIPKIN_KIND : OPENTELEMETRY_KIND}`;
    const found = providerService(context, registry, provider, field, settings, "GH0497", "; nothing is traced.");
    if (found === undefined) return undefined;
    return {
        provider: name,
        cluster: destinations.cluster({ host, port, subset: "", field }, subject, { protocol: "http", port }),
        authority: found.host,
        protocol,
        path,
        timeoutMs,
        headers,
        resource: [
            ["service.name", serviceName],
            ["telemetry.sdk.language", "nodejs"],
            ["telemetry.sdk.name", "gatehouse"],
        ],
        hasEnvironment,
        origin: originOf(subject, provider.field),
    };
}
