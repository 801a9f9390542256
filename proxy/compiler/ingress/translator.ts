/** All that Ingresses say, in the proxy's words: servers, and rules by host. */
import { isDeepStrictEqual } from "node:util";
import { isWildcard, type Labels } from "../../../istio/semantics";
import { guarded } from "../context/context";
import type { ObjectContext } from "../context/objects";
import { placeText } from "../context/place";
import { whyFirst } from "../context/precedence";
import type { Family, Value } from "../graph/graph";
import type { OwnRules } from "../routing/model/joined";
import type { HttpRule } from "../routing/model/rules";
import type { PlannedServer } from "../routing/model/servers";
import type { Bound } from "../routing/model/sources";
import { IngressClasses, type Ingress } from "./classes";
import { IngressHosts } from "./hosts";
import { hiddenPaths, hostRules } from "./rules";
import { IngressServers } from "./servers";

const NONE: readonly never[] = [];
/** No VirtualService is called so. */
const KEY = "Ingresses of ";

export class IngressTranslator implements OwnRules {
    readonly what = "the Ingresses that it serves";
    readonly source: IngressServers;
    readonly #context: ObjectContext;
    readonly #classes: IngressClasses;
    readonly #hosts: IngressHosts;
    readonly #rules: Family<string, readonly HttpRule[]>;
    readonly #hidden: Family<string, undefined>;
    readonly #empty: Family<Ingress, undefined>;
    readonly #checked: Value<void>;
    readonly #selector: Value<Labels>;

    constructor(context: ObjectContext) {
        const { graph, settings } = context;
        this.#context = context;
        this.#classes = new IngressClasses(context);
        this.#hosts = new IngressHosts(context, this.#classes);
        this.source = new IngressServers(context, this.#classes);
        this.#rules = graph.family((host) => {
            const shares = this.#hosts.sharesOf(host);
            const above = isWildcard(host) ? this.#hosts.above(host) : undefined;
            const wider = above === undefined ? NONE : this.#rules.get(above);
            const [first] = shares;
            if (first === undefined) return NONE;
            const { ingress } = first.served;
            return guarded(context, ingress, first.field, [refusedRule(ingress, first.field)], () =>
                hostRules(host, shares, wider, settings),
            );
        });
        this.#hidden = graph.family((host) => this.#reportHidden(host));
        this.#empty = graph.family((ingress) => this.#reportEmpty(ingress));
        this.#checked = graph.value(() => {
            for (const { ingress } of this.#classes.all()) this.#empty.get(ingress);
            for (const host of this.#hosts.names()) this.#hidden.get(host);
        });
        this.#selector = graph.value(() => selectorOf(this.#classes), isDeepStrictEqual);
    }

    /** Says what is wrong with Ingresses, whether anything is served or not. */
    check(): void {
        this.#checked.get();
    }

    servers(): readonly PlannedServer[] {
        return this.source.servers();
    }

    owns({ subject }: PlannedServer): boolean {
        return subject.ref.kind === "Ingress";
    }

    knows(key: string): boolean {
        return key.startsWith(KEY);
    }

    /** What the pods that serve Ingresses bear, as far as it is said of all of them. */
    podLabels(): Labels {
        return this.#selector.get();
    }

    boundTo(server: PlannedServer): readonly Bound[] {
        return server.hosts.flatMap((planned) =>
            this.#hosts.metBy(planned.host).flatMap(({ host, domain }) => {
                const [share] = this.#hosts.sharesOf(host);
                if (share === undefined) return [];
                return [{ subject: share.served.ingress, key: `${KEY}${host}`, domain, host: planned, field: share.field }];
            }),
        );
    }

    httpRules(key: string): readonly HttpRule[] {
        return this.#rules.get(key.slice(KEY.length));
    }

    tcpRules(): readonly never[] {
        return NONE;
    }

    sniRules(): readonly never[] {
        return NONE;
    }

    #reportHidden(host: string): undefined {
        for (const { place, text, winner } of hiddenPaths(this.#hosts.sharesOf(host)))
            this.#context.report.add(
                "GH0472",
                place.subject,
                place.field,
                `${text} of ${host === "*" ? "every host" : host} is routed by ${placeText(winner)} already, which ${whyFirst(winner, place)}; here it is skipped.`,
                "Remove the path from one of the two.",
            );
    }

    #reportEmpty(ingress: Ingress): undefined {
        const { rules = NONE, defaultBackend } = ingress.object.spec;
        for (const [index, { http, host }] of rules.entries())
            if (http === undefined && defaultBackend === undefined)
                this.#context.report.add(
                    "GH0473",
                    ingress,
                    `spec.rules[${index}]`,
                    `The rule for ${host ?? "every host"} has no paths, and there is no default backend: it routes nothing.`,
                    "Add http.paths.",
                );
    }
}

/** Where they differ nothing is known of them. */
function selectorOf(classes: IngressClasses): Labels {
    const [first, ...others] = classes.all().map(({ selector }) => selector);
    return first !== undefined && others.every((one) => isDeepStrictEqual(one, first)) ? first : {};
}

/** Of a host that the compiler fails on, nothing may be left to others. */
function refusedRule(subject: Ingress, field: string): HttpRule {
    const refused = "it could not be compiled";
    return {
        subject,
        field,
        name: "",
        matches: [{ field, name: "", isNever: false, remarks: NONE }],
        action: { kind: "refuse", why: refused },
        remarks: NONE,
    };
}
