/** What a mesh's proxy serves, and by which rules, as sources that routing asks. */
import type { Family, Lookup, Value } from "../../graph/graph";
import { sameList, sameOr } from "../../graph/lists";
import type { ObjectContext } from "../../context/objects";
import type { HostSource } from "../../routing/model/backends";
import type { HttpRule, SniRule, TcpRule } from "../../routing/model/rules";
import type { PlannedDoor, PlannedServer, PlannedTunnel } from "../../routing/model/servers";
import type { Bound, RuleSource, ServerSource } from "../../routing/model/sources";
import { planMesh } from "./mesh-plan";
import { NO_RULES, type OutboundRules } from "./outbound-rules";
import type { MeshPlan, PlannedRules } from "./virtual-servers";

type Rules = Pick<RuleSource, "httpRules" | "tcpRules" | "sniRules">;

export class MeshSource implements ServerSource, RuleSource {
    readonly #written: Rules;
    readonly #plan: Value<MeshPlan>;
    readonly #bound: Lookup<ReadonlyMap<string, readonly Bound[]>, string, readonly Bound[]>;
    readonly #rules: Family<string, OutboundRules | undefined>;

    /** `written`: of VirtualServices, by their ids. */
    constructor(context: ObjectContext, hosts: readonly HostSource[], written: Rules) {
        const { graph } = context;
        this.#written = written;
        const rulesOf = (key: string): OutboundRules => ({
            http: written.httpRules(key),
            tcp: written.tcpRules(key),
            sni: written.sniRules(key),
        });
        this.#plan = graph.value((before) => asBefore(before, planMesh(context, hosts, rulesOf)));
        this.#bound = graph.lookup(
            graph.value(() => boundByServer(this.#plan.get())),
            (all, key) => all.get(key) ?? [],
            sameBound,
        );
        const unwritten = graph.lookup(this.#plan, (plan, key: string) => plan.rules.get(key));
        this.#rules = graph.family((key, before) => sameOr(before, unwritten.get(key)));
    }

    servers(): readonly PlannedServer[] {
        return this.#plan.get().servers.map(({ server }) => server);
    }

    doors(): readonly PlannedDoor[] {
        return this.#plan.get().doors;
    }

    tunnels(): readonly PlannedTunnel[] {
        return this.#plan.get().tunnels;
    }

    boundTo(server: PlannedServer): readonly Bound[] {
        return this.#bound.get(keyOf(server));
    }

    httpRules(key: string): readonly HttpRule[] {
        return this.#ruled(key)?.http ?? this.#written.httpRules(key);
    }

    tcpRules(key: string): readonly TcpRule[] {
        return this.#ruled(key)?.tcp ?? this.#written.tcpRules(key);
    }

    sniRules(key: string): readonly SniRule[] {
        return this.#ruled(key)?.sni ?? this.#written.sniRules(key);
    }

    /** Names of VirtualServices have a slash, and what nobody wrote has none before its first blank. */
    #ruled(key: string): OutboundRules | undefined {
        return key.startsWith("unknown ") || key.startsWith("default ") ? (this.#rules.get(key) ?? NO_RULES) : undefined;
    }
}

function keyOf({ kind, bind, port, opens, routeTable }: PlannedServer): string {
    return `${kind} ${bind} ${port} ${opens ?? ""} ${routeTable}`;
}

function boundByServer({ servers }: MeshPlan): ReadonlyMap<string, readonly Bound[]> {
    return new Map(servers.map(({ server, bound }) => [keyOf(server), bound]));
}

/** Servers that say the same are the same objects. */
function asBefore(before: MeshPlan | undefined, plan: MeshPlan): MeshPlan {
    if (before === undefined) return plan;
    const known = new Map(before.servers.map((one) => [keyOf(one.server), one]));
    const servers = plan.servers.map(({ server, bound }): PlannedRules => {
        const one = known.get(keyOf(server));
        return { server: sameServer(one?.server, server), bound: one && sameBound(one.bound, bound) ? one.bound : bound };
    });
    const now = new Map(servers.map(({ server }) => [keyOf(server), server]));
    return {
        ...plan,
        doors: sameOr(before.doors, plan.doors),
        servers,
        tunnels: plan.tunnels.map(({ server, ...tunnel }) => ({ ...tunnel, server: server && now.get(keyOf(server)) })),
    };
}

function sameServer(before: PlannedServer | undefined, now: PlannedServer): PlannedServer {
    if (before?.subject !== now.subject || before.field !== now.field) return now;
    const isSame = sameList(
        before.hosts.map(({ host }) => host),
        now.hosts.map(({ host }) => host),
    );
    return isSame ? before : now;
}

function sameBound(before: readonly Bound[], now: readonly Bound[]): boolean {
    return (
        before.length === now.length &&
        now.every((one, at) => {
            const other = before[at];
            return other?.subject === one.subject && other.key === one.key && other.domain === one.domain;
        })
    );
}
