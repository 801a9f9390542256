/**
 * Providers of a component's own, in a ConfigMap beside the gateway's pods that has what a mesh configuration has. Istio's
 * control plane reads none but its own; the bundled proxy reads both.
 */
import { BASIC_AUTH_KIND, HTTP_KIND } from "../../istio/extension-providers";
import { GATEWAY_MESH_CONFIG_LABEL } from "../../istio/semantics/root-namespace";
import type { ObjectMetadata } from "../arguments";
import { basicAuthProvider } from "./objects";
import type { AccessOrder, ProviderData } from "./place";

export interface MeshConfigMap {
    /** Without a name: it takes another with each content. */
    readonly metadata: Omit<ObjectMetadata, "name">;
    readonly data: { readonly mesh: string };
}

/** In the words of a mesh configuration: as it was given. */
function written(provider: ProviderData): object {
    const { includeRequestBodyInCheck, ...settings } = provider.envoyExtAuthzHttp;
    const { ...body } = includeRequestBodyInCheck ?? {};
    return {
        name: provider.name,
        [HTTP_KIND]: { ...settings, ...(includeRequestBodyInCheck ? { includeRequestBodyInCheck: body } : {}) },
    };
}

/** `secretName`: of the Secret with names and passwords. */
export function buildProviders({ access, place, providers = [] }: AccessOrder, secretName: string | undefined): MeshConfigMap {
    const { external, basicAuth } = access;
    const own = typeof external?.provider === "object" ? [external.provider] : [];
    const users = basicAuth
        ? [
              {
                  name: basicAuthProvider(place.name),
                  [BASIC_AUTH_KIND]: { secretName, realm: basicAuth.realm, userHeader: basicAuth.userHeader },
              },
          ]
        : [];
    const { name: _name, labels, ...metadata } = place.metadata(place.name);
    return {
        metadata: { ...metadata, labels: typeof labels === "string" ? labels : { ...labels, [GATEWAY_MESH_CONFIG_LABEL]: "true" } },
        // JSON is YAML as well.
        data: { mesh: `${JSON.stringify({ extensionProviders: [...[...providers, ...own].map(written), ...users] }, undefined, 2)}\n` },
    };
}
