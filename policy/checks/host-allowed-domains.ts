/** A team that takes a host of another one takes its traffic. */
import { isSubsetOf, shownText } from "../../istio";
import type { Checks } from "../check";
import { isGateway, serversOf } from "../objects/gateway";
import { isVirtualService } from "../objects/virtual-service";
import { fault, isKind, type Thing } from "../thing";
import { at, items, text, texts, UNKNOWN } from "../values";

interface Taken {
    readonly host: string;
    readonly field: string;
}

/** The hosts that an object takes at a gateway. */
function hostsTaken(thing: Thing): Taken[] {
    if (isGateway(thing))
        return serversOf(thing)
            .filter(({ family }) => family !== "tcp")
            .flatMap(({ hosts }) => hosts);
    if (isKind(thing, "networking.k8s.io", "Ingress")) {
        return items(at(thing.value, "spec", "rules")).flatMap((rule, index) => {
            const host = text(at(rule, "host"));
            return host === undefined ? [] : [{ host, field: `spec.rules[${index}].host` }];
        });
    }
    // In the mesh alone a VirtualService takes no host of anybody's.
    if (!isVirtualService(thing) || !texts(at(thing.value, "spec", "gateways")).some((name) => name !== "mesh")) return [];
    const named = items(at(thing.value, "spec", "http")).length + items(at(thing.value, "spec", "tls")).length > 0;
    return named ? texts(at(thing.value, "spec", "hosts")).map((host, index) => ({ host, field: `spec.hosts[${index}]` })) : [];
}

/** `example.com` allows itself and all below it; `*.example.com` what is below. */
function allows(domain: string, host: string): boolean {
    return isSubsetOf(host, domain) || (!domain.startsWith("*") && isSubsetOf(host, `*.${domain}`));
}

export const hostAllowedDomains: Checks<"host-allowed-domains"> = {
    resource: (thing, { domains }) => {
        if (thing.namespace === UNKNOWN) return [];
        const own = domains[thing.namespace] ?? domains["*"];
        if (own === undefined) return [];
        const list = own.length > 0 ? own.join(", ") : "none";
        return hostsTaken(thing)
            .filter(({ host }) => !own.some((domain) => allows(domain, host)))
            .map(({ host, field }) =>
                fault(
                    thing,
                    field,
                    `is ${shownText(host)}, which is outside the domains of namespace ${String(thing.namespace)}: ${list}.`,
                ),
            );
    },
};
