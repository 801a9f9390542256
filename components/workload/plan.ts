/** A gateway's workload as data: what its builders read, each default in its place. */
import type { EdgeArgs } from "../edge";
import type { ErrorPageData } from "../error-pages";
import type { ForwardProxyRef, GatewayKind } from "../gateway";
import type { ClientArgs } from "../gateway-options";
import { declarePorts, type Port, type Ports } from "../ports";
import type { KnownArgs } from "../schema";
import type { DataPlane, WorkloadArgs } from "./args";

/** `WorkloadArgs` once every value is there. Functions are no data. */
export type WorkloadData = KnownArgs<Omit<WorkloadArgs<Ports>, "extraManifestTransforms">>;

/** What every builder of the workload needs. */
export interface WorkloadPlan {
    readonly kind: GatewayKind;
    /** Of the gateway and its objects. */
    readonly name: string;
    readonly args: WorkloadData;
    readonly ports: readonly Port[];
    /** Never change: a Deployment's selector is for life, and Istio Gateways select by these. */
    readonly selector: Readonly<Record<string, string>>;
    readonly dataPlane: DataPlane;
    /** Of an ingress gateway that says how many. */
    readonly trustedProxies?: number;
    /** And how it takes its clients. */
    readonly client?: ClientArgs;
    /** Of whatever the gateway serves. */
    readonly errorPages?: readonly ErrorPageData[];
    readonly edge?: EdgeArgs;
    /** Of an egress gateway that is a forward proxy: its port, which is no port of routes. */
    readonly forwardProxy?: ForwardProxyRef & { readonly portName: string };
}

/**
 * The labels by which an Istio Gateway finds its pods. The namespace is among them because Istio looks for them in all
 * namespaces: two teams may both call their gateway `public`.
 */
export function selectorOf(kind: GatewayKind, name: string, namespace: string): Record<string, string> {
    return { "gateway-name": name, "gateway-namespace": namespace, "gateway-type": kind };
}

export function planWorkload(kind: GatewayKind, component: string, args: WorkloadData): WorkloadPlan {
    const name = args.metadata?.name ?? component;
    return {
        kind,
        name,
        args,
        ports: declarePorts(args.ports),
        selector: selectorOf(kind, name, args.namespace),
        dataPlane: args.dataPlane ?? "gatehouse",
    };
}
