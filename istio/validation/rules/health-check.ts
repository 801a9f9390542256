/** The annotation of active health checks: whom it is for, and how it reads. */
import { HEALTH_CHECK_ANNOTATION, readHealthCheck } from "../../semantics/health-check";
import type { Report } from "../report";

const FIELD = `metadata.annotations["${HEALTH_CHECK_ANNOTATION}"]`;

export function healthCheckRules(kind: string, annotations: Readonly<Record<string, string>>, report: Report): void {
    const text = annotations[HEALTH_CHECK_ANNOTATION];
    if (text === undefined) return;
    if (kind !== "DestinationRule") {
        report("GH0111", FIELD, `a ${kind} has no such annotation`, "Put it on the DestinationRule of the host.");
        return;
    }
    const read = readHealthCheck(text);
    if ("fault" in read)
        report("GH0104", FIELD, `is no health check: ${read.fault}`, 'Write JSON as in `{"http":{"path":"/healthz"},"interval":"5s"}`.');
}
