/** Puts all rules of a route table together, virtual host by virtual host. */
import { isDeepStrictEqual } from "node:util";
import type { TunnelRouteEntry } from "../../tables/egress";
import type { RouteEntry, VirtualHostEntry } from "../../tables/entries";
import type { Origin } from "../../tables/origin";
import { guarded, type CompilerContext } from "../context/context";
import { subjectText, type Subject } from "../context/place";
import type { Family, Lookup, Value } from "../graph/graph";
import { chunksOf, inChunks, type Chunk } from "../graph/chunks";
import { sameList, sameOr } from "../graph/lists";
import { Renewed } from "../graph/renewed";
import { commonAdmission, type AccessEntries, type Admission, type AdmissionFields } from "./access";
import { refusal } from "./actions";
import { edgeEntry } from "./edge";
import { errorPagesEntry } from "./error-pages";
import { limitsEntry } from "./limits";
import type { HttpRoutes } from "./http-routes";
import { isCatchAll } from "./matches";
import type { EdgeSource } from "./model/edge";
import type { PlannedServer } from "./model/servers";
import type { ErrorPageSource } from "./model/error-pages";
import type { LimitSource } from "./model/limits";
import type { Bound, RuleSource } from "./model/sources";
import { originOf } from "./origin";
import type { SharedTable } from "./port-draft";
import type { TunnelRoutes, Tunnels } from "./tunnels";

const NONE: readonly never[] = [];

/** What one server brings into its route table. */
interface Share {
    readonly chunks: readonly BoundChunk[];
    /** In their order. */
    readonly bound: readonly BoundRoutes[];
    /** Every host of the server, where all of them redirect to https. */
    readonly redirects: readonly { readonly domain: string; readonly origin: Origin }[];
}

const OPEN_TO_ALL: AdmissionFields = {};
const NO_SHARE: Share = { chunks: NONE, bound: NONE, redirects: NONE };

/** What an object says beside its rules, by keys of entries. */
type Besides = Pick<BoundRoutes, "errorPages" | "edge" | "limits">;

class BoundRoutes {
    readonly bound: Bound;
    readonly routes: readonly RouteEntry[];
    /** ErrorPagesEntry key. */
    readonly errorPages: string | undefined;
    /** EdgeEntry key. */
    readonly edge: string | undefined;
    /** LimitsEntry key. */
    readonly limits: string | undefined;
    #origin: Origin | undefined;

    constructor(bound: Bound, routes: readonly RouteEntry[], { errorPages, edge, limits }: Besides) {
        this.bound = bound;
        this.routes = routes;
        this.errorPages = errorPages;
        this.edge = edge;
        this.limits = limits;
    }

    get domain(): string {
        return this.bound.domain;
    }

    get origin(): Origin {
        return (this.#origin ??= originOf(this.bound.subject, this.bound.field ?? "spec.hosts"));
    }
}

function isSameBound(before: BoundRoutes, now: BoundRoutes): boolean {
    return (
        before.bound === now.bound &&
        before.routes === now.routes &&
        before.errorPages === now.errorPages &&
        before.edge === now.edge &&
        before.limits === now.limits
    );
}

interface Host {
    httpsRedirect: boolean;
    /** Undefined: the table says it, for all its hosts. */
    admission: Admission | undefined;
    /** ErrorPagesEntry key: of several objects' the first. */
    errorPages: string | undefined;
    /** EdgeEntry keys of them all; undefined: none. */
    edge: readonly string[] | undefined;
    /** LimitsEntry keys: of several objects' all count; undefined: none. */
    limits: readonly string[] | undefined;
    readonly origin: Origin;
    readonly lists: (readonly RouteEntry[])[];
    /** How many have brought them. */
    owners: number;
    /** Of a proxy's table: what CONNECT leads to. */
    connect?: TunnelRouteEntry;
}

const NO_HOST = { httpsRedirect: false, admission: undefined, errorPages: undefined, edge: undefined, limits: undefined } as const;

type Tables = ReadonlyMap<string, SharedTable>;
type BoundChunk = Chunk<PlannedServer, Bound>;
type Made = Host & { readonly entry: VirtualHostEntry };

type ServerChunk = Chunk<string, PlannedServer>;

/** Some servers of a table, with what they bring into it. */
interface Part {
    readonly servers: readonly PlannedServer[];
    readonly shares: readonly Share[];
    /** What they have alike; undefined: they differ. */
    readonly admission: Admission | undefined;
}

/** The hosts of a table by their domains, and what they were made of. */
interface MadeTable {
    readonly chunks: readonly ServerChunk[];
    readonly parts: readonly Part[];
    readonly tunnels: Tunnels;
    readonly isShared: boolean;
    readonly hosts: ReadonlyMap<string, Made>;
}

export class VirtualHosts {
    readonly #context: CompilerContext;
    readonly #rules: RuleSource;
    readonly #routes: HttpRoutes;
    readonly #access: AccessEntries;
    readonly #tunnels: TunnelRoutes;
    readonly #errorPages: ErrorPageSource;
    readonly #edge: EdgeSource;
    readonly #limits: LimitSource;
    readonly #serversOf: Lookup<Tables, string, readonly PlannedServer[]>;
    readonly #bound: Family<BoundChunk, readonly BoundRoutes[]>;
    readonly #shares: Family<PlannedServer, Share>;
    readonly #parts: Family<ServerChunk, Part>;
    readonly #entries: Family<Chunk<undefined, string>, readonly VirtualHostEntry[]>;
    readonly #keys: Value<readonly Chunk<undefined, string>[]>;
    readonly #made: Family<string, MadeTable>;

