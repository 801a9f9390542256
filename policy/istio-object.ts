/**
 * Policies over Istio's objects, whoever made them: they are known by the resource's type token, for a CustomResource
 * class has no type of its own that a policy could be bound to.
 */
import { UnknownValueError, type ResourceValidationArgs, type ResourceValidationPolicy, type ReportViolation } from "@pulumi/policy";
import { findingText, isRecord, refOfUnknown, refText, validateObject } from "../istio";
import { POLICY_TABLE, type PolicyName } from "./table";

const ISTIO_TYPE = /^kubernetes:(networking|telemetry)\.istio\.io\/v1[a-z0-9]*:(\w+)$/;
const TOO_OLD: readonly unknown[] = ["TLSV1_0", "TLSV1_1"];

/** What one object does wrong, each as a sentence that names it. */
type Check = (object: Record<string, unknown>) => readonly string[];

/** `Gateway ns/name`, as every message of Gatehouse names an object. */
function named(object: Record<string, unknown>): string {
    const ref = refOfUnknown(object);
    return ref ? refText(ref) : String(object["kind"]);
}

function servers(object: Record<string, unknown>): readonly Record<string, unknown>[] {
    const spec = object["spec"];
    const list = isRecord(spec) ? spec["servers"] : undefined;
    return Array.isArray(list) ? list.filter(isRecord) : [];
}

const CHECKS: Record<PolicyName, Check> = {
    "istio-object-valid": (object) => validateObject(object).findings.filter(({ level }) => level === "Error").map(findingText),
    "gateway-selector": (object) => {
        const spec = object["spec"];
        const selector = isRecord(spec) ? spec["selector"] : undefined;
        if (object["kind"] !== "Gateway" || (isRecord(selector) && Object.keys(selector).length > 0)) return [];
        return [`${named(object)} spec.selector is empty: every gateway of the cluster serves it. Give the labels of the gateway that is meant.`];
    },
    "gateway-tls-minimum-version": (object) => object["kind"] !== "Gateway" ? [] : servers(object).flatMap((server, index) => {
        const tls = server["tls"];
        const version = isRecord(tls) ? tls["minProtocolVersion"] : undefined;
        return TOO_OLD.includes(version) ? [`${named(object)} spec.servers[${index}].tls.minProtocolVersion is ${String(version)}: RFC 8996 retires it. Want TLSV1_2 or TLSV1_3; leave it out for TLSV1_2.`] : [];
    }),
};

/** Istio's own objects, without what Pulumi adds; undefined for any other resource, and while something is not known. */
function istioObject({ type, props }: ResourceValidationArgs): Record<string, unknown> | undefined {
    if (!ISTIO_TYPE.test(type)) return undefined;
    try {
        // Touching a value that a preview cannot know throws: the policy then waits for the update.
        return JSON.parse(JSON.stringify({ apiVersion: props["apiVersion"], kind: props["kind"], metadata: props["metadata"], spec: props["spec"] })) as Record<string, unknown>;
    } catch (error) {
        if (error instanceof UnknownValueError) return undefined;
        throw error;
    }
}

function policy(name: PolicyName): ResourceValidationPolicy {
    const check = CHECKS[name];
    return {
        name,
        ...POLICY_TABLE[name],
        validateResource: (args: ResourceValidationArgs, report: ReportViolation) => {
            const object = istioObject(args);
            for (const fault of object ? check(object) : []) report(fault);
        },
    };
}

export const istioObjectPolicies: readonly ResourceValidationPolicy[] = (Object.keys(POLICY_TABLE) as PolicyName[]).map(policy);
