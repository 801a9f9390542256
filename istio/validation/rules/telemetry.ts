/** Telemetry: selectors, providers, and the filter of access logs. */
import type { TelemetryObject } from "../../types";
import { isRecord } from "../outline";
import { each, type Loose, type Report } from "../report";
import { unknownAttributes } from "../../cel";
import { celFault } from "./cel";
import { checkSelector } from "./shared";

export function telemetryRules(object: Loose<TelemetryObject>, report: Report): void {
    const spec = object.spec;
    if (!spec) {
        return;
    }
    if (spec.selector) {
        checkSelector(spec.selector.matchLabels, "spec.selector.matchLabels", "it is for every pod of the namespace", report);
    }
    if (isRecord(spec.targetRef)) {
        targetRules(spec.targetRef, "spec.targetRef", report);
    }
    each(spec.targetRefs, "spec.targetRefs", (target, field) => {
        if (isRecord(target)) {
            targetRules(target, field, report);
        }
    });
    each(spec.accessLogging, "spec.accessLogging", (entry, field) => {
        if (entry.filter) {
            const fault = celFault(entry.filter.expression ?? "");
            if (fault) {
                report("GH0104", `${field}.filter.expression`, fault);
            } else {
                filterRules(entry.filter.expression ?? "", `${field}.filter.expression`, report);
            }
            if (
                !entry.providers &&
                entry.disabled === undefined &&
                Object.keys(entry).length === 1 &&
                (spec.accessLogging?.length ?? 0) > 1
            ) {
                report(
                    "GH0111",
                    field,
                    "is a list item with a `filter` alone",
                    "Take the `- ` away where the filter belongs to the item above.",
                );
            }
        }
        if (entry.match?.mode === "SERVER") {
            report(
                "GH0111",
                `${field}.match.mode`,
                "SERVER logs nothing at a gateway, which is the client of its backends",
                "Write CLIENT, or leave `match` out.",
            );
        }
    });
    metricRules(spec.metrics, report);
    each(spec.tracing, "spec.tracing", (settings, field) => {
        if (isRecord(settings) && isRecord(settings.customTags) && Object.hasOwn(settings.customTags, "")) {
            report("GH0104", `${field}.customTags`, "has a tag without a name");
        }
    });
    if ((spec.tracing?.length ?? 0) > 1) {
        report("GH0111", "spec.tracing", "has several items; the first is used");
    }
}

function filterRules(expression: string, field: string, report: Report): void {
    const unknown = unknownAttributes(expression);
    if (typeof unknown === "string") {
        report("GH0111", field, `is no filter that Envoy takes (${unknown}); every request is logged`);
        return;
    }
    for (const name of unknown) {
        report("GH0111", field, `names ${name}, which nothing is called; what comes to it is not logged`);
    }
}

const TARGETS: readonly string[] = [
    "/Service",
    "core/Service",
    "networking.istio.io/ServiceEntry",
    "gateway.networking.k8s.io/Gateway",
    "gateway.networking.k8s.io/GatewayClass",
];

function targetRules(target: Readonly<Record<string, unknown>>, field: string, report: Report): void {
    const group = typeof target.group === "string" ? target.group : "";
    if (typeof target.kind === "string" && !TARGETS.includes(`${group}/${target.kind}`)) {
        report(
            "GH0104",
            field,
            "refers to a kind that a Telemetry cannot be for",
            "Refer to a Service, ServiceEntry or Gateway API Gateway, or use `selector`.",
        );
    }
}

function metricRules(metrics: readonly unknown[] | undefined, report: Report): void {
    each(metrics, "spec.metrics", (metric, field) => {
        const overrides = isRecord(metric) && Array.isArray(metric.overrides) ? metric.overrides : [];
        overrides.forEach((override: unknown, index) => {
            const tags = isRecord(override) && isRecord(override.tagOverrides) ? override.tagOverrides : {};
            for (const [name, tag] of Object.entries(tags)) {
                const operation = isRecord(tag) ? (tag.operation ?? "UPSERT") : undefined;
                // What is removed has no value, not even an empty one.
                const has = isRecord(tag) && tag.value !== undefined && (tag.value !== "" || operation === "REMOVE");
                if ((operation === "UPSERT") !== has && operation !== undefined) {
                    report(
                        "GH0105",
                        `${field}.overrides[${index}].tagOverrides[${JSON.stringify(name)}]`,
                        operation === "UPSERT" ? "sets a tag to no value" : "removes a tag and gives it a value",
                    );
                }
            }
        });
    });
}
