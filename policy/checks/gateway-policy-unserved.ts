/** A policy for a gateway of the bundled proxy, which does not evaluate it: the gateway lets nobody in, or serves without an extension. */
import { rootNamespaceArgument } from "../../istio/semantics/root-namespace";
import { effectOf, isPolicyKind } from "../../istio/semantics/policy-effect";
import { meetsAny, portNumbers, portsOf } from "../../istio/semantics/policy-ports";
import { policyMessage } from "../../istio/semantics/policy-message";
import { appliesTo, attachmentOf } from "../../istio/semantics/policy-scope";
import { isKindOf, refOfKind, type Kind, type KubeObject } from "../../istio";
import type { Checks } from "../check";
import { isGateway } from "../objects/gateway";
import { isOutsideMesh, selectedPods, type Pods } from "../objects/pods";
import { rootNamespace } from "../objects/root-namespace";
import { containersOf, gatewayWorkloads } from "../objects/workload";
import type { Thing } from "../thing";
import { at, holdsUnknown, items, UNKNOWN } from "../values";
import type { World } from "../world";

interface Served {
    readonly pods: Pods;
    readonly gateway: { readonly namespace: string; readonly name: string };
    /** Of its servers; empty: not known. */
    readonly numbers: readonly number[];
}

/** The pods of gateways outside the mesh, once for each Gateway that selects them. */
function served(world: World): readonly Served[] {
    const services = world.of("", "Service").map(({ value }) => ({ ports: items(at(value, "spec", "ports")).map(portOf) }));
    const gateways = world.things.filter(isGateway).flatMap(({ name, namespace, value }) => {
        const declared = items(at(value, "spec", "servers")).map((server) => at(server, "port", "number"));
        const numbers = declared.every((number) => typeof number === "number")
            ? declared.flatMap((number) => portNumbers(number, services))
            : [];
        return (selectedPods(world, at(value, "spec", "selector")) ?? []).map((pods) => ({
            pods,
            gateway: { namespace: String(namespace), name: String(name) },
            numbers,
        }));
    });
    const workloads = gatewayWorkloads(world).map((pods) => ({
        pods,
        gateway: { namespace: "", name: "" },
        numbers: portsOfPods(pods, services),
    }));
    return [...gateways, ...workloads].filter(({ pods }) => isOutsideMesh(pods) && pods.thing.namespace !== UNKNOWN);
}

interface LoosePort {
    readonly port?: number;
    readonly targetPort?: number | string;
}

function portOf(value: unknown): LoosePort {
    const port = at(value, "port");
    const targetPort = at(value, "targetPort");
    return {
        ...(typeof port === "number" ? { port } : {}),
        ...(typeof targetPort === "number" || typeof targetPort === "string" ? { targetPort } : {}),
    };
}

/** What its containers listen on, and by which number a Service gives it out. */
function portsOfPods(pods: Pods, services: readonly { readonly ports: readonly LoosePort[] }[]): number[] {
    const own = containersOf(pods)
        .flatMap(({ value }) => items(at(value, "ports")))
        .map((port) => at(port, "containerPort"))
        .filter((number) => typeof number === "number");
    const given = services.flatMap(({ ports }) => ports).filter(({ targetPort }) => own.includes(Number(targetPort)));
    return [...own, ...given.flatMap(({ port }) => port ?? [])];
}

/** What decides for whom it is and what it does is all known. */
function isKnown({ value, namespace, name }: Thing): boolean {
    const deciding = ["selector", "workloadSelector", "targetRef", "targetRefs", "match", "action", "phase", "rules", "jwtRules"].map(
        (field) => at(value, "spec", field),
    );
    return (
        namespace !== UNKNOWN &&
        name !== UNKNOWN &&
        at(value, "spec") !== UNKNOWN &&
        !holdsUnknown(deciding) &&
        !holdsUnknown(at(value, "metadata", "annotations"))
    );
}

function isPolicy({ kind, group = "other" }: Thing): boolean {
    return isPolicyKind(kind) && isKindOf(kind, group);
}

export const gatewayPolicyUnserved: Checks<"gateway-policy-unserved"> = {
    stack: (world) =>
        world.things
            .filter((thing) => isPolicy(thing) && isKnown(thing))
            .flatMap((thing) => {
                const object = thing.value as unknown as KubeObject;
                const effect = effectOf(object);
                if (effect.kind !== "restricts" && effect.kind !== "extends") return [];
                const namespace = String(thing.namespace);
                const attachment = attachmentOf(object);
                const mesh = world.derive(rootNamespace);
                const ports = portsOf(object);
                const hit = world
                    .derive(served)
                    .filter(
                        ({ pods, gateway, numbers }) =>
                            meetsAny(ports, numbers) &&
                            appliesTo(
                                attachment,
                                namespace,
                                { namespace: String(pods.thing.namespace), labels: pods.labels, gateway },
                                rootNamespaceArgument(pods.spec) ?? mesh,
                            ),
                    );
                if (hit.length === 0) return [];
                const names = [...new Set(hit.map(({ pods }) => pods.thing.title))];
                const said = policyMessage(object, refOfKind(thing.kind as Kind, namespace, String(thing.name)), effect, names);
                if (said === undefined) return [];
                const { message, fix } = said;
                return [{ thing, message: `${message}${fix === "" ? "" : ` ${fix}`}` }];
            }),
};