    constructor(
        context: CompilerContext,
        tables: Value<Tables>,
        rules: RuleSource,
        routes: HttpRoutes,
        access: AccessEntries,
        tunnels: TunnelRoutes,
        errorPages: ErrorPageSource,
        edge: EdgeSource,
        limits: LimitSource,
    ) {
        const { graph } = context;
        this.#context = context;
        this.#rules = rules;
        this.#routes = routes;
        this.#access = access;
        this.#tunnels = tunnels;
        this.#errorPages = errorPages;
        this.#edge = edge;
        this.#limits = limits;
        this.#serversOf = graph.lookup(tables, (all, table) => all.get(table)?.servers ?? NONE, sameList);
        this.#bound = graph.family((chunk): readonly BoundRoutes[] =>
            chunk.items.map((one) => new BoundRoutes(one, this.#routesOf(one, chunk.of), this.#besides(one.subject))),
        );
        this.#shares = graph.family((server, previous) => this.#shareOf(server, previous ?? NO_SHARE));
        this.#parts = graph.family(({ items }) => this.#partOf(items));
        this.#made = graph.family((table, previous) => this.#tableOf(table, previous));
        this.#keys = inChunks(
            graph,
            graph.value(() => [...tables.get().keys()], sameList),
        );
        this.#entries = graph.family(({ items }): readonly VirtualHostEntry[] => {
            const entries: VirtualHostEntry[] = [];
            for (const table of items) for (const { entry } of this.#made.get(table).hosts.values()) entries.push(entry);
            return entries;
        }, sameList);
    }

    /** All virtual hosts of all tables. */
    build(): VirtualHostEntry[] {
        return this.#keys.get().flatMap((chunk) => this.#entries.get(chunk));
    }

