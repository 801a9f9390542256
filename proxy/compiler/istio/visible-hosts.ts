/** Of the hosts that are defined, those that the proxy's Sidecar shows it; in a mesh those of its own namespace before all others. */
import { isDeepStrictEqual } from "node:util";
import { imports, type ImportedHost } from "../../../istio/semantics/sidecars";
import type { ObjectContext } from "../context/objects";
import type { Value } from "../graph/graph";
import { sameList } from "../graph/lists";
import type { HostDefinition, HostSource } from "../routing/model/backends";
import { outboundScope, ownSidecar } from "./mesh/outbound-scope";
import { routedHosts } from "./mesh/routed-hosts";

type Routed = Value<ReadonlySet<string>>;

/** Of each source those that are seen; what the Sidecar says is read once for all of them. */
export function visibleHosts(context: ObjectContext, sources: readonly HostSource[]): readonly HostSource[] {
    const { graph } = context;
    const imported = graph.value(() => importedHosts(context), isDeepStrictEqual);
    const routed = graph.value(() => routedHosts(context, imported.get() ?? []), isDeepStrictEqual);
    return sources.map((source) => {
        const hosts = graph.value(() => visible(context, source.hosts(), imported.get(), routed), sameList);
        return { hosts: () => hosts.get() };
    });
}

/** Undefined: most proxies have no Sidecar, and see everything. */
function importedHosts(context: ObjectContext): readonly ImportedHost[] | undefined {
    if (ownSidecar(context) === undefined) return undefined;
    return outboundScope(context).listeners.flatMap((listener) => listener.hosts);
}

function visible(
    context: ObjectContext,
    all: readonly HostDefinition[],
    imported: readonly ImportedHost[] | undefined,
    routed: Routed,
): readonly HostDefinition[] {
    const { mode, namespace } = context.settings;
    const shown = imported ? all.filter((one) => imports(imported, one.namespace, one.host)) : all;
    if (mode === "gateway") return shown;
    const seen = imported ? [...shown, ...alsoRouted(all, routed.get(), new Set(shown.map(({ host }) => host)), namespace)] : shown;
    const own = seen.filter((one) => one.namespace === namespace);
    return own.length === 0 ? seen : [...own, ...seen.filter((one) => one.namespace !== namespace)];
}

/** Of one host in several namespaces that of the own one, else of the first by name. */
function alsoRouted(
    all: readonly HostDefinition[],
    routed: ReadonlySet<string>,
    seen: ReadonlySet<string>,
    namespace: string,
): readonly HostDefinition[] {
    const hidden = all.filter(({ host }) => routed.has(host) && !seen.has(host));
    const chosen = new Map<string, string>();
    for (const one of hidden) {
        const present = chosen.get(one.host);
        if (present === undefined || one.namespace === namespace || (present !== namespace && one.namespace < present))
            chosen.set(one.host, one.namespace);
    }
    return hidden.filter((one) => chosen.get(one.host) === one.namespace);
}
