/** What is traced: off unless a provider is named (Istio pilot/pkg/model/telemetry.go, Tracing; networking/core/tracing.go). */
import { parseLogFormat } from "../../../../istio/log-format";
import { mergedMeshTracing, meshTracingOf, tracingServiceName, type MeshTracing } from "../../../../istio/semantics";
import type { CustomTag, Tracing } from "../../../../istio/types";
import { compareText } from "../../../resources/text-order";
import type { ObjectContext } from "../../context/objects";
import type { ObjectPlace } from "../../context/place";
import type { TraceTag, TracingRule } from "../../routing/model/tracing";
import { meshConfigsInOrder, meshField, reportRemarks, sayNoNames, type ProvidersByName } from "../mesh-providers";
import type { PlacedTelemetry } from "./levels";

/** What Istio samples where nobody says (PILOT_TRACE_SAMPLING). */
const DEFAULT_PERCENT = 1;
/** Envoy's. */
const DEFAULT_PATH_LENGTH = 256;

interface State {
    readonly provider: ObjectPlace & { readonly name: string };
    readonly place: ObjectPlace;
    readonly percent: number | undefined;
    readonly isDisabled: boolean;
    readonly noPropagation: boolean;
    readonly usesRequestId: boolean;
    readonly tags: Readonly<Record<string, CustomTag>> | undefined;
    readonly hasIstioTags: boolean;
}

export function tracingOf(context: ObjectContext, levels: readonly PlacedTelemetry[], providers: ProvidersByName): TracingRule | undefined {
    const { settings } = context;
    sayNoNames(context, "tracing");
    const configs = meshConfigsInOrder(context).map(({ subject, mesh }) => ({ subject, said: meshTracingOf(mesh) }));
    const own = configs.find(({ said }) => said.defaultProvider !== undefined);
    const state = merged(
        levels,
        own && { subject: own.subject, name: own.said.defaultProvider!, field: "data.mesh.defaultProviders.tracing" },
    );
    const pod = meshTracingOf({ defaultConfig: settings.proxyConfig });
    const mesh = mergedMeshTracing([pod, ...configs.map(({ said }) => said)]);
    if (state === undefined) {
        sayOldTracer(context, configs);
        return undefined;
    }
    if (state.isDisabled) return undefined;
    const provider = providerOf(context, state, providers);
    if (provider === undefined) return undefined;
    return {
        ...state.place,
        provider,
        randomPercent: state.percent ?? mesh.sampling ?? DEFAULT_PERCENT,
        usesRequestId: state.usesRequestId,
        ...(state.noPropagation ? { noPropagation: true as const } : {}),
        tags: tagsOf(context, state, mesh),
        maxPathLength: provider.settings.maxTagLength || mesh.maxPathTagLength || DEFAULT_PATH_LENGTH,
        serviceName: tracingServiceName(mesh.serviceName, settings.labels, settings.namespace),
    };
}

/** Undefined: nobody names a provider. */
function merged(levels: readonly PlacedTelemetry[], byDefault: (ObjectPlace & { readonly name: string }) | undefined): State | undefined {
    let provider = byDefault;
    let place: ObjectPlace | undefined = byDefault;
    let said: Partial<Tracing> = {};
    for (const telemetry of levels) {
        for (const [index, one] of (telemetry.object.spec.tracing ?? []).entries()) {
            // At a gateway, as at an application's outbound side, all traffic is the client's side of a call.
            if (one.match?.mode === "SERVER") continue;
            place = { subject: telemetry, field: `spec.tracing[${index}]` };
            const [first] = one.providers ?? [];
            if (first !== undefined) provider = { ...place, field: `${place.field}.providers[0].name`, name: first.name };
            // A setting stays until a narrower one says otherwise; tags are replaced as a whole.
            said = { ...said, ...Object.fromEntries(Object.entries(one).filter(([, value]) => value !== undefined && value !== null)) };
        }
    }
    if (provider === undefined || place === undefined) return undefined;
    return {
        provider,
        place,
        percent: said.randomSamplingPercentage,
        isDisabled: said.disableSpanReporting ?? false,
        noPropagation: said.disableContextPropagation ?? false,
        usesRequestId: said.useRequestIdForTraceSampling ?? true,
        tags: said.customTags,
        hasIstioTags: said.enableIstioTags ?? true,
    };
}

function providerOf(context: ObjectContext, { provider }: State, providers: ProvidersByName): TracingRule["provider"] | undefined {
    const { report } = context;
    const { name, subject, field } = provider;
    const defined = providers.get(name);
    if (defined === undefined || (defined.given.settings?.kind !== "collector" && defined.given.faults.length === 0)) {
        const known = [...providers].filter(([, { given }]) => given.settings?.kind === "collector").map(([one]) => one);
        report.add(
            "GH0497",
            subject,
            field,
            `${JSON.stringify(name)} is ${defined === undefined ? "the name of no extension provider" : `a provider of kind ${defined.given.kind}, which takes no traces here`}; nothing is traced.`,
            known.length === 0
                ? "Define a provider of kind opentelemetry or zipkin in extensionProviders of the mesh's configuration."
                : `There are: ${known.join(", ")}.`,
        );
        return undefined;
    }
    const { given } = defined;
    for (const fault of given.faults)
        report.add("GH0497", defined.subject, meshField(fault), `${fault.field} ${fault.message}; nothing is traced by the provider.`);
    reportRemarks(context, defined);
    if (given.settings?.kind !== "collector") return undefined;
    return { subject: defined.subject, field: meshField(given), name, settings: given.settings };
}

