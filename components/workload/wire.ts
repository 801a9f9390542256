/** A gateway's arguments as data and Outputs of data. */
import * as pulumi from "@pulumi/pulumi";
import { foretell, type Settled } from "../arguments";
import type { AnyRef, SharedHosts } from "../gateway";
import type { GatewayPort, Ports } from "../ports";
import { wireOf, type ObjectArgument } from "../schema";
import type { WorkloadArgs } from "./args";
import { defaultImage } from "./image";
import type { WorkloadPlan } from "./plan";

/** A gateway without an image of its own has the default one. */
export function workloadWire(schema: ObjectArgument, args: WorkloadArgs<Ports>): object {
    const image = args.image ?? (args.dataPlane === "istio" ? undefined : defaultImage());
    return { ...wireOf(schema, args), image };
}

/** The ref of a gateway, as data. */
export function refOf(plan: WorkloadPlan, shared: readonly SharedHosts[] = []): AnyRef {
    const { kind, name, args, selector, ports, dataPlane, forwardProxy } = plan;
    const routed = ports.filter((port) => port.name !== forwardProxy?.portName);
    const named = routed.map(({ name: port, number, protocol, targetPort }): [string, GatewayPort] => [
        port,
        { number, protocol, ...(targetPort === number ? {} : { targetPort }) },
    ]);
    return {
        version: 1,
        kind,
        name,
        namespace: args.namespace,
        labels: selector,
        ports: Object.fromEntries(named),
        shared,
        ...(dataPlane === "istio" ? { dataPlane } : {}),
        ...(forwardProxy ? { forwardProxy: { gateway: forwardProxy.gateway, port: forwardProxy.port } } : {}),
    };
}

/** The ref of a component, of which the routes of the same program see at once what is plain. */
export function refOutput<Data, Plan extends WorkloadPlan>(
    data: Settled<Data>,
    plan: (all: Data) => Plan,
    shared: (plan: Plan) => readonly SharedHosts[] = () => [],
): pulumi.Output<object> {
    const ref = (all: Data): AnyRef => {
        const planned = plan(all);
        return refOf(planned, shared(planned));
    };
    const known = ref(data.known);
    return foretell(data.whole ? (pulumi.output(known) as pulumi.Output<object>) : data.later.apply(ref), known, data.whole);
}
