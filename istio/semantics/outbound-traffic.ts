/** What the mesh's configuration says of traffic that leaves an application. */
import type { KubeObject } from "../types";
import { field, meshOf } from "./root-namespace";
import type { OutboundMode } from "./sidecars";

/** `outboundTrafficPolicy.mode`, as text, or by its number as its JSON allows; Istio's default lets everything through. */
export function meshOutboundMode(configMap: KubeObject | undefined): OutboundMode {
    const said = field(field(meshOf(configMap), "outboundTrafficPolicy"), "mode");
    // A word that nobody knows lets nobody out.
    return said === undefined || said === null || said === "ALLOW_ANY" || said === 1 ? "ALLOW_ANY" : "REGISTRY_ONLY";
}

/** `proxyHttpPort`: where an application finds its HTTP proxy; 0: nowhere. */
export function meshHttpProxyPort(configMap: KubeObject | undefined): number {
    const said = field(meshOf(configMap), "proxyHttpPort");
    return typeof said === "number" && Number.isInteger(said) && said > 0 && said <= 65_535 ? said : 0;
}
