/** A policy for a gateway of the bundled proxy, which does not evaluate it: the gateway lets nobody in, or serves without an extension. */
import { isMeshConfigMap, rootNamespaceArgument, rootNamespaceOf } from "../../istio/semantics/root-namespace";
import { effectOf, isPolicyKind } from "../../istio/semantics/policy-effect";
import { policyMessage } from "../../istio/semantics/policy-message";
import { appliesTo, attachmentOf } from "../../istio/semantics/policy-scope";
import { KIND_TABLES, type KubeObject } from "../../istio";
import type { Checks } from "../check";
import { isGateway } from "../objects/gateway";
import { isOutsideMesh, selectedPods, type Pods } from "../objects/pods";
import { gatewayWorkloads } from "../objects/workload";
import type { Thing } from "../thing";
import { at, holdsUnknown, UNKNOWN } from "../values";
import type { World } from "../world";

interface Served { readonly pods: Pods; readonly gateway: { readonly namespace: string; readonly name: string } }

/** The pods of gateways outside the mesh, once for each Gateway that selects them. */
function served(world: World): readonly Served[] {
    const gateways = world.things.filter(isGateway).flatMap(({ name, namespace, value }) =>
        (selectedPods(world, at(value, "spec", "selector")) ?? []).map((pods) => ({ pods, gateway: { namespace: String(namespace), name: String(name) } })));
    const workloads = gatewayWorkloads(world).map((pods) => ({ pods, gateway: { namespace: "", name: "" } }));
    return [...gateways, ...workloads].filter(({ pods }) => isOutsideMesh(pods) && pods.thing.namespace !== UNKNOWN);
}

function rootNamespace(world: World): string {
    const mesh = world.things.find((thing) => thing.kind === "ConfigMap" && thing.namespace !== UNKNOWN && thing.name !== UNKNOWN && isMeshConfigMap({ apiVersion: "v1", kind: thing.kind, metadata: { namespace: String(thing.namespace), name: String(thing.name) } }));
    return rootNamespaceOf(mesh?.value as unknown as KubeObject | undefined);
}

/** What decides for whom it is and what it does is all known. */
function isKnown({ value, namespace, name }: Thing): boolean {
    const deciding = ["selector", "workloadSelector", "targetRef", "targetRefs", "action", "phase", "rules", "jwtRules"].map((field) => at(value, "spec", field));
    return namespace !== UNKNOWN && name !== UNKNOWN && at(value, "spec") !== UNKNOWN && !holdsUnknown(deciding) && !holdsUnknown(at(value, "metadata", "annotations"));
}

function isPolicy({ kind, group }: Thing): boolean {
    return isPolicyKind(kind) && KIND_TABLES[kind].group === group;
}

export const gatewayPolicyUnserved: Checks<"gateway-policy-unserved"> = {
    stack: (world) => world.things.filter((thing) => isPolicy(thing) && isKnown(thing)).flatMap((thing) => {
        const object = thing.value as unknown as KubeObject;
        const effect = effectOf(object);
        if (effect.kind !== "restricts" && effect.kind !== "extends") return [];
        const namespace = String(thing.namespace);
        const attachment = attachmentOf(object);
        const mesh = world.derive(rootNamespace);
        const hit = world.derive(served).filter(({ pods, gateway }) => appliesTo(attachment, namespace, { namespace: String(pods.thing.namespace), labels: pods.labels, gateway }, rootNamespaceArgument(pods.spec) ?? mesh));
        if (hit.length === 0) return [];
        const names = [...new Set(hit.map(({ pods }) => pods.thing.title))];
        const { message, fix } = policyMessage(object, { kind: thing.kind, namespace, name: String(thing.name) }, effect, names);
        return [{ thing, message: `${message}${fix === "" ? "" : ` ${fix}`}` }];
    }),
};
