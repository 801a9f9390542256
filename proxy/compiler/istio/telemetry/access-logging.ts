/** The access logs that Telemetry objects and the mesh's configuration ask for: off unless one does. */
import { OTEL_LOG_KIND } from "../../../../istio/extension-providers";
import { didYouMean } from "../../../../istio/did-you-mean";
import { faultsOf, jsonFormat, textFormat, type LogFormatSettings } from "../../../../istio/log-format";
import { meshTracingOf, tracingServiceName } from "../../../../istio/semantics";
import type { ObjectContext } from "../../context/objects";
import type { ObjectPlace, Subject } from "../../context/place";
import { listText } from "../../context/report";
import type { AccessLogRule, OtelLogRule } from "../../routing/model/access-logs";
import { meshConfigsInOrder, meshField, reportRemarks, type DefinedProvider, type ProvidersByName } from "../mesh-providers";
import type { PlacedTelemetry } from "./levels";
import { mergedLogging, type MergedLog, type PlacedEntry } from "./merged-logging";
import { meshLoggingOf, type MeshLogging } from "./mesh-logging";

/** Istio has it in every mesh. */
const BUILT_IN = "envoy";
const STDOUT = "/dev/stdout";

export function accessLogsOf(
    context: ObjectContext,
    telemetries: readonly PlacedTelemetry[],
    providers: ProvidersByName,
): readonly AccessLogRule[] {
    const mesh = meshLoggingOf(context);
    const levels = telemetries.map(entriesOf).filter((entries) => entries.length > 0);
    if (levels.length === 0 && mesh.defaults.length === 0) return fileLog(context, mesh);
    const byName = new Map([...providers].reverse().map(([name, one]) => [name.toLowerCase(), one]));
    reportEntries(context, levels, mesh.defaults);
    for (const { subject, field, name } of namesIn(levels, mesh)) checkProvider(context, { subject, field }, name, byName);
    // Names are compared in small letters: whoever is meant twice logs once.
    const rules = new Map<string, AccessLogRule>();
    for (const merged of mergedLogging(levels, mesh.defaults)) {
        const rule = ruleOf(context, merged, mesh, byName);
        if (rule !== undefined) rules.set(rule.key, rule);
    }
    return [...rules.values()];
}

function entriesOf(telemetry: PlacedTelemetry): PlacedEntry<ObjectPlace>[] {
    return (telemetry.object.spec.accessLogging ?? []).map((logging, index) => ({
        logging,
        place: { subject: telemetry, field: `spec.accessLogging[${index}]` },
    }));
}

/** `accessLogFile` of the mesh's configuration. */
function fileLog(context: ObjectContext, { file, fileSubject, format }: MeshLogging): AccessLogRule[] {
    if (file === "" || fileSubject === undefined) return [];
    const place = { subject: fileSubject, field: "data.mesh.accessLogFile" };
    if (!file.startsWith("/")) {
        context.report.add("GH0479", place.subject, place.field, `${JSON.stringify(file)} is no absolute path; nothing is logged.`);
        return [];
    }
    const isFine = checkFormat(context, { subject: fileSubject, field: "data.mesh.accessLogFormat" }, format);
    return isFine ? [{ ...place, key: "accesslogfile", to: { kind: "file", path: file, format }, filter: "" }] : [];
}

function ruleOf(
    context: ObjectContext,
    { provider, filter, filterPlace, place }: MergedLog<ObjectPlace>,
    mesh: MeshLogging,
    byName: ReadonlyMap<string, DefinedProvider>,
): AccessLogRule | undefined {
    const asks = place ?? defaultsPlace(mesh.defaultsSubject);
    if (asks === undefined) return undefined;
    const key = provider.toLowerCase();
    const defined = byName.get(key);
    const more = { filter, ...(filterPlace ? { filterPlace: { ...filterPlace, field: `${filterPlace.field}.filter.expression` } } : {}) };
    if (defined === undefined && key === BUILT_IN) {
        const isFine = checkFormat(context, { ...asks, field: "data.mesh.accessLogFormat" }, mesh.format);
        return isFine ? { ...asks, key, to: { kind: "file", path: STDOUT, format: mesh.format }, ...more } : undefined;
    }
    const settings = defined?.given.settings;
    if (defined !== undefined && settings?.kind === "otel-log") {
        const provider = { subject: defined.subject, name: defined.given.name, field: meshField(defined.given), settings };
        const isFine = checkOtelFormat(context, provider);
        return isFine ? { ...asks, key, to: { kind: "otlp", provider, serviceName: serviceNameOf(context) }, ...more } : undefined;
    }
    if (defined === undefined || settings?.kind !== "file-log") return undefined;
    const isBuiltIn = defined.given.name === BUILT_IN;
    const format = settings.format ?? (isBuiltIn ? mesh.format : DEFAULT_FORMAT);
    const field = `${meshField(defined.given)}.${defined.given.kind}.logFormat`;
    return checkFormat(context, { subject: defined.subject, field }, format)
        ? { ...asks, key, to: { kind: "file", path: settings.path, format }, ...more }
        : undefined;
}

