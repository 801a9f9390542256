/**
 * Providers of a component's own, in a ConfigMap beside the gateway's pods that has what a mesh configuration has. Istio's
 * control plane reads none but its own; the bundled proxy reads both.
 */
import { mentionsUnknown, UNKNOWN, type ObjectMetadata } from "../arguments";
import { basicAuthProvider, policyName } from "./objects";
import type { AccessOrder } from "./place";

/** By which the bundled proxy finds it. */
export const MESH_CONFIG_LABEL = "gatehouse.dev/mesh-config";

export interface MeshConfigMap {
    readonly metadata: ObjectMetadata;
    readonly data: { readonly mesh: string };
}

/** `secretName`: of the Secret with names and passwords. */
export function buildProviders({ access, place, providers = [] }: AccessOrder, secretName: string | undefined): MeshConfigMap {
    const { external, basicAuth } = access;
    const own = typeof external?.provider === "object" ? [external.provider] : [];
    const users = basicAuth
        ? [
              {
                  name: basicAuthProvider(place.name),
                  gatehouseBasicAuth: { secretName, ...(basicAuth.realm === undefined ? {} : { realm: basicAuth.realm }) },
              },
          ]
        : [];
    const { labels, ...metadata } = place.metadata(policyName(place, "mesh"));
    return {
        metadata: { ...metadata, labels: typeof labels === "string" ? labels : { ...labels, [MESH_CONFIG_LABEL]: "true" } },
        // JSON is YAML as well.
        data: { mesh: `${JSON.stringify({ extensionProviders: [...providers, ...own, ...users] }, undefined, 2)}\n` },
    };
}

/** The text is known once all that stands in it is. */
export function outlineProviders(order: AccessOrder, secretName: string | undefined): object {
    const made = buildProviders(order, secretName);
    const { external, basicAuth } = order.access;
    const open = mentionsUnknown([secretName, external?.provider, basicAuth, order.providers, made.data.mesh]);
    return open ? { ...made, data: { mesh: UNKNOWN } } : made;
}
