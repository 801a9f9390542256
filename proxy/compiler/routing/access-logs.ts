/** Access logs, with the clusters that lead to the collectors. */
import { OTEL_LOG_KIND } from "../../../istio/extension-providers";
import type { AccessLogEntry } from "../../tables/access-logs";
import type { CompilerContext } from "../context/context";
import { collectorEntry } from "./collectors";
import type { Destinations } from "./destinations";
import type { AccessLogRule, OtelLogRule } from "./model/access-logs";
import { originOf } from "./origin";
import type { Registry } from "./registry";

/** The protocol says none; a collector that does not answer so long is asked again. */
const TIMEOUT_MS = 10_000;

export function accessLogEntries(
    context: CompilerContext,
    registry: Registry,
    destinations: Destinations,
    rules: readonly AccessLogRule[],
): readonly AccessLogEntry[] {
    return rules.flatMap(({ key, to: asked, filter, subject, field, filterPlace }) => {
        const to = asked.kind === "file" ? asked : otlpLog(context, registry, destinations, asked);
        if (to === undefined) return [];
        const filterOrigin = filterPlace && { filterOrigin: originOf(filterPlace.subject, filterPlace.field) };
        return { key, to, filter, origin: originOf(subject, field), ...filterOrigin };
    });
}

function otlpLog(
    context: CompilerContext,
    registry: Registry,
    destinations: Destinations,
    { provider, serviceName }: OtelLogRule,
): AccessLogEntry["to"] | undefined {
    const { logName, text, labels } = provider.settings;
    const told = { protocol: "otlp-grpc", path: "", timeoutMs: TIMEOUT_MS, headers: [], hasEnvironment: false } as const;
    const found = { kind: OTEL_LOG_KIND, code: "GH0457", consequence: "; nothing is logged by it." } as const;
    const collector = collectorEntry(context, registry, destinations, provider, told, serviceName, found);
    if (collector === undefined) return undefined;
    const resource = logName === "" ? collector.resource : [...collector.resource, ["log_name", logName] as const];
    return { kind: "otlp", collector: { ...collector, resource }, text, attributes: labels };
}
