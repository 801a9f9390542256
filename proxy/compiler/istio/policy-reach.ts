/**
 * Which policies are for a Gateway, of whatever kind they are. A proxy that has labels is one pod; without, it stands for all pods
 * that may be behind the Gateway. Gateways that have the same policies have the same list: what is made of it is made once.
 */
import {
    podsOfGateway,
    reaches,
    shares,
    type GatewayFacts,
    type GatewayPods,
    type Surroundings,
} from "../../../istio/semantics/gateway-pods";
import { appliesTo, namesGateway } from "../../../istio/semantics/policy-scope";
import type { ObjectContext } from "../context/objects";
import type { Family, Value } from "../graph/graph";
import { sameList } from "../graph/lists";
import type { ScopedPolicy } from "./policies";
import type { PlacedGateway } from "./servers";

export class PolicyReach {
    readonly #context: ObjectContext;
    /** Without labels: what stands behind a Gateway. */
    readonly #pods: Family<PlacedGateway, GatewayPods>;
    readonly #surroundings: Value<Surroundings>;
    readonly #policies: Value<readonly ScopedPolicy[]>;
    /** Of a proxy that is one pod: for which Gateways they are makes a difference to some policies alone. */
    readonly #forAll: Value<readonly number[]>;
    readonly #forNamed: Value<readonly number[]>;
    /** By their places among all. */
    readonly #lists: Family<string, readonly ScopedPolicy[]>;
    readonly #reaching: Family<PlacedGateway, readonly ScopedPolicy[]>;

    constructor(context: ObjectContext, policies: Value<readonly ScopedPolicy[]>) {
        const { graph } = context;
        this.#context = context;
        this.#policies = policies;
        this.#surroundings = graph.value(() => surroundingsOf(context));
        this.#pods = graph.family((gateway) => podsOfGateway(factsOf(gateway), this.#surroundings.get()));
        this.#forAll = graph.value(() => this.#placesOf((policy) => !isForNamed(policy) && this.#isFor(policy, NO_GATEWAY)));
        this.#forNamed = graph.value(() => this.#placesOf(isForNamed));
        this.#lists = graph.family((places) => this.#listOf(places), sameList);
        this.#reaching = graph.family((gateway) => this.#lists.get(this.#placesFor(gateway).join()));
    }

    /** Kind by kind, of each the oldest first. */
    of(gateway: PlacedGateway): readonly ScopedPolicy[] {
        return this.#reaching.get(gateway);
    }

    #placesFor(gateway: PlacedGateway): readonly number[] {
        if (this.#context.settings.servesAll) {
            const pods = this.#pods.get(gateway);
            return this.#placesOf((policy) => this.#reaches(policy, pods));
        }
        const policies = this.#policies.get();
        const named = this.#forNamed.get().filter((at) => {
            const policy = policies[at];
            return policy !== undefined && this.#isFor(policy, gateway.ref);
        });
        return named.length === 0 ? this.#forAll.get() : [...this.#forAll.get(), ...named].sort((a, b) => a - b);
    }

    #placesOf(isMeant: (policy: ScopedPolicy) => boolean): readonly number[] {
        return this.#policies.get().flatMap((policy, at) => (isMeant(policy) ? [at] : []));
    }

    #listOf(places: string): readonly ScopedPolicy[] {
        const policies = this.#policies.get();
        return places === "" ? [] : places.split(",").flatMap((at) => policies[Number(at)] ?? []);
    }

    #isFor({ placed, attachment }: ScopedPolicy, gateway: GatewayName): boolean {
        const { namespace, labels, rootNamespace } = this.#context.settings;
        return placed.source.isAnywhere ?? appliesTo(attachment, placed.ref.namespace, { namespace, labels, gateway }, rootNamespace);
    }

    #reaches({ placed, attachment }: ScopedPolicy, pods: GatewayPods): boolean {
        return placed.source.isAnywhere ?? reaches(attachment, placed.ref.namespace, pods, this.#context.settings.rootNamespace);
    }

    /**
     * Policies that are for a Gateway, as each of its pods has them: where they differ, what one of them has must not open the
     * other. Undefined: there is one.
     */
    byPod(policies: readonly ScopedPolicy[], gateway: PlacedGateway): readonly (readonly ScopedPolicy[])[] | undefined {
        const { settings } = this.#context;
        if (!settings.servesAll || policies.length === 0) return undefined;
        const attached = policies.map((policy) => ({ attachment: policy.attachment, namespace: policy.placed.ref.namespace, policy }));
        return shares(attached, this.#pods.get(gateway), settings.rootNamespace).map((share) => share.map(({ policy }) => policy));
    }
}

type GatewayName = Pick<PlacedGateway["ref"], "namespace" | "name">;

const NO_GATEWAY: GatewayName = { namespace: "", name: "" };

function isForNamed({ attachment }: ScopedPolicy): boolean {
    return attachment.kind === "references" && attachment.references.some(namesGateway);
}

function factsOf({ ref, object }: PlacedGateway): GatewayFacts {
    const credentials = (object.spec.servers ?? []).flatMap(({ tls }) => [
        ...(tls?.credentialName ? [tls.credentialName] : []),
        ...(tls?.credentialNames ?? []),
    ]);
    return { namespace: ref.namespace, name: ref.name, selector: object.spec.selector ?? {}, credentials };
}

function surroundingsOf({ objects, settings }: ObjectContext): Surroundings {
    return {
        services: objects.services.get().map(({ object, ref }) => ({ namespace: ref.namespace, selector: object.spec.selector ?? {} })),
        pods: objects.pods.get().map(({ object, ref }) => ({ namespace: ref.namespace, labels: object.metadata.labels ?? {} })),
        secrets: objects.secrets.get().map(({ ref }) => ref),
        namespace: settings.isNamespaceGuessed ? undefined : settings.namespace,
        likely: settings.namespace,
    };
}
