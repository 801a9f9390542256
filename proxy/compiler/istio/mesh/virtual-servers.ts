/** Virtual servers while they are gathered: what stands on which address and port, and by whose rules. */
import { isIP } from "node:net";
import { isWildcard, matchesHost, MESH_GATEWAY, type ServerKind } from "../../../../istio/semantics";
import type { PlaceOfPort } from "../../context/context";
import type { ObjectContext } from "../../context/objects";
import type { Subject } from "../../context/place";
import type { HostDefinition } from "../../routing/model/backends";
import type { Scope } from "../../routing/model/rules";
import type { PlannedDoor, PlannedServer, PlannedTunnel } from "../../routing/model/servers";
import { holdsIn } from "../../routing/model/situation";
import type { Bound } from "../../routing/model/sources";
import { domainsOf } from "./domains";
import type { Visible } from "./families";
import type { ImportedRules, MeshVirtualService } from "./mesh-virtual-services";
import { rulesTo, type OutboundRules } from "./outbound-rules";
import type { OutboundScope } from "./outbound-scope";
import { ProxyTunnels } from "./proxy-tunnels";

/** A server, and what is bound to it in the order in which it is asked. */
export interface PlannedRules {
    readonly server: PlannedServer;
    readonly bound: readonly Bound[];
}

export interface MeshPlan {
    readonly servers: readonly PlannedRules[];
    readonly doors: readonly PlannedDoor[];
    readonly tunnels: readonly PlannedTunnel[];
    /** By key: rules that nobody wrote. */
    readonly rules: ReadonlyMap<string, OutboundRules>;
}

/** For what nothing is known of: by the address that it was meant for, and by the name that a proxy's client says. */
export interface UnknownRules {
    readonly byAddress: OutboundRules;
    readonly byName: OutboundRules;
}

interface Draft {
    readonly server: Omit<PlannedServer, "hosts">;
    readonly bound: Bound[];
    /** Domains, and names of TLS. */
    readonly taken: Set<string>;
}

/** Asked for on any address. */
const ANY = "";
/** Keys of rules for what nothing is known of. */
const UNKNOWN = "unknown address";
const UNKNOWN_NAME = "unknown name";
/** Where a Host without a service is routed all the same. */
const HTTP_PORT = 80;

export const PROXY_TABLE = "http_proxy";

export class Servers {
    readonly #context: ObjectContext;
    readonly #scope: OutboundScope;
    readonly #rulesOf: (key: string) => OutboundRules;
    readonly #drafts = new Map<string, Draft>();
    readonly #doors = new Map<string, PlannedDoor>();
    readonly #rules = new Map<string, OutboundRules>();
    readonly #tunnels = new ProxyTunnels();

    constructor(context: ObjectContext, scope: OutboundScope, unknown: UnknownRules, rulesOf: (key: string) => OutboundRules) {
        this.#context = context;
        this.#scope = scope;
        this.#rulesOf = rulesOf;
        this.#rules.set(UNKNOWN, unknown.byAddress);
        this.#rules.set(UNKNOWN_NAME, unknown.byName);
    }

