/**
 * What Telemetry objects change of Istio's standard metrics (Istio pilot/pkg/model/telemetry.go, mergeMetrics): the narrower
 * level comes later and has the last word on each metric and each tag. Without any the mesh's default provider counts all.
 */
import { unknownAttributes } from "../../../../istio/cel";
import { parseDuration } from "../../../../istio/durations";
import { field as fieldOf } from "../../../../istio/semantics/root-namespace";
import { ISTIO_METRICS, type IstioMetricName } from "../../../../istio/semantics/standard-metrics";
import type { MetricsOverride, TelemetryMetrics } from "../../../../istio/types";
import { compareText } from "../../../resources/text-order";
import type { ObjectContext } from "../../context/objects";
import type { ObjectPlace } from "../../context/place";
import type { MetricsRule, MetricTagRule } from "../../routing/model/sources";
import { meshConfigsInOrder, sayNoNames, type ProvidersByName } from "../mesh-providers";
import type { PlacedTelemetry } from "./levels";

const PROMETHEUS = "prometheus";
const NAMES = Object.keys(ISTIO_METRICS) as IstioMetricName[];
/** Istio's, of what is open. */
const REPORTING_MS = 5_000;
const SHORTEST_MS = 100;

/** One of `spec.metrics`, with the providers that it is for. */
interface Level {
    readonly telemetry: PlacedTelemetry;
    readonly field: string;
    readonly metrics: TelemetryMetrics;
    readonly providers: readonly string[];
}

interface Changed {
    disabled: boolean;
    readonly tags: Map<string, MetricTagRule>;
}

/** Undefined: nothing is said, and all are counted as by default. */
export function metricsOf(
    context: ObjectContext,
    telemetries: readonly PlacedTelemetry[],
    defined: ProvidersByName,
): MetricsRule | undefined {
    sayNoNames(context, "metrics");
    const byDefault = defaultProviders(context);
    const levels = levelsOf(telemetries, byDefault);
    const inForce = levels.findLast(({ metrics }) => metrics.providers?.length)?.providers ?? byDefault;
    for (const level of levels) sayUnknown(context, level, defined);
    const provider = inForce.find((name) => isPrometheus(name, defined));
    if (provider === undefined) return { reportingMs: REPORTING_MS, metrics: [] };
    const own = levels.filter(({ providers }) => providers.includes(provider));
    if (own.length === 0) return undefined;
    return ruleOf(context, own);
}

function ruleOf(context: ObjectContext, levels: readonly Level[]): MetricsRule {
    const changed = new Map(NAMES.map((name): [IstioMetricName, Changed] => [name, { disabled: false, tags: new Map() }]));
    let isNone = false;
    let reportingMs = REPORTING_MS;
    for (const level of levels) {
        const { reportingInterval, overrides = [] } = level.metrics;
        if (reportingInterval !== undefined) reportingMs = Math.max(SHORTEST_MS, parseDuration(reportingInterval) ?? REPORTING_MS);
        for (const [index, override] of overrides.entries()) {
            // At a gateway all traffic is the client's side of a call.
            if (override.match?.mode === "SERVER") continue;
            // What is switched off as a whole stays so until a later one says anything of a metric.
            if (override.match?.metric === "ALL_METRICS" && override.disabled === true) {
                isNone = true;
                continue;
            }
            isNone = false;
            apply(context, level, override, `${level.field}.overrides[${index}]`, changed);
        }
    }
    const metrics = [...changed].flatMap(([metric, { disabled, tags }]) => {
        const rules = [...tags.values()].sort((a, b) => compareText(a.name, b.name));
        return isNone || disabled ? [] : [{ metric, tags: rules }];
    });
    return { reportingMs, metrics };
}

