/** GH0457 and GH0479: access logs by providers that nobody defines or that take none, and formats that say what Envoy has no word for. */
import { readProviders, type GivenProvider } from "../../extension-providers";
import { faultsOf, isJsonFormat, jsonFormat, textFormat, type LogFormatSettings } from "../../log-format";
import { field, isGatewayMeshConfig, meshOf } from "../../semantics/root-namespace";
import { shownText } from "../../shown";
import type { IndexedObject } from "../indexed-object";
import type { ObjectIndex } from "../object-index";
import { undefinedProvider, wrongProvider } from "../provider-faults";
import type { AnalysisReport } from "../report";

/** Istio has it in every mesh. */
const BUILT_IN = "envoy";
/** Of these kinds Istio makes loggers. */
const LOGGING_KINDS = ["envoyFileAccessLog", "envoyOtelAls", "envoyHttpAls", "envoyTcpAls", "stackdriver"];

export function accessLogs(index: ObjectIndex, report: AnalysisReport): void {
    const mesh = index.meshConfigMap;
    const maps = index.others("", "ConfigMap").filter(({ object }) => object === mesh || isGatewayMeshConfig(object, undefined));
    for (const map of maps) reportFormats(map, report);
    // What is not there says nothing of who is.
    if (mesh === undefined) return;
    const known = maps.flatMap(({ object }) => readProviders(meshOf(object)).providers);
    for (const telemetry of index.of("Telemetry"))
        for (const [at, entry] of (telemetry.usable.spec?.accessLogging ?? []).entries())
            for (const [place, provider] of (entry?.providers ?? []).entries()) {
                const name = provider?.name ?? "";
                const why = name === "" || name.toLowerCase() === BUILT_IN ? undefined : faultOf(name, known);
                if (why !== undefined)
                    report.own(
                        "GH0457",
                        telemetry,
                        `spec.accessLogging[${at}].providers[${place}].name`,
                        `${why}: nothing is logged for it`,
                        "Define it in `extensionProviders` of the mesh's configuration (ConfigMap istio), or name envoy: lines on standard output.",
                    );
            }
}

/** Names are compared without regard to case. */
function faultOf(name: string, known: readonly GivenProvider[]): string | undefined {
    const found = known.filter((one) => one.name.toLowerCase() === name.toLowerCase());
    const [first] = found;
    if (first === undefined) return undefinedProvider(name, [BUILT_IN, ...known.map((one) => one.name)]);
    if (found.every(({ faults }) => faults.length > 0)) return wrongProvider(name, first);
    return found.some(({ kind }) => LOGGING_KINDS.includes(kind))
        ? undefined
        : `the provider ${shownText(name)} is of a kind that takes no access logs`;
}

function reportFormats(map: IndexedObject, report: AnalysisReport): void {
    const mesh = meshOf(map.object);
    for (const [place, format] of formatsOf(mesh)) {
        const { refused, unknown } = faultsOf(format);
        const at = `data.mesh.${place}`;
        if (refused !== undefined)
            report.own("GH0479", map, at, `the format can't be read: ${refused}. Nothing is logged by it`, "Write % itself as %%.");
        else
            for (const operator of unknown)
                report.own("GH0479", map, at, `${shownText(operator)} is no operator of Envoy's, which refuses listeners with it`);
    }
}

function formatsOf(mesh: unknown): (readonly [place: string, format: LogFormatSettings])[] {
    const own = field(mesh, "accessLogFormat");
    const encoding = field(mesh, "accessLogEncoding");
    const isJson = encoding === "JSON" || encoding === 1;
    const formats: (readonly [string, LogFormatSettings])[] = [];
    if (typeof own === "string" && own !== "") {
        const fields = isJson ? jsonOf(own) : undefined;
        if (!isJson) formats.push(["accessLogFormat", textFormat(own, false)]);
        else if (fields !== undefined) formats.push(["accessLogFormat", fields]);
    }
    for (const { field: place, kind, settings } of readProviders(mesh).providers) {
        if (settings?.kind === "file-log" && settings.format !== undefined) formats.push([`${place}.${kind}.logFormat`, settings.format]);
        if (settings?.kind !== "otel-log") continue;
        formats.push([`${place}.${kind}.logFormat.text`, textFormat(settings.text, false)]);
        formats.push([`${place}.${kind}.logFormat.labels`, jsonFormat(Object.fromEntries(settings.labels), false)]);
    }
    return formats;
}

function jsonOf(text: string): LogFormatSettings | undefined {
    try {
        const value: unknown = JSON.parse(text);
        return isJsonFormat(value) && typeof value === "object" && value !== null && !Array.isArray(value)
            ? jsonFormat(value as Parameters<typeof jsonFormat>[0], false)
            : undefined;
    } catch {
        return undefined;
    }
}
