/** VirtualServices that are for the mesh's own traffic, in Istio's order, and of several that name a host the one that has it. */
import { addTo } from "../../../../istio/lists-by-key";
import { isExportedTo, isExportedToAll, isWildcard, matchesHost, namesMesh, resolveShortName } from "../../../../istio/semantics";
import { imports, type ImportedHost } from "../../../../istio/semantics/sidecars";
import type { Placed } from "../../../resources/model";
import type { ObjectContext } from "../../context/objects";

export type VirtualService = Placed<"VirtualService">;

const NONE: readonly never[] = [];

export interface MeshVirtualService {
    readonly one: VirtualService;
    readonly hosts: readonly string[];
}

/** Private to the namespace, exported to it, public; in each oldest first. Those without hosts are delegates. */
export function meshVirtualServices({ objects, settings }: ObjectContext): readonly MeshVirtualService[] {
    const ranked: MeshVirtualService[][] = [[], [], []];
    for (const one of objects.virtualServices.get()) {
        const { hosts, gateways, exportTo } = one.object.spec;
        const { namespace } = one.ref;
        if (!hosts?.length || !namesMesh(gateways) || !isExportedTo(exportTo, namespace, settings.namespace)) continue;
        const rank = isExportedToAll(exportTo) ? 2 : namespace === settings.namespace ? 0 : 1;
        ranked[rank]?.push({ one, hosts: hosts.map((host) => resolveShortName(host, namespace, settings.domain)) });
    }
    return ranked.flat();
}

/** Those of which a listener's hosts let one through. */
export function importedServices(all: readonly MeshVirtualService[], hosts: readonly ImportedHost[]): readonly MeshVirtualService[] {
    return all.filter(({ one, hosts: names }) => names.some((name) => imports(hosts, one.ref.namespace, name)));
}

/** By which of its hosts it is for one: exactly, or by the narrowest pattern. Undefined: it is not. */
function hostFor({ hosts }: MeshVirtualService, host: string): string | undefined {
    if (hosts.includes(host)) return host;
    const patterns = hosts.filter((one) => isWildcard(one) && matchesHost(one, host));
    return patterns.sort((a, b) => b.length - a.length)[0];
}

/** Those that a listener lets through, by the hosts that they are for. */
export class ImportedRules {
    /** In Istio's order. */
    readonly all: readonly MeshVirtualService[];
    readonly #byHost = new Map<string, MeshVirtualService[]>();
    readonly #withPatterns: readonly MeshVirtualService[];

    constructor(all: readonly MeshVirtualService[]) {
        this.all = all;
        for (const service of all) for (const host of new Set(service.hosts)) addTo(this.#byHost, host, service);
        this.#withPatterns = all.filter(({ hosts }) => hosts.some(isWildcard));
    }

    /** All that are for a host: those that name it first, then by how narrow their patterns are. */
    for(host: string): readonly MeshVirtualService[] {
        const named = this.#byHost.get(host) ?? NONE;
        if (this.#withPatterns.length === 0) return named;
        const others = this.#withPatterns
            .map((service) => ({ service, by: hostFor(service, host) }))
            .filter(({ by }) => by !== undefined && by !== host)
            .sort((a, b) => (b.by?.length ?? 0) - (a.by?.length ?? 0));
        return [...named, ...others.map(({ service }) => service)];
    }
}
