/** A gateway's arguments as data and Outputs of data. */
import { rememberRef, type GatewayKind, type SharedHosts } from "../gateway";
import { knownPart } from "../arguments";
import type { GatewayPort, Ports } from "../ports";
import type { WorkloadArgs } from "./args";
import { defaultImage } from "./image";
import { planWorkload, type WorkloadData, type WorkloadPlan } from "./plan";

export function workloadWire(args: WorkloadArgs<Ports>): object {
    const {
        namespace, ports, service, autoscaling, replicas, accessLog, dataPlane, resources, secretVolumes, pod, networkPolicy, metadata,
    } = args;
    const image = args.image ?? (dataPlane === "istio" ? undefined : defaultImage());
    return { namespace, ports, service, autoscaling, replicas, accessLog, image, dataPlane, resources, secretVolumes, pod, networkPolicy, metadata };
}

/** The ref of a gateway, as data. */
export function refOf({ kind, name, args, selector, ports }: WorkloadPlan, shared: readonly SharedHosts[] = []): object {
    const named = ports.map(({ name: port, number, protocol }): [string, GatewayPort] => [port, { number, protocol }]);
    return { version: 1, kind, name, namespace: args.namespace, labels: selector, ports: Object.fromEntries(named), shared };
}

/** Keeps what is plain of a component's ref for the routes of the same program. */
export function rememberPlainRef(component: object, kind: GatewayKind, name: string, wire: object, shared: (plan: WorkloadPlan) => readonly SharedHosts[] = () => []): void {
    const plan = planWorkload(kind, name, knownPart(wire) as WorkloadData);
    rememberRef(component, refOf(plan, shared(plan)));
}
