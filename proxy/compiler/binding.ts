/**
 * Which VirtualServices apply to which servers, and under which name. A VirtualService names its Gateways; a server
 * lets in namespaces; and where a host of each covers the other, the more specific of both is the virtual host.
 */
import { admitsNamespace, isWildcard, moreSpecific, resolveShortName } from "../../istio/hosts";
import { refText } from "../../istio/types";
import { isExportedTo, type Context } from "./context";
import type { Placed } from "./model";
import { listText } from "./report";
import type { PlannedHost, PlannedServer } from "./servers";

type VirtualService = Placed<"VirtualService">;

/** A VirtualService on a server, by one host of each. */
export interface Binding {
    readonly virtualService: VirtualService;
    /** The more specific of both hosts. */
    readonly domain: string;
    readonly host: PlannedHost;
}

/** `ns/name` of the Gateway that a VirtualService in `namespace` means. */
export function gatewayId(name: string, namespace: string, domain: string): string {
    const slash = name.indexOf("/");
    if (slash >= 0) return `${name.slice(0, slash) === "." ? namespace : name.slice(0, slash)}/${name.slice(slash + 1)}`;
    const legacy = legacyName(name, domain);
    return legacy ? `${legacy.namespace}/${legacy.name}` : `${namespace}/${name}`;
}

/** `default-gateway.istio-system.svc.cluster.local`, and its shortenings: Gateway names themselves have no dots. */
function legacyName(name: string, domain: string): { readonly name: string; readonly namespace: string } | undefined {
    const [first, second, ...rest] = name.split(".");
    if (!first || !second) return undefined;
    const suffix = rest.join(".");
    return suffix === "" || suffix === "svc" || suffix === `svc.${domain}` ? { name: first, namespace: second } : undefined;
}

/** VirtualServices by the Gateway they name, in the order in which their routes are merged. */
export class VirtualServiceIndex {
    private readonly byGateway = new Map<string, VirtualService[]>();

    constructor(context: Context) {
        const { model, settings } = context;
        const known = new Set(model.gateways.map(({ id }) => id));
        const ranked: VirtualService[][] = [[], [], []];
        for (const one of model.virtualServices) {
            if (isExportedTo(one.object.spec.exportTo, one.ref.namespace, settings.namespace)) ranked[rankOf(one, settings.namespace)]?.push(one);
            checkGateways(context, one, known);
        }
        for (const one of ranked.flat()) {
            const ids = new Set((one.object.spec.gateways ?? []).map((name) => gatewayId(name, one.ref.namespace, settings.domain)));
            for (const id of ids) {
                const list = this.byGateway.get(id);
                if (list) list.push(one);
                else this.byGateway.set(id, [one]);
            }
        }
    }

    of(gateway: Placed<"Gateway">): readonly VirtualService[] {
        return this.byGateway.get(gateway.id) ?? [];
    }
}

/** Private to the gateway's namespace, exported to it, public: Istio's order, before age. */
function rankOf({ object, ref }: VirtualService, namespace: string): 0 | 1 | 2 {
    const exportTo = object.spec.exportTo ?? [];
    if (exportTo.length === 0 || exportTo.includes("*")) return 2;
    return ref.namespace === namespace ? 0 : 1;
}

function checkGateways({ report, settings }: Context, one: VirtualService, known: ReadonlySet<string>): void {
    for (const [index, name] of (one.object.spec.gateways ?? []).entries()) {
        if (name === "mesh") continue;
        const field = `spec.gateways[${index}]`;
        const id = gatewayId(name, one.ref.namespace, settings.domain);
        if (!name.includes("/") && legacyName(name, settings.domain)) {
            report.add("GH0430", one, field, `${name} is the form of early Istio and is read as ${id}.`, `Write ${id}.`);
        }
        if (!known.has(id)) {
            const others = [...known].filter((other) => other.endsWith(`/${id.slice(id.indexOf("/") + 1)}`));
            report.add("GH0431", one, field, `There is no Gateway ${id}.`, others.length > 0
                ? `A name without a namespace is looked up in the VirtualService's own; write ${others.sort().join(" or ")}.` : "");
        }
    }
}

/** The bindings of each server of one Gateway, by server index, in the order of the VirtualServices. */
export function bindGateway(
    context: Context, servers: readonly PlannedServer[], virtualServices: readonly VirtualService[],
): ReadonlyMap<number, readonly Binding[]> {
    const index = new HostIndex(servers);
    const bindings = new Map<number, Binding[]>(servers.map((server) => [server.index, []]));
    for (const virtualService of virtualServices) {
        for (const [at, name] of (virtualService.object.spec.hosts ?? []).entries()) {
            const host = resolveShortName(name, virtualService.ref.namespace, context.settings.domain);
            const met = index.meeting(host).filter(({ server, host: one }) =>
                admitsNamespace(one, server.gateway.ref.namespace, virtualService.ref.namespace));
            for (const { server, host: one, domain } of met) bindings.get(server.index)?.push({ virtualService, domain, host: one });
            if (met.length === 0) reportUnbound(context, virtualService, at, servers);
        }
    }
    return bindings;
}

function reportUnbound({ report }: Context, virtualService: VirtualService, at: number, servers: readonly PlannedServer[]): void {
    const gateway = servers[0]?.gateway;
    if (gateway === undefined) return;
    const hosts = new Set(gateway.object.spec.servers.flatMap((server) => server.hosts ?? []));
    report.add("GH0432", virtualService, `spec.hosts[${at}]`,
        `${virtualService.object.spec.hosts?.[at]} meets no host of ${refText(gateway.ref)} that namespace ${virtualService.ref.namespace} may bind to: ${listText([...hosts].slice(0, 10))}.`);
}

interface Entry { readonly server: PlannedServer; readonly host: PlannedHost }

/** Server hosts by name, so that many VirtualServices on a Gateway of many hosts are not compared one by one. */
class HostIndex {
    private readonly byHost = new Map<string, Entry[]>();
    private readonly all: Entry[] = [];

    constructor(servers: readonly PlannedServer[]) {
        for (const server of servers) {
            for (const host of server.hosts) {
                const entry = { server, host };
                this.all.push(entry);
                const list = this.byHost.get(host.host);
                if (list) list.push(entry);
                else this.byHost.set(host.host, [entry]);
            }
        }
    }

    meeting(host: string): readonly (Entry & { readonly domain: string })[] {
        if (isWildcard(host)) {
            return this.all.flatMap((entry) => {
                const domain = moreSpecific(host, entry.host.host);
                return domain === undefined ? [] : [{ ...entry, domain }];
            });
        }
        const covering = [host, ...suffixPatterns(host), "*"].flatMap((pattern) => this.byHost.get(pattern) ?? []);
        return covering.map((entry) => ({ ...entry, domain: host }));
    }
}

/** `*.b.c` and `*.c` for `a.b.c`. */
export function suffixPatterns(host: string): string[] {
    const patterns: string[] = [];
    for (let dot = host.indexOf("."); dot >= 0; dot = host.indexOf(".", dot + 1)) patterns.push(`*${host.slice(dot)}`);
    return patterns;
}