function apply(
    context: ObjectContext,
    { telemetry }: Level,
    { match, disabled, tagOverrides = {} }: MetricsOverride,
    field: string,
    changed: ReadonlyMap<IstioMetricName, Changed>,
): void {
    const names = matched(match);
    if (names.length === 0) {
        const custom = match?.customMetric ?? match?.metric ?? "";
        context.report.add(
            "GH0469",
            telemetry,
            `${field}.match`,
            `${custom} is no metric that a gateway counts; the override has no effect.`,
        );
    }
    for (const name of names) {
        const of = changed.get(name)!;
        if (disabled !== undefined) of.disabled = disabled;
    }
    for (const [given, { operation = "UPSERT", value = "" }] of Object.entries(tagOverrides)) {
        const name = labelName(given);
        const place = { subject: telemetry, field: `${field}.tagOverrides[${given}]` };
        if (name === "" || name === "le" || name.startsWith("__")) {
            const why =
                name === "" ? "A tag needs a name; this one is not told." : `${name} is Prometheus' own; the tag is left as it was.`;
            context.report.add("GH0469", telemetry, place.field, why);
            continue;
        }
        if (operation !== "REMOVE" && names.length > 0) sayUnknownAttributes(context, place, name, value);
        for (const metric of names)
            changed.get(metric)!.tags.set(name, { ...place, name, ...(operation === "REMOVE" ? {} : { expression: value }) });
    }
}

/** What can't be read at all whoever counts by it says. */
function sayUnknownAttributes({ report }: ObjectContext, { subject, field }: ObjectPlace, tag: string, expression: string): void {
    const unknown = unknownAttributes(expression);
    if (typeof unknown === "string") return;
    for (const name of unknown)
        report.add(
            "GH0469",
            subject,
            `${field}.value`,
            `The tag ${tag} names ${name}, which nothing is called here: where its value comes to that, it is unknown.`,
            "Attributes are those of filters of access logs.",
        );
}

/** Istio's own may be named as custom ones too, by what Envoy calls them. */
function matched(match: MetricsOverride["match"]): readonly IstioMetricName[] {
    if (match?.customMetric !== undefined) return NAMES.filter((name) => ISTIO_METRICS[name] === `istio_${match.customMetric}`);
    if (match?.metric === undefined || match.metric === "ALL_METRICS") return NAMES;
    return NAMES.filter((name) => name === match.metric);
}

/** As Envoy writes names that Prometheus has no letters for (PrometheusStatsFormatter::sanitizeName). */
function labelName(name: string): string {
    const legal = name.replace(/[^a-zA-Z0-9_]/g, "_");
    return /^[0-9]/.test(legal) ? `_${legal}` : legal;
}

/** A level without providers has those of the one above. */
function levelsOf(telemetries: readonly PlacedTelemetry[], byDefault: readonly string[]): Level[] {
    const levels: Level[] = [];
    for (const telemetry of telemetries) {
        for (const [index, metrics] of (telemetry.object.spec.metrics ?? []).entries()) {
            const own = (metrics.providers ?? []).map(({ name }) => name);
            const providers = own.length > 0 ? own : (levels.at(-1)?.providers ?? byDefault);
            levels.push({ telemetry, field: `spec.metrics[${index}]`, metrics, providers });
        }
    }
    return levels;
}

/** `defaultProviders` of the mesh's configuration; where it says none, Prometheus, as Istio is installed. */
function defaultProviders(context: ObjectContext): readonly string[] {
    for (const { mesh } of meshConfigsInOrder(context)) {
        const given = fieldOf(fieldOf(mesh, "defaultProviders"), "metrics");
        if (Array.isArray(given)) return given.filter((one): one is string => typeof one === "string");
    }
    return [PROMETHEUS];
}

/** Istio has one of this name without a definition too. */
function isPrometheus(name: string, defined: ProvidersByName): boolean {
    const provider = defined.get(name);
    return provider ? provider.given.kind === PROMETHEUS : name.toLowerCase() === PROMETHEUS;
}

function sayUnknown(context: ObjectContext, { telemetry, field, metrics }: Level, defined: ProvidersByName): void {
    for (const [index, { name }] of (metrics.providers ?? []).entries()) {
        if (isPrometheus(name, defined)) continue;
        context.report.add(
            "GH0469",
            telemetry,
            `${field}.providers[${index}].name`,
            `${name} is not a provider of metrics here.`,
            "Use prometheus: what is counted is read from /stats/prometheus.",
        );
    }
}
