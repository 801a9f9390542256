/** Servers of a mesh while they are gathered. One that comes out as it was planned before is that very server, with what is bound to it. */
import { MESH_GATEWAY, type ServerKind } from "../../../../istio/semantics";
import type { Subject } from "../../context/place";
import { Renewed } from "../../graph/renewed";
import type { PlannedHost, PlannedServer } from "../../routing/model/servers";
import type { Bound } from "../../routing/model/sources";

/** A server, and what is bound to it in the order in which it is asked. */
export interface PlannedRules {
    readonly server: PlannedServer;
    readonly bound: readonly Bound[];
}

/** By the names that drafts have. */
export type PlannedServers = ReadonlyMap<string, PlannedRules>;

export interface Draft {
    readonly server: Omit<PlannedServer, "hosts">;
    readonly bound: Renewed<Bound>;
    /** Domains, and names of TLS. */
    readonly taken: Set<string>;
}

type Own = Partial<Pick<PlannedServer, "capture" | "opens" | "routeTable" | "destination">>;

const NONE: readonly never[] = [];
const NOTHING_MORE: Own = {};
const ANY_ADDRESS = "0.0.0.0";

export class Drafts {
    readonly #subject: Subject;
    readonly #before: PlannedServers;
    readonly #drafts = new Map<string, Draft>();

    constructor(subject: Subject, before: PlannedServers) {
        this.#subject = subject;
        this.#before = before;
    }

    /** The one of this name, made if it is not there yet. */
    at(name: string, kind: ServerKind, address: string, port: number, field: string, more = NOTHING_MORE): Draft {
        const present = this.#drafts.get(name);
        if (present) return present;
        const draft: Draft = {
            server: {
                subject: this.#subject,
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
            bound: new Renewed(this.#before.get(name)?.bound ?? NONE, isSameBound),
            taken: new Set(),
        };
        this.#drafts.set(name, draft);
        return draft;
    }

    planned(): PlannedServers {
        const servers = new Map<string, PlannedRules>();
        const drafts = [...this.#drafts.values()];
        const isNamed = drafts.some(({ server }) => server.kind === "passthrough" && server.bind === ANY_ADDRESS);
        for (const [name, draft] of this.#drafts)
            if (draft.bound.length > 0) servers.set(name, renewed(this.#before.get(name), draft, isNamed));
        return servers;
    }
}

/** Of two for one name the first has it. */
export function bind({ bound, taken, server }: Draft, subject: Subject, key: string, domain: string): void {
    const name = server.kind === "http" ? domain : `${key} ${domain}`;
    if (taken.has(name)) return;
    taken.add(name);
    bound.add({ subject, key, domain, host: { host: domain, field: server.field } });
}

function isSameBound(before: Bound, now: Bound): boolean {
    return before.subject === now.subject && before.key === now.key && before.domain === now.domain && before.host.field === now.host.field;
}

function renewed(before: PlannedRules | undefined, draft: Draft, isNamed: boolean): PlannedRules {
    const bound = draft.bound.list();
    const hosts = hostsOf(before, draft.server, isNamed ? bound : NONE);
    const server = before && isSameServer(before.server, draft.server, hosts) ? before.server : { ...draft.server, hosts };
    return before?.server === server && before.bound === bound ? before : { server, bound };
}

/** A server has its address for itself, but of TLS one whose address is any that was written, and one whose address was not: those are told by their names. */
function hostsOf(before: PlannedRules | undefined, { kind, field }: Draft["server"], named: readonly Bound[]): readonly PlannedHost[] {
    const hosts = new Renewed(before?.server.hosts ?? NONE, isSameHost);
    if (kind === "passthrough") for (const { host } of named) hosts.add(host);
    if (hosts.length === 0) hosts.add({ host: "*", field });
    return hosts.list();
}

function isSameHost(before: PlannedHost, now: PlannedHost): boolean {
    return before.host === now.host && before.field === now.field;
}

/** What is not compared is said by the draft's name. */
function isSameServer(
    before: PlannedServer,
    { subject, field, bind: address, opens, routeTable, destination }: Draft["server"],
    hosts: readonly PlannedHost[],
): boolean {
    return (
        before.subject === subject &&
        before.field === field &&
        before.bind === address &&
        before.opens === opens &&
        before.routeTable === routeTable &&
        before.destination === destination &&
        before.hosts === hosts
    );
}
