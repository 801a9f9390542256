/** What the mesh's own configuration says, where the configuration holds it: the ConfigMap `istio` of the root namespace. */
import { listAt, textAt } from "./loose";
import type { ObjectIndex } from "./object-index";
import { yamlValue } from "../yaml-value";

export interface MeshConfig {
    /** Whether access logs that name no provider have one. */
    readonly logsByDefault: boolean;
    /** Whether ServiceEntries without addresses are given one. */
    readonly givesAddresses: boolean;
}

/** A mesh's configuration is a page. */
const MAX_TEXT = 1 << 20;

export function meshConfigOf(index: ObjectIndex): MeshConfig {
    const text = textAt(index.findOther("", "ConfigMap", "istio-system", "istio")?.object, "data", "mesh") ?? "";
    const mesh = parsed(text);
    const metadata = (name: string): boolean => textAt(mesh, "defaultConfig", "proxyMetadata", name) === "true";
    return {
        logsByDefault: listAt(mesh, "defaultProviders", "accessLogging").length > 0,
        givesAddresses: metadata("ISTIO_META_DNS_CAPTURE") && (metadata("ISTIO_META_DNS_AUTO_ALLOCATE") || metadata("PILOT_ENABLE_IP_AUTOALLOCATE")),
    };
}

/** Istio reads its defaults where the text is none. */
function parsed(text: string): unknown {
    const read = text.length > MAX_TEXT ? undefined : yamlValue(text);
    return read && "value" in read ? read.value : undefined;
}
