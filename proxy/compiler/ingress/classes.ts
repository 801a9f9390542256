/** Which Ingresses this proxy serves: those of Istio's class, where it is Istio's gateway, and those of a class that names its Service. */
import {
    gatewayServiceOf,
    ingressOwner,
    isDefaultClass,
    selects,
    serviceSelects,
    type KnownClasses,
    type IngressOwner,
    type Labels,
} from "../../../istio/semantics";
import type { IngressClassObject } from "../../../istio/types";
import type { Placed } from "../../resources/model";
import { guarded } from "../context/context";
import type { ObjectContext } from "../context/objects";
import type { Family, Lookup, Value } from "../graph/graph";
import { sameList } from "../graph/lists";

export type Ingress = Placed<"Ingress">;

/** An Ingress with what is to be known of its class. */
export interface ServedIngress {
    readonly ingress: Ingress;
    /** As Kubernetes says, a star in a host is one label; to Istio it is any number. */
    readonly starIsOneLabel: boolean;
    /** The pods that serve it, as far as it is said. */
    readonly selector: Labels;
}

const NOBODY: Labels = {};

export class IngressClasses {
    readonly #context: ObjectContext;
    readonly #named: Lookup<ReadonlyMap<string, IngressClassObject>, string, IngressClassObject | undefined>;
    readonly #fallback: Value<IngressClassObject | undefined>;
    /** The labels that the Service of a class selects by; undefined: there is no such Service. */
    readonly #selectorOf: Lookup<ReadonlyMap<string, Labels>, string, Labels | undefined>;
    readonly #served: Family<Ingress, ServedIngress | undefined>;
    readonly #all: Value<readonly ServedIngress[]>;

    constructor(context: ObjectContext) {
        const { graph, objects } = context;
        this.#context = context;
        this.#named = graph.lookup(
            graph.value(
                (): ReadonlyMap<string, IngressClassObject> =>
                    new Map(objects.ingressClasses.get().map(({ object, ref }) => [ref.name, object])),
            ),
            (all, name) => all.get(name),
        );
        this.#fallback = graph.value(() => {
            const [only, ...others] = objects.ingressClasses.get().filter(({ object }) => isDefaultClass(object));
            return others.length === 0 ? only?.object : undefined;
        });
        this.#selectorOf = graph.lookup(
            graph.value(
                (): ReadonlyMap<string, Labels> =>
                    new Map(objects.services.get().map(({ id, object }) => [id, object.spec.selector ?? NOBODY])),
            ),
            (all, id) => all.get(id),
        );
        this.#served = graph.family((ingress) => guarded(context, ingress, "spec", undefined, () => this.#servedAs(ingress)));
        this.#all = graph.value(() => objects.ingresses.get().flatMap((one) => this.#served.get(one) ?? []), sameList);
    }

    /** Oldest first. */
    all(): readonly ServedIngress[] {
        return this.#all.get();
    }

    #servedAs(ingress: Ingress): ServedIngress | undefined {
        const { settings } = this.#context;
        const owner = ingressOwner(ingress.object, this.#known(ingress), settings.ingress);
        switch (owner.kind) {
            case "istio": {
                const { selector } = settings.ingress;
                return settings.servesAll || selects(selector, settings.labels) ? { ingress, starIsOneLabel: false, selector } : undefined;
            }
            case "own":
                return this.#ofOwnClass(ingress, owner.class);
            case "other":
                this.#reportNobody(ingress, owner);
                return undefined;
            default:
                return owner satisfies never;
        }
    }

    /** An API server gives an Ingress that names no class the default one; one from a file has seen none. */
    #known({ source }: Ingress): KnownClasses {
        return {
            named: (name) => this.#named.get(name),
            fallback: source.place !== undefined || this.#context.settings.isBeforeAdmission ? this.#fallback.get() : undefined,
        };
    }

    #ofOwnClass(ingress: Ingress, ingressClass: IngressClassObject): ServedIngress | undefined {
        const { settings, report } = this.#context;
        const service = gatewayServiceOf(ingressClass);
        const selector = service && this.#selectorOf.get(`${service.namespace}/${service.name}`);
        const made = { ingress, starIsOneLabel: true, selector: selector ?? NOBODY };
        if (settings.servesAll) return made;
        if (service === undefined) {
            report.add(
                "GH0458",
                ingress,
                "spec.ingressClassName",
                `IngressClass ${ingressClass.metadata.name} does not say which gateway serves it, so that none does.`,
                "Let spec.parameters of the class name the gateway's Service: kind: Service, scope: Namespace, namespace and name.",
            );
            return undefined;
        }
        return service.namespace === settings.namespace && serviceSelects(selector, settings.labels) ? made : undefined;
    }

    #reportNobody(ingress: Ingress, { why }: Extract<IngressOwner, { kind: "other" }>): void {
        const { report, settings } = this.#context;
        const { ingressClassName } = ingress.object.spec;
        if (why === "missing-class") {
            report.add(
                "GH0458",
                ingress,
                "spec.ingressClassName",
                `There is no IngressClass ${ingressClassName}, so that nobody serves this Ingress.`,
                `Make the class, or name another.`,
            );
        }
        // In a cluster that is the business of whoever runs the controller that takes those; a folder has no other.
        if (why === "no-class" && settings.servesAll) {
            report.add(
                "GH0458",
                ingress,
                "spec.ingressClassName",
                "The Ingress names no class and there is no default one, so that nobody serves it.",
                `Name a class of the gateway, or annotate it with kubernetes.io/ingress.class: ${settings.ingress.class}.`,
            );
        }
    }
}