    #shareOf(server: PlannedServer, previous: Share): Share {
        // What leads through a proxy makes its hosts (forward-hosts.ts).
        if (server.isForwardProxy === true) return NO_SHARE;
        const bound = this.#rules.boundTo(server);
        // On a server that is HTTPS already the flag means nothing.
        const redirects = server.kind === "http" && server.redirectsToHttps;
        if (bound.length === 0 && !redirects) {
            this.#context.report.add(
                "GH0416",
                server.subject,
                server.field,
                server.subject.ref.kind === "Gateway"
                    ? "No VirtualService applies to this server, which answers 404."
                    : "No rule applies to this server, which answers 404.",
            );
        }
        const chunks = chunksOf(server, bound, previous.chunks);
        const routed = new Renewed(previous.bound, isSameBound);
        for (const chunk of chunks) for (const one of this.#bound.get(chunk)) routed.add(one);
        return {
            chunks,
            bound: routed.list(),
            redirects: redirects
                ? server.hosts.map(({ host, field }) => ({ domain: host, origin: originOf(server.subject, field) }))
                : NONE,
        };
    }

    #routesOf({ subject, key }: Bound, server: PlannedServer): readonly RouteEntry[] {
        return guarded(this.#context, subject, "spec.http", undefined, () => this.#routes.of(key, server)) ?? refusedRoutes(subject);
    }

    #pagesOf(subject: Subject): string | undefined {
        const rule = this.#errorPages.ofRules(subject);
        if (rule === undefined) return undefined;
        const entry = errorPagesEntry(subjectText(subject), rule);
        this.#context.graph.say({ kind: "errorPages", entry });
        return entry.key;
    }

    #edgeOf(subject: Subject): string | undefined {
        const rules = this.#edge.ofRules(subject);
        const entry = rules && edgeEntry(subjectText(subject), rules);
        if (entry === undefined) return undefined;
        this.#context.graph.say({ kind: "edge", entry });
        return entry.key;
    }

    #besides(subject: Subject): Besides {
        return { errorPages: this.#pagesOf(subject), edge: this.#edgeOf(subject), limits: this.#limitsOf(subject) };
    }

    #limitsOf(subject: Subject): string | undefined {
        const rule = this.#limits.ofRules(subject);
        if (rule === undefined) return undefined;
        const entry = limitsEntry(rule, false);
        this.#context.graph.say({ kind: "limits", entry });
        return entry.key;
    }

    /** The virtual hosts of one route table, made of the servers that share it, oldest Gateway first. */
    #tableOf(table: string, previous: MadeTable | undefined): MadeTable {
        const servers = this.#serversOf.get(table);
        // Of a table that many servers share, a change of one looks at those beside it alone.
        const chunks = servers.length > FEW ? chunksOf(table, servers, previous?.chunks ?? NONE) : NONE;
        const parts = servers.length > FEW ? chunks.map((chunk) => this.#parts.get(chunk)) : [this.#partOf(servers)];
        const isShared = commonAdmission(parts.map(({ admission }) => admission)) !== undefined;
        const tunnels = this.#tunnels.of(table);
        const made = { chunks, parts, tunnels, isShared };
        // Where all have the same the table says so, and no host needs to.
        const changed = isShared && previous?.isShared && previous.tunnels === tunnels ? changedRoutes(previous, parts) : undefined;
        if (previous && changed) return { ...made, hosts: this.#replaced(table, previous.hosts, changed) };
        const hosts = this.#hostsOf(made);
        const entries = new Map<string, Made>();
        for (const [domain, host] of hosts) entries.set(domain, this.#madeOf(table, domain, host, previous?.hosts.get(domain)));
        return { ...made, hosts: entries };
    }

    #partOf(servers: readonly PlannedServer[]): Part {
        return { servers, shares: servers.map((server) => this.#shares.get(server)), admission: this.#access.shared(servers) };
    }

    #hostsOf({ parts, tunnels, isShared }: Omit<MadeTable, "hosts">): ReadonlyMap<string, Host> {
        const hosts = new Map<string, Host>();
        for (const { servers, shares } of parts)
            for (const [at, server] of servers.entries()) {
                const { bound, redirects } = shares[at] ?? NO_SHARE;
                for (const one of bound) addRoutes(hosts, one);
                if (redirects.length > 0) redirectAll(hosts, bound, redirects);
                if (!isShared) this.#admit(hosts, new Set([...bound, ...redirects].map(({ domain }) => domain)), server);
            }
        for (const [domain, connect] of tunnels) {
            const host = hosts.get(domain);
            if (host) host.connect = connect;
            else hosts.set(domain, { ...NO_HOST, origin: connect.origin, lists: [], owners: 0, connect });
        }
        return hosts;
    }

    /** The same hosts, with other routes for some that have no others. */
    #replaced(table: string, before: ReadonlyMap<string, Made>, changed: readonly BoundRoutes[]): ReadonlyMap<string, Made> {
        if (changed.length === 0) return before;
        const hosts = new Map(before);
        for (const { domain, origin, routes, errorPages, edge, limits } of changed) {
            const host = before.get(domain);
            const own = { errorPages, edge: keysOf(edge), limits: keysOf(limits), origin, lists: [routes] };
            if (host) hosts.set(domain, this.#madeOf(table, domain, { ...host, ...own }, host));
        }
        return hosts;
    }

    /** The hosts that the server has part in, whoever else serves them. */
    #admit(hosts: Map<string, Host>, domains: ReadonlySet<string>, server: PlannedServer): void {
        const own = this.#access.of(server);
        for (const domain of domains) {
            const host = hosts.get(domain);
            if (host) host.admission = host.admission ? this.#access.joined(host.admission, own) : own;
        }
    }

    #madeOf(table: string, domain: string, host: Host, previous: Made | undefined): Made {
        const { httpsRedirect, admission, errorPages, edge, limits, origin, lists, connect } = host;
        const fields: AdmissionFields = admission ? this.#access.fieldsOf(admission) : OPEN_TO_ALL;
        if (
            previous?.httpsRedirect === httpsRedirect &&
            previous.entry.refusal === fields.refusal &&
            previous.entry.access === fields.access &&
            previous.entry.errorPages === errorPages &&
            sameList(previous.edge ?? NONE, edge ?? NONE) &&
            sameList(previous.limits ?? NONE, limits ?? NONE) &&
            previous.origin === origin &&
            previous.entry.connect === connect &&
            sameList(previous.lists, lists)
        )
            return previous;
        const entry: VirtualHostEntry = {
            key: `${table} ${domain}`,
            routeTable: table,
            domain,
            httpsRedirect,
            ...fields,
            ...(errorPages === undefined ? {} : { errorPages }),
            ...(edge === undefined ? {} : { edge }),
            ...(limits === undefined ? {} : { limits }),
            routes: inOrder(lists),
            ...(connect ? { connect } : {}),
            origin,
        };
        return { ...host, entry: sameOr(previous?.entry, entry) };
    }
}

