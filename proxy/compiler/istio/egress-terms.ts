/** What a ServiceEntry says by annotations of how it is left for (semantics/forward-proxy.ts), and by its resolution. */
import { INNER_ADDRESSES_ANNOTATION, allowedInnerAddresses, allowedSources, forwardProxyGateways } from "../../../istio/semantics";
import type { ServiceEntryObject } from "../../../istio/types";
import type { ProxyMode } from "../context/context";
import type { EgressTerms } from "../routing/model/egress";

/** Undefined: it is like any other host. */
export function egressTerms({ metadata, spec }: ServiceEntryObject, mode: ProxyMode): EgressTerms | undefined {
    const { annotations } = metadata;
    const proxies = forwardProxyGateways(annotations);
    const allowFrom = allowedSources(annotations);
    // What comes to a gateway was not meant for the address of its host: of NONE too there is only the name.
    const isUnresolved = mode === "gateway" && (spec.resolution ?? "NONE") === "NONE" && !spec.workloadSelector;
    const isAskedByName = spec.resolution === "DYNAMIC_DNS" || isUnresolved;
    const isGuarded = proxies.length > 0 || isAskedByName || annotations?.[INNER_ADDRESSES_ANNOTATION] !== undefined;
    if (!isGuarded && allowFrom === undefined) return undefined;
    return {
        proxies,
        innerAddresses: allowedInnerAddresses(annotations),
        isGuarded,
        isAskedByName,
        ...(allowFrom ? { allowFrom } : {}),
    };
}
