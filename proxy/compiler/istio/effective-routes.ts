/**
 * The HTTP rules of a VirtualService as they are meant: names resolved in the namespace they were written in, rules of
 * delegates in the place of the rules that delegate.
 */
import { delegateFault, resolveGateways, resolveShortName } from "../../../istio/semantics";
import { refText, type Destination, type HTTPMatchRequest, type HTTPRoute } from "../../../istio/types";
import { idsOf, type Placed } from "../../resources/model";
import type { ObjectContext } from "../context/objects";
import { fieldBelow } from "../context/place";
import type { Lookup } from "../graph/graph";
import { mergeRoutes, type MergedRoute } from "./delegation";

type VirtualService = Placed<"VirtualService">;

/** One rule. Destinations are FQDNs, Gateways `ns/name`. */
export interface EffectiveRoute {
    /** The object the rule is written in: the delegate, where there is one. */
    readonly owner: VirtualService;
    /** The object that delegates to it, and its rule's name; absent: nobody does. */
    readonly root?: { readonly owner: VirtualService; readonly name: string };
    /** The rule's own name, whatever a root puts before it. */
    readonly name: string;
    /** `spec.http[2]`. */
    readonly field: string;
    readonly route: HTTPRoute;
    /** Whether its matches are made of two objects', so that none has a place of its own. */
    readonly merged: boolean;
    /** Why the rule can't be served: its requests are refused, and never left to a later rule. */
    readonly refused?: string;
}

export class EffectiveRoutes {
    readonly #context: ObjectContext;
    readonly #byId: Lookup<readonly VirtualService[], string, readonly VirtualService[]>;

    constructor(context: ObjectContext) {
        const { graph, objects } = context;
        this.#context = context;
        this.#byId = graph.index(objects.virtualServices, idsOf);
    }

    named(id: string): VirtualService | undefined {
        return this.#byId.get(id)[0];
    }

    of(virtualService: VirtualService): readonly EffectiveRoute[] {
        return this.#resolved(virtualService).flatMap((one) => (one.route.delegate ? this.#delegated(one) : [one]));
    }

    #resolved(owner: VirtualService): EffectiveRoute[] {
        const { domain } = this.#context.settings;
        const { refused } = owner.source;
        if (refused !== undefined) return [{ owner, name: "", field: "spec.http", route: {}, merged: false, refused }];
        return (owner.object.spec.http ?? []).map((route, index) => ({
            owner,
            name: route.name ?? "",
            field: fieldBelow("spec", "http", index),
            route: resolveRoute(route, owner.ref.namespace, domain),
            merged: false,
        }));
    }

    #delegated(root: EffectiveRoute): EffectiveRoute[] {
        const delegate = this.#delegateOf(root);
        if (typeof delegate === "string") return [{ ...root, refused: delegate }];
        return this.#resolved(delegate).flatMap((one) => this.#merged(root, one));
    }

    #merged(root: EffectiveRoute, one: EffectiveRoute): EffectiveRoute[] {
        const made = mergeRoutes(root.route, one.route);
        const refused = one.refused ?? this.#refusedDelegate(root, one, made);
        if (made === undefined) return [];
        const from = { owner: root.owner, name: root.name };
        return [{ ...one, root: from, route: made.route, merged: true, ...(refused === undefined ? {} : { refused }) }];
    }

    #refusedDelegate(root: EffectiveRoute, { owner, field, route }: EffectiveRoute, made: MergedRoute | undefined): string | undefined {
        const { report } = this.#context;
        if (route.delegate) {
            report.add(
                "GH0435",
                owner,
                `${field}.delegate`,
                `${refText(root.owner.ref)} ${root.field} delegates to this VirtualService, which may not delegate on; the requests of this rule get 500.`,
                "Name the last VirtualService in the root itself.",
            );
            return `${refText(owner.ref)} may not delegate on`;
        }
        if (made?.isUnclear === false) return undefined;
        report.add(
            "GH0435",
            owner,
            `${field}.match`,
            `A match of this rule lies within none of ${refText(root.owner.ref)} ${root.field}, which delegates here; ${made ? "the requests that it may be about get 500" : "the rule is never met"}.`,
            "Match a part of what the root matches: a longer prefix, or an exact path below its prefix.",
        );
        return made && `a match of ${refText(owner.ref)} ${field} lies within none of the root's`;
    }

    /** Or why there is none. */
    #delegateOf({ owner, field, route }: EffectiveRoute): VirtualService | string {
        const namespace = route.delegate?.namespace || owner.ref.namespace;
        const id = `${namespace}/${route.delegate?.name ?? ""}`;
        const delegate = this.named(id);
        const fault = delegate && delegateFault({ namespace, ...delegate.object.spec }, owner.ref.namespace);
        if (delegate && fault === undefined) return delegate;
        const why = delegate && fault ? `${refText(delegate.ref)} ${fault.message}` : `there is no VirtualService ${id}`;
        this.#context.report.add(
            "GH0434",
            owner,
            `${field}.delegate`,
            `${why[0]?.toUpperCase()}${why.slice(1)}. The rule's requests get 500.`,
            fault?.fix ?? "",
        );
        return why;
    }
}

/** Names resolved in the namespace the rule is written in: merged rules come from two. */
function resolveRoute(route: HTTPRoute, namespace: string, domain: string): HTTPRoute {
    const resolve = (destination: Destination): Destination => ({
        ...destination,
        host: resolveShortName(destination.host, namespace, domain),
    });
    return {
        ...route,
        ...(route.match ? { match: route.match.map((match) => resolveMatch(match, namespace)) } : {}),
        ...(route.route ? { route: route.route.map((one) => ({ ...one, destination: resolve(one.destination) })) } : {}),
        ...(route.mirror ? { mirror: resolve(route.mirror) } : {}),
        ...(route.mirrors ? { mirrors: route.mirrors.map((one) => ({ ...one, destination: resolve(one.destination) })) } : {}),
    };
}

function resolveMatch(match: HTTPMatchRequest, namespace: string): HTTPMatchRequest {
    if (match.gateways === undefined) return match;
    return { ...match, gateways: resolveGateways(match.gateways, namespace) };
}
