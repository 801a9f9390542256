/**
 * Which VirtualServices apply to which servers, and under which name. A VirtualService names its Gateways; a server
 * lets in namespaces; and where a host of each covers the other, the more specific of both is the virtual host.
 */
import { addTo } from "../../../istio/lists-by-key";
import {
    admitsNamespace,
    FORWARD_PROXY_ANNOTATION,
    gatewayName,
    gatewayNames,
    isExportedTo,
    isExportedToAll,
    isLegacyGatewayName,
    isWildcard,
    MESH_GATEWAY,
    moreSpecific,
    resolveShortName,
    suffixPatterns,
} from "../../../istio/semantics";
import { refText } from "../../../istio/types";
import type { Placed } from "../../resources/model";
import type { ObjectContext } from "../context/objects";
import { listText } from "../context/report";
import { inChunks, type Chunk } from "../graph/chunks";
import type { Family, Lookup, Value } from "../graph/graph";
import { sameList } from "../graph/lists";
import type { PlannedServer } from "../routing/model/servers";
import type { Bound } from "../routing/model/sources";
import { gatewayOf, type PlacedGateway, type GatewayHost, type GatewayServer, type GatewayServers } from "./servers";

type VirtualService = Placed<"VirtualService">;

const NONE: readonly never[] = [];
/** So many VirtualServices on a Gateway are met anew each time, which costs less than to remember. */
const FEW = 8;

/** Which VirtualServices apply to a server, and where they meet it. */
export class Bindings {
    readonly #context: ObjectContext;
    readonly #servers: GatewayServers;
    readonly #checked: Value<void>;
    readonly #named: Family<Chunk<undefined, VirtualService>, undefined>;
    readonly #served: Family<Chunk<undefined, PlacedGateway>, undefined>;
    /** The VirtualServices that name a Gateway and are exported to here. */
    readonly #naming: Lookup<readonly VirtualService[], string, readonly VirtualService[]>;
    readonly #hosts: Family<PlacedGateway, ServedHosts>;
    /** By field. */
    readonly #met: Family<PlacedGateway, ReadonlyMap<string, readonly Bound[]>>;
    /** What a VirtualService says of Gateways. */
    readonly #says = new WeakMap<VirtualService, Named>();

