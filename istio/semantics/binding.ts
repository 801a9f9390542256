/**
 * Where a VirtualService meets a Gateway's server: it names the Gateway, it is exported to the pods' namespace, the
 * server's host lets its namespace in, and a host of each covers the other; the narrower of both is the virtual host.
 */
import { moreSpecific, resolveShortName } from "./hosts";
import { isExportedTo } from "./visibility";

/** A Gateway server's host, `[namespace/]dnsName`: `.` is the Gateway's own namespace, `*` (the default) any. */
export interface ServerHost {
    readonly namespace: string;
    readonly host: string;
}

export function parseServerHost(text: string): ServerHost {
    const slash = text.indexOf("/");
    return slash < 0
        ? { namespace: "*", host: text.toLowerCase() }
        : { namespace: text.slice(0, slash), host: text.slice(slash + 1).toLowerCase() };
}

/** Whether a server's host lets in a VirtualService that lives in `namespace`. */
export function admitsNamespace(server: ServerHost, gatewayNamespace: string, namespace: string): boolean {
    return server.namespace === "*" || (server.namespace === "." ? gatewayNamespace : server.namespace) === namespace;
}

/** The name under which a host of a VirtualService in `namespace` meets one of a server; undefined where they do not meet. */
export function meetingHost(
    host: string,
    namespace: string,
    server: ServerHost,
    gatewayNamespace: string,
    domain?: string,
): string | undefined {
    return admitsNamespace(server, gatewayNamespace, namespace)
        ? moreSpecific(resolveShortName(host, namespace, domain), server.host)
        : undefined;
}

/** The names under which the hosts of a VirtualService in `namespace` meet those of a server, each once. */
export function meetingHosts(
    hosts: readonly string[],
    namespace: string,
    server: readonly ServerHost[],
    gatewayNamespace: string,
    domain?: string,
): string[] {
    return [
        ...new Set(hosts.flatMap((host) => server.flatMap((one) => meetingHost(host, namespace, one, gatewayNamespace, domain) ?? []))),
    ];
}

export interface DelegateParts {
    readonly namespace: string;
    readonly hosts?: readonly unknown[] | undefined;
    readonly exportTo?: readonly (string | undefined)[] | undefined;
}

/**
 * Why a VirtualService in `namespace` cannot delegate to another, as the end of a sentence about it; undefined where it
 * can. Istio leaves such a rule out without a word (pilot/pkg/model/virtualservice.go).
 */
export function delegateFault(
    { namespace: own, hosts, exportTo }: DelegateParts,
    namespace: string,
): { readonly message: string; readonly fix: string } | undefined {
    if ((hosts?.length ?? 0) > 0) {
        return { message: "has hosts of its own, so that nothing can be delegated to it", fix: "Leave `hosts` and `gateways` out of it." };
    }
    if (!isExportedTo(exportTo, own, namespace)) {
        return { message: `is not exported to namespace ${namespace}`, fix: `Add \`${namespace}\` to its \`exportTo\`.` };
    }
    return undefined;
}
