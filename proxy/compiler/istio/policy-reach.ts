/**
 * Which policies are for a Gateway, of whatever kind they are. A proxy that has labels is one pod; without, it stands for all pods
 * that may be behind the Gateway.
 */
import {
    podsOfGateway,
    reaches,
    shares,
    type GatewayFacts,
    type GatewayPods,
    type Surroundings,
} from "../../../istio/semantics/gateway-pods";
import { appliesTo } from "../../../istio/semantics/policy-scope";
import type { ObjectContext } from "../context/objects";
import type { Family, Value } from "../graph/graph";
import type { ScopedPolicy } from "./policies";
import type { PlacedGateway } from "./servers";

export class PolicyReach {
    readonly #context: ObjectContext;
    /** Without labels: what stands behind a Gateway. */
    readonly #pods: Family<PlacedGateway, GatewayPods>;
    readonly #surroundings: Value<Surroundings>;

    constructor(context: ObjectContext) {
        const { graph } = context;
        this.#context = context;
        this.#surroundings = graph.value(() => surroundingsOf(context));
        this.#pods = graph.family((gateway) => podsOfGateway(factsOf(gateway), this.#surroundings.get()));
    }

    isFor({ placed, attachment }: ScopedPolicy, gateway: PlacedGateway): boolean {
        const { settings } = this.#context;
        if (placed.source.isAnywhere) return true;
        const { namespace } = placed.ref;
        if (settings.servesAll) return reaches(attachment, namespace, this.#pods.get(gateway), settings.rootNamespace);
        return appliesTo(
            attachment,
            namespace,
            { namespace: settings.namespace, labels: settings.labels, gateway: gateway.ref },
            settings.rootNamespace,
        );
    }

    /**
     * Policies that are for a Gateway, as each of its pods has them: where they differ, what one of them has must not open the
     * other.
     */
    byPod(policies: readonly ScopedPolicy[], gateway: PlacedGateway): readonly (readonly ScopedPolicy[])[] {
        const { settings } = this.#context;
        if (!settings.servesAll || policies.length === 0) return [policies];
        const attached = policies.map((policy) => ({ attachment: policy.attachment, namespace: policy.placed.ref.namespace, policy }));
        return shares(attached, this.#pods.get(gateway), settings.rootNamespace).map((share) => share.map(({ policy }) => policy));
    }
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
