/** Says everything that is wrong with one object by itself. Never throws, whatever the value. */
import { kindTable } from "../fields";
import type { Finding } from "../findings";
import { GROUP_OF_KIND, type Kind, type ModelObject, type ObjectOfKind } from "../types";
import { kindOf } from "./kind";
import { isRecord, outlineFaults, type ValidationContext } from "./outline";
import { reporter, type Loose, type Report } from "./report";
import { destinationRuleRules } from "./rules/destination-rule";
import { envoyFilterRules, proxyConfigRules, trafficExtensionRules, wasmPluginRules } from "./rules/extensions";
import { gatewayRules } from "./rules/gateway";
import { endpointSliceRules, endpointsRules, ingressClassRules, ingressRules, secretRules, serviceRules } from "./rules/kubernetes";
import { metadataRules } from "./rules/metadata";
import { authorizationPolicyRules, requestAuthenticationRules } from "./rules/security";
import { serviceEntryRules } from "./rules/service-entry";
import { sidecarRules } from "./rules/sidecar";
import { telemetryRules } from "./rules/telemetry";
import { virtualServiceRules } from "./rules/virtual-service";
import { workloadEntryRules, workloadGroupRules } from "./rules/workloads";
import { walk } from "./walk";

export interface ValidationResult {
    /** Present only where there is no Error and the kind is one Gatehouse reads; nulls are dropped from it. */
    readonly object?: ModelObject;
    readonly findings: Finding[];
}

export interface Inspection extends ValidationResult {
    /** What of the object is well typed, also where there are errors; present where the kind is one Gatehouse reads. */
    readonly usable?: Loose<ModelObject>;
}

/** Findings of one object: enough to see what is wrong, and few enough to be read. */
const MAX_FINDINGS = 100;

/** What a kind's table cannot say. */
const RULES: { readonly [K in Kind]: (object: Loose<ObjectOfKind[K]>, report: Report) => void } = {
    Gateway: gatewayRules,
    VirtualService: virtualServiceRules,
    ServiceEntry: serviceEntryRules,
    WorkloadEntry: workloadEntryRules,
    WorkloadGroup: workloadGroupRules,
    DestinationRule: destinationRuleRules,
    Sidecar: sidecarRules,
    Telemetry: telemetryRules,
    AuthorizationPolicy: authorizationPolicyRules,
    RequestAuthentication: requestAuthenticationRules,
    WasmPlugin: wasmPluginRules,
    TrafficExtension: trafficExtensionRules,
    EnvoyFilter: envoyFilterRules,
    ProxyConfig: proxyConfigRules,
    Secret: secretRules,
    Service: serviceRules,
    EndpointSlice: endpointSliceRules,
    Endpoints: endpointsRules,
    Ingress: ingressRules,
    IngressClass: ingressClassRules,
    Pod: () => undefined,
    Node: () => undefined,
    Namespace: () => undefined,
};

export function validateObject(value: unknown, context: ValidationContext = {}): ValidationResult {
    const { object, findings } = inspectObject(value, context);
    return object ? { object, findings } : { findings };
}

/** The same, with what can be read of an object that has errors: whoever looks at many objects goes on with that. */
export function inspectObject(value: unknown, context: ValidationContext = {}): Inspection {
    const outline = outlineFaults(value, context);
    if (outline.length > 0 || !isRecord(value)) {
        return { findings: outline };
    }
    const findings: Finding[] = [];
    const report = reporter(value, context, findings);
    const known = kindOf(String(value.apiVersion), String(value.kind), report);
    if (!known) {
        return { findings };
    }
    const walked: Finding[] = [];
    const usable = walk(value, kindTable(known.kind).root, "", {
        report: reporter(value, context, walked),
        secret: known.kind === "Secret",
        ...(context.writtenOf ? { writtenOf: context.writtenOf } : {}),
    });
    if (known.old) {
        return { findings: [...findings, ...walked.filter((one) => one.code === "GH0109")] };
    }
    const ruled: Finding[] = [];
    applyRules(known.kind, usable, reporter(value, context, ruled));
    const incomplete = pathsAbove(walked);
    const all = [...findings, ...walked, ...ruled.filter((one) => one.level !== "Error" || !incomplete.has(one.field))];
    // The walk has held the value to the table of its kind, and the table to the type.
    const parts = isRecord(usable) ? { usable: usable as Loose<ModelObject> } : {};
    if (all.some((one) => one.level === "Error")) {
        return { ...parts, findings: all.slice(0, MAX_FINDINGS) };
    }
    return { ...parts, object: usable as ModelObject, findings: all.slice(0, MAX_FINDINGS) };
}

function applyRules<K extends Kind>(kind: K, usable: unknown, report: Report): void {
    if (isRecord(usable)) {
        metadataRules(kind, GROUP_OF_KIND[kind].endsWith(".istio.io"), usable, report);
        RULES[kind](usable as Loose<ObjectOfKind[K]>, report);
    }
}

/**
 * A part that was left out for its type makes its surroundings look incomplete; that is no second fault. The paths of
 * what was left out, and all above them.
 */
function pathsAbove(walked: readonly Finding[]): ReadonlySet<string> {
    const paths = new Set<string>();
    for (const { level, field } of walked) {
        for (
            let end = field.length;
            level === "Error" && end > 0;
            end = Math.max(field.lastIndexOf(".", end - 1), field.lastIndexOf("[", end - 1))
        ) {
            paths.add(field.slice(0, end));
        }
    }
    return paths;
}
