/** Says everything that is wrong with one object by itself. */
import type { Finding } from "../findings";
import type { Kind, ModelObject } from "../types";
import { isRecord, outlineFaults, type ValidationContext } from "./outline";

export interface ValidationResult {
    /** Present only where there is no Error and the kind is one Gatehouse reads. */
    readonly object?: ModelObject;
    readonly findings: Finding[];
}

const KINDS: ReadonlySet<string> = new Set<Kind>([
    "Gateway", "VirtualService", "ServiceEntry", "DestinationRule", "Sidecar", "Telemetry", "Secret", "Service", "EndpointSlice", "Ingress", "Pod",
]);

export function validateObject(value: unknown, context: ValidationContext = {}): ValidationResult {
    const findings = outlineFaults(value, context);
    if (findings.length > 0 || !isRecord(value) || typeof value.kind !== "string" || !KINDS.has(value.kind)) {
        return { findings };
    }
    return { object: value as unknown as ModelObject, findings };
}

/** Warnings for fields that are valid in Istio and that the bundled proxy does not act on. */
export function unsupportedFields(_object: ModelObject): Finding[] {
    return [];
}
