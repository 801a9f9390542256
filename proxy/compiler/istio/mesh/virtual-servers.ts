/** Virtual servers while they are gathered: what stands on which address and port, and by whose rules. */
import { isIP } from "node:net";
import { isWildcard, matchesHost, MESH_GATEWAY } from "../../../../istio/semantics";
import type { PlaceOfPort } from "../../context/context";
import { Renewed } from "../../graph/renewed";
import type { HostDefinition } from "../../routing/model/backends";
import type { Scope } from "../../routing/model/rules";
import type { PlannedDoor, PlannedTunnel } from "../../routing/model/servers";
import { holdsIn } from "../../routing/model/situation";
import type { RuleSource } from "../../routing/model/sources";
import { bind, Drafts, type Draft, type PlannedServers } from "./drafts";
import type { ImportedRules, MeshVirtualService } from "./mesh-virtual-services";
import type { OutboundRules } from "./outbound-rules";
import type { OutboundScope } from "./outbound-scope";
import { ProxyTunnels } from "./proxy-tunnels";
import type { Visible } from "./visible";

/** Of VirtualServices, by their ids. */
export type WrittenRules = Pick<RuleSource, "httpRules" | "tcpRules" | "sniRules">;

export interface MeshPlan {
    readonly servers: PlannedServers;
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

/** Asked for on any address. */
const ANY = "";
/** Keys of rules for what nothing is known of. */
const UNKNOWN = "unknown address";
const UNKNOWN_NAME = "unknown name";
/** Where a Host without a service is routed all the same. */
const HTTP_PORT = 80;

export const PROXY_TABLE = "http_proxy";

const NOTHING: MeshPlan = { servers: new Map(), doors: [], tunnels: [], rules: new Map() };

export class Servers {
    readonly #scope: OutboundScope;
    readonly #written: WrittenRules;
    readonly #before: MeshPlan;
    readonly #drafts: Drafts;
    readonly #doors = new Map<string, PlannedDoor>();
    readonly #rules = new Map<string, OutboundRules>();
    readonly #tunnels = new ProxyTunnels();
    #hasProxy = false;

    /** What comes out as in the plan before is the same. */
    constructor(scope: OutboundScope, unknown: UnknownRules, written: WrittenRules, before = NOTHING) {
        this.#scope = scope;
        this.#written = written;
        this.#before = before;
        this.#drafts = new Drafts(scope.subject, before.servers);
        this.#rules.set(UNKNOWN, unknown.byAddress);
        this.#rules.set(UNKNOWN_NAME, unknown.byName);
    }

    addDoor(capture: PlannedDoor["capture"], bind: string, port: number, field: string, subject = this.#scope.subject): void {
        const key = `${bind}:${port}`;
        if (!this.#doors.has(key)) this.#doors.set(key, { subject, field, capture, bind, port });
    }

    /** `address`: where the listener stands, whatever its hosts' addresses are; empty: on those. */
    addHosts(seen: readonly Visible[], services: ImportedRules, address: string, field: string): void {
        const full = hostsOf(seen);
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
        // Hosts of rules that nothing defines are routed on the port of HTTP alone.
        if (seen.some(({ listens }) => listens === HTTP_PORT))
            this.#addWithoutService(this.#httpAt(address, HTTP_PORT, field), seen, services);
    }

    addProxy({ address, port }: PlaceOfPort, seen: readonly Visible[], services: ImportedRules, field: string): void {
        const table = this.#hasProxy ? `${PROXY_TABLE}.${port}` : PROXY_TABLE;
        this.#hasProxy = true;
        const full = hostsOf(seen);
        const at = (listens: number): Draft =>
            this.#drafts.at(`proxy ${table} ${listens}`, "http", address, listens, field, {
                capture: "proxy",
                opens: port,
                routeTable: table,
            });
        for (const one of seen) if (one.family === "http" || one.family === "auto") this.#addHttp(at(one.port.number), one, services, full);
        const first = at(HTTP_PORT);
        this.#addWithoutService(first, seen, services);
        bind(first, this.#scope.subject, UNKNOWN_NAME, "*");
        for (const one of seen) this.#tunnels.add(table, one, full);
        this.#tunnels.addAny(table, this.#scope);
    }

