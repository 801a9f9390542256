/** What an EgressGateway decides before anything is made: whose sidecars carry its policy, and for whom it is the only way out. */
import { serviceHost } from "../../istio";
import { cidrFaults, fault, nameFaults, namePath, type Fault, type Judged, type Taken } from "../arguments";
import type { KnownArgs } from "../schema";
import { gatewayOptionFaults } from "../gateway-options";
import { planWorkload, workloadFaults, workloadNames, type WorkloadData, type WorkloadPlan } from "../workload";
import { EGRESS_GATEWAY, type EgressGatewayArgs, type EnforceArgs, type OutboundTrafficPolicy } from "./schema";

export type EgressGatewayData = KnownArgs<Omit<EgressGatewayArgs, "extraManifestTransforms">>;

/** For whom it is the only way out. */
export interface Enforcement {
    readonly namespaces: readonly string[];
    readonly inCluster: boolean;
    readonly except: readonly string[];
}

export interface EgressGatewayPlan extends WorkloadPlan {
    /** What holds at the gateway and for the sidecars of the namespaces. */
    readonly policy: OutboundTrafficPolicy;
    readonly applyTo: readonly string[];
    readonly enforcement: Enforcement | undefined;
}

const ROOT_NAMESPACE = "istio-system";
/** Where the cluster's own pods live, DNS among them, which ask others outside. */
const SYSTEM_NAMESPACE = "kube-system";

/** The Sidecar that holds for every workload of a namespace. */
export const NAMESPACE_POLICY = "default";

/** What Squid made the usual port of a proxy. */
const FORWARD_PROXY_PORT = 3128;
/** By it the server is marked, and everybody reads that it speaks HTTP. */
const FORWARD_PROXY_NAME = "http-proxy";

/** Of the Istio Gateway that has the server. */
export const forwardProxyName = (name: string): string => `${name}-forward-proxy`;
/** Of the NetworkPolicies. */
export const enforceName = (name: string): string => `${name}-only-way-out`;

export function forwardProxyPort({ forwardProxy }: Pick<EgressGatewayArgs, "forwardProxy">): number | undefined {
    if (forwardProxy === undefined || forwardProxy === false) return undefined;
    return forwardProxy === true ? FORWARD_PROXY_PORT : (forwardProxy.port ?? FORWARD_PROXY_PORT);
}

/** The namespaces whose pods are held to it; undefined where none is asked to. */
export function enforcedNamespaces({
    enforce,
    applyTo = [],
}: Pick<EgressGatewayArgs, "enforce" | "applyTo">): readonly string[] | undefined {
    if (enforce === undefined || enforce === false) return undefined;
    return enforce === true ? applyTo : (enforce.namespaces ?? applyTo);
}

function enforcementOf(args: EgressGatewayData): Enforcement | undefined {
    const namespaces = enforcedNamespaces(args);
    if (!namespaces) return undefined;
    const { inCluster = true, except = [] }: EnforceData = typeof args.enforce === "object" ? args.enforce : {};
    return { namespaces, inCluster, except };
}

type EnforceData = KnownArgs<EnforceArgs>;

/** The forward proxy's port is one of the Service's like any other. */
function workloadArgs(args: EgressGatewayData): WorkloadData {
    const number = forwardProxyPort(args);
    return number === undefined ? args : { ...args, ports: { ...args.ports, [FORWARD_PROXY_NAME]: { number, protocol: "HTTP" } } };
}

export function planEgressGateway(component: string, args: EgressGatewayData): EgressGatewayPlan {
    const { outboundTrafficPolicy = "REGISTRY_ONLY", applyTo = [] } = args;
    const workload = planWorkload("egress", component, workloadArgs(args));
    const port = forwardProxyPort(args);
    return {
        ...workload,
        ...(port === undefined
            ? {}
            : { forwardProxy: { gateway: `${args.namespace}/${forwardProxyName(workload.name)}`, port, portName: FORWARD_PROXY_NAME } }),
        policy: outboundTrafficPolicy,
        applyTo,
        enforcement: enforcementOf(args),
    };
}

/** What applications name as their proxy. */
export function proxyUrlOf({ name, args, forwardProxy }: EgressGatewayPlan): string | undefined {
    return forwardProxy && `http://${serviceHost(name, args.namespace)}:${forwardProxy.port}`;
}

function namespaceFaults(path: string, namespaces: readonly string[], refused: Readonly<Record<string, string>>): Fault[] {
    return namespaces.flatMap((namespace, index) => {
        const at = `${path}[${index}]`;
        const why = Object.hasOwn(refused, namespace) ? refused[namespace] : undefined;
        if (why !== undefined) return [fault("GH0210", at, `${namespace} is ${why}`, "Name the namespaces that are meant.")];
        if (namespaces.indexOf(namespace) !== index) return [fault("GH0210", at, `${namespace} is named twice.`)];
        return nameFaults(at, namespace);
    });
}

