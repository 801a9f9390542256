/** What the mesh's own configuration says, where the configuration holds it: the ConfigMap `istio` of the root namespace. */
import type { KubeObject } from "../types";
import { listAt, textAt, valueAt } from "./loose";
import { yamlValue } from "../yaml-value";

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

/** A mesh's configuration is a page. */
const MAX_TEXT = 1 << 20;

/** Of the ConfigMap, which may not be there. */
export function meshConfigOf(configMap: KubeObject | undefined): MeshConfig {
    const text = textAt(configMap, "data", "mesh") ?? "";
    const mesh = parsed(text);
    const metadata = (name: string): boolean => textAt(mesh, "defaultConfig", "proxyMetadata", name) === "true";
    return {
        logsByDefault: listAt(mesh, "defaultProviders", "accessLogging").length > 0,
        givesAddresses: metadata("ISTIO_META_DNS_CAPTURE") && (metadata("ISTIO_META_DNS_AUTO_ALLOCATE") || metadata("PILOT_ENABLE_IP_AUTOALLOCATE")),
        // Without quotes OFF is false to YAML, and to nobody else.
        hasIngress: !["OFF", false].includes(valueAt(mesh, "ingressControllerMode") as string | boolean),
        ingressService: textAt(mesh, "ingressService") || "istio-ingressgateway",
    };
}

/** Istio reads its defaults where the text is none. */
function parsed(text: string): unknown {
    const read = text.length > MAX_TEXT ? undefined : yamlValue(text);
    return read && "value" in read ? read.value : undefined;
}
