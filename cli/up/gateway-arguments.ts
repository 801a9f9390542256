/** What a gateway's Deployment tells the proxy in its container's arguments, and holds here too. */
import { PROXY_CONFIG_ANNOTATION, readProxyConfig } from "../../istio/semantics/proxy-config";
import { ROOT_NAMESPACE_ARGUMENT, rootNamespaceArgument } from "../../istio/semantics/root-namespace";
import { TRUSTED_PROXIES_ARGUMENT, trustedProxies } from "../../istio/semantics/trusted-proxies";
import { UNDERSCORE_POLICIES, type UnderscorePolicy } from "../../proxy/exchange";
import type { LocalWorkload } from "./workloads";

const UNDERSCORES = "--underscores-in-headers";

/** Undefined: nothing, or what is no policy. */
export function underscorePolicyOf({ pod }: LocalWorkload): UnderscorePolicy | undefined {
    const said = argumentOf(pod, UNDERSCORES);
    return UNDERSCORE_POLICIES.find((policy) => policy === said);
}

/** Undefined: it is for the mesh's configuration to say. */
export function rootNamespaceOfWorkload({ pod }: LocalWorkload): string | undefined {
    return rootNamespaceArgument(pod);
}

/** Undefined: it is for the mesh's configuration to say. */
export function trustedProxiesOfWorkload({ pod }: LocalWorkload): number | undefined {
    return trustedProxies(argumentOf(pod, TRUSTED_PROXIES_ARGUMENT));
}

/** What its pod's annotation says in Istio's words; undefined: nothing, or what nobody can read, which its proxy refuses to start with. */
export function proxyConfigOfWorkload({ annotations }: LocalWorkload): unknown {
    const read = readProxyConfig(annotations[PROXY_CONFIG_ANNOTATION] ?? "");
    return "fault" in read ? undefined : read.config;
}

function argumentOf(pod: LocalWorkload["pod"], name: string): string | undefined {
    const args = pod.containers?.find((container) => container.args?.includes(name))?.args ?? [];
    return args[args.indexOf(name) + 1];
}

/** What the gateway's own container is told of header names and of the mesh. */
export function gatewayArguments(workload: LocalWorkload): readonly string[] {
    const policy = underscorePolicyOf(workload);
    const root = rootNamespaceOfWorkload(workload);
    const proxies = trustedProxiesOfWorkload(workload);
    // As it stands there, which also is what its variable in a cluster has.
    const config = workload.annotations[PROXY_CONFIG_ANNOTATION] ?? "";
    return [
        ...(policy === undefined ? [] : [UNDERSCORES, policy]),
        ...(root === undefined ? [] : [ROOT_NAMESPACE_ARGUMENT, root]),
        ...(proxies === undefined ? [] : [TRUSTED_PROXIES_ARGUMENT, String(proxies)]),
        ...(config === "" ? [] : ["--proxy-config", config]),
    ];
}
