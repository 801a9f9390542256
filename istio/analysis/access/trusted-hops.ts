/** How many hops before a gateway's pods are trusted to say who the client is: Istio's `numTrustedProxies`. */
import { GATEWAY_OPTIONS_ANNOTATION, readGatewayOptions } from "../../semantics/gateway-options";
import { gatewayOptionsOfMesh, gatewayOptionsOfProxyConfig, mergedOptions, PROXY_CONFIG_ANNOTATION } from "../../semantics/proxy-config";
import { meshOf } from "../../semantics/root-namespace";
import { TRUSTED_PROXIES_ARGUMENT, trustedProxies, trustedProxiesOf } from "../../semantics/trusted-proxies";
import { yamlValue } from "../../yaml-value";
import { listAt, valueAt } from "../loose";
import type { ObjectIndex } from "../object-index";
import type { IndexedObject } from "../indexed-object";
import type { IndexedPod } from "../pods";

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
    const text = annotations[PROXY_CONFIG_ANNOTATION];
    const read = text === undefined ? undefined : yamlValue(text);
    return read && "value" in read ? trustedProxies(valueAt(read.value, "gatewayTopology", "numTrustedProxies")) : undefined;
}

/** Whether the gateway hears otherwise who a client is: by the PROXY protocol, or of proxies that it knows by their addresses. */
export function isClientTold({ annotations }: IndexedPod, services: readonly IndexedObject[], index: ObjectIndex): boolean {
    const texts = services.flatMap(({ object }) => object.metadata.annotations?.[GATEWAY_OPTIONS_ANNOTATION] ?? []);
    const config = yamlValue(annotations[PROXY_CONFIG_ANNOTATION] ?? "");
    const { proxyProtocol = "off", trustedProxies } = mergedOptions(
        gatewayOptionsOfMesh(meshOf(index.meshConfigMap)),
        "value" in config ? gatewayOptionsOfProxyConfig(config.value) : {},
        readGatewayOptions(texts[0] ?? "{}").options,
    );
    return proxyProtocol !== "off" || trustedProxies !== undefined;
}
