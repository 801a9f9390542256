/** The annotation of error pages: whom it is for, and how it reads. One that can't be read changes nothing of what is served. */
import { ERROR_PAGES_ANNOTATION, readErrorPages } from "../../semantics/error-pages";
import type { Report } from "../report";
import { hostsRule, isPlaced } from "./annotation-place";

const FIELD = `metadata.annotations["${ERROR_PAGES_ANNOTATION}"]`;

export function errorPageRules(kind: string, annotations: Readonly<Record<string, string>>, spec: unknown, report: Report): void {
    const text = annotations[ERROR_PAGES_ANNOTATION];
    if (text === undefined || !isPlaced(kind, FIELD, true, report)) return;
    const read = readErrorPages(text);
    if ("fault" in read)
        report(
            "GH0128",
            FIELD,
            `has no pages that can be given, and the plain answers stay: ${read.fault}`,
            'Write JSON as in `[{"statuses":["404","5xx"],"html":"<h1>{{status}}</h1>"}]`.',
        );
    else hostsRule(kind, FIELD, spec, report);
}
