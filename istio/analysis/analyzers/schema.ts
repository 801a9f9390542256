/**
 * IST0106 and IST0133: what Istio's own validation says of one object, from ours. Faults that Istio never comes to see
 * (a misspelt field, a value of another type, an old shape: the API server refuses them) keep the code they have.
 */
import type { Finding } from "../../findings";
import type { ObjectIndex } from "../object-index";
import type { IndexedObject } from "../indexed-object";
import type { AnalysisReport } from "../report";

/** A field left out, a value out of its limits, fields that exclude each other, doubles. */
const REFUSED: ReadonlySet<string> = new Set(["GH0103", "GH0104", "GH0105", "GH0106"]);

/** What Istio warns of too; `said` tells apart what stands at one field. */
const WARNED: readonly { readonly kind: string; readonly field: RegExp; readonly said?: RegExp }[] = [
    { kind: "Gateway", field: /\.tls\.(httpsRedirect|minProtocolVersion|cipherSuites\[\d+\])$/ },
    { kind: "Gateway", field: /\.tls$/, said: /PASSTHROUGH does not use$/ },
    { kind: "VirtualService", field: /gateways\[\d+\]$/, said: /form of old releases$/ },
    { kind: "VirtualService", field: /\.(mirrorPercent|mirror_percent|directResponse\.body)$/ },
    { kind: "ServiceEntry", field: /^spec\.(hosts\[\d+\]|workloadSelector\.labels|endpoints\[\d+\]\.address)$/ },
    { kind: "DestinationRule", field: /\.(consecutiveErrors|workloadSelector\.matchLabels)$/ },
    { kind: "Sidecar", field: /\.workloadSelector\.labels$/ },
    { kind: "AuthorizationPolicy", field: /^spec\.selector\.matchLabels$/ },
    { kind: "RequestAuthentication", field: /^spec\.selector\.matchLabels$/ },
    { kind: "Telemetry", field: /^spec\.(selector\.matchLabels|tracing)$/ },
];

/** What has a code of Istio's that another analyzer reports: a rule that is never reached, an old field. */
function isSaidElsewhere({ message, field }: Finding): boolean {
    return message.startsWith("is never reached") || field.endsWith(".fault.delay.percent");
}

export function schemaFaults(index: ObjectIndex, report: AnalysisReport): void {
    for (const object of index.objects.filter(({ context }) => !context)) {
        for (const one of object.findings) {
            reportFault(one, object, report);
        }
    }
}

function reportFault(one: Finding, object: IndexedObject, report: AnalysisReport): void {
    const text = `${one.field === "" ? "" : `${one.field} `}${one.message}`;
    if (!isIstios(object)) {
        report.add(one);
    } else if (one.level === "Error" && REFUSED.has(one.code)) {
        report.istio("IST0106", object, one.field, [text], one.fix);
    } else if (
        one.code === "GH0111" &&
        WARNED.some(({ kind, field, said }) => kind === object.ref.kind && field.test(one.field) && (said?.test(one.message) ?? true))
    ) {
        report.istio("IST0133", object, one.field, [text], one.fix);
    } else if (one.code !== "GH0111" || !isSaidElsewhere(one)) {
        report.add(one);
    }
}

function isIstios({ object }: IndexedObject): boolean {
    return object.apiVersion.split("/")[0]?.endsWith(".istio.io") ?? false;
}