    addDoor(capture: PlannedDoor["capture"], bind: string, port: number, field: string, subject = this.#scope.subject): void {
        const key = `${bind}:${port}`;
        if (!this.#doors.has(key)) this.#doors.set(key, { subject, field, capture, bind, port });
    }

    /** `address`: where the listener stands, whatever its hosts' addresses are; empty: on those. */
    addHosts(seen: readonly Visible[], services: ImportedRules, address: string, field: string): void {
        const full = new Set(seen.map(({ definition }) => definition.host));
        for (const one of seen) {
            const { definition, family, listens } = one;
            const own = address === "" ? ownAddresses(one) : [address];
            if (address === "")
                for (const each of own) if (isLoopback(each)) this.addDoor("local", each, listens, one.port.field, definition.subject);
            if (family === "http") this.#addHttp(this.#httpAt(address, listens, field), one, services, full);
            else if (family === "tls") for (const each of own.length > 0 ? own : [ANY]) this.#addTls(one, each, services, own.length > 0);
            else {
                for (const each of own.length > 0 ? own : [ANY]) this.#addTcp(one, each, services);
                if (family === "auto") this.#addSniffed(one, address === "" ? own : [], services, full, address, field);
            }
        }
        for (const port of new Set(seen.map(({ listens }) => listens))) this.#addHostless(port, seen, services, address, field);
    }

    addProxy({ address, port }: PlaceOfPort, seen: readonly Visible[], services: ImportedRules, field: string): void {
        const table = this.#drafts.has(`proxy ${PROXY_TABLE}`) ? `${PROXY_TABLE}.${port}` : PROXY_TABLE;
        const full = new Set(seen.map(({ definition }) => definition.host));
        const at = (listens: number): Draft =>
            this.#draft(`proxy ${table} ${listens}`, "http", address, listens, field, {
                capture: "proxy",
                opens: port,
                routeTable: table,
            });
        for (const one of seen) if (one.family === "http" || one.family === "auto") this.#addHttp(at(one.port.number), one, services, full);
        const first = at(HTTP_PORT);
        this.#addWithoutService(first, HTTP_PORT, seen, services);
        this.#drafts.set(`proxy ${PROXY_TABLE}`, first);
        this.#bind(first, this.#scope.subject, UNKNOWN_NAME, "*");
        for (const one of seen) this.#tunnels.add(table, one, full, this.#context.settings);
        this.#tunnels.addAny(table, this.#scope);
    }

    /** What comes to no port that is known. */
    addUnknown(): void {
        const tcp = this.#draft("unknown tcp", "tcp", ANY, 0, this.#scope.modeField);
        this.#bind(tcp, this.#scope.subject, UNKNOWN, "*");
        if (this.#scope.mode === "ALLOW_ANY") return;
        const http = this.#draft("unknown http", "http", ANY, 0, this.#scope.modeField, { routeTable: "block_all" });
        this.#bind(http, this.#scope.subject, UNKNOWN, "*");
    }

    plan(): MeshPlan {
        this.#drafts.delete(`proxy ${PROXY_TABLE}`);
        const servers = new Map<string, PlannedRules>();
        for (const [key, { server, bound }] of this.#drafts)
            if (bound.length > 0) servers.set(key, { server: { ...server, hosts: [...new Set(bound.map(({ host }) => host))] }, bound });
        const tunnels = this.#tunnels.planned(new Map([...servers].map(([key, { server }]) => [key, server])));
        return { servers: [...servers.values()], doors: [...this.#doors.values()], tunnels, rules: this.#rules };
    }

    // --- HTTP ------------------------------------------------------------------------------------------------------

    #httpAt(address: string, port: number, field: string): Draft {
        const table = address === "" ? String(port) : `${address}:${port}`;
        const draft = this.#draft(`http ${address} ${port}`, "http", address, port, field, { routeTable: table });
        if (draft.bound.length === 0) this.#bind(draft, this.#scope.subject, UNKNOWN, "*");
        return draft;
    }

    #addHttp(draft: Draft, one: Visible, services: ImportedRules, full: ReadonlySet<string>): void {
        const { definition } = one;
        const { settings } = this.#context;
        const { server } = draft;
        const winner = services.for(definition.host).find((service) => this.#holdsHttp(service, server.port));
        const key = winner ? winner.one.id : this.#defaultKey(one);
        const names = domainsOf(definition, settings.namespace, settings.domain);
        for (const name of [names.full, ...names.short.filter((short) => !full.has(short)), ...names.addresses])
            this.#bind(draft, winner?.one ?? definition.subject, key, domainAt(server, name));
    }

    /** One whose protocol nobody says: what is HTTP on its own address is for it, whatever its Host. */
    #addSniffed(
        one: Visible,
        own: readonly string[],
        services: ImportedRules,
        full: ReadonlySet<string>,
        address: string,
        field: string,
    ): void {
        const { definition, listens } = one;
        if (own.length === 0) {
            this.#addHttp(this.#httpAt(address, listens, field), one, services, full);
            return;
        }
        const winner = services.for(definition.host).find((service) => this.#holdsHttp(service, listens));
        for (const each of own) {
            const routeTable = `${definition.host}:${listens}`;
            const draft = this.#draft(`http ${each} ${listens}`, "http", each, listens, one.port.field, { routeTable });
            this.#bind(draft, winner?.one ?? definition.subject, winner?.one.id ?? this.#defaultKey(one), "*");
        }
    }

    /** Hosts of rules that nothing defines are routed on the port of HTTP alone. */
    #addHostless(port: number, seen: readonly Visible[], services: ImportedRules, address: string, field: string): void {
        if (port === HTTP_PORT) this.#addWithoutService(this.#httpAt(address, port, field), port, seen, services);
    }

    #addWithoutService(draft: Draft, port: number, seen: readonly Visible[], services: ImportedRules): void {
        const known = new Set(seen.filter(({ listens }) => listens === port).map(({ definition }) => definition.host));
        for (const service of services.all) {
            if (!this.#holdsHttp(service, port)) continue;
            for (const host of service.hosts) {
                const isServed = known.has(host) || (isWildcard(host) && [...known].some((one) => matchesHost(host, one)));
                if (!isServed) this.#bind(draft, service.one, service.one.id, domainAt(draft.server, host));
            }
        }
    }

    #holdsHttp({ one }: MeshVirtualService, port: number): boolean {
        return this.#rulesOf(one.id).http.some(({ matches }) => matches.some((match) => this.#holds(match, port)));
    }

    #holds(scope: Scope, port: number, destination?: string): boolean {
        return holdsIn(scope, { gateway: MESH_GATEWAY, port, ...(destination === undefined ? {} : { destination }) });
    }

    // --- TLS and TCP -----------------------------------------------------------------------------------------------

    /** `isOwn`: the address tells whom it is for, and any server name will do. */
    #addTls(one: Visible, address: string, services: ImportedRules, isOwn: boolean): void {
        const { definition, listens } = one;
        const host = isOwn ? "*" : definition.host;
        const key = `tls ${address} ${listens}`;
        const draft = this.#draft(key, "passthrough", address, listens, one.port.field);
        this.#tunnels.note(one, key);
        let isRouted = false;
        for (const service of services.for(definition.host)) {
            const { sni } = this.#rulesOf(service.one.id);
            const scopes = sni.map(({ scope }) => scope).filter((scope) => this.#holdsSomewhere(scope, listens));
            for (const block of new Set(scopes.flatMap(({ destinations }) => destinations ?? []))) {
                const narrow = this.#draft(`tls ${block} ${listens}`, "passthrough", block, listens, one.port.field, {
                    destination: block,
                });
                this.#bind(narrow, service.one, service.one.id, host);
            }
            if (scopes.some(({ destinations }) => destinations === undefined)) this.#bind(draft, service.one, service.one.id, host);
            isRouted ||= scopes.length > 0;
        }
        if (!isRouted) this.#bind(draft, definition.subject, this.#defaultKey(one, host), host);
    }

    #holdsSomewhere(scope: Scope, port: number): boolean {
        return this.#holds(scope, port, scope.destinations?.[0]);
    }

    /** The first rule for any destination is the last that is asked. */
    #addTcp(one: Visible, address: string, services: ImportedRules): void {
        const { definition, listens } = one;
        const key = `tcp ${address} ${listens}`;
        const draft = this.#draft(key, "tcp", address, listens, one.port.field);
        this.#tunnels.note(one, key);
        for (const service of services.for(definition.host)) {
            const scopes = this.#rulesOf(service.one.id).tcp.flatMap((rule) => rule.scopes);
            for (const scope of scopes.filter((each) => this.#holdsSomewhere(each, listens))) {
                for (const block of scope.destinations ?? []) {
                    const narrow = this.#draft(`tcp ${block} ${listens}`, "tcp", block, listens, one.port.field, { destination: block });
                    this.#bind(narrow, service.one, service.one.id, definition.host);
                }
                if (scope.destinations !== undefined) continue;
                this.#bind(draft, service.one, service.one.id, definition.host);
                return;
            }
        }
        this.#bind(draft, definition.subject, this.#defaultKey(one), definition.host);
    }

    // --- drafts ----------------------------------------------------------------------------------------------------

    #draft(
        key: string,
        kind: ServerKind,
        address: string,
        port: number,
        field: string,
        more: Partial<Pick<PlannedServer, "capture" | "opens" | "routeTable" | "destination">> = {},
    ): Draft {
        const present = this.#drafts.get(key);
        if (present) return present;
        const draft: Draft = {
            server: {
                subject: this.#scope.subject,
                owner: MESH_GATEWAY,
                field,
                kind,
                port,
                portName: "",
                protocol: kind === "http" ? "HTTP" : kind === "tcp" ? "TCP" : "TLS",
                speaksGrpcWeb: false,
                bind: address,
                capture: "virtual",
                isTranslated: false,
                redirectsToHttps: false,
                tls: undefined,
                routeTable: "",
                ...more,
            },
            bound: [],
            taken: new Set(),
        };
        this.#drafts.set(key, draft);
        return draft;
    }

    /** Of two for one name the first has it. */
    #bind({ bound, taken, server }: Draft, subject: Subject, key: string, domain: string): void {
        const name = server.kind === "http" ? domain : `${key} ${domain}`;
        if (taken.has(name)) return;
        taken.add(name);
        bound.push({ subject, key, domain, host: { host: domain, field: server.field } });
    }

    #defaultKey({ definition, port }: Visible, serverName = "*"): string {
        const key = `default ${definition.host} ${port.number} ${serverName}`;
        if (!this.#rules.has(key)) this.#rules.set(key, rulesTo(definition.subject, port.field, definition.host, port.number, serverName));
        return key;
    }
}

function ownAddresses({ definition, port }: Visible): readonly string[] {
    return definition.isHeadless ? addressesOfPods(definition, port) : (definition.addresses ?? []);
}

/** What is sent to one of them is sent to it by its own address. */
function addressesOfPods(definition: HostDefinition, port: Visible["port"]): readonly string[] {
    return definition
        .addressesOf(port, definition.host, {})
        .endpoints.map(({ address }) => address)
        .filter((address) => isIP(address) !== 0);
}

function isLoopback(address: string): boolean {
    return !address.includes("/") && (address.startsWith("127.") || address === "::1");
}

/** A proxy is asked for hosts by their ports. */
function domainAt({ capture, port }: Pick<PlannedServer, "capture" | "port">, name: string): string {
    return capture === "proxy" ? `${name}:${port}` : name;
}
