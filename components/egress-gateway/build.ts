/** What an EgressGateway makes, as plain data: the workload and the Sidecars that carry its policy. */
import type { KubeObject, Sidecar } from "../../istio";
import { fault, namePath, nameFaults, objectFaults, takeNames, type Fault, type Owner } from "../arguments";
import {
    objectLabels,
    objectMetadata,
    planWorkload,
    workloadFaults,
    workloadNames,
    type ObjectMetadata,
    type WorkloadData,
    type WorkloadPlan,
} from "../workload";
import type { OutboundTrafficPolicy } from "./args";

export interface EgressGatewayData extends WorkloadData {
    readonly outboundTrafficPolicy?: OutboundTrafficPolicy;
    readonly applyTo?: readonly string[];
}

const ROOT_NAMESPACE = "istio-system";

export interface SidecarManifest {
    readonly metadata: ObjectMetadata;
    readonly spec: Sidecar;
}

const modeOf = (args: EgressGatewayData): OutboundTrafficPolicy => args.outboundTrafficPolicy ?? "REGISTRY_ONLY";

/**
 * What holds at the bundled proxy, whatever is asked for the sidecars: it passes on what an ExternalService leads through
 * it, and nothing else. Istio's proxy has no such rule at a gateway and reads no Sidecar there.
 */
export function buildOwnPolicy(plan: WorkloadPlan): SidecarManifest {
    return {
        metadata: objectMetadata(plan),
        spec: { workloadSelector: { labels: plan.selector }, outboundTrafficPolicy: { mode: "REGISTRY_ONLY" } },
    };
}

/** The Sidecar that holds for every workload of a namespace. */
const NAMESPACE_POLICY = "default";

export function buildNamespacePolicy(plan: WorkloadPlan, namespace: string): SidecarManifest {
    return {
        metadata: { name: NAMESPACE_POLICY, namespace, labels: objectLabels(plan) },
        spec: { outboundTrafficPolicy: { mode: modeOf(plan.args) } },
    };
}

function policyFaults(args: EgressGatewayData): Fault[] {
    const { outboundTrafficPolicy: mode, applyTo = [], rootNamespace = ROOT_NAMESPACE } = args;
    const known =
        mode === undefined || mode === "REGISTRY_ONLY" || mode === "ALLOW_ANY"
            ? []
            : [fault("GH0210", "outboundTrafficPolicy", `${JSON.stringify(mode)} is not one of REGISTRY_ONLY and ALLOW_ANY.`)];
    const idle =
        mode === "ALLOW_ANY" && applyTo.length === 0
            ? [
                  fault(
                      "GH0210",
                      "outboundTrafficPolicy",
                      "ALLOW_ANY has no effect here: a gateway passes on only what an ExternalService leads through it, and `applyTo` names no namespace whose sidecars it could hold for.",
                      "Leave it out, or name namespaces in `applyTo`.",
                  ),
              ]
            : [];
    return [
        ...known,
        ...idle,
        ...applyTo.flatMap((namespace, index) => {
            const path = `applyTo[${index}]`;
            if (namespace === rootNamespace)
                return [
                    fault(
                        "GH0210",
                        path,
                        `${namespace} is Istio's root namespace: a Sidecar there holds for the whole mesh.`,
                        "Name the namespaces that are meant.",
                    ),
                ];
            if (applyTo.indexOf(namespace) !== index) return [fault("GH0210", path, `${namespace} is named twice.`)];
            return nameFaults(path, namespace);
        }),
    ];
}

export function egressFaults(owner: Owner, name: string, args: EgressGatewayData): Fault[] {
    const faults = [...workloadFaults("egress", name, args), ...policyFaults(args)];
    if (faults.length > 0) return faults;
    const plan = planWorkload("egress", name, args);
    const sidecars = [buildOwnPolicy(plan), ...(args.applyTo ?? []).map((namespace) => buildNamespacePolicy(plan, namespace))];
    const candidates = sidecars.map((one) => ({
        object: { apiVersion: "networking.istio.io/v1", kind: "Sidecar", ...one } as KubeObject,
        argumentOf: () => undefined,
    }));
    const own =
        plan.dataPlane === "istio" ? [] : [{ kind: "Sidecar", namespace: args.namespace, name: plan.name, path: namePath(args.metadata) }];
    const applied = (args.applyTo ?? []).map((namespace, index) => ({
        kind: "Sidecar",
        namespace,
        name: NAMESPACE_POLICY,
        path: `applyTo[${index}]`,
    }));
    return [...objectFaults(candidates), ...takeNames(owner, [...workloadNames(plan), ...own, ...applied])];
}
