/** Hosts that take in more than is meant: every name there is, or the gateway itself. */
import { isIP } from "node:net";
import { isSubsetOf, isWildcard, resolveShortName, serviceHost } from "../../istio";
import { fault, mentionsUnknown, type Fault } from "../arguments";
import { gatewayText, type AnyRef } from "../gateway";
import type { ExternalServicePlan } from "./plan";

/** Names of one label below which networks of their own keep their hosts (RFC 6762, RFC 2606, RFC 9476 and ICANN's `internal`). */
const PRIVATE_TOPS = ["internal", "intranet", "private", "corp", "home", "lan", "alt", "test", "example", "local"];

/** `*` and the whole of a top-level domain are no names of somebody. */
export function breadthFault(path: string, host: string): Fault | undefined {
    if (host === "*") return fault("GH0204", path, "`*` would take the traffic for every host there is.", "Name the hosts.");
    if (!isWildcard(host) || mentionsUnknown(host)) return undefined;
    const below = host.slice(2);
    if (below.includes(".") || PRIVATE_TOPS.includes(below)) return undefined;
    return fault(
        "GH0204",
        path,
        `${host} would take the traffic for every host below .${below}.`,
        "Name the hosts, or what they are below.",
    );
}

const isLoopback = (address: string): boolean => address === "::1" || /^127\./.test(address) || /^::ffff:127\./i.test(address);

/** Where a host or an endpoint leads back to the gateway, a request would go round until somebody gives up. */
export function loopFaults({ args: { hosts, endpoints = [] } }: ExternalServicePlan, via: AnyRef): Fault[] {
    if (mentionsUnknown([via.name, via.namespace])) return [];
    const own = serviceHost(via.name, via.namespace);
    const names = [via.name, `${via.name}.${via.namespace}`, `${via.name}.${via.namespace}.svc`, own];
    const isOwn = (name: string): boolean => names.includes(name) || resolveShortName(name, via.namespace) === own;
    const itself = `the gateway ${gatewayText(via)} itself, through which it is to be reached: what is asked for would go round`;
    const byHost = hosts.flatMap((host, index) =>
        !mentionsUnknown(host) && (isOwn(host) || isSubsetOf(own, host))
            ? [fault("GH0204", `hosts[${index}]`, `${host} is ${itself}.`, "Name hosts outside the cluster.")]
            : [],
    );
    const byEndpoint = (Array.isArray(endpoints) ? endpoints : []).flatMap(({ address }, index) => {
        if (typeof address !== "string" || mentionsUnknown(address)) return [];
        const back = isIP(address) === 0 ? isOwn(address) : isLoopback(address);
        return back
            ? [fault("GH0210", `endpoints[${index}].address`, `${address} is ${itself}.`, "Give an address outside the cluster.")]
            : [];
    });
    return [...byHost, ...byEndpoint];
}
