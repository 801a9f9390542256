/**
 * Who may pass at the Gateways that this proxy serves: which policies are asked, in Istio's order, and who lets nobody in because
 * one that is for it can't be asked. Each of those is named together with its Gateways.
 */
import { isDeepStrictEqual } from "node:util";
import { addTo } from "../../../istio/lists-by-key";
import { policyMessage } from "../../../istio/semantics/policy-message";
import { meetsAny, meetsPort, type PolicyPorts } from "../../../istio/semantics/policy-ports";
import { refText } from "../../../istio/types";
import type { ObjectContext } from "../context/objects";
import { isSamePlace } from "../context/place";
import type { Family, Lookup, Value } from "../graph/graph";
import type { PolicyLists, AccessSource, AuthenticationRules, AuthorizationRules, Refusal, ServerAccess } from "../routing/model/access";
import type { PlannedServer } from "../routing/model/servers";
import { targetPortsOf, type PortSource } from "../routing/model/sources";
import { inEnvoysOrder, isSameScope, PolicyReader, type ReadPolicy, type ScopedPolicy } from "./policies";
import { PolicyReach } from "./policy-reach";
import { reportKeys } from "./issuer-keys";
import { gatewayOf, type GatewayServers, type PlacedGateway } from "./servers";
import { standInFor, type OtherServers } from "./stand-in";

/** What a policy does to servers with these ports. */
interface Restriction {
    readonly refusal: Refusal;
    readonly ports: PolicyPorts;
}

/** Of policies that some Gateways have in common. */
interface Decided {
    readonly restrictions: readonly Restriction[];
    readonly access: Omit<PolicyLists, "allow"> | undefined;
    readonly allow: readonly ScopedPolicy[];
}

interface GatewayAccess {
    readonly restrictions: readonly Restriction[];
    readonly access: PolicyLists | undefined;
}

const OPEN: ServerAccess = { refusal: undefined, access: undefined };

export class PolicyAccess implements AccessSource {
    readonly #context: ObjectContext;
    readonly #servers: GatewayServers;
    readonly #ports: PortSource;
    readonly #reach: PolicyReach;
    readonly #policies: Value<readonly ReadPolicy[]>;
    /** The same as long as none of them comes, goes, or is for others: rules are looked up. */
    readonly #scopes: Value<readonly ScopedPolicy[]>;
    readonly #authorizations: Lookup<ReadonlyMap<string, AuthorizationRules>, string, AuthorizationRules | undefined>;
    readonly #authentications: Lookup<ReadonlyMap<string, AuthenticationRules>, string, AuthenticationRules | undefined>;
    readonly #isAny: Value<boolean>;
    readonly #decided: Family<readonly ScopedPolicy[], Decided>;
    readonly #oneAllow: Family<Decided, GatewayAccess>;
    readonly #accessOf: Family<PlacedGateway, GatewayAccess>;
    readonly #checked: Value<void>;
    readonly #others: readonly { readonly servers: OtherServers; readonly standIn: Value<PlacedGateway> }[];

