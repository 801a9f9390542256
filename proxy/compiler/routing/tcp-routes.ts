/** Routes of connections rather than requests: by port on TCP and terminated TLS servers, by server name behind passthrough. */
import { isDeepStrictEqual } from "node:util";
import { addTo } from "../../../istio/lists-by-key";
import { moreSpecific } from "../../../istio/semantics";
import type { TcpRouteEntry } from "../../tables/entries";
import type { Origin } from "../../tables/origin";
import type { CompilerContext } from "../context/context";
import { placeText, type ObjectPlace, type Subject } from "../context/place";
import { listText } from "../context/report";
import type { Family } from "../graph/graph";
import { sameList } from "../graph/lists";
import { Renewed } from "../graph/renewed";
import type { Destinations } from "./destinations";
import type { SniRule, WeightedDestination } from "./model/rules";
import type { PlannedServer } from "./model/servers";
import { holdsIn, type Situation } from "./model/situation";
import type { Bound, RuleSource } from "./model/sources";
import { originOf } from "./origin";

/** A passthrough chain to be: the names, and where they lead. */
export interface SniRoute extends ObjectPlace {
    /** Of the rules that it is one of. */
    readonly key: string;
    readonly serverNames: readonly string[];
    readonly target: { readonly kind: "tcp"; readonly route: TcpRouteEntry };
    readonly origin: Origin;
}

function limited({ limits }: Pick<SniRule, "limits">, route: TcpRouteEntry): TcpRouteEntry {
    return limits === undefined ? route : { ...route, limits };
}

/** What one object has bound to a server of TLS. */
interface SniShare {
    readonly server: PlannedServer;
    readonly subject: Subject;
    readonly key: string;
    readonly bound: readonly Bound[];
}

const NONE: readonly never[] = [];

export class TcpRoutes {
    readonly #context: CompilerContext;
    readonly #destinations: Destinations;
    readonly #rules: RuleSource;
    readonly #tcp: Family<PlannedServer, TcpRouteEntry | undefined>;
    readonly #shares: Family<PlannedServer, readonly SniShare[]>;
    readonly #sniOf: Family<SniShare, readonly SniRoute[]>;
    readonly #sni: Family<PlannedServer, readonly SniRoute[]>;

    constructor(context: CompilerContext, destinations: Destinations, rules: RuleSource) {
        this.#context = context;
        this.#destinations = destinations;
        this.#rules = rules;
        const { graph } = context;
        this.#tcp = graph.family((server) => this.#makeTcp(server), isDeepStrictEqual);
        this.#shares = graph.family((server, previous) => sharesOf(server, rules.boundTo(server), previous ?? NONE));
        this.#sniOf = graph.family((share) => this.#routesOf(share));
        this.#sni = graph.family((server) => this.#makeSni(server), sameList);
    }

    tcpRoute(server: PlannedServer): TcpRouteEntry | undefined {
        return this.#tcp.get(server);
    }

    sniRoutes(server: PlannedServer): readonly SniRoute[] {
        return this.#sni.get(server);
    }

