/** What is served in clear is read and changed on the way. */
import { isSubsetOf } from "../../istio";
import type { Checks } from "../check";
import { isGateway, serversOf, type ServerView } from "../objects/gateway";
import type { ParametersOf } from "../table";
import { fault, type Thing } from "../thing";
import { at, UNKNOWN } from "../values";

/** What goes out through an egress gateway comes from the mesh, which is encrypted by other means. */
const EGRESS = "egress";
/** How a program says that it is not an oversight. */
const ANNOTATION = "gatehouse.dev/plain-http";

function isMeant(thing: Thing): boolean {
    const said = at(thing.value, "metadata", "annotations", ANNOTATION);
    return said === "meant" || said === UNKNOWN;
}

function inClear(thing: Thing, { except, annotation }: ParametersOf<"gateway-plain-http">): ServerView[] {
    const type = at(thing.value, "spec", "selector", "gateway-type");
    if (!isGateway(thing) || type === EGRESS || type === UNKNOWN || (annotation === "respected" && isMeant(thing))) return [];
    return serversOf(thing).filter(({ family, hosts, tls }) => {
        const redirect = at(tls, "httpsRedirect");
        return (
            family === "http" &&
            redirect !== true &&
            redirect !== UNKNOWN &&
            hosts.some(({ host }) => !except.some((one) => isSubsetOf(host, one)))
        );
    });
}

export const gatewayPlainHttp: Checks<"gateway-plain-http"> = {
    resource: (thing, parameters) =>
        inClear(thing, parameters).map(({ field, hosts }) =>
            fault(
                thing,
                field,
                `serves ${hosts.map(({ host }) => host).join(", ")} in clear. Set tls.httpsRedirect (a VirtualHost's tls.http: "redirect"), or say that it is meant: ${ANNOTATION}: meant.`,
            ),
        ),
    remedy: (thing, parameters) => {
        const secured = serversOf(thing)
            .filter(({ family }) => family === "tls")
            .flatMap(({ hosts }) => hosts);
        // Only where the redirect leads to a server that is there, and its clients know what one is: those of gRPC do not.
        const safe = inClear(thing, parameters).filter(
            ({ hosts, protocol }) =>
                (protocol === "HTTP" || protocol === "HTTP2") &&
                hosts.every(({ host }) => secured.some((one) => isSubsetOf(host, one.host))),
        );
        return safe.map(({ index }) => ({ path: ["spec", "servers", index, "tls", "httpsRedirect"], value: true }));
    },
};
