/**
 * What forward proxies let through: of each host that leads through one its ports, by which tunnels and requests are told
 * apart. Nothing else is let through, and who asks for it learns whether it is the host or the port.
 */
import { isHttpFamily, isTlsFamily } from "../../../istio/ports";
import type { RouteActionEntry, VirtualHostEntry } from "../../tables/entries";
import type { CompilerContext } from "../context/context";
import type { Value } from "../graph/graph";
import type { AccessEntries } from "./access";
import type { HostDefinition, HostPort } from "./model/backends";
import { DEFAULT_RETRY } from "./model/retry";
import type { Sources } from "./model/sources";
import { originOf } from "./origin";
import type { Registry } from "./registry";
import type { SharedTable } from "./port-draft";

type Tables = ReadonlyMap<string, SharedTable>;

const NONE: readonly never[] = [];
const ANY_TUNNEL = "tunnel|0||*";

export function forwardHosts(
    context: CompilerContext,
    tables: Value<Tables>,
    sources: Pick<Sources, "hosts" | "letsAnyThrough">,
    access: AccessEntries,
    registry: Registry,
): Value<readonly VirtualHostEntry[]> {
    const led = context.graph.value(() =>
        sources.hosts.flatMap((source) =>
            source.hosts().filter((one) => (one.egress?.proxies.length ?? 0) > 0 && isInForce(one, registry.lookup(one.host))),
        ),
    );
    const restricted = context.graph.value(() => sources.hosts.flatMap((source) => source.hosts().filter(isRestricted)));
    const isOpen = context.graph.value(() => sources.letsAnyThrough());
    return context.graph.value(() => {
        const proxies = [...tables.get().values()].filter(({ table }) => table.proxy?.absoluteOnly === true);
        return proxies.flatMap((proxy) =>
            new Hosts(context, proxy, tables.get(), access).of(led.get(), isOpen.get() ? restricted.get() : undefined),
        );
    });
}

/** Of a host that another object has, all that is served is that one's: nothing of this one leads there (merged-definitions). */
function isInForce({ host, namespace, joins }: HostDefinition, [first]: readonly HostDefinition[]): boolean {
    return first?.host === host && first.namespace === namespace && (first.joins ?? "") === (joins ?? "");
}

/** Not everybody may reach it, or nobody knows who may. */
function isRestricted({ egress, subject }: HostDefinition): boolean {
    return egress?.allowFrom !== undefined || subject.source.refused !== undefined;
}

/** Those of one proxy's table. */
class Hosts {
    readonly #context: CompilerContext;
    readonly #proxy: SharedTable;
    readonly #access: AccessEntries;
    /** Plain HTTP of this gateway, by its declared port. */
    readonly #plain: ReadonlyMap<number, SharedTable>;
    readonly #entries = new Map<string, VirtualHostEntry>();

    constructor(context: CompilerContext, proxy: SharedTable, tables: Tables, access: AccessEntries) {
        this.#context = context;
        this.#proxy = proxy;
        this.#access = access;
        const plain = [...tables.values()].filter(({ table, servers }) => table.proxy === undefined && servers[0]?.kind === "http");
        this.#plain = new Map(plain.map((one) => [one.table.port, one] as const).reverse());
    }

    /** `restricted`: where every public host is let through, those that are not for everybody. */
    of(definitions: readonly HostDefinition[], restricted: readonly HostDefinition[] | undefined): VirtualHostEntry[] {
        const owners = new Set(this.#proxy.servers.map(({ owner }) => owner));
        const closed = new Set(restricted?.map(({ host }) => host));
        for (const definition of definitions) {
            if (!definition.egress?.proxies.some((one) => owners.has(one))) continue;
            // Of an object that is refused for it; to whomever else is asked for, it would be taken for the host that is known.
            if (definition.host === "*") continue;
            this.#addKnown(definition, closed.has(definition.host));
            for (const port of definition.ports) if (port.protocol !== "UDP") this.#addPort(definition, port);
        }
        if (restricted !== undefined) {
            for (const definition of restricted) if (definition.host !== "*") this.#addKnown(definition, true);
            this.#addAny();
        }
        return [...this.#entries.values()];
    }

    #addKnown(definition: HostDefinition, isClosed: boolean): void {
        this.#add(definition, definition.host, { routes: NONE, ...(isClosed ? { hasNoOtherPorts: true } : {}) });
    }

    /** Whatever nobody leads to: on the port that is asked for, and nowhere inside. What is not for everybody has no other ports than its own. */
    #addAny(): void {
        const [server] = this.#proxy.servers;
        if (server === undefined) return;
        const { key } = this.#proxy.table;
        const origin = originOf(server.subject, server.field);
        this.#context.graph.say({ kind: "cluster", use: { key: ANY_TUNNEL, host: "*", port: 0, subset: "", http: false, tunnel: true } });
        this.#entries.set("*", {
            key: `${key} *`,
            routeTable: key,
            domain: "*",
            httpsRedirect: false,
            routes: [{ name: "allow_any", action: this.#direct("*", 0), origin }],
            connect: { cluster: ANY_TUNNEL, tlsOnly: false, origin },
            ...this.#admission(undefined),
            origin,
        });
    }

    #addPort(definition: HostDefinition, port: HostPort): void {
        const { host, subject } = definition;
        const { number, protocol } = port;
        const origin = originOf(subject, port.field);
        const isHttp = protocol !== undefined && isHttpFamily(protocol);
        const before = isHttp ? this.#plain.get(number) : undefined;
        const tunnel = `tunnel|${number}||${host}`;
        this.#context.graph.say({ kind: "cluster", use: { key: tunnel, host, port: number, subset: "", http: false, tunnel: true } });
        this.#add(definition, `${host}:${number}`, {
            routes: isHttp ? [{ name: "default", action: this.#direct(host, number), origin }] : NONE,
            connect: { cluster: tunnel, tlsOnly: protocol !== undefined && isTlsFamily(protocol), origin },
            ...(before ? { before: before.table.key } : {}),
            ...this.#admission(before),
        });
    }

    #direct(host: string, port: number): RouteActionEntry {
        const cluster = `outbound|${port}||${host}`;
        this.#context.graph.say({ kind: "cluster", use: { key: cluster, host, port, subset: "", http: true } });
        return { kind: "forward", clusters: [{ cluster, weight: 1 }], timeoutMs: 0, retry: DEFAULT_RETRY, mirrors: NONE };
    }

    /** Who may pass here, and where the routes of the gateway's own port come first, there. */
    #admission(before: SharedTable | undefined): Pick<VirtualHostEntry, "refusal" | "access"> {
        const servers = [...this.#proxy.servers, ...(before?.servers ?? NONE)];
        const [first, ...others] = servers.map((server) => this.#access.of(server));
        return first === undefined ? {} : this.#access.fieldsOf(others.reduce((one, other) => this.#access.joined(one, other), first));
    }

    /** Of two that define a host the first has it. */
    #add(
        definition: HostDefinition,
        domain: string,
        more: Pick<VirtualHostEntry, "routes" | "connect" | "before" | "refusal" | "access" | "hasNoOtherPorts">,
    ): void {
        const { key } = this.#proxy.table;
        if (this.#entries.has(domain)) return;
        const origin = originOf(definition.subject, "spec.hosts");
        this.#entries.set(domain, { key: `${key} ${domain}`, routeTable: key, domain, httpsRedirect: false, ...more, origin });
    }
}
