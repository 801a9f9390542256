/**
 * What of a gateway a component's rules are for. A policy selects pods, and with them every host and port that they serve, so
 * each rule has to say by itself where it counts.
 */
import { isIP } from "node:net";
import type { AuthorizationOperation, AuthorizationRule } from "../../istio";
import type { AnyRef } from "../gateway";
import { STREAM_PROTOCOLS } from "../ports";

export interface AccessScope {
    /** As requests name them; undefined: whatever host. */
    readonly hosts?: readonly string[];
    /** As clients name them in SNI, whatever host a request names then. */
    readonly serverNames?: readonly string[];
    /** Where the proxy listens for what the rules are not for. */
    readonly notPorts: readonly number[];
}

type Port = AnyRef["ports"][string];

const targetOf = ({ number, targetPort = number }: Port): number => targetPort;

function targets(ports: readonly Port[]): number[] {
    return [...new Set(ports.map(targetOf))].sort((a, b) => a - b);
}

/** On these the pods listen for what is no HTTP: there a DENY rule counts without what only HTTP has (Istio's `generatePermission`). */
export function streamTargets({ ports }: AnyRef): number[] {
    return targets(Object.values(ports).filter(({ protocol }) => STREAM_PROTOCOLS.includes(protocol)));
}

/**
 * On these the pods listen for any other port than the one. What keeps out of one port names these and not its own, so that
 * it still holds where the pods come to listen for it on a port that nobody knew of.
 */
export function otherTargets({ ports }: AnyRef, name: string): number[] {
    const { [name]: own, ...others } = ports;
    return targets(Object.values(others)).filter((target) => own === undefined || target !== targetOf(own));
}

export const isWildcard = (host: string): boolean => host.startsWith("*");

/** A host in requests stands alone or with a port behind it; an address of IPv6 cannot be a host. */
export function requestedHosts(hosts: readonly string[]): string[] {
    return hosts.flatMap((host) => [host, `${host}:*`]);
}

/** Those that clients can name in SNI, which no address is. */
export function canBeServerNames(hosts: readonly string[]): boolean {
    return hosts.every((host) => host !== "*" && isIP(host) === 0);
}

function narrowed(operation: AuthorizationOperation, { hosts, notPorts }: AccessScope): AuthorizationOperation {
    const ports = [...new Set([...(operation.notPorts ?? []), ...notPorts.map(String)])];
    return { ...(hosts ? { hosts } : {}), ...operation, ...(ports.length > 0 ? { notPorts: ports } : {}) };
}

/** The rule where it is for. */
export function within(scope: AccessScope, rule: AuthorizationRule): AuthorizationRule {
    const { to = [{}], when = [], ...rest } = rule;
    const operations = to.map(({ operation = {} }) => narrowed(operation, scope));
    const names = scope.serverNames ? [{ key: "connection.sni", values: scope.serverNames }] : [];
    const conditions = [...when, ...names];
    return {
        ...rest,
        ...(operations.some((one) => Object.keys(one).length > 0) ? { to: operations.map((operation) => ({ operation })) } : {}),
        ...(conditions.length > 0 ? { when: conditions } : {}),
    };
}

const HTTP_FIELDS: readonly string[] = ["hosts", "notHosts", "methods", "notMethods", "paths", "notPaths"];
const TOKEN_FIELDS: readonly string[] = ["requestPrincipals", "notRequestPrincipals"];

/** Whether the rule reads anything that only HTTP has. */
export function readsHttp({ from = [], to = [], when = [] }: AuthorizationRule): boolean {
    const has = (fields: object | undefined, names: readonly string[]): boolean =>
        Object.keys(fields ?? {}).some((name) => names.includes(name));
    return (
        from.some(({ source }) => has(source, TOKEN_FIELDS)) ||
        to.some(({ operation }) => has(operation, HTTP_FIELDS)) ||
        when.some(({ key }) => key.startsWith("request."))
    );
}
