/** The hosts of Ingresses, and what each of them brings to a host: rules of several Ingresses for one host are merged. */
import { isSubsetOf, isWildcard, suffixPatterns } from "../../../istio/semantics";
import { addTo } from "../../../istio/lists-by-key";
import { guarded } from "../context/context";
import type { ObjectContext } from "../context/objects";
import { fieldBelow } from "../context/place";
import type { Family, Lookup, Value } from "../graph/graph";
import { sameList } from "../graph/lists";
import type { IngressClasses, ServedIngress } from "./classes";

/** What one Ingress says of one host. */
export interface HostShare {
    readonly served: ServedIngress;
    /** Where it names the host, or would. */
    readonly field: string;
    /** The rules for it, by their places. */
    readonly rules: readonly number[];
}

type Shares = ReadonlyMap<string, readonly HostShare[]>;

const NONE: readonly never[] = [];
const NO_SHARES: Shares = new Map();

export class IngressHosts {
    readonly #ofIngress: Family<ServedIngress, Shares>;
    readonly #byHost: Value<Shares>;
    readonly #shares: Lookup<Shares, string, readonly HostShare[]>;
    readonly #names: Value<readonly string[]>;
    readonly #isThere: Lookup<Shares, string, boolean>;

    constructor(context: ObjectContext, classes: IngressClasses) {
        const { graph } = context;
        this.#ofIngress = graph.family((served) => guarded(context, served.ingress, "spec.rules", NO_SHARES, () => sharesOf(served)));
        this.#byHost = graph.value(() => {
            const all = new Map<string, HostShare[]>();
            for (const one of classes.all())
                for (const [host, shares] of this.#ofIngress.get(one)) for (const share of shares) addTo(all, host, share);
            return all;
        });
        this.#shares = graph.lookup(this.#byHost, (all, host) => all.get(host) ?? NONE, sameList);
        this.#names = graph.value(() => [...this.#byHost.get().keys()], sameList);
        this.#isThere = graph.lookup(this.#byHost, (all, host) => all.has(host));
    }

    names(): readonly string[] {
        return this.#names.get();
    }

    /** Of one host, oldest Ingress first. */
    sharesOf(host: string): readonly HostShare[] {
        return this.#shares.get(host);
    }

    /** The narrowest host of Ingresses that covers another one, itself left out. */
    above(host: string): string | undefined {
        return this.#narrowest(widerThan(host));
    }

    /** Under which hosts the rules of Ingresses are met on a server for a host: by which rules, as what. */
    metBy(serverHost: string): readonly { readonly host: string; readonly domain: string }[] {
        const inside: readonly string[] = isWildcard(serverHost) ? this.names().filter((name) => isSubsetOf(name, serverHost)) : NONE;
        const own = inside.map((host) => ({ host, domain: host }));
        if (inside.includes(serverHost)) return own;
        const covering = this.#narrowest([serverHost, ...widerThan(serverHost)]);
        return covering === undefined ? own : [...own, { host: covering, domain: serverHost }];
    }

    #narrowest(hosts: readonly string[]): string | undefined {
        return hosts.find((one) => this.#isThere.get(one));
    }
}

/** The narrowest first. */
function widerThan(host: string): readonly string[] {
    if (host === "*") return NONE;
    const name = isWildcard(host) ? host.slice(2) : host;
    return [...suffixPatterns(name), "*"];
}

/** By host; one with a default backend and without a rule for every host has a share of `*` too. */
function sharesOf(served: ServedIngress): Shares {
    const { rules = [], defaultBackend } = served.ingress.object.spec;
    const places = new Map<string, number[]>();
    for (const [index, { host }] of rules.entries()) addTo(places, host ? host.toLowerCase() : "*", index);
    if (defaultBackend !== undefined && !places.has("*")) places.set("*", []);
    return new Map(
        [...places].map(([host, indices]): [string, readonly HostShare[]] => {
            const [first] = indices;
            const field =
                first === undefined
                    ? "spec.defaultBackend"
                    : host === "*"
                      ? fieldBelow("spec", "rules", first)
                      : fieldBelow(fieldBelow("spec", "rules", first), "host");
            return [host, [{ served, field, rules: indices }]];
        }),
    );
}
