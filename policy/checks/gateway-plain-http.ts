/** What is served in clear is read and changed on the way. */
import { isSubsetOf } from "../../istio";
import type { Checks } from "../check";
import { isGateway, serversOf, type ServerView } from "../objects/gateway";
import { fault, type Thing } from "../thing";
import { at, UNKNOWN } from "../values";

/** What goes out through an egress gateway comes from the mesh, which is encrypted by other means. */
const EGRESS = "egress";

function inClear(thing: Thing, except: readonly string[]): ServerView[] {
    const type = at(thing.value, "spec", "selector", "gateway-type");
    if (!isGateway(thing) || type === EGRESS || type === UNKNOWN) return [];
    return serversOf(thing).filter(({ family, hosts, tls }) => {
        const redirect = at(tls, "httpsRedirect");
        return family === "http" && redirect !== true && redirect !== UNKNOWN && hosts.some(({ host }) => !except.some((one) => isSubsetOf(host, one)));
    });
}

export const gatewayPlainHttp: Checks<"gateway-plain-http"> = {
    resource: (thing, { except }) => inClear(thing, except).map(({ field, hosts }) =>
        fault(thing, field, `serves ${hosts.map(({ host }) => host).join(", ")} in clear. Set tls.httpsRedirect (a VirtualHost's tls.http: "redirect"), or name the hosts in \`except\`.`)),
    remedy: (thing, { except }) => {
        const secured = serversOf(thing).filter(({ family }) => family === "tls").flatMap(({ hosts }) => hosts);
        // Only where the redirect leads to a server that is there.
        const safe = inClear(thing, except).filter(({ hosts }) => hosts.every(({ host }) => secured.some((one) => isSubsetOf(host, one.host))));
        return safe.map(({ index }) => ({ path: ["spec", "servers", index, "tls", "httpsRedirect"], value: true }));
    },
};
