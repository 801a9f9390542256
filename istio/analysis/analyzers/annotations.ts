/** IST0107, IST0108, IST0125 and IST0135: annotations of Istio at Namespaces, Services, Pods and what makes Pods. */
import { childPath } from "../../paths";
import { isIstioAnnotation, ISTIO_ANNOTATIONS, wantedOf } from "../istio-annotations";
import { textsAt } from "../loose";
import { podSources } from "../pods";
import type { ObjectIndex } from "../object-index";
import type { IndexedObject } from "../indexed-object";
import { goQuoted, type AnalysisReport } from "../report";

const INJECT = "sidecar.istio.io/inject";

interface Annotated {
    readonly object: IndexedObject;
    readonly kind: string;
    readonly path: string;
    readonly annotations: Readonly<Record<string, string>>;
    readonly labels: Readonly<Record<string, string>>;
}

export function annotations(index: ObjectIndex, report: AnalysisReport): void {
    const own = ["Namespace", "Service", "Pod"].flatMap((kind) => index.others("", kind));
    const makers = podSources(index).filter(({ template }) => template.length > 0);
    const plain = [...own, ...index.others("apps", "Deployment")];
    const all: readonly Annotated[] = [
        ...plain.map(
            (object): Annotated => ({
                object,
                kind: object.ref.kind,
                path: "metadata",
                annotations: object.annotations,
                labels: object.labels,
            }),
        ),
        // What a template says, the pods that are made of it say.
        ...makers.map(
            ({ owner, template }): Annotated => ({
                object: owner,
                kind: "Pod",
                path: [...template, "metadata"].join("."),
                annotations: textsAt(owner.object, ...template, "metadata", "annotations"),
                labels: textsAt(owner.object, ...template, "metadata", "labels"),
            }),
        ),
    ];
    for (const annotated of all) {
        for (const [name, value] of Object.entries(annotated.annotations).filter(([key]) => isIstioAnnotation(key))) {
            checkAnnotation(name, value, annotated, report);
        }
    }
}

function checkAnnotation(name: string, value: string, { object, kind, path, labels }: Annotated, report: AnalysisReport): void {
    const field = childPath(`${path}.annotations`, name);
    const known = ISTIO_ANNOTATIONS.get(name);
    if (!known) {
        report.istio("IST0108", object, field, [name]);
        return;
    }
    // Who has the label too knows of it.
    if (known.isDeprecated && !(name === INJECT && Object.hasOwn(labels, INJECT))) {
        report.istio("IST0135", object, field, [goQuoted(name), name === INJECT ? ` in favor of the "${INJECT}" label` : ""]);
    }
    if (known.kinds.length === 0) {
        return;
    }
    if (!known.kinds.includes(kind)) {
        report.istio("IST0107", object, field, [name, known.kinds.join(", ")]);
        return;
    }
    const wanted = wantedOf(name, value);
    if (wanted !== undefined) {
        report.istio("IST0125", object, field, [name, `is ${goQuoted(value)}, wanted ${wanted}`]);
    }
}
