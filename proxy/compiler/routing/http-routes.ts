/** One object's HTTP rules as route entries for one server: an entry a match. */
import { isDeepStrictEqual } from "node:util";
import type { RouteEntry } from "../../tables/entries";
import type { CompilerContext } from "../context/context";
import { placeText } from "../context/place";
import type { Family } from "../graph/graph";
import { actionOf, refusal } from "./actions";
import type { Destinations } from "./destinations";
import { dependsOnGateway, dependsOnPort, isCatchAll } from "./matches";
import type { HttpMatch, HttpRule } from "./model/rules";
import type { PlannedServer } from "./model/servers";
import { holdsIn, type Situation } from "./model/situation";
import type { RuleSource } from "./model/sources";
import { originOf } from "./origin";

type PlaceScope = "anywhere" | "port" | "gateway" | "port and gateway";

const ANYWHERE: Situation = { gateway: "", port: 0 };

export class HttpRoutes {
    readonly #context: CompilerContext;
    readonly #rules: RuleSource;
    readonly #destinations: Destinations;
    /** What of a place an object's rules depend on. */
    readonly #scopes: Family<string, PlaceScope>;
    /** Of rules that mean the same everywhere. */
    readonly #anywhere: Family<string, readonly RouteEntry[]>;
    readonly #inPlaces: Family<string, readonly RouteEntry[]>;

    constructor(context: CompilerContext, rules: RuleSource, destinations: Destinations) {
        this.#context = context;
        this.#rules = rules;
        this.#destinations = destinations;
        const { graph } = context;
        this.#scopes = graph.family((key) => this.#scopeOf(key));
        this.#anywhere = graph.family((key) => this.#make(key, ANYWHERE), isDeepStrictEqual);
        this.#inPlaces = graph.family((place) => {
            const [key, port, gateway] = JSON.parse(place) as [key: string, port: number, gateway: string];
            return this.#make(key, { gateway, port });
        }, isDeepStrictEqual);
    }

    /** The same list for every server that sees the same: callers may compare by identity. */
    of(key: string, { owner, port }: PlannedServer): readonly RouteEntry[] {
        // Most rules mean the same on every port of every Gateway: then they are made once.
        const scope = this.#scopes.get(key);
        if (scope === "anywhere") return this.#anywhere.get(key);
        return this.#inPlaces.get(JSON.stringify([key, scope === "gateway" ? 0 : port, scope === "port" ? "" : owner]));
    }

    #scopeOf(key: string): PlaceScope {
        const rules = this.#rules.httpRules(key);
        const isOfPort = rules.some((rule) => dependsOnPort(rule) || this.#mayLeadBack(rule));
        const isOfGateway = rules.some(dependsOnGateway);
        if (isOfPort) return isOfGateway ? "port and gateway" : "port";
        return isOfGateway ? "gateway" : "anywhere";
    }

    /** The situation says no more of the place than the rules depend on, so that nothing else can come out. */
    #make(key: string, situation: Situation): readonly RouteEntry[] {
        const rules = this.#rules.httpRules(key);
        const entries: RouteEntry[] = [];
        for (const [index, rule] of rules.entries()) {
            for (const match of rule.matches) {
                const entry = holdsIn(match, situation) ? this.#entryOf(rule, match, situation.port) : undefined;
                if (entry === undefined) continue;
                entries.push(entry);
                if (!isCatchAll(entry)) continue;
                // Istio looks no further: what follows can't be reached, also after a merge with other objects' rules.
                this.#reportUnreachable(rule, rules.slice(index + 1), situation);
                return entries.slice();
            }
        }
        return entries;
    }

    /** To a port of the gateway itself, which is a loop for those who came to that port. */
    #mayLeadBack({ action }: HttpRule): boolean {
        return action?.kind === "forward" && action.to.some(({ host }) => this.#destinations.isOwn(host));
    }

    /** Undefined: no request can meet it. */
    #entryOf(rule: HttpRule, match: HttpMatch, port: number): RouteEntry | undefined {
        const { report } = this.#context;
        const { subject, cors, fault, maxRequestBodyBytes } = rule;
        if (match.isNever || rule.refused === undefined) report.addAll(subject, match.remarks);
        if (match.isNever) return undefined;
        const refused = rule.refused ?? match.refused;
        if (refused === undefined) report.addAll(subject, rule.remarks);
        const made = refused === undefined ? actionOf(this.#destinations, rule, match.conditions, port) : { action: refusal(refused) };
        const isRefused = made.action.kind === "refuse";
        return {
            name: routeName(rule.name, match.name),
            ...(match.conditions ? { match: match.conditions } : {}),
            ...made,
            ...(cors && !isRefused ? { cors } : {}),
            ...(fault && !isRefused ? { fault } : {}),
            ...(maxRequestBodyBytes === undefined ? {} : { maxRequestBodyBytes }),
            origin: originOf(subject, match.field),
        };
    }

    #reportUnreachable(rule: HttpRule, later: readonly HttpRule[], situation: Situation): void {
        // What stands behind a redirect to HTTPS is for those who come by that.
        if (rule.action.kind === "redirect" && rule.action.scheme === "https") return;
        const lost = later.filter(({ matches }) => matches.some((match) => holdsIn(match, situation)));
        const [first] = lost;
        if (first === undefined) return;
        this.#context.report.add(
            "GH0433",
            first.subject,
            first.field,
            `${lost.length === 1 ? "This rule is" : `This rule and ${lost.length - 1} after it are`} never reached${situationText(situation)}: ${placeText(rule)} before it matches every request.`,
            "Move the rule that matches everything to the end.",
        );
    }
}

/** Where it is so; empty: everywhere. */
function situationText({ port, gateway }: Situation): string {
    return `${port > 0 ? ` on port ${port}` : ""}${gateway === "" ? "" : ` of Gateway ${gateway}`}`;
}

/** As in Istio's access logs: `route`, `route.match`, `.match`, or nothing. */
function routeName(rule: string, match: string): string {
    return match === "" ? rule : `${rule}.${match}`;
}
