/**
 * IST0106 and IST0133: what Istio's own validation says of one object, from ours. Faults that Istio never comes to see
 * (a misspelt field, a value of another type, an old shape: the API server refuses them) keep the code they have.
 */
import type { Finding } from "../../findings";
import type { IndexedObject, ObjectIndex } from "../object-index";
import type { AnalysisReport } from "../report";

/** A field left out, a value out of its limits, fields that exclude each other, doubles. */
const REFUSED: ReadonlySet<string> = new Set(["GH0103", "GH0104", "GH0105", "GH0106"]);

/** Where Istio warns too. */
const WARNED: readonly { readonly kind: string; readonly field: RegExp }[] = [];

export function schemaFaults(index: ObjectIndex, report: AnalysisReport): void {
    for (const object of index.objects) {
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
    } else if (one.code === "GH0111" && WARNED.some(({ kind, field }) => kind === object.ref.kind && field.test(one.field))) {
        report.istio("IST0133", object, one.field, [text], one.fix);
    } else {
        report.add(one);
    }
}

function isIstios({ object }: IndexedObject): boolean {
    return object.apiVersion.split("/")[0]?.endsWith(".istio.io") ?? false;
}
