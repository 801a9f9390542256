/** Routes of connections rather than requests: tcp[] on TCP and terminated TLS servers, tls[] behind passthrough. */
import { isDeepStrictEqual } from "node:util";
import { gatewayNames, moreSpecific, resolveShortName } from "../../../istio/semantics";
import { refText, type L4MatchAttributes, type RouteDestination } from "../../../istio/types";
import type { Origin, TcpRouteEntry } from "../../tables/entries";
import type { Binding } from "../istio/binding";
import type { Context } from "../context/context";
import type { Destinations } from "./destinations";
import type { Family } from "../graph/graph";
import type { Placed } from "../../resources/model";
import { originOf } from "../context/origin";
import { listText } from "../context/report";
import { serverText, type PlannedServer } from "../istio/servers";

type VirtualService = Placed<"VirtualService">;

/** A passthrough chain to be: the names, and where they lead. */
export interface SniRoute {
    readonly serverNames: readonly string[];
    readonly target: { readonly kind: "tcp"; readonly route: TcpRouteEntry };
    readonly origin: Origin;
    readonly virtualService: VirtualService;
    /** `spec.tls[0].match[1]`. */
    readonly field: string;
}

/** What applies to a server. */
export type BindingsOf = (server: PlannedServer) => readonly Binding[];

export class TcpRoutes {
    private readonly context: Context;
    private readonly destinations: Destinations;
    private readonly bindingsOf: BindingsOf;
    private readonly tcp: Family<PlannedServer, TcpRouteEntry | undefined>;
    private readonly sni: Family<PlannedServer, readonly SniRoute[]>;

    constructor(context: Context, destinations: Destinations, bindingsOf: BindingsOf) {
        this.context = context;
        this.destinations = destinations;
        this.bindingsOf = bindingsOf;
        this.tcp = context.graph.family((server) => this.makeTcp(server), isDeepStrictEqual);
        this.sni = context.graph.family((server) => this.makeSni(server));
    }

    tcpRoute(server: PlannedServer): TcpRouteEntry | undefined {
        return this.tcp.get(server);
    }

    sniRoutes(server: PlannedServer): readonly SniRoute[] {
        return this.sni.get(server);
    }

    /** The first tcp block that matches port and Gateway, of the first VirtualService that has one. All others are idle. */
    private makeTcp(server: PlannedServer): TcpRouteEntry | undefined {
        let winner: { readonly virtualService: VirtualService; readonly field: string; readonly route: TcpRouteEntry } | undefined;
        for (const virtualService of virtualServicesOf(this.bindingsOf(server))) {
            for (const [index, block] of (virtualService.object.spec.tcp ?? []).entries()) {
                const field = `spec.tcp[${index}]`;
                if (!this.isMet(block.match, server, virtualService)) continue;
                const isUnderstood = (block.match ?? []).every((match, at) =>
                    this.isUnderstood(match, virtualService, `${field}.match[${at}]`),
                );
                if (winner) {
                    this.context.report.add(
                        "GH0446",
                        virtualService,
                        field,
                        `Port ${server.server.port.number} of ${serverText(server)} is already routed by ${refText(winner.virtualService.ref)} ${winner.field}; this rule does nothing there.`,
                    );
                } else {
                    winner = {
                        virtualService,
                        field,
                        route: isUnderstood
                            ? this.routeOf(block.route ?? [], virtualService, field, server)
                            : { clusters: [], origin: originOf(virtualService, field) },
                    };
                }
            }
        }
        return winner?.route;
    }