/** By name, each once: those that are said come before Istio's own. */
function tagsOf(context: ObjectContext, { tags, hasIstioTags, place }: State, mesh: MeshTracing): readonly TraceTag[] {
    const made = new Map<string, TraceTag>();
    if (hasIstioTags) for (const tag of istioTags(context)) made.set(tag.name, tag);
    const own = tags !== undefined && Object.keys(tags).length > 0;
    const from = own ? { subject: place.subject, field: `${place.field}.customTags` } : meshTagsPlace(context, place);
    for (const [name, given] of Object.entries(own ? tags : mesh.customTags)) {
        const tag = tagOf(name, given);
        if (typeof tag !== "string") made.set(name, tag);
        const field = `${from.field}.${name}${given?.formatter ? ".formatter.value" : ""}`;
        sayTag(context, { subject: from.subject, field }, name, tag);
    }
    return [...made.values()].sort((a, b) => compareText(a.name, b.name));
}

/** A text: why there is none. What the mesh's configuration says nobody has looked through before. */
function tagOf(name: string, given: CustomTag | null): TraceTag | string {
    const { literal, environment, header, formatter } = given ?? {};
    const isText = (value: unknown): value is string => typeof value === "string";
    if (literal) return isText(literal.value) ? { name, kind: "literal", value: literal.value } : "literal.value is no text";
    if (environment) {
        const { name: variable, defaultValue: otherwise = "" } = environment;
        if (!isText(variable) || !isText(otherwise)) return "environment wants a name, and texts";
        return { name, kind: "environment", variable, otherwise };
    }
    if (header) {
        const { name: of, defaultValue: otherwise = "" } = header;
        if (!isText(of) || !isText(otherwise)) return "header wants a name, and texts";
        return { name, kind: "header", header: of.toLowerCase(), otherwise };
    }
    if (!formatter) return "it says none of literal, environment, header and formatter";
    if (!isText(formatter.value)) return "formatter.value is no text";
    const parsed = parseLogFormat(formatter.value);
    return typeof parsed === "string" ? parsed : { name, kind: "format", format: formatter.value };
}

/** Of the configuration that says tags first. */
function meshTagsPlace(context: ObjectContext, otherwise: ObjectPlace): ObjectPlace {
    const own = meshConfigsInOrder(context).find(({ mesh }) => Object.keys(meshTracingOf(mesh).customTags).length > 0);
    return { subject: own?.subject ?? otherwise.subject, field: "data.mesh.defaultConfig.tracing.customTags" };
}

function sayTag({ report }: ObjectContext, { subject, field }: ObjectPlace, name: string, tag: TraceTag | string): void {
    const say = (what: string): void =>
        report.add("GH0497", subject, field, what, "Operators are those of access logs, as in %REQ(x-user)% or %RESPONSE_FLAGS%.");
    if (typeof tag === "string") return say(`The tag ${name} is not told: ${tag}.`);
    const parsed = tag.kind === "format" ? parseLogFormat(tag.format) : "";
    const without = typeof parsed === "string" ? [] : [...parsed.unknown, ...parsed.unserved];
    if (without.length > 0) say(`Of the tag ${name} these have no value: ${without.join(", ")}.`);
}

function istioTags({ settings: { labels, namespace } }: ObjectContext): TraceTag[] {
    const tags = [
        ["istio.canonical_revision", labels["service.istio.io/canonical-revision"] || "latest"],
        ["istio.canonical_service", labels["service.istio.io/canonical-name"] || "unknown"],
        ["istio.mesh_id", "unknown"],
        ["istio.namespace", namespace],
        ["istio.cluster_id", "Kubernetes"],
    ] as const;
    return tags.map(([name, value]) => ({ name, kind: "literal", value }));
}

/** A tracer that only its address is said of is none here. */
function sayOldTracer(
    { report }: ObjectContext,
    configs: readonly { readonly subject: ObjectPlace["subject"]; readonly said: MeshTracing }[],
): void {
    for (const { subject, said } of configs)
        if (said.oldTracer !== undefined)
            report.add(
                "GH0497",
                subject,
                `data.mesh.defaultConfig.tracing.${said.oldTracer}`,
                "Tracers by an address alone are not served; nothing is traced.",
                "Define a provider of kind opentelemetry or zipkin in extensionProviders, and name it in defaultProviders.tracing or a Telemetry.",
            );
}
