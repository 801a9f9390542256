/** Settings of whole hosts in Istio's words, for its proxy. */
import { securityHeadersOf, writtenHeaders } from "../../istio/semantics";
import type { HTTPRoute } from "../../istio";
import type { EdgeArgs } from "./settings";

/** Headers that every route sets; what a route says of one itself stays. `isSecure`: served over TLS alone. */
export function withSecurityHeaders(routes: readonly HTTPRoute[], { securityHeaders }: EdgeArgs, isSecure: boolean): HTTPRoute[] {
    if (securityHeaders === undefined || securityHeaders === false) return [...routes];
    const read = securityHeadersOf(securityHeaders);
    if ("fault" in read) return [...routes];
    const written = writtenHeaders(read.value, isSecure);
    return routes.map((route) => {
        const { response } = route.headers ?? {};
        const own = [...Object.keys(response?.set ?? {}), ...Object.keys(response?.add ?? {}), ...(response?.remove ?? [])];
        const taken = new Set(own.map((name) => name.toLowerCase()));
        const set = { ...Object.fromEntries(written.filter(([name]) => !taken.has(name))), ...response?.set };
        return { ...route, headers: { ...route.headers, response: { ...response, set } } };
    });
}