function policyFaults(args: EgressGatewayData): Fault[] {
    const { outboundTrafficPolicy: mode, applyTo = [], rootNamespace = ROOT_NAMESPACE } = args;
    const idle =
        mode === "ALLOW_ANY" && applyTo.length === 0 && forwardProxyPort(args) === undefined
            ? [
                  fault(
                      "GH0210",
                      "outboundTrafficPolicy",
                      "ALLOW_ANY has no effect here: without `forwardProxy` nobody asks this gateway for other hosts than those of ExternalServices, and `applyTo` names no namespace whose sidecars it could hold for.",
                      "Leave it out, give forwardProxy, or name namespaces in `applyTo`.",
                  ),
              ]
            : [];
    const root = { [rootNamespace]: "Istio's root namespace: a Sidecar there holds for the whole mesh." };
    return [...idle, ...namespaceFaults("applyTo", applyTo, root)];
}

function enforceFaults(args: EgressGatewayData): Fault[] {
    const { enforce, applyTo = [], outboundTrafficPolicy: mode, namespace, rootNamespace = ROOT_NAMESPACE } = args;
    const namespaces = enforcedNamespaces(args);
    if (!namespaces) return [];
    const own = typeof enforce === "object" && enforce.namespaces !== undefined;
    const path = own ? "enforce.namespaces" : "enforce";
    if (namespaces.length === 0)
        return [
            fault(
                "GH0210",
                path,
                "nothing says for whom this is the only way out.",
                own ? "Name namespaces." : "Name namespaces in `applyTo`, or in `enforce: { namespaces }`.",
            ),
        ];
    const refused = {
        [rootNamespace]: "where Istio's control plane runs, which reaches out by itself.",
        [SYSTEM_NAMESPACE]: "where the cluster's own pods run, its DNS among them, which ask others outside.",
        [namespace]: "the gateway's own namespace: its pods would be cut off from the outside, and it with them.",
    };
    const named = own
        ? namespaceFaults(path, namespaces, refused)
        : applyTo.flatMap((one, index) => namespaceFaults("applyTo", [one], refused).map((all) => ({ ...all, path: `applyTo[${index}]` })));
    return [
        ...named,
        ...(mode === "ALLOW_ANY" ? openFaults(args, namespaces) : []),
        ...cidrFaults("enforce.except", typeof enforce === "object" ? enforce.except : undefined),
    ];
}

/** The only way out is no way to everywhere. */
function openFaults(args: EgressGatewayData, namespaces: readonly string[]): Fault[] {
    const both = namespaces.find((one) => args.applyTo?.includes(one));
    const whose =
        both === undefined
            ? []
            : [
                  fault(
                      "GH0210",
                      "outboundTrafficPolicy",
                      `with ALLOW_ANY the sidecars of ${both} would let through what enforce then cuts, and calls would hang where they could be answered.`,
                      "Leave it out, or enforce for other namespaces.",
                  ),
              ];
    if (forwardProxyPort(args) === undefined || whose.length > 0) return whose;
    return [
        fault(
            "GH0210",
            "outboundTrafficPolicy",
            "with ALLOW_ANY the forward proxy would lead to every public host those whom enforce keeps from them.",
            "Leave it out, or leave enforce out.",
        ),
    ];
}

function forwardProxyFaults(args: EgressGatewayData): Fault[] {
    if (forwardProxyPort(args) === undefined || args.dataPlane !== "istio") return [];
    return [
        fault(
            "GH0210",
            "forwardProxy",
            "Istio's gateway takes no CONNECT, which is what clients ask of a proxy for HTTPS: it would answer them 404.",
            'Leave it out, or give dataPlane "gatehouse".',
        ),
    ];
}

export function judgeEgressGateway(component: string, args: EgressGatewayData): Judged<EgressGatewayPlan> {
    const faults = [
        ...workloadFaults("egress", component, EGRESS_GATEWAY, workloadArgs(args)),
        ...policyFaults(args),
        ...gatewayOptionFaults(args, args.dataPlane),
        ...forwardProxyFaults(args),
        ...enforceFaults(args),
    ];
    return faults.length > 0
        ? { faults, plan: undefined, sound: false }
        : { faults, plan: planEgressGateway(component, args), sound: true };
}

export function takenByEgressGateway(plan: EgressGatewayPlan): Taken {
    const { namespace, metadata } = plan.args;
    const path = namePath(metadata);
    const own = plan.dataPlane === "istio" ? [] : [{ kind: "Sidecar", namespace, name: plan.name, path }];
    const proxy = plan.forwardProxy ? [{ kind: "Gateway", namespace, name: forwardProxyName(plan.name), path }] : [];
    const applied = plan.applyTo.map((home, index) => ({
        kind: "Sidecar",
        namespace: home,
        name: NAMESPACE_POLICY,
        path: `applyTo[${index}]`,
    }));
    const enforced = (plan.enforcement?.namespaces ?? []).map((home) => ({
        kind: "NetworkPolicy",
        namespace: home,
        name: enforceName(plan.name),
        path,
    }));
    return { names: [...workloadNames(plan), ...own, ...proxy, ...applied, ...enforced] };
}