    constructor(context: ObjectContext, servers: GatewayServers) {
        const { graph, objects } = context;
        this.#context = context;
        this.#servers = servers;
        const ids = graph.value(() => objects.gateways.get().map(({ id }) => id), sameList);
        const names = graph.value(() => namesOf(ids.get()));
        this.#named = graph.family((chunk) => {
            const known = names.get();
            for (const one of chunk.items) this.#checkGateways(one, known);
            return undefined;
        });
        this.#served = graph.family((chunk) => {
            for (const gateway of chunk.items) if (servers.of(gateway)) this.#met.get(gateway);
            return undefined;
        });
        const written = inChunks(graph, objects.virtualServices);
        const gateways = inChunks(graph, objects.gateways);
        this.#checked = graph.value(() => {
            for (const chunk of written.get()) this.#named.get(chunk);
            for (const chunk of gateways.get()) this.#served.get(chunk);
        });
        this.#naming = graph.index(objects.virtualServices, (one) => {
            const { rank, ids: named } = this.#namedBy(one);
            return rank === undefined ? NONE : named;
        });
        this.#hosts = graph.family((gateway) => new ServedHosts(servers.of(gateway) ?? []));
        this.#met = graph.family((gateway) => this.#meetings(gateway));
    }

    /** Says of every VirtualService and selected Gateway what is wrong between them. */
    check(): void {
        this.#checked.get();
    }

    /** What applies to a server, of that only what meets a host that no earlier server has taken. */
    of(server: PlannedServer): readonly Bound[] {
        const gateway = gatewayOf(server);
        if (gateway === undefined) return NONE;
        const kept = new Set(server.hosts);
        return (this.#met.get(gateway).get(server.field) ?? NONE).filter(({ host }) => kept.has(host));
    }

    #namedBy(one: VirtualService): Named {
        const present = this.#says.get(one);
        if (present) return present;
        const { settings } = this.#context;
        const isExported = isExportedTo(one.object.spec.exportTo, one.ref.namespace, settings.namespace);
        const { gateways } = one.object.spec;
        const isLegacy = gateways?.some(isLegacyGatewayName) ?? false;
        const made = {
            rank: isExported ? rankOf(one, settings.namespace) : undefined,
            ids: gatewayNames(gateways, one.ref.namespace),
            isLegacy,
        };
        this.#says.set(one, made);
        return made;
    }

    /** Those that name a Gateway, in the order in which their routes are merged. */
    #inOrder(gateway: PlacedGateway): readonly VirtualService[] {
        const all = this.#naming.get(gateway.id);
        const rank = (one: VirtualService): number => this.#namedBy(one).rank ?? 0;
        return all.length < 2 ? all : all.toSorted((a, b) => rank(a) - rank(b));
    }

    #checkGateways(one: VirtualService, known: GatewayNames): void {
        const { report } = this.#context;
        const { ids, isLegacy } = this.#namedBy(one);
        if (!isLegacy && ids.every((id) => known.ids.has(id))) return;
        for (const [index, name] of (one.object.spec.gateways ?? []).entries()) {
            if (name === MESH_GATEWAY) continue;
            const field = `spec.gateways[${index}]`;
            const id = gatewayName(name, one.ref.namespace);
            if (isLegacyGatewayName(name)) {
                report.add("GH0430", one, field, `${name} is the form of early Istio and is read as ${id}.`, `Write ${id}.`);
            }
            if (!known.ids.has(id)) {
                const others = known.byName.get(id.slice(id.indexOf("/") + 1)) ?? NONE;
                report.add(
                    "GH0431",
                    one,
                    field,
                    `There is no Gateway ${id}.`,
                    others.length > 0
                        ? `A name without a namespace is looked up in the VirtualService's own; write ${[...others].sort().join(" or ")}.`
                        : "",
                );
            }
        }
    }

    /** By the server's field, in the order of the VirtualServices. */
    #meetings(gateway: PlacedGateway): ReadonlyMap<string, readonly Bound[]> {
        const servers = this.#servers.of(gateway) ?? [];
        const virtualServices = this.#inOrder(gateway);
        const index = virtualServices.length > FEW ? this.#hosts.get(gateway) : new ServedHosts(servers);
        const bindings = new Map<string, Bound[]>(servers.map(({ field }) => [field, []]));
        for (const virtualService of virtualServices) {
            const { met, unbound } = index.boundBy(virtualService, this.#context.settings.domain);
            for (const { server, bound } of met) bindings.get(server.field)?.push(bound);
            if (met.length > 0 && met.every(({ server }) => server.isForwardProxy === true))
                reportProxy(this.#context, virtualService, gateway);
            if (servers.length > 0) for (const at of unbound) reportUnbound(this.#context, virtualService, at, gateway);
        }
        // Most have one, and a list that was grown has room for many.
        for (const [field, bound] of bindings) bindings.set(field, bound.slice());
        return bindings;
    }
}

interface Named {
    /** Undefined: not exported to the proxy's namespace. */
    readonly rank: Rank | undefined;
    readonly ids: readonly string[];
    /** Whether it names one in the form of early Istio. */
    readonly isLegacy: boolean;
}

interface GatewayNames {
    readonly ids: ReadonlySet<string>;
    readonly byName: ReadonlyMap<string, readonly string[]>;
}

function namesOf(ids: readonly string[]): GatewayNames {
    const byName = new Map<string, string[]>();
    for (const id of ids) addTo(byName, id.slice(id.indexOf("/") + 1), id);
    return { ids: new Set(ids), byName };
}

type Rank = 0 | 1 | 2;

/** Private to the gateway's namespace, exported to it, public: Istio's order, before age. */
function rankOf({ object, ref }: VirtualService, namespace: string): Rank {
    if (isExportedToAll(object.spec.exportTo)) return 2;
    return ref.namespace === namespace ? 0 : 1;
}

function reportUnbound({ report }: ObjectContext, virtualService: VirtualService, at: number, gateway: PlacedGateway): void {
    const hosts = new Set(gateway.object.spec.servers.flatMap((server) => server.hosts ?? []));
    report.add(
        "GH0432",
        virtualService,
        `spec.hosts[${at}]`,
        `${virtualService.object.spec.hosts?.[at]} meets no host of ${refText(gateway.ref)} that namespace ${virtualService.ref.namespace} may bind to: ${listText([...hosts].slice(0, 10))}.`,
    );
}

/** Its routes would be those of a server that has none. */
function reportProxy({ report }: ObjectContext, virtualService: VirtualService, { ref }: PlacedGateway): void {
    const named = (virtualService.object.spec.gateways ?? []).findIndex(
        (name) => gatewayName(name, virtualService.ref.namespace) === `${ref.namespace}/${ref.name}`,
    );
    report.add(
        "GH0478",
        virtualService,
        named === -1 ? "spec.gateways" : `spec.gateways[${named}]`,
        `${refText(ref)} is a forward proxy: it leads to hosts of ServiceEntries that have the annotation ${FORWARD_PROXY_ANNOTATION}, and no route of this VirtualService is served there.`,
        "Bind it to a Gateway on the same pods that has the host on a plain port of its number: those routes come first.",
    );
}

interface Entry {
    readonly server: GatewayServer;
    readonly host: GatewayHost;
}

/** Where one VirtualService meets the servers of one Gateway. */
interface Meeting {
    readonly met: readonly { readonly server: GatewayServer; readonly bound: Bound }[];
    /** Indices of its hosts that meet none. */
    readonly unbound: readonly number[];
}

/** Server hosts by name, so that many VirtualServices on a Gateway of many hosts are not compared one by one. */
class ServedHosts {
    readonly #byHost = new Map<string, Entry[]>();
    readonly #all: Entry[] = [];
    readonly #made = new WeakMap<VirtualService, Meeting>();

    constructor(servers: readonly GatewayServer[]) {
        for (const server of servers) {
            for (const host of server.hosts) {
                const entry = { server, host };
                this.#all.push(entry);
                addTo(this.#byHost, host.host, entry);
            }
        }
    }

    /** The same for the same VirtualService. */
    boundBy(virtualService: VirtualService, domain: string): Meeting {
        const present = this.#made.get(virtualService);
        if (present) return present;
        const unbound: number[] = [];
        const met = (virtualService.object.spec.hosts ?? []).flatMap((name, at) => {
            const found = this.#meeting(resolveShortName(name, virtualService.ref.namespace, domain)).filter(({ server, host }) =>
                admitsNamespace(host, server.subject.ref.namespace, virtualService.ref.namespace),
            );
            if (found.length === 0) unbound.push(at);
            return found.map(({ server, host, domain: meetsAs }) => ({
                server,
                bound: { subject: virtualService, key: virtualService.id, domain: meetsAs, host },
            }));
        });
        const made = { met, unbound };
        this.#made.set(virtualService, made);
        return made;
    }

    #meeting(host: string): readonly (Entry & { readonly domain: string })[] {
        if (isWildcard(host)) {
            return this.#all.flatMap((entry) => {
                const domain = moreSpecific(host, entry.host.host);
                return domain === undefined ? [] : [{ ...entry, domain }];
            });
        }
        const covering = [host, ...suffixPatterns(host), "*"].flatMap((pattern) => this.#byHost.get(pattern) ?? []);
        return covering.map((entry) => ({ ...entry, domain: host }));
    }
}
