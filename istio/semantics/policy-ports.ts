/**
 * To which ports of a gateway a plugin is (`match` of WasmPlugin and TrafficExtension; matchTrafficSelectors in
 * pilot/pkg/model/extensions.go). To Istio a gateway is a client, whoever calls it. What cannot be read meets every port.
 */
import type { KubeObject } from "../types";
import { isRecord } from "../validation/outline";

/** Undefined: every port. */
export type PolicyPorts = readonly number[] | undefined;

/** That a gateway has part in. `UNDEFINED` is what stands for none. */
const GATEWAY_MODES: readonly unknown[] = [undefined, null, "UNDEFINED", "CLIENT", "CLIENT_AND_SERVER"];

export function portsOf(object: KubeObject): PolicyPorts {
    const { kind, spec } = object as { readonly kind: string; readonly spec?: unknown };
    const match = (kind === "WasmPlugin" || kind === "TrafficExtension") && isRecord(spec) ? spec.match : undefined;
    if (!Array.isArray(match) || match.length === 0) return undefined;
    const ports: number[] = [];
    for (const one of match as readonly unknown[]) {
        const own = portsOfSelector(one);
        if (own === undefined) return undefined;
        ports.push(...own);
    }
    return ports;
}

function portsOfSelector(selector: unknown): PolicyPorts {
    if (!isRecord(selector)) return undefined;
    if (selector.mode === "SERVER") return [];
    if (!GATEWAY_MODES.includes(selector.mode)) return undefined;
    const { ports } = selector;
    if (!Array.isArray(ports) || ports.length === 0) return undefined;
    const numbers = (ports as readonly unknown[]).map((port) => (isRecord(port) ? port.number : undefined));
    return numbers.every((number) => typeof number === "number") ? numbers : undefined;
}

/** A server's port by its number in the Gateway, or by one that the pod listens on for it. */
export function meetsPort(ports: PolicyPorts, numbers: readonly number[]): boolean {
    return ports === undefined || numbers.some((number) => ports.includes(number));
}

/** Whether it is for any of a gateway's ports; for one of which no port is known it is. */
export function meetsAny(ports: PolicyPorts, numbers: readonly number[]): boolean {
    return numbers.length === 0 || meetsPort(ports, numbers);
}

interface LooseService {
    readonly ports?: readonly ({ readonly port?: number; readonly targetPort?: number | string } | undefined)[];
}

/** The numbers of a server's port, where any of these Services may stand before the pods: in doubt a plugin is for it. */
export function portNumbers(number: number, services: readonly (LooseService | undefined)[]): number[] {
    const targets = services.flatMap((service) =>
        (service?.ports ?? []).flatMap((one) => (one?.port === number ? [Number(one.targetPort)] : [])),
    );
    return [number, ...targets.filter((target) => Number.isInteger(target))];
}