    private makeSni(server: PlannedServer): readonly SniRoute[] {
        const bindings = this.bindingsOf(server);
        const services = virtualServicesOf(bindings);
        const hostsOf = (virtualService: VirtualService): string[] =>
            bindings.filter((one) => one.virtualService === virtualService).map(({ host }) => host.host);
        const routes = services.flatMap((virtualService) =>
            (virtualService.object.spec.tls ?? []).flatMap((block, index) =>
                block.match.flatMap((match, at) => {
                    const field = `spec.tls[${index}].match[${at}]`;
                    if (!this.isMet([match], server, virtualService)) return [];
                    const serverNames = this.namesOf(
                        match.sniHosts ?? [],
                        hostsOf(virtualService),
                        virtualService,
                        `${field}.sniHosts`,
                        server,
                    );
                    if (serverNames.length === 0) return [];
                    const route = this.isUnderstood(match, virtualService, field)
                        ? this.routeOf(block.route ?? [], virtualService, `spec.tls[${index}]`, server)
                        : { clusters: [], origin: originOf(virtualService, field) };
                    return [
                        {
                            serverNames,
                            target: { kind: "tcp" as const, route },
                            origin: originOf(virtualService, field),
                            virtualService,
                            field,
                        },
                    ];
                }),
            ),
        );
        // Behind all others: only what nobody else routes must not be left to a wildcard.
        return [
            ...routes,
            ...services
                .filter(({ source }) => source.refused !== undefined)
                .map((virtualService) =>
                    refusedSni(
                        virtualService,
                        bindings.filter((one) => one.virtualService === virtualService).map(({ domain }) => domain),
                    ),
                ),
        ];
    }

    /** A condition that nobody knows is never met; connections that may meet it are closed rather than left to another rule. */
    private isUnderstood(match: L4MatchAttributes, virtualService: VirtualService, field: string): boolean {
        const unknown = Object.entries(match)
            .filter(([name, value]) => value !== undefined && !L4_FIELDS.has(name))
            .map(([name]) => name);
        if (unknown.length === 0) return true;
        this.context.report.add(
            "GH0448",
            virtualService,
            field,
            `${listText(unknown)}: not known to the bundled proxy; connections that may meet it are closed.`,
        );
        return false;
    }

    /** A name counts as far as a host of the server covers it: a route can't open a Gateway for other hosts. */
    private namesOf(
        sniHosts: readonly string[],
        hosts: readonly string[],
        virtualService: VirtualService,
        field: string,
        server: PlannedServer,
    ): string[] {
        return [
            ...new Set(
                sniHosts.flatMap((name, index) => {
                    const met = hosts.flatMap((host) => moreSpecific(name.toLowerCase(), host) ?? []);
                    if (met.length === 0) {
                        this.context.report.add(
                            "GH0446",
                            virtualService,
                            `${field}[${index}]`,
                            `${name} is none of the hosts that ${serverText(server)} serves for this VirtualService: ${listText(hosts)}.`,
                        );
                    }
                    return met;
                }),
            ),
        ];
    }

    private isMet(matches: readonly L4MatchAttributes[] | undefined, { gateway, server }: PlannedServer, { ref }: VirtualService): boolean {
        if (matches === undefined || matches.length === 0) return true;
        return matches.some(
            ({ port, gateways }) =>
                (!port || port === server.port.number) && (!gateways?.length || gatewayNames(gateways, ref.namespace).includes(gateway.id)),
        );
    }

    private routeOf(
        route: readonly RouteDestination[],
        virtualService: VirtualService,
        field: string,
        { server }: PlannedServer,
    ): TcpRouteEntry {
        const { domain } = this.context.settings;
        const use = { protocol: "tcp", port: server.port.number } as const;
        const weighted = route.map((one, index) => ({ one, index })).filter(({ one }) => route.length === 1 || (one.weight ?? 0) > 0);
        const clusters = weighted.map(({ one, index }) => {
            const destination = { ...one.destination, host: resolveShortName(one.destination.host, virtualService.ref.namespace, domain) };
            const cluster = this.destinations.cluster(destination, virtualService, `${field}.route[${index}].destination`, use);
            return { cluster, weight: route.length === 1 ? 100 : (one.weight ?? 0) };
        });
        return { clusters, origin: originOf(virtualService, field) };
    }
}

const L4_FIELDS: ReadonlySet<string> = new Set([
    "destinationSubnets",
    "port",
    "sourceLabels",
    "sourceNamespace",
    "sourceSubnet",
    "gateways",
    "sniHosts",
]);

function refusedSni(virtualService: VirtualService, hosts: readonly string[]): SniRoute {
    const origin = originOf(virtualService, "spec.hosts");
    return {
        serverNames: [...new Set(hosts)],
        target: { kind: "tcp", route: { clusters: [], origin } },
        origin,
        virtualService,
        field: "spec.hosts",
    };
}

function virtualServicesOf(bindings: readonly Binding[]): VirtualService[] {
    return [...new Set(bindings.map(({ virtualService }) => virtualService))];
}