    /** What comes to no port that is known. */
    addUnknown(): void {
        const tcp = this.#drafts.at("unknown tcp", "tcp", ANY, 0, this.#scope.modeField);
        bind(tcp, this.#scope.subject, UNKNOWN, "*");
        if (this.#scope.mode === "ALLOW_ANY") return;
        const http = this.#drafts.at("unknown http", "http", ANY, 0, this.#scope.modeField, { routeTable: "block_all" });
        bind(http, this.#scope.subject, UNKNOWN, "*");
    }

    plan(): MeshPlan {
        const { doors: before, tunnels } = this.#before;
        const doors = new Renewed(before, isSameDoor);
        for (const door of this.#doors.values()) doors.add(door);
        const servers = this.#drafts.planned();
        return { servers, doors: doors.list(), tunnels: this.#tunnels.planned(servers, tunnels), rules: this.#rules };
    }

    // --- HTTP ------------------------------------------------------------------------------------------------------

    #httpAt(address: string, port: number, field: string): Draft {
        const table = address === "" ? String(port) : `${address}:${port}`;
        const draft = this.#drafts.at(`http ${address} ${port}`, "http", address, port, field, { routeTable: table });
        if (draft.bound.length === 0) bind(draft, this.#scope.subject, UNKNOWN, "*");
        return draft;
    }

    #addHttp(draft: Draft, one: Visible, services: ImportedRules, full: ReadonlySet<string>): void {
        const { definition, names } = one;
        const { capture, port } = draft.server;
        const winner = services.for(definition.host).find((service) => this.#holdsHttp(service, port));
        const key = winner ? winner.one.id : this.#defaultKey(one);
        const subject = winner?.one ?? definition.subject;
        const asked = capture === "proxy" ? one.proxied : names;
        bind(draft, subject, key, asked.full);
        for (const [at, short] of names.short.entries()) if (!full.has(short)) bind(draft, subject, key, asked.short[at] ?? "");
        for (const address of asked.addresses) bind(draft, subject, key, address);
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
            const draft = this.#drafts.at(`http ${each} ${listens}`, "http", each, listens, one.port.field, { routeTable });
            bind(draft, winner?.one ?? definition.subject, winner?.one.id ?? this.#defaultKey(one), "*");
        }
    }

    #addWithoutService(draft: Draft, seen: readonly Visible[], services: ImportedRules): void {
        if (services.all.length === 0) return;
        const known = [...new Set(seen.filter(({ listens }) => listens === HTTP_PORT).map(({ definition }) => definition.host))];
        const named = new Set(known);
        for (const service of services.all) {
            if (!this.#holdsHttp(service, HTTP_PORT)) continue;
            for (const host of service.hosts) {
                const isServed = named.has(host) || (isWildcard(host) && known.some((one) => matchesHost(host, one)));
                const { capture } = draft.server;
                if (!isServed) bind(draft, service.one, service.one.id, capture === "proxy" ? `${host}:${HTTP_PORT}` : host);
            }
        }
    }

    #holdsHttp({ one }: MeshVirtualService, port: number): boolean {
        return this.#written.httpRules(one.id).some(({ matches }) => matches.some((match) => this.#holds(match, port)));
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
        const draft = this.#drafts.at(key, "passthrough", address, listens, one.port.field);
        this.#tunnels.note(one, key);
        let isRouted = false;
        for (const service of services.for(definition.host)) {
            const scopes = this.#written
                .sniRules(service.one.id)
                .map(({ scope }) => scope)
                .filter((scope) => this.#holdsSomewhere(scope, listens));
            for (const block of new Set(scopes.flatMap(({ destinations }) => destinations ?? []))) {
                const narrow = this.#drafts.at(`tls ${block} ${listens}`, "passthrough", block, listens, one.port.field, {
                    destination: block,
                });
                bind(narrow, service.one, service.one.id, host);
            }
            if (scopes.some(({ destinations }) => destinations === undefined)) bind(draft, service.one, service.one.id, host);
            isRouted ||= scopes.length > 0;
        }
        if (!isRouted) bind(draft, definition.subject, this.#defaultKey(one, !isOwn), host);
    }

    #holdsSomewhere(scope: Scope, port: number): boolean {
        return this.#holds(scope, port, scope.destinations?.[0]);
    }

    /** The first rule for any destination is the last that is asked. */
    #addTcp(one: Visible, address: string, services: ImportedRules): void {
        const { definition, listens } = one;
        const key = `tcp ${address} ${listens}`;
        const draft = this.#drafts.at(key, "tcp", address, listens, one.port.field);
        this.#tunnels.note(one, key);
        for (const service of services.for(definition.host)) {
            const scopes = this.#written.tcpRules(service.one.id).flatMap((rule) => rule.scopes);
            for (const scope of scopes.filter((each) => this.#holdsSomewhere(each, listens))) {
                for (const block of scope.destinations ?? []) {
                    const narrow = this.#drafts.at(`tcp ${block} ${listens}`, "tcp", block, listens, one.port.field, {
                        destination: block,
                    });
                    bind(narrow, service.one, service.one.id, definition.host);
                }
                if (scope.destinations !== undefined) continue;
                bind(draft, service.one, service.one.id, definition.host);
                return;
            }
        }
        bind(draft, definition.subject, this.#defaultKey(one), definition.host);
    }

    #defaultKey(one: Visible, isByName = false): string {
        const { key, rules } = one.default(isByName);
        if (!this.#rules.has(key)) this.#rules.set(key, rules);
        return key;
    }
}

function hostsOf(seen: readonly Visible[]): ReadonlySet<string> {
    return new Set(seen.map(({ definition }) => definition.host));
}

function isSameDoor(before: PlannedDoor, now: PlannedDoor): boolean {
    return (
        before.subject === now.subject &&
        before.field === now.field &&
        before.capture === now.capture &&
        before.bind === now.bind &&
        before.port === now.port
    );
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
