/** One port while it is built: which names are taken, and what of its chains and tables is as it was before. */
import type { CompilerSettings } from "../context/context";
import type { FilterChainEntry, ListenerEntry, RouteTableEntry } from "../../tables/entries";
import type { ObjectPlace } from "../context/place";
import { sameList, sameOr } from "../graph/lists";
import type { GatewayOptionRule } from "./model/gateway-options";
import type { PlannedServer } from "./model/servers";
import { originOf } from "./origin";
import type { PlannedPort } from "./port-plan";

/** A route table, with the servers that share it. */
export interface SharedTable {
    readonly table: RouteTableEntry;
    readonly servers: readonly PlannedServer[];
}

export interface BuiltPort {
    /** Absent: nothing could be served on the port, so that it stays closed. */
    readonly listener?: ListenerEntry;
    readonly chains: readonly FilterChainEntry[];
    readonly tables: readonly SharedTable[];
}

export const CLOSED: BuiltPort = { chains: [], tables: [] };

type Chain = Pick<FilterChainEntry, "serverNames" | "tls" | "target" | "origin" | "refusal" | "access">;

export class PortDraft {
    readonly #port: PlannedPort;
    readonly #before: BuiltPort;
    readonly #chainsBefore: ReadonlyMap<string, FilterChainEntry>;
    readonly #tablesBefore: ReadonlyMap<string, RouteTableEntry>;
    /** Who has taken a name: a server, or a rule. */
    readonly #takenNames = new Map<string, ObjectPlace>();
    /** By key: of two servers of one name the later counts. */
    readonly #chains = new Map<string, FilterChainEntry>();
    readonly #tables: SharedTable[] = [];

    constructor(port: PlannedPort, before: BuiltPort) {
        this.#port = port;
        this.#before = before;
        this.#chainsBefore = byKey(before.chains);
        this.#tablesBefore = byKey(before.tables.map(({ table }) => table));
    }

    /** The names that are still free on the port, which are then taken. */
    takeNames(names: readonly string[], owner: ObjectPlace, lost: (name: string, winner: ObjectPlace) => void): readonly string[] {
        const free = names.filter((name) => {
            const winner = this.#takenNames.get(name);
            if (winner === undefined) this.#takenNames.set(name, owner);
            else lost(name, winner);
            return winner === undefined;
        });
        return free.length === names.length ? names : free;
    }

    addTable(shared: SharedTable): void {
        const table = sameOr(this.#tablesBefore.get(shared.table.key), shared.table);
        this.#tables.push(table === shared.table ? shared : { ...shared, table });
    }

    /** The chain from before where nothing of it changed. */
    addChain(name: string, { serverNames: names, tls, target, origin, refusal, access }: Chain): void {
        const key = `${this.#port.key} ${name}`;
        // A server for any host also takes clients that name none.
        const serverNames = names.includes("*") ? [] : names;
        const present = this.#chainsBefore.get(key);
        const isSame =
            present?.tls === tls &&
            present?.target === target &&
            present.origin === origin &&
            present.refusal === refusal &&
            present.access === access &&
            sameList(present.serverNames, serverNames);
        this.#chains.set(
            key,
            isSame
                ? present
                : sameOr(present, {
                      key,
                      listener: this.#port.key,
                      serverNames,
                      ...(tls ? { tls } : {}),
                      target,
                      ...(refusal ? { refusal } : {}),
                      ...(access ? { access } : {}),
                      origin,
                  }),
        );
    }

    /** `first` is the server that opens the port. */
    built(
        first: PlannedServer,
        { trustedProxies, mode }: Pick<CompilerSettings, "trustedProxies" | "mode">,
        { options, closedBy }: GatewayOptionRule,
    ): BuiltPort {
        if (this.#chains.size === 0) return CLOSED;
        const { key, bind, port, targetPort, kind, capture } = this.#port;
        const listener: ListenerEntry = {
            key,
            ...(capture ? { capture } : {}),
            bind,
            port,
            targetPort,
            kind,
            ...(trustedProxies > 0 ? { trustedProxies } : {}),
            ...(mode === "gateway" && Object.keys(options).length > 0 ? { options } : {}),
            ...(closedBy ? { refusal: { detail: "gateway_options_unreadable", origin: originOf(closedBy.subject, closedBy.field) } } : {}),
            ...(mode === "mesh" ? { outbound: true } : {}),
            // Of an Ingress, a Sidecar or the mesh no field says the port.
            origin: originOf(first.subject, first.subject.ref.kind === "Gateway" ? `${first.field}.port` : first.field),
        };
        return { listener: sameOr(this.#before.listener, listener), chains: [...this.#chains.values()], tables: this.#tables };
    }
}

function byKey<E extends { readonly key: string }>(entries: readonly E[]): ReadonlyMap<string, E> {
    return new Map(entries.map((entry) => [entry.key, entry]));
}
