/** One VirtualService's HTTP rules as route entries for one server: a match block an entry. */
import { isDeepStrictEqual } from "node:util";
import { neverMet, notUnderstood } from "../../../istio/semantics";
import { refText, type HTTPMatchRequest } from "../../../istio/types";
import type { RouteEntry } from "../../tables/entries";
import { actionOf, refusal } from "./actions";
import type { Context } from "../context/context";
import type { Destinations } from "./destinations";
import type { EffectiveRoute, EffectiveRoutes } from "../istio/effective-routes";
import type { Family } from "../graph/graph";
import { appliesHere, isCatchAll, readMatch, type MatchPlace, type ReadMatch } from "./matches";
import type { Placed } from "../../resources/model";
import { originOf } from "../context/origin";
import { corsEntry, faultEntry } from "./policies";
import { listText } from "../context/report";
import type { PlannedServer } from "../istio/servers";

export class HttpRoutes {
    private readonly context: Context;
    private readonly effective: EffectiveRoutes;
    private readonly destinations: Destinations;
    private readonly made: Family<string, readonly RouteEntry[]>;

    constructor(context: Context, effective: EffectiveRoutes, destinations: Destinations) {
        this.context = context;
        this.effective = effective;
        this.destinations = destinations;
        this.made = context.graph.family((key) => this.make(key), isDeepStrictEqual);
    }

    /** The same list for every server that sees the same: callers may compare by identity. */
    of(virtualService: Placed<"VirtualService">, { gateway, server }: PlannedServer): readonly RouteEntry[] {
        const routes = this.effective.of(virtualService);
        // Most rules mean the same on every port of every Gateway: then they are made once.
        return this.made.get(
            `${virtualService.id} ${routes.some(dependsOnPort) ? server.port.number : ""} ${routes.some(dependsOnGateway) ? gateway.id : ""}`,
        );
    }

    /** The key says no more of the place than the rules depend on, so that nothing else can come out. */
    private make(key: string): readonly RouteEntry[] {
        const [id = "", port = "", gatewayId = ""] = key.split(" ");
        const virtualService = this.effective.named(id);
        const routes = virtualService ? this.effective.of(virtualService) : [];
        const place: MatchPlace = { settings: this.context.settings, gatewayId, port: Number(port) };
        const entries: RouteEntry[] = [];
        for (const [index, effective] of routes.entries()) {
            for (const entry of this.entriesOf(effective, place)) {
                entries.push(entry);
                if (!isCatchAll(entry)) continue;
                // Istio looks no further: what follows can't be reached, also after a merge with other VirtualServices.
                this.reportUnreachable(effective, routes.slice(index + 1), place);
                return entries;
            }
        }
        return entries;
    }

    private entriesOf(effective: EffectiveRoute, place: MatchPlace): RouteEntry[] {
        const { route, field, merged } = effective;
        if (route.match === undefined || route.match.length === 0) return this.entryOf(effective, undefined, field, place);
        return route.match.flatMap((match, index) =>
            appliesHere(match, place) ? this.entryOf(effective, match, merged ? field : `${field}.match[${index}]`, place) : [],
        );
    }

    private entryOf(effective: EffectiveRoute, block: HTTPMatchRequest | undefined, field: string, place: MatchPlace): RouteEntry[] {
        const { route, owner } = effective;
        const read = block && readMatch(block);
        if (read?.never) {
            this.context.report.add("GH0447", owner, `${field}.headers`, neverMet(read.never));
            return [];
        }
        const refused = effective.refused ?? this.refusedMatch(effective, read, field);
        const made =
            refused === undefined ? actionOf(this.context, this.destinations, effective, read?.match, place.port) : refusal(refused);
        const isRefused = made.action.kind === "refuse";
        const cors = isRefused ? undefined : corsEntry(route.corsPolicy);
        const fault = isRefused ? undefined : faultEntry(route.fault);
        return [
            {
                name: routeName(route.name, block?.name),
                ...(read?.match ? { match: read.match } : {}),
                ...made,
                ...(cors ? { cors } : {}),
                ...(fault ? { fault } : {}),
                origin: originOf(owner, field),
            },
        ];
    }

    /** A condition that is not understood: the requests that may meet it are neither the rule's nor a later one's. */
    private refusedMatch({ owner }: EffectiveRoute, read: ReadMatch | undefined, field: string): string | undefined {
        if (read === undefined || read.unknown.length === 0) return undefined;
        this.context.report.add("GH0448", owner, field, notUnderstood(listText(read.unknown), read.unknown.length));
        return `the match has conditions that are not understood: ${listText(read.unknown)}`;
    }

    private reportUnreachable({ owner, field }: EffectiveRoute, later: readonly EffectiveRoute[], place: MatchPlace): void {
        const lost = later.filter(({ route }) => !route.match?.length || route.match.some((match) => appliesHere(match, place)));
        const [first] = lost;
        if (first === undefined) return;
        this.context.report.add(
            "GH0433",
            first.owner,
            first.field,
            `${lost.length === 1 ? "This rule is" : `This rule and ${lost.length - 1} after it are`} never reached${placeText(place)}: ${refText(owner.ref)} ${field} before it matches every request.`,
            "Move the rule that matches everything to the end.",
        );
    }
}

/** Where it is so; empty: everywhere. */
function placeText({ port, gatewayId }: MatchPlace): string {
    return `${port > 0 ? ` on port ${port}` : ""}${gatewayId === "" ? "" : ` of Gateway ${gatewayId}`}`;
}

/** As in Istio's access logs: `route`, `route.match`, `.match`, or nothing. */
function routeName(route: string | undefined, match: string | undefined): string {
    return match ? `${route ?? ""}.${match}` : (route ?? "");
}

function dependsOnPort({ route }: EffectiveRoute): boolean {
    const destinations = [
        ...(route.route ?? []).map(({ destination }) => destination),
        ...(route.mirror ? [route.mirror] : []),
        ...(route.mirrors ?? []).map(({ destination }) => destination),
    ];
    return destinations.some(({ port }) => !port?.number) || (route.match ?? []).some(({ port }) => port !== undefined);
}

function dependsOnGateway({ route }: EffectiveRoute): boolean {
    return (route.match ?? []).some(({ gateways }) => gateways !== undefined);
}
