/**
 * How many proxies stand in front of a gateway, whose words on the client's address are believed (Istio's numTrustedProxies):
 * what the mesh's configuration says for all gateways.
 */
import type { KubeObject } from "../types";
import { field, meshOf } from "./root-namespace";

/** By which a gateway's container is told, whatever the mesh's configuration says. */
export const TRUSTED_PROXIES_ARGUMENT = "--trusted-proxies";

/** More entries than this are in nobody's X-Forwarded-For. */
export const MAX_TRUSTED_PROXIES = 99;

/** Undefined: it says nothing, or what is no such number. */
export function trustedProxiesOf(configMap: KubeObject | undefined): number | undefined {
    return trustedProxiesOfConfig(field(meshOf(configMap), "defaultConfig"));
}

/** `config`: a ProxyConfig. */
export function trustedProxiesOfConfig(config: unknown): number | undefined {
    return trustedProxies(field(field(config, "gatewayTopology"), "numTrustedProxies"));
}

export function trustedProxies(said: unknown): number | undefined {
    const count = typeof said === "string" && /^\d{1,2}$/.test(said) ? Number(said) : said;
    return typeof count === "number" && Number.isInteger(count) && count >= 0 && count <= MAX_TRUSTED_PROXIES ? count : undefined;
}
