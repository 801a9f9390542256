/** A wildcard serves names that nobody thought of, and lets whoever comes take one of them. */
import { FORWARD_PROXY_ANNOTATION, isWildcard, shownText } from "../../istio";
import type { Checks } from "../check";
import { isGateway, serversOf } from "../objects/gateway";
import { isVirtualService, rulesOf } from "../objects/virtual-service";
import { fault, type PolicyFault, type Thing } from "../thing";
import { at, text, texts } from "../values";

const ANY = "*";

/** A forward proxy is asked for any host; those it goes on with the ServiceEntries say that name it. Bytes without names have no hosts to tell apart: `*` is what is written there. */
function ofGateway(thing: Thing, allowed: readonly string[]): PolicyFault[] {
    const proxies = (text(at(thing.value, "metadata", "annotations", FORWARD_PROXY_ANNOTATION)) ?? "").split(",");
    return serversOf(thing)
        .filter(({ family, portName }) => (family === "http" || family === "tls") && !proxies.includes(portName ?? ""))
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
    // What leaves the mesh is asked for by its own workloads, and not by whoever comes.
    const leaves = texts(at(thing.value, "spec", "gateways")).includes("mesh");
    return texts(at(thing.value, "spec", "hosts")).flatMap((host, index) =>
        isWildcard(host) && !allowed.includes(host) && !(leaves && host !== ANY)
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
