/** A gateway's arguments as data and Outputs of data. */
import type * as pulumi from "@pulumi/pulumi";
import { foretell, knownPart } from "../arguments";
import type { GatewayKind, SharedHosts } from "../gateway";
import type { GatewayPort, Ports } from "../ports";
import type { WorkloadArgs } from "./args";
import { defaultImage } from "./image";
import { planWorkload, type WorkloadData, type WorkloadPlan } from "./plan";

/** What of a gateway's arguments says which resources there are, and what is a list. */
export const WORKLOAD_SHAPE = { plain: ["ports", "service", "autoscaling", "accessLog", "dataPlane", "underscoresInHeaders", "networkPolicy", "rollout"], lists: ["secretVolumes", "extraManifestTransforms"] };

export function workloadWire(args: WorkloadArgs<Ports>): object {
    const {
        namespace, ports, service, autoscaling, replicas, accessLog, dataPlane, underscoresInHeaders, rootNamespace, resources, secretVolumes, pod, rollout, networkPolicy, metadata,
    } = args;
    const image = args.image ?? (dataPlane === "istio" ? undefined : defaultImage());
    return { namespace, ports, service, autoscaling, replicas, accessLog, image, dataPlane, underscoresInHeaders, rootNamespace, resources, secretVolumes, pod, rollout, networkPolicy, metadata };
}

/** The ref of a gateway, as data. */
export function refOf({ kind, name, args, selector, ports }: WorkloadPlan, shared: readonly SharedHosts[] = []): object {
    const named = ports.map(({ name: port, number, protocol }): [string, GatewayPort] => [port, { number, protocol }]);
    return { version: 1, kind, name, namespace: args.namespace, labels: selector, ports: Object.fromEntries(named), shared };
}

/** The ref of a component, of which the routes of the same program see at once what is plain. */
export function refOutput(plan: pulumi.Output<WorkloadPlan>, kind: GatewayKind, name: string, wire: object, shared: (plan: WorkloadPlan) => readonly SharedHosts[] = () => []): pulumi.Output<object> {
    const known = planWorkload(kind, name, knownPart(wire) as WorkloadData);
    return foretell(plan.apply((one) => refOf(one, shared(one))), refOf(known, shared(known)));
}
