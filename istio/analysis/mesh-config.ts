/** What the mesh's own configuration says, where the configuration holds it: the ConfigMap `istio` of the root namespace. */
import type { KubeObject } from "../types";
import { meshOf } from "../semantics/root-namespace";
import { listAt, textAt, valueAt } from "./loose";

export interface MeshConfig {
    /** Whether access logs that name no provider have one. */
    readonly logsByDefault: boolean;
    /** Whether ServiceEntries without addresses are given one. */
    readonly givesAddresses: boolean;
    /** Whether there is an ingress gateway of Istio's own: `ingressControllerMode` is not OFF. */
    readonly hasIngress: boolean;
    /** The Service of Istio's own ingress gateway. */
    readonly ingressService: string;
}

/** Of the ConfigMap, which may not be there. */
export function meshConfigOf(configMap: KubeObject | undefined): MeshConfig {
    const mesh = meshOf(configMap);
    const metadata = (name: string): boolean => textAt(mesh, "defaultConfig", "proxyMetadata", name) === "true";
    return {
        logsByDefault: listAt(mesh, "defaultProviders", "accessLogging").length > 0,
        givesAddresses:
            metadata("ISTIO_META_DNS_CAPTURE") && (metadata("ISTIO_META_DNS_AUTO_ALLOCATE") || metadata("PILOT_ENABLE_IP_AUTOALLOCATE")),
        // Without quotes OFF is false to YAML, and to nobody else.
        hasIngress: !["OFF", false].includes(valueAt(mesh, "ingressControllerMode") as string | boolean),
        ingressService: textAt(mesh, "ingressService") || "istio-ingressgateway",
    };
}
