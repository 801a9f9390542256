/** Where the DestinationRule of a host is looked for. */

/**
 * The namespaces, in this order: the client's own, the service's, the root namespace. A client that lives in the root
 * namespace has no say there before the service's own (Istio pilot/pkg/model/push_context.go, destinationRule).
 */
export function ruleNamespaces(client: string, service: string | undefined, rootNamespace: string): string[] {
    return [...(client === rootNamespace ? [] : [client]), ...(service ? [service] : []), rootNamespace];
}
