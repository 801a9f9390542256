/** How objects refer to others: by `namespace/name`, or by a name alone, which is one of their own namespace. */

export interface QualifiedName {
    readonly namespace: string;
    readonly name: string;
}

/** The object a reference means. */
export function referredName(text: string, namespace: string): QualifiedName {
    const slash = text.indexOf("/");
    return slash < 0 ? { namespace, name: text } : { namespace: text.slice(0, slash), name: text.slice(slash + 1) };
}

/** A key that no two names share: neither part can hold a slash of its own. */
export function nameText({ namespace, name }: QualifiedName): string {
    return `${namespace}/${name}`;
}

/** The Gateway that stands for all sidecars of the mesh. */
export const MESH_GATEWAY = "mesh";

/**
 * `namespace/name` of the Gateway that a VirtualService in `namespace` means, as istiod reads it (resolveGatewayName):
 * `./name` is one of the own namespace, and of a name with dots the first part is the name and the second the namespace,
 * whatever follows: `edge.shop.example.com` is `shop/edge`.
 */
export function gatewayName(text: string, namespace: string): string {
    const slash = text.indexOf("/");
    if (slash >= 0) {
        return text.slice(0, slash) === "." ? `${namespace}${text.slice(slash)}` : text;
    }
    const [name = "", other] = text.split(".");
    return other === undefined ? `${namespace}/${text}` : `${other}/${name}`;
}

/** Whether a Gateway is named in the form of early Istio, its namespace behind a dot. */
export function isLegacyGatewayName(text: string): boolean {
    return text.includes(".") && !text.includes("/");
}

/** The Gateways that `gateways` of an object in `namespace` means, `mesh` not among them, each once. */
export function gatewayNames(gateways: readonly (string | undefined)[] | undefined, namespace: string): string[] {
    return [
        ...new Set(
            (gateways ?? [])
                .filter((text) => text !== undefined && text !== MESH_GATEWAY)
                .map((text) => gatewayName(text ?? "", namespace)),
        ),
    ];
}

/** The same as they are written, `mesh` among them. */
export function resolveGateways(gateways: readonly string[], namespace: string): readonly string[] {
    return gateways.map((name) => (name === MESH_GATEWAY ? name : gatewayName(name, namespace)));
}

/** Whether a VirtualService is for the mesh's sidecars: nothing said means that it is. */
export function namesMesh(gateways: readonly (string | undefined)[] | undefined): boolean {
    const named = (gateways ?? []).filter((text) => text !== undefined);
    return named.length === 0 || named.includes(MESH_GATEWAY);
}
