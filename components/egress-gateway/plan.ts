/** What an EgressGateway decides before anything is made: whose sidecars carry its policy, and what is wrong with its arguments. */
import { fault, namePath, nameFaults, type Fault, type Judged, type Taken } from "../arguments";
import type { KnownArgs } from "../schema";
import { planWorkload, workloadFaults, workloadNames, type WorkloadPlan } from "../workload";
import { EGRESS_GATEWAY, type EgressGatewayArgs, type OutboundTrafficPolicy } from "./schema";

export type EgressGatewayData = KnownArgs<Omit<EgressGatewayArgs, "extraManifestTransforms">>;

export interface EgressGatewayPlan extends WorkloadPlan {
    /** What holds for the sidecars of the namespaces. */
    readonly policy: OutboundTrafficPolicy;
    readonly applyTo: readonly string[];
}

const ROOT_NAMESPACE = "istio-system";

/** The Sidecar that holds for every workload of a namespace. */
export const NAMESPACE_POLICY = "default";

export function planEgressGateway(component: string, args: EgressGatewayData): EgressGatewayPlan {
    const { outboundTrafficPolicy = "REGISTRY_ONLY", applyTo = [] } = args;
    return { ...planWorkload("egress", component, args), policy: outboundTrafficPolicy, applyTo };
}

function policyFaults(args: EgressGatewayData): Fault[] {
    const { outboundTrafficPolicy: mode, applyTo = [], rootNamespace = ROOT_NAMESPACE } = args;
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

export function judgeEgressGateway(component: string, args: EgressGatewayData): Judged<EgressGatewayPlan> {
    const faults = [...workloadFaults("egress", component, EGRESS_GATEWAY, args), ...policyFaults(args)];
    return faults.length > 0
        ? { faults, plan: undefined, sound: false }
        : { faults, plan: planEgressGateway(component, args), sound: true };
}

export function takenByEgressGateway(plan: EgressGatewayPlan): Taken {
    const { namespace, metadata } = plan.args;
    const own = plan.dataPlane === "istio" ? [] : [{ kind: "Sidecar", namespace, name: plan.name, path: namePath(metadata) }];
    const applied = plan.applyTo.map((home, index) => ({
        kind: "Sidecar",
        namespace: home,
        name: NAMESPACE_POLICY,
        path: `applyTo[${index}]`,
    }));
    return { names: [...workloadNames(plan), ...own, ...applied] };
}
