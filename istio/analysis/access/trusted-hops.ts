/** How many hops before a gateway's pods are trusted to say who the client is: Istio's `numTrustedProxies`. */
import { meshOf } from "../../semantics/root-namespace";
import { yamlValue } from "../../yaml-value";
import { listAt, valueAt } from "../loose";
import type { ObjectIndex } from "../object-index";
import type { IndexedPod } from "../pods";

/** By which the bundled proxy's container is told. */
const ARGUMENT = "--trusted-proxies";
/** By which a pod is told, where Istio's proxy runs in it. */
const ANNOTATION = "proxy.istio.io/config";

/** The pod's own word wins over the mesh's. */
export function trustedHops(pod: IndexedPod, index: ObjectIndex): number {
    const args = listAt(pod.spec, "containers").flatMap((container) => listAt(container, "args"));
    const told =
        args.indexOf(ARGUMENT) === -1 ? args.find((one) => String(one).startsWith(`${ARGUMENT}=`)) : args[args.indexOf(ARGUMENT) + 1];
    const said = told === undefined ? undefined : Number(String(told).replace(`${ARGUMENT}=`, ""));
    if (said !== undefined && Number.isInteger(said)) return said;
    const annotation = pod.annotations[ANNOTATION];
    const own = annotation === undefined ? undefined : yamlValue(annotation);
    return hopsIn(own && "value" in own ? own.value : undefined) ?? hopsIn(valueAt(meshOf(index.meshConfigMap), "defaultConfig")) ?? 0;
}

function hopsIn(config: unknown): number | undefined {
    const hops = valueAt(config, "gatewayTopology", "numTrustedProxies");
    return typeof hops === "number" ? hops : undefined;
}
