/**
 * Makes AuthorizationPolicies speak of local ports, where the gateways' Services do: their rules are about the ports that are
 * opened in pods. A local port is one gateway's alone, so that a policy for several names those of all of them.
 */
import {
    addTo,
    type AuthorizationCondition,
    type AuthorizationOperation,
    type AuthorizationPolicyObject,
    type AuthorizationRule,
    type KubeObject,
} from "../../istio";
import { isService, selectsPods } from "./endpoints";
import { declaredPorts, type PortOf } from "./gateway-services";
import type { LocalWorkload } from "./workloads";

/** `objects` speak of the ports of pods, as in a cluster. */
export function relocatePolicyPorts(
    policies: readonly KubeObject[],
    objects: readonly KubeObject[],
    gateways: readonly LocalWorkload[],
    portOf: PortOf,
): KubeObject[] {
    const local = localPorts(objects, gateways, portOf);
    return policies.map((object) => (isAuthorizationPolicy(object) ? withPorts(object, local) : object));
}

function isAuthorizationPolicy(object: KubeObject): object is AuthorizationPolicyObject {
    return object.kind === "AuthorizationPolicy" && object.apiVersion.startsWith("security.istio.io/");
}

/** By the number that is opened in a pod. */
function localPorts(objects: readonly KubeObject[], gateways: readonly LocalWorkload[], portOf: PortOf): ReadonlyMap<string, string[]> {
    const local = new Map<string, string[]>();
    for (const gateway of gateways) {
        const services = objects.filter(isService).filter((service) => selectsPods(service, gateway));
        for (const declared of declaredPorts(objects, gateway)) {
            const ports = services.flatMap(({ spec }) => spec.ports ?? []).filter(({ port }) => port === declared);
            const targets = ports.map(({ targetPort = declared }) =>
                typeof targetPort === "number" ? targetPort : namedPort(gateway, targetPort),
            );
            for (const target of new Set(targets.length > 0 ? targets : [declared]))
                addTo(local, String(target), String(portOf(gateway, declared)));
        }
    }
    return local;
}

/** Undefined: no container of the pod has it, and nothing is opened. */
function namedPort({ pod }: LocalWorkload, name: string): number | undefined {
    return pod.containers?.flatMap(({ ports = [] }) => ports).find((port) => port.name === name)?.containerPort;
}

type Move = (ports: readonly string[]) => string[];

function withPorts(object: AuthorizationPolicyObject, local: ReadonlyMap<string, string[]>): AuthorizationPolicyObject {
    const { spec } = object;
    if (!spec?.rules) return object;
    const move: Move = (ports) => ports.flatMap((port) => local.get(String(port)) ?? port);
    return { ...object, spec: { ...spec, rules: spec.rules.map((rule) => movedRule(rule, move)) } };
}

function movedRule({ to, when, ...rule }: AuthorizationRule, move: Move): AuthorizationRule {
    return {
        ...rule,
        ...(to && {
            to: to.map(({ operation, ...rest }) => ({ ...rest, ...(operation && { operation: movedOperation(operation, move) }) })),
        }),
        ...(when && { when: when.map((condition) => movedCondition(condition, move)) }),
    };
}

function movedOperation(operation: AuthorizationOperation, move: Move): AuthorizationOperation {
    const { ports, notPorts } = operation;
    return { ...operation, ...(ports && { ports: move(ports) }), ...(notPorts && { notPorts: move(notPorts) }) };
}

function movedCondition(condition: AuthorizationCondition, move: Move): AuthorizationCondition {
    const { key, values, notValues } = condition;
    if (key !== "destination.port") return condition;
    return { ...condition, ...(values && { values: move(values) }), ...(notValues && { notValues: move(notValues) }) };
}
