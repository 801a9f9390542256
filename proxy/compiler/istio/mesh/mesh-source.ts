/** What a mesh's proxy serves, and by which rules, as sources that routing asks. */
import type { Lookup, Value } from "../../graph/graph";
import { sameList } from "../../graph/lists";
import type { ObjectContext } from "../../context/objects";
import type { HostDefinition, HostSource } from "../../routing/model/backends";
import type { HttpRule, SniRule, TcpRule } from "../../routing/model/rules";
import type { PlannedDoor, PlannedServer, PlannedTunnel } from "../../routing/model/servers";
import type { Bound, RuleSource, ServerSource } from "../../routing/model/sources";
import { definitionsOf, outlook, planMesh } from "./mesh-plan";
import { NO_RULES, type OutboundRules } from "./outbound-rules";
import { standingFor, withWords, wordsOf } from "./standing";
import type { MeshPlan, WrittenRules } from "./virtual-servers";
import { MeshHosts } from "./visible";

type Definitions = readonly HostDefinition[];
type Planned = Pick<MeshPlan, "servers" | "doors" | "tunnels">;
type Bindings = ReadonlyMap<PlannedServer, readonly Bound[]>;

/** Those of the plan, and those that hold instead. */
interface Rules {
    readonly planned: ReadonlyMap<string, OutboundRules>;
    readonly now: ReadonlyMap<string, OutboundRules>;
}

const NONE: readonly never[] = [];

export class MeshSource implements ServerSource, RuleSource {
    readonly #written: WrittenRules;
    readonly #servers: Value<readonly PlannedServer[]>;
    readonly #doors: Value<readonly PlannedDoor[]>;
    readonly #tunnels: Value<readonly PlannedTunnel[]>;
    readonly #bound: Lookup<Bindings, PlannedServer, readonly Bound[]>;
    /** That nobody wrote. */
    readonly #rules: Lookup<Rules, string, OutboundRules>;

    constructor(context: ObjectContext, hosts: readonly HostSource[], written: WrittenRules) {
        const { graph } = context;
        this.#written = written;
        const known = new MeshHosts(context.settings);
        const seen = graph.value(() => outlook(context));
        const definitions = graph.value(() => definitionsOf(hosts), sameList);
        const standing = graph.value<Definitions>((before) => standingFor(definitions.get(), before ?? NONE));
        const plan = graph.value<MeshPlan>((before) => planMesh(context, seen.get(), standing.get(), known, written, before));
        const words = graph.value(() => wordsOf(definitions.get(), standing.get(), known, plan.get().rules));
        const current = graph.value<Planned>((before) => withWords(plan.get(), words.get(), before ?? plan.get()));
        this.#servers = graph.value(() => [...current.get().servers.values()].map(({ server }) => server), sameList);
        this.#doors = graph.value(() => current.get().doors);
        this.#tunnels = graph.value(() => current.get().tunnels);
        this.#bound = graph.lookup(
            graph.value<Bindings>(() => new Map([...current.get().servers.values()].map(({ server, bound }) => [server, bound]))),
            (all, server) => all.get(server) ?? NONE,
        );
        const rules = graph.value<Rules>(() => ({ planned: plan.get().rules, now: words.get().rules }));
        this.#rules = graph.lookup(rules, ({ planned, now }, key: string) => now.get(key) ?? planned.get(key) ?? NO_RULES);
    }

    servers(): readonly PlannedServer[] {
        return this.#servers.get();
    }

    doors(): readonly PlannedDoor[] {
        return this.#doors.get();
    }

    tunnels(): readonly PlannedTunnel[] {
        return this.#tunnels.get();
    }

    boundTo(server: PlannedServer): readonly Bound[] {
        return this.#bound.get(server);
    }

    httpRules(key: string): readonly HttpRule[] {
        return isUnwritten(key) ? this.#rules.get(key).http : this.#written.httpRules(key);
    }

    tcpRules(key: string): readonly TcpRule[] {
        return isUnwritten(key) ? this.#rules.get(key).tcp : this.#written.tcpRules(key);
    }

    sniRules(key: string): readonly SniRule[] {
        return isUnwritten(key) ? this.#rules.get(key).sni : this.#written.sniRules(key);
    }
}

/** Names of VirtualServices have a slash, and what nobody wrote has none before its first blank. */
function isUnwritten(key: string): boolean {
    return key.startsWith("unknown ") || key.startsWith("default ");
}