    /** The first rule that holds on the server, of the first object that has one. All others are idle. */
    #makeTcp(server: PlannedServer): TcpRouteEntry | undefined {
        const { report } = this.#context;
        let winner: (ObjectPlace & { readonly route: TcpRouteEntry }) | undefined;
        for (const { key } of objectsOf(this.#rules.boundTo(server))) {
            for (const rule of this.#rules.tcpRules(key)) {
                const { subject, field } = rule;
                if (!rule.scopes.some((scope) => holdsIn(scope, situationOf(server)))) continue;
                report.addAll(subject, rule.remarks);
                if (winner) {
                    report.add(
                        "GH0446",
                        subject,
                        field,
                        `Port ${server.port} of ${placeText(server)} is already routed by ${placeText(winner)}; this rule does nothing there.`,
                    );
                } else {
                    winner = {
                        subject,
                        field,
                        route: limited(rule, this.#routeOf(rule.isRefused ? NOWHERE : rule.to, subject, field, server)),
                    };
                }
            }
        }
        return winner?.route;
    }

    #makeSni(server: PlannedServer): readonly SniRoute[] {
        const shares = this.#shares.get(server);
        // Behind all others: only what nobody else routes must not be left to a wildcard.
        const refused = shares.filter(({ subject }) => subject.source.refused !== undefined);
        return [...shares.flatMap((share) => this.#sniOf.get(share)), ...refused.map(refusedSni)];
    }

    #routesOf({ server, key, bound }: SniShare): readonly SniRoute[] {
        const hosts = bound.map(({ host }) => host.host);
        return this.#rules.sniRules(key).flatMap((rule) => this.#sniRoute(key, rule, hosts, server) ?? []);
    }

    #sniRoute(key: string, rule: SniRule, hosts: readonly string[], server: PlannedServer): SniRoute | undefined {
        if (!holdsIn(rule.scope, situationOf(server))) return undefined;
        const { subject, field } = rule;
        const serverNames = this.#namesOf(rule, hosts, server);
        if (serverNames.length === 0) return undefined;
        this.#context.report.addAll(subject, rule.remarks);
        const route = rule.isRefused
            ? this.#routeOf(NOWHERE, subject, field, server)
            : limited(rule, this.#routeOf(rule.to, subject, rule.toField, server));
        return { subject, key, field, serverNames, target: { kind: "tcp", route }, origin: originOf(subject, field) };
    }

    /** A name counts as far as a host of the server covers it: a route can't open a Gateway for other hosts. */
    #namesOf({ subject, names }: SniRule, hosts: readonly string[], server: PlannedServer): string[] {
        return [
            ...new Set(
                names.flatMap(({ name, field }) => {
                    const met = hosts.flatMap((host) => moreSpecific(name.toLowerCase(), host) ?? []);
                    if (met.length === 0) {
                        this.#context.report.add(
                            "GH0446",
                            subject,
                            field,
                            `${name} is none of the hosts that ${placeText(server)} serves for this ${subject.ref.kind}: ${listText(hosts)}.`,
                        );
                    }
                    return met;
                }),
            ),
        ];
    }

    #routeOf(to: readonly WeightedDestination[], subject: Subject, field: string, { port }: PlannedServer): TcpRouteEntry {
        const use = { protocol: "tcp", port } as const;
        const clusters = to
            .filter(({ weight }) => weight > 0)
            .map((one) => ({ cluster: this.#destinations.cluster(one, subject, use), weight: one.weight }));
        return { clusters, origin: originOf(subject, field) };
    }
}

const NOWHERE: readonly WeightedDestination[] = [];

function situationOf({ owner, port, destination }: PlannedServer): Situation {
    return { gateway: owner, port, ...(destination === undefined ? {} : { destination }) };
}

function refusedSni({ subject, key, bound }: SniShare): SniRoute {
    const field = "spec.hosts";
    const origin = originOf(subject, field);
    const serverNames = [...new Set(bound.map(({ domain }) => domain))];
    return { subject, key, field, serverNames, target: { kind: "tcp", route: { clusters: [], origin } }, origin };
}

/** Object by object, in their order; of one that is bound as before the same. */
function sharesOf(server: PlannedServer, all: readonly Bound[], previous: readonly SniShare[]): readonly SniShare[] {
    const bySubject = new Map<Subject, Bound[]>();
    for (const one of all) addTo(bySubject, one.subject, one);
    const shares = new Renewed(previous, isSameShare);
    for (const [subject, bound] of bySubject) shares.add({ server, subject, key: bound[0]?.key ?? "", bound });
    return shares.list();
}

function isSameShare(before: SniShare, now: SniShare): boolean {
    return before.subject === now.subject && sameList(before.bound, now.bound);
}

/** Each object once, in their order. */
function objectsOf(bound: readonly Bound[]): readonly Bound[] {
    const first = new Map<Subject, Bound>();
    for (const one of bound) if (!first.has(one.subject)) first.set(one.subject, one);
    return [...first.values()];
}