    constructor(context: ObjectContext, servers: GatewayServers, ports: PortSource, others: readonly OtherServers[] = []) {
        const { graph, objects } = context;
        this.#context = context;
        this.#servers = servers;
        this.#ports = ports;
        this.#others = others.map((one) => ({
            servers: one,
            standIn: graph.value(() => standInFor(one, one.podLabels(), context.settings), isDeepStrictEqual),
        }));
        const reader = new PolicyReader(context);
        this.#policies = graph.value(() => reader.all(objects));
        this.#scopes = graph.value<readonly ScopedPolicy[]>(() => this.#policies.get(), areSameScopes);
        this.#reach = new PolicyReach(context, this.#scopes);
        this.#authorizations = graph.lookup(
            graph.value(() => byKey(this.#policies.get(), ({ authorization }) => authorization)),
            (all, key: string) => all.get(key),
        );
        this.#authentications = graph.lookup(
            graph.value(() => byKey(this.#policies.get(), ({ authentication }) => authentication)),
            (all, key: string) => all.get(key),
        );
        this.#isAny = graph.value(() => !context.settings.ignoreSecurityPolicies && this.#scopes.get().some(isAsked));
        this.#decided = graph.family((policies) => decidedBy(policies, context.settings.rootNamespace));
        this.#oneAllow = graph.family((decided) => accessOf(decided, [decided.allow]));
        this.#accessOf = graph.family((gateway) => this.#accessOfGateway(gateway), areSame);
        this.#checked = graph.value(() => this.#check());
    }

    accessOf(server: PlannedServer): ServerAccess {
        const gateway = this.#isAny.get() ? this.#guardedAs(server) : undefined;
        if (gateway === undefined) return OPEN;
        const { restrictions, access } = this.#accessOf.get(gateway);
        const refusal = restrictions.find(({ ports }) => meetsPort(ports, this.#numbersOf(server)))?.refusal;
        return refusal ? { refusal, access: undefined } : { refusal, access };
    }

    authorization(key: string): AuthorizationRules | undefined {
        return this.#authorizations.get(key);
    }

    authentication(key: string): AuthenticationRules | undefined {
        return this.#authentications.get(key);
    }

    /** Says of every policy which Gateways it is for, where there is something to be said of it. */
    check(): void {
        this.#checked.get();
    }

    #guardedAs(server: PlannedServer): PlacedGateway | undefined {
        return gatewayOf(server) ?? this.#others.find(({ servers }) => servers.owns(server))?.standIn.get();
    }

    #accessOfGateway(gateway: PlacedGateway): GatewayAccess {
        const decided = this.#decided.get(this.#reach.of(gateway));
        const pods = this.#reach.byPod(decided.allow, gateway);
        return pods === undefined ? this.#oneAllow.get(decided) : accessOf(decided, pods);
    }

    /** By which a policy may name a server's port: the Gateway's own, and those of the pod. */
    #numbersOf(server: PlannedServer): readonly number[] {
        return [server.port, ...targetPortsOf(server, this.#ports)];
    }

    #check(): void {
        const { objects, settings } = this.#context;
        const told = this.#policies.get().filter((policy) => settings.ignoreSecurityPolicies || isTold(policy));
        if (told.length === 0) return;
        const ids = new Set(told.map(idOf));
        const names = new Map<string, string[]>();
        const note = (gateway: PlacedGateway, servers: readonly PlannedServer[], name: string): void => {
            const numbers = servers.flatMap((server) => this.#numbersOf(server));
            for (const policy of this.#reach.of(gateway)) {
                const id = idOf(policy);
                if (ids.has(id) && meetsAny(policy.ports, numbers)) addTo(names, id, name);
            }
        };
        for (const gateway of objects.gateways.get()) {
            const servers = this.#servers.of(gateway);
            if (servers) note(gateway, servers, refText(gateway.ref));
        }
        for (const { servers, standIn } of this.#others) {
            const own = servers.servers();
            if (own.length > 0) note(standIn.get(), own, servers.what);
        }
        for (const policy of told) this.#report(policy, names.get(idOf(policy)) ?? []);
    }

    #report(policy: ReadPolicy, names: readonly string[]): void {
        const { placed, effect, fault, unusable } = policy;
        if (names.length === 0) return;
        const { report, settings } = this.#context;
        const why = placed.source.isClosed ? "it can't be read" : fault;
        const said = policyMessage(placed.object, placed.ref, effect, names, { isIgnored: settings.ignoreSecurityPolicies, why });
        if (said) report.add(said.code, placed, "", said.message, said.fix);
        if (!settings.ignoreSecurityPolicies) reportKeys(this.#context, policy.authentication);
        for (const field of settings.ignoreSecurityPolicies ? [] : unusable)
            report.add(
                "GH0466",
                placed,
                field,
                policy.decides?.action === "ALLOW"
                    ? "Nothing here can meet this condition, so that the rule allows nobody."
                    : `Nothing here can meet or fail this condition: the rule is applied without it, so that ${policy.decides?.action ?? "it"} is for more.`,
                "Compare what the request or the connection has: headers, claims, addresses.",
            );
    }
}

function decidedBy(policies: readonly ScopedPolicy[], rootNamespace: string): Decided {
    const restricting = policies.filter(({ effect }) => effect.kind === "restricts");
    // Those that may be the first for some port.
    const everywhere = restricting.findIndex(({ ports }) => ports === undefined);
    const restrictions = restricting
        .slice(0, everywhere === -1 ? undefined : everywhere + 1)
        .map((policy) => ({ refusal: refusalBy(policy), ports: policy.ports }));
    const deciding = inEnvoysOrder(policies.filter(({ decides }) => decides !== undefined));
    const authenticating = policies.filter(({ authenticates }) => authenticates);
    if (deciding.length === 0 && authenticating.length === 0) return { restrictions, access: undefined, allow: [] };
    const of = (action: AuthorizationRules["action"]): readonly ScopedPolicy[] =>
        deciding.filter(({ decides }) => decides?.action === action);
    const isRoot = ({ placed }: ScopedPolicy): boolean => placed.ref.namespace === rootNamespace;
    const access = {
        // Those of the root namespace come first.
        authentications: keysOf([...authenticating.filter(isRoot), ...authenticating.filter((policy) => !isRoot(policy))]),
        custom: keysOf(of("CUSTOM")),
        audit: keysOf(of("AUDIT")),
        deny: keysOf(of("DENY")),
    };
    return { restrictions, access, allow: of("ALLOW") };
}

function accessOf({ restrictions, access }: Decided, pods: readonly (readonly ScopedPolicy[])[]): GatewayAccess {
    return { restrictions, access: access && { ...access, allow: allowLists(pods) } };
}

/** Whether there is something to say of it, wherever it is for. */
function isTold({ effect, unusable, authentication }: ReadPolicy): boolean {
    const isFetched = authentication?.keySets.some(({ source }) => source !== undefined) === true;
    return effect.kind !== "decides" || unusable.length > 0 || isFetched;
}

/** Whether anything is done by it, be it nothing but telling. */
function isAsked({ effect, decides, authenticates }: ScopedPolicy): boolean {
    return decides !== undefined || authenticates || effect.kind === "restricts";
}

function byKey<V>(policies: readonly ReadPolicy[], pick: (policy: ReadPolicy) => V | undefined): ReadonlyMap<string, V> {
    return new Map(
        policies.flatMap((policy) => {
            const value = pick(policy);
            return value === undefined ? [] : [[policy.placed.id, value] as const];
        }),
    );
}

function keysOf(policies: readonly ScopedPolicy[]): readonly string[] {
    return policies.map(({ placed }) => placed.id);
}

/** Of each pod those that are in force, and what its dry runs would come to by themselves; each once. */
function allowLists(pods: readonly (readonly ScopedPolicy[])[]): readonly (readonly string[])[] {
    const lists = pods.flatMap((policies) => [
        keysOf(policies.filter(({ decides }) => !decides?.dryRun)),
        keysOf(policies.filter(({ decides }) => decides?.dryRun)),
    ]);
    return [...new Map(lists.filter(({ length }) => length > 0).map((list) => [JSON.stringify(list), list])).values()];
}

function idOf({ placed: { ref } }: ScopedPolicy): string {
    return `${ref.group} ${ref.kind} ${ref.namespace}/${ref.name}`;
}

function refusalBy({ placed }: ScopedPolicy): Refusal {
    const { ref } = placed;
    const kind = ref.kind === "AuthorizationPolicy" ? "policy" : ref.kind.toLowerCase();
    // A file may name an object as it likes; an access log has its fields.
    const name = (text: string): string => text.slice(0, 253).replaceAll(/[^A-Za-z0-9._-]/g, "_");
    return {
        subject: placed,
        field: "",
        detail: `rbac_access_denied_matched_policy[ns[${name(ref.namespace)}]-${kind}[${name(ref.name)}]]`,
    };
}

function areSameScopes(before: readonly ScopedPolicy[], after: readonly ScopedPolicy[]): boolean {
    return before.length === after.length && after.every((one, at) => isSameScope(before[at] ?? one, one));
}

/** A policy may change in much that restricts nobody otherwise. */
function areSame(before: GatewayAccess, after: GatewayAccess): boolean {
    const isSame = (one: Restriction | undefined, other: Restriction): boolean =>
        one?.refusal.detail === other.refusal.detail &&
        isSamePlace(one.refusal, other.refusal) &&
        isDeepStrictEqual(one.ports, other.ports);
    if (before === after) return true;
    return (
        before.restrictions.length === after.restrictions.length &&
        after.restrictions.every((one, at) => isSame(before.restrictions[at], one)) &&
        isDeepStrictEqual(before.access, after.access)
    );
}
