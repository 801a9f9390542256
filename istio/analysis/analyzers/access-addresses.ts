/** GH0720: rules by the client's address, at gateways that see another one, or believe what clients say. */
import { accessOf, servicesBefore, type GatewayGroup } from "../access/access-index";
import { conditionsOfRule, type RuleCondition } from "../access/rules";
import { isClientTold, trustedHops } from "../access/trusted-hops";
import { listAt, textAt, valueAt } from "../loose";
import type { ObjectIndex } from "../object-index";
import type { IndexedObject } from "../indexed-object";
import { nameList, type AnalysisReport } from "../report";
import { refText } from "../../types";

interface Way {
    readonly names: readonly string[];
    readonly hops: number;
    /** By somebody in front, in another way than by a number of hops. */
    readonly isTold: boolean;
    /** Services from outside that let nodes stand in for clients. */
    readonly hiding: readonly string[];
    /** Services that everybody reaches. */
    readonly open: readonly string[];
    /** Nobody from outside reaches the pods but through something in the cluster. */
    readonly isInside: boolean;
}

export function clientAddresses(index: ObjectIndex, report: AnalysisReport): void {
    const ways = new Map<GatewayGroup, Way | undefined>();
    for (const policy of accessOf(index).policies) {
        const conditions = policy.rules.flatMap(conditionsOfRule).filter(isOfClient);
        if (conditions.length === 0 || policy.isDryRun) continue;
        for (const group of accessOf(index).groupsOf(policy)) {
            if (!ways.has(group)) ways.set(group, wayTo(group, index));
            const way = ways.get(group);
            for (const condition of way ? conditions : []) {
                const said = way && faultOf(condition, way);
                const field = condition.values.length > 0 ? condition.valuesField : condition.notValuesField;
                if (said) report.own("GH0720", policy.object, field, said.message, said.fix);
            }
        }
    }
}

function isOfClient({ attribute }: RuleCondition): boolean {
    return attribute.kind === "source-address" || attribute.kind === "remote-address";
}

/** Of pods that are not there nothing is known. */
function wayTo(group: GatewayGroup, index: ObjectIndex): Way | undefined {
    const [pod] = group.pods;
    if (pod === undefined) return undefined;
    const services = servicesBefore(group.pods, index);
    const outer = services.filter(({ object }) => ["LoadBalancer", "NodePort"].includes(typeOf(object)));
    return {
        names: group.names,
        hops: trustedHops(pod, index),
        isTold: isClientTold(pod, services, index),
        hiding: outer.filter(({ object }) => textAt(object, "spec", "externalTrafficPolicy") !== "Local").map(({ ref }) => refText(ref)),
        open: outer
            .filter(({ object }) => typeOf(object) === "LoadBalancer" && listAt(object, "spec", "loadBalancerSourceRanges").length === 0)
            .map(({ ref }) => refText(ref)),
        // Clients reach the node's own network without a Service.
        isInside: services.length > 0 && outer.length === 0 && valueAt(pod.spec, "hostNetwork") !== true,
    };
}

function typeOf(service: IndexedObject["object"]): string {
    return textAt(service, "spec", "type") ?? "ClusterIP";
}

function faultOf({ attribute }: RuleCondition, way: Way): { readonly message: string; readonly fix: string } | undefined {
    if (way.isTold && attribute.kind === "remote-address") return undefined;
    const isPeer = attribute.kind === "source-address" || way.hops === 0;
    const where = nameList(way.names, ", ");
    if (!isPeer) {
        return way.open.length === 0
            ? undefined
            : {
                  message: `${where}: ${hopText(way.hops)} trusted to say the client's address in X-Forwarded-For, and ${nameList(way.open, ", ")} takes connections of everybody: who comes past them says whichever address is let in`,
                  fix: "Let the load balancer take connections of these proxies alone: `loadBalancerSourceRanges`.",
              };
    }
    const peer =
        attribute.kind === "source-address"
            ? "this goes by the connection's peer"
            : "no hop is trusted, so that this goes by the connection's peer";
    if (way.hiding.length > 0) {
        return {
            message: `${where}: ${peer}, and behind ${nameList(way.hiding, ", ")} that may be a node of the cluster instead of the client`,
            fix: "Set `externalTrafficPolicy: Local` on the Service; behind a load balancer use `remoteIpBlocks`, and trust its hops (`numTrustedProxies`, `trustedProxies`) or its PROXY protocol (`proxyProtocol`).",
        };
    }
    if (way.isInside) {
        return {
            message: `${where}: ${peer}, and no Service leads to it from outside: the peer is whatever stands before it in the cluster`,
            fix: "Trust the hops before it (`numTrustedProxies`, `gatehouse proxy --trusted-proxies`) and use `remoteIpBlocks`.",
        };
    }
    return undefined;
}

function hopText(hops: number): string {
    return hops === 1 ? "one hop is" : `${hops} hops are`;
}