function withKey(keys: readonly string[] | undefined, key: string | undefined): readonly string[] | undefined {
    return key === undefined || keys?.includes(key) === true ? keys : [...(keys ?? NONE), key];
}

function addRoutes(hosts: Map<string, Host>, one: BoundRoutes): void {
    const { domain, routes, errorPages, edge, limits } = one;
    if (routes.length === 0) return;
    const host = hosts.get(domain);
    const own = { errorPages, edge: keysOf(edge), limits: keysOf(limits) };
    if (host === undefined) hosts.set(domain, { ...NO_HOST, ...own, origin: one.origin, lists: [routes], owners: 1 });
    else {
        host.owners++;
        host.errorPages ??= errorPages;
        host.edge = withKey(host.edge, edge);
        host.limits = withKey(host.limits, limits);
        // What meets one virtual host on several ways is in it once.
        if (!host.lists.some((other) => other === routes || isDeepStrictEqual(other, routes))) host.lists.push(routes);
    }
}

const keysOf = (edge: string | undefined): readonly string[] | undefined => (edge === undefined ? undefined : [edge]);

/** So many hosts at most are replaced among the others, and so many servers are looked at together. */
const FEW = 64;

/** What differs in its routes alone, from hosts that have no others; undefined: something else differs too. */
function changedRoutes({ parts, hosts }: MadeTable, now: readonly Part[]): readonly BoundRoutes[] | undefined {
    if (parts.length !== now.length) return undefined;
    const changed: BoundRoutes[] = [];
    for (const [at, part] of parts.entries()) {
        if (part === now[at]) continue;
        if (part.shares.length !== now[at]?.shares.length || !collectChanged(part.shares, now[at].shares, hosts, changed)) return undefined;
    }
    return changed;
}

/** False: something else differs too. */
function collectChanged(
    befores: readonly Share[],
    now: readonly Share[],
    hosts: ReadonlyMap<string, Made>,
    changed: BoundRoutes[],
): boolean {
    for (const [at, before] of befores.entries()) {
        const share = now[at];
        if (share === before) continue;
        if (share?.redirects !== before.redirects || share.bound.length !== before.bound.length) return false;
        for (let index = 0; index < share.bound.length; index++) {
            const one = share.bound[index];
            const old = before.bound[index];
            if (one === old) continue;
            if (one === undefined || old === undefined || changed.length === FEW || !isAlone(one, old, hosts)) return false;
            changed.push(one);
        }
    }
    return true;
}

function isAlone(one: BoundRoutes, old: BoundRoutes, hosts: ReadonlyMap<string, Made>): boolean {
    const host = hosts.get(old.domain);
    return (
        one.domain === old.domain &&
        one.routes.length > 0 &&
        host?.owners === 1 &&
        host.lists[0] === old.routes &&
        host.origin === old.origin
    );
}

/** Every host of the server redirects, whether rules are bound to it or not, and whoever else serves it. */
function redirectAll(hosts: Map<string, Host>, bound: Share["bound"], redirects: Share["redirects"]): void {
    for (const { domain } of bound) {
        const host = hosts.get(domain);
        if (host) host.httpsRedirect = true;
    }
    for (const { domain, origin } of redirects) {
        const host = hosts.get(domain);
        if (host) host.httpsRedirect = true;
        else hosts.set(domain, { ...NO_HOST, httpsRedirect: true, origin, lists: [], owners: 0 });
    }
}

/** Of an object that the compiler fails on, nothing may be left to others. */
function refusedRoutes(subject: Subject): readonly RouteEntry[] {
    return [{ name: "", action: refusal("it could not be compiled"), origin: originOf(subject, "spec.http") }];
}

/**
 * What matches everything goes to the end, where it can't hide another object's rules, and a refusal of everything
 * behind all: it is for what nobody else serves. Nothing else moves.
 */
function inOrder(lists: readonly (readonly RouteEntry[])[]): readonly RouteEntry[] {
    const [only] = lists;
    // One object's list has nothing behind the rule that matches everything.
    if (only !== undefined && lists.length === 1) return only;
    const routes = lists.flat();
    const last = routes.filter(isCatchAll);
    const refuses = ({ action }: RouteEntry): boolean => action.kind === "refuse";
    return [...routes.filter((route) => !isCatchAll(route)), ...last.filter((route) => !refuses(route)), ...last.filter(refuses)];
}
