/**
 * IST0101, IST0110, IST0111, IST0157, IST0159 and IST0160: Sidecars and Telemetries that select no pod, or of which two
 * select the same; and what a Telemetry names as providers.
 */
import type { IstioCode } from "../../codes";
import { selectorText, type Labels } from "../../semantics";
import { listAt } from "../loose";
import { meshConfigOf } from "../mesh-config";
import type { ObjectIndex } from "../object-index";
import type { IndexedObject } from "../indexed-object";
import type { IndexedPod } from "../pods";
import { goList, goQuoted, type AnalysisReport } from "../report";
import { addTo } from "../../lists-by-key";

interface Selecting {
    readonly object: IndexedObject;
    /** Absent where the object names no selector at all. */
    readonly selector: Labels | undefined;
    readonly field: string;
}

export function sidecarSelectors(index: ObjectIndex, report: AnalysisReport): void {
    const sidecars = index.of("Sidecar").map(
        (object): Selecting => ({
            object,
            selector: object.usable.spec?.workloadSelector && (object.usable.spec.workloadSelector.labels ?? {}),
            field: "spec.workloadSelector",
        }),
    );
    const ambient = (namespace: string): boolean => {
        const labels = index.findOther("", "Namespace", "", namespace)?.labels ?? {};
        return labels["istio.io/dataplane-mode"] === "ambient" && labels["istio-injection"] !== "enabled" && !labels["istio.io/rev"];
    };
    overlapping(sidecars, "IST0110", index, report);
    // A Sidecar with an empty selector is as one without.
    severalWithout(
        sidecars.filter(({ object, selector }) => Object.keys(selector ?? {}).length === 0 && !ambient(object.ref.namespace)),
        "IST0111",
        report,
    );
}

export function telemetrySelectors(index: ObjectIndex, report: AnalysisReport): void {
    const telemetries = index.of("Telemetry").map(
        (object): Selecting => ({
            object,
            selector: object.usable.spec?.selector && (object.usable.spec.selector.matchLabels ?? {}),
            field: "spec.selector",
        }),
    );
    overlapping(telemetries, "IST0159", index, report);
    severalWithout(
        telemetries.filter(({ selector }) => selector === undefined),
        "IST0160",
        report,
    );
    const { logsByDefault } = meshConfigOf(index.meshConfigMap);
    for (const telemetry of index.of("Telemetry")) {
        (telemetry.usable.spec?.tracing ?? []).forEach((item, at) => {
            const field = `spec.tracing[${at}].providers`;
            if (listAt(item, "providers").length > 1) {
                report.istio("IST0133", telemetry, field, [`${field} has several providers; the first is used`]);
            }
        });
        (telemetry.usable.spec?.accessLogging ?? []).forEach((item, at) => {
            if (item && !logsByDefault && item.disabled !== true && !item.providers?.length) {
                report.istio(
                    "IST0157",
                    telemetry,
                    `spec.accessLogging[${at}]`,
                    [telemetry.ref.name, goQuoted(telemetry.ref.namespace)],
                    "Add `providers: [{ name: envoy }]`.",
                );
            }
        });
    }
}

function overlapping(all: readonly Selecting[], code: IstioCode, index: ObjectIndex, report: AnalysisReport): void {
    const byPod = new Map<IndexedPod, Selecting[]>();
    for (const one of all.filter(({ selector }) => Object.keys(selector ?? {}).length > 0)) {
        const pods = index.pods.selectedIn(one.object.ref.namespace, one.selector ?? {});
        if (pods.length === 0) {
            report.istio(
                "IST0101",
                one.object,
                one.field,
                ["selector", goQuoted(selectorText(one.selector ?? {}))],
                "No pod and no pod template of its namespace has these labels.",
            );
        }
        for (const pod of pods) {
            addTo(byPod, pod, one);
        }
    }
    // Once an object: the same few would be named again for each pod of a workload.
    const reported = new Set<IndexedObject>();
    for (const [pod, selecting] of byPod) {
        if (selecting.length > 1 && pod.annotations["ambient.istio.io/redirection"] !== "enabled") {
            const names = goList(selecting.map(({ object }) => object.ref.name).sort());
            for (const { object } of selecting.filter((one) => !reported.has(one.object))) {
                reported.add(object);
                report.istio(code, object, "metadata.name", [names, goQuoted(pod.namespace), goQuoted(pod.name)]);
            }
        }
    }
}

function severalWithout(without: readonly Selecting[], code: IstioCode, report: AnalysisReport): void {
    const byNamespace = new Map<string, IndexedObject[]>();
    for (const { object } of without) {
        addTo(byNamespace, object.ref.namespace, object);
    }
    for (const [namespace, objects] of byNamespace) {
        if (objects.length > 1) {
            const names = goList(objects.map(({ ref }) => ref.name).sort());
            objects.forEach((object) => report.istio(code, object, "metadata.name", [names, goQuoted(namespace)]));
        }
    }
}
