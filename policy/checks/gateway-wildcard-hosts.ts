/** A wildcard serves names that nobody thought of, and lets whoever comes take one of them. */
import { isWildcard, shownText } from "../../istio";
import type { Checks } from "../check";
import { isGateway, serversOf } from "../objects/gateway";
import { isVirtualService, rulesOf } from "../objects/virtual-service";
import { fault, type PolicyFault, type Thing } from "../thing";
import { at, texts } from "../values";

const ANY = "*";

/** Bytes without names have no hosts to tell apart: `*` is what is written there. */
function ofGateway(thing: Thing, allowed: readonly string[]): PolicyFault[] {
    return serversOf(thing)
        .filter(({ family }) => family === "http" || family === "tls")
        .flatMap(({ hosts }) =>
            hosts
                .filter(
                    ({ text, host, namespace }) =>
                        isWildcard(host) && !allowed.includes(text) && !allowed.includes(host) && (host === ANY || namespace === ANY),
                )
                .map(({ text, host, field }) =>
                    fault(
                        thing,
                        field,
                        host === ANY
                            ? `is ${shownText(text)}: whatever name a client asks for is served. Name the hosts.`
                            : `is ${shownText(text)}, open to every namespace: whoever makes a VirtualService takes a host of it. Say which namespaces may, as in \`shop/${host}\` (allowedNamespaces of an IngressGateway's tls).`,
                    ),
                ),
        );
}

function ofVirtualService(thing: Thing, allowed: readonly string[]): PolicyFault[] {
    if (!rulesOf(thing).some(({ protocol }) => protocol !== "tcp")) return [];
    return texts(at(thing.value, "spec", "hosts")).flatMap((host, index) =>
        isWildcard(host) && !allowed.includes(host)
            ? [
                  fault(
                      thing,
                      `spec.hosts[${index}]`,
                      `is ${shownText(host)}: it takes every request for a host that nobody else named. Name the hosts.`,
                  ),
              ]
            : [],
    );
}

export const gatewayWildcardHosts: Checks<"gateway-wildcard-hosts"> = {
    resource: (thing, { allowed }) => {
        if (isGateway(thing)) return ofGateway(thing, allowed);
        return isVirtualService(thing) ? ofVirtualService(thing, allowed) : [];
    },
};
