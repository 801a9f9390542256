/** IST0002: fields that Istio will give up, and providers of traces that it has given up. */
import { meshOf } from "../../semantics/root-namespace";
import { listAt, textAt, valueAt } from "../loose";
import type { ObjectIndex } from "../object-index";
import type { AnalysisReport } from "../report";

export function deprecations(index: ObjectIndex, report: AnalysisReport): void {
    for (const service of index.of("VirtualService")) {
        listAt(service.object, "spec", "http").forEach((rule, at) => {
            const percent = valueAt(rule, "fault", "delay", "percent");
            if (typeof percent === "number" && percent > 0) {
                report.istio(
                    "IST0002",
                    service,
                    `spec.http[${at}].fault.delay.percent`,
                    ["HTTPRoute.fault.delay.percent is deprecated; use HTTPRoute.fault.delay.percentage"],
                    "Write `percentage.value`.",
                );
            }
        });
    }
    for (const sidecar of index.of("Sidecar")) {
        if (valueAt(sidecar.object, "spec", "outboundTrafficPolicy", "egressProxy")) {
            report.istio("IST0002", sidecar, "spec.outboundTrafficPolicy.egressProxy", ["OutboundTrafficPolicy.EgressProxy ignored"]);
        }
    }
    givenUpProviders(index, report);
}

function givenUpProviders(index: ObjectIndex, report: AnalysisReport): void {
    const providers = listAt(meshOf(index.meshConfigMap), "extensionProviders")
        .filter((one) => valueAt(one, "lightstep"))
        .map((one) => textAt(one, "name"));
    for (const telemetry of providers.length === 0 ? [] : index.of("Telemetry")) {
        listAt(telemetry.object, "spec", "tracing").forEach((tracing, at) =>
            listAt(tracing, "providers").forEach((provider, providerAt) => {
                const name = textAt(provider, "name");
                if (name !== undefined && providers.includes(name)) {
                    report.istio("IST0002", telemetry, `spec.tracing[${at}].providers[${providerAt}]`, [
                        `The Lightstep provider ${name} is deprecated, please migrate to OpenTelemetry provider.`,
                    ]);
                }
            }),
        );
    }
}
