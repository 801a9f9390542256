/** Of the hosts that are defined, those that the proxy's Sidecar shows it; in a mesh those of its own namespace before all others. */
import { imports, type ImportedHost } from "../../../istio/semantics/sidecars";
import type { ObjectContext } from "../context/objects";
import type { Value } from "../graph/graph";
import { sameList } from "../graph/lists";
import type { HostDefinition, HostSource } from "../routing/model/backends";
import { outboundScope, ownSidecar } from "./mesh/outbound-scope";
import { routedHosts } from "./mesh/routed-hosts";

export class VisibleHosts implements HostSource {
    readonly #hosts: Value<readonly HostDefinition[]>;

    constructor(context: ObjectContext, source: HostSource) {
        this.#hosts = context.graph.value(() => visible(context, source.hosts()), sameList);
    }

    hosts(): readonly HostDefinition[] {
        return this.#hosts.get();
    }
}

function visible(context: ObjectContext, all: readonly HostDefinition[]): readonly HostDefinition[] {
    const { mode, namespace } = context.settings;
    const seen = shown(context, all);
    if (mode === "gateway") return seen;
    const own = seen.filter((one) => one.namespace === namespace);
    return own.length === 0 ? seen : [...own, ...seen.filter((one) => one.namespace !== namespace)];
}

function shown(context: ObjectContext, all: readonly HostDefinition[]): readonly HostDefinition[] {
    // Most proxies have none, and see everything.
    if (ownSidecar(context) === undefined) return all;
    const hosts: readonly ImportedHost[] = outboundScope(context).listeners.flatMap((listener) => listener.hosts);
    const seen = all.filter((one) => imports(hosts, one.namespace, one.host));
    return context.settings.mode === "gateway"
        ? seen
        : [...seen, ...alsoRouted(context, all, hosts, new Set(seen.map(({ host }) => host)))];
}

/** Of one host in several namespaces that of the own one, else of the first by name. */
function alsoRouted(
    context: ObjectContext,
    all: readonly HostDefinition[],
    shown: readonly ImportedHost[],
    seen: ReadonlySet<string>,
): readonly HostDefinition[] {
    const { namespace } = context.settings;
    const routed = routedHosts(context, shown);
    const hidden = all.filter(({ host }) => routed.has(host) && !seen.has(host));
    const chosen = new Map<string, string>();
    for (const one of hidden) {
        const present = chosen.get(one.host);
        if (present === undefined || one.namespace === namespace || (present !== namespace && one.namespace < present))
            chosen.set(one.host, one.namespace);
    }
    return hidden.filter((one) => chosen.get(one.host) === one.namespace);
}