function checkOtelFormat(context: ObjectContext, { subject, field, settings: { text, labels } }: OtelLogRule["provider"]): boolean {
    const place = (name: string): ObjectPlace => ({ subject, field: `${field}.${OTEL_LOG_KIND}.logFormat.${name}` });
    const formats = [
        ["text", textFormat(text, false)],
        ["labels", jsonFormat(Object.fromEntries(labels), false)],
    ] as const;
    return formats.every(([name, format]) => checkFormat(context, place(name), format));
}

/** Who the proxy is to a collector, of logs as of traces. */
function serviceNameOf(context: ObjectContext): string {
    const { labels, namespace, proxyConfig } = context.settings;
    const own = meshTracingOf({ defaultConfig: proxyConfig }).serviceName;
    return tracingServiceName(own || meshTracingOf(meshConfigsInOrder(context).at(-1)?.mesh).serviceName, labels, namespace);
}

function defaultsPlace(subject: Subject | undefined): ObjectPlace | undefined {
    return subject && { subject, field: "data.mesh.defaultProviders.accessLogging" };
}

interface NamedProvider extends ObjectPlace {
    readonly name: string;
}

/** Every provider that is named, and where. */
function namesIn(levels: readonly (readonly PlacedEntry<ObjectPlace>[])[], { defaults, defaultsSubject }: MeshLogging): NamedProvider[] {
    const named = levels
        .flat()
        .flatMap(({ logging, place: { subject, field } }) =>
            (logging.providers ?? []).map(({ name }, at) => ({ subject, field: `${field}.providers[${at}].name`, name })),
        );
    const place = defaultsPlace(defaultsSubject);
    return place && levels.length === 0 ? [...named, ...defaults.map((name) => ({ ...place, name }))] : named;
}

function checkProvider(context: ObjectContext, asks: ObjectPlace, name: string, byName: ReadonlyMap<string, DefinedProvider>): void {
    const { report } = context;
    const defined = byName.get(name.toLowerCase());
    if (defined === undefined) {
        if (name.toLowerCase() !== BUILT_IN) reportMissing(context, asks, name, byName);
        return;
    }
    const { subject, given } = defined;
    for (const fault of given.faults)
        report.add(
            "GH0457",
            subject,
            meshField(fault),
            `${fault.field} ${fault.message}: the provider ${JSON.stringify(name)} logs nothing.`,
        );
    reportRemarks(context, defined);
    const kind = given.settings?.kind;
    if (given.faults.length > 0 || kind === "file-log" || kind === "otel-log") return;
    report.add(
        "GH0457",
        asks.subject,
        asks.field,
        `${name} is a provider of kind ${given.kind}, which takes no access logs at the bundled proxy.`,
        "Name one of kind envoyFileAccessLog or envoyOtelAls, or envoy: lines of text on standard output.",
    );
}

function reportMissing(context: ObjectContext, asks: ObjectPlace, name: string, byName: ReadonlyMap<string, DefinedProvider>): void {
    const names = [BUILT_IN, ...[...byName.values()].map(({ given }) => given.name)];
    const meant = didYouMean(name, names);
    context.report.add(
        "GH0457",
        asks.subject,
        asks.field,
        `No provider is named ${JSON.stringify(name)}; nothing is logged for it. There are: ${listText([...new Set(names)])}.`,
        meant === undefined ? "Use envoy: lines of text on standard output." : `Did you mean ${meant}?`,
    );
}

/** Entries that do nothing, though they are meant to. */
function reportEntries(
    context: ObjectContext,
    levels: readonly (readonly PlacedEntry<ObjectPlace>[])[],
    defaults: readonly string[],
): void {
    let inherited = defaults.length > 0;
    for (const { logging, place } of levels.flat()) {
        const isNamed = (logging.providers ?? []).length > 0;
        inherited ||= isNamed;
        const report = (message: string, fix: string): void => context.report.add("GH0457", place.subject, place.field, message, fix);
        if (!inherited && logging.disabled !== true)
            report("No provider is named here or above, so that nothing is logged.", "Add providers: [{ name: envoy }].");
        else if (!isNamed && logging.filter !== undefined)
            report(
                "A filter counts for the providers of its own entry, and this one names none: it does nothing.",
                "Add providers: [{ name: envoy }].",
            );
        if (logging.match?.mode === "SERVER")
            report(
                "SERVER is the side that takes requests in; a gateway's traffic is all the client's side: the entry does nothing.",
                "Write CLIENT, or leave match out.",
            );
    }
}

const DEFAULT_FORMAT = textFormat("", false);

/** False: there is no such format, and nothing is logged. */
function checkFormat({ report }: ObjectContext, place: ObjectPlace, format: LogFormatSettings): boolean {
    const { refused, unknown, unserved } = faultsOf(format);
    if (refused !== undefined) {
        report.add(
            "GH0479",
            place.subject,
            place.field,
            `The format can't be read: ${refused}. Nothing is logged by it.`,
            "Write % itself as %%.",
        );
        return false;
    }
    for (const operator of unknown)
        report.add(
            "GH0479",
            place.subject,
            place.field,
            `${operator} is no operator of Envoy's, which refuses the format; a - stands in its place here.`,
        );
    for (const operator of unserved)
        report.add("GH0479", place.subject, place.field, `${operator} has no value at the bundled proxy; a - stands in its place.`);
    return true;
}
