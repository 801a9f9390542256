/** How a VirtualService carries the limits of its hosts. */
import { LIMITS_ANNOTATION } from "../../istio/semantics";
import type { ConnectionLimitsArgs, HostLimitsArgs } from "./schema";

/** None where none is said. */
export function hostLimitAnnotations(limits: HostLimitsArgs | undefined): Record<string, string> {
    if (typeof limits !== "object") return {};
    const routes = Object.entries(limits.routes ?? {}).map(([name, route]) => [name, { maxRequestBodyBytes: route.maxRequestBodyBytes }]);
    const { maxRequestBodyBytes } = limits;
    const said = { maxRequestBodyBytes, ...(routes.length > 0 ? { routes: Object.fromEntries(routes) as object } : {}) };
    return { [LIMITS_ANNOTATION]: JSON.stringify(said) };
}

/** The same of connections. */
export function connectionLimitAnnotations(limits: ConnectionLimitsArgs | undefined): Record<string, string> {
    if (typeof limits !== "object") return {};
    const { connections, connectionsPerAddress, connectionsPerSecondPerAddress } = limits;
    return { [LIMITS_ANNOTATION]: JSON.stringify({ connections, connectionsPerAddress, connectionsPerSecondPerAddress }) };
}
