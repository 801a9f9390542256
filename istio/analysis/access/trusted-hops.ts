/** How many hops before a gateway's pods are trusted to say who the client is: Istio's `numTrustedProxies`. */
import { TRUSTED_PROXIES_ARGUMENT, trustedProxies, trustedProxiesOf } from "../../semantics/trusted-proxies";
import { yamlValue } from "../../yaml-value";
import { listAt, valueAt } from "../loose";
import type { ObjectIndex } from "../object-index";
import type { IndexedPod } from "../pods";

/** By which a pod is told, where Istio's proxy runs in it. */
const ANNOTATION = "proxy.istio.io/config";

/** The pod's own word wins over the mesh's. */
export function trustedHops(pod: IndexedPod, index: ObjectIndex): number {
    return argumentOf(pod) ?? annotationOf(pod) ?? trustedProxiesOf(index.meshConfigMap) ?? 0;
}

function argumentOf({ spec }: IndexedPod): number | undefined {
    const args = listAt(spec, "containers").flatMap((container) => listAt(container, "args"));
    const at = args.indexOf(TRUSTED_PROXIES_ARGUMENT);
    return at === -1 ? undefined : trustedProxies(args[at + 1]);
}

function annotationOf({ annotations }: IndexedPod): number | undefined {
    const text = annotations[ANNOTATION];
    const read = text === undefined ? undefined : yamlValue(text);
    return read && "value" in read ? trustedProxies(valueAt(read.value, "gatewayTopology", "numTrustedProxies")) : undefined;
}
