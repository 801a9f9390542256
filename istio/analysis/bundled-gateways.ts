/**
 * The pods of Gateways, and which Gateways the bundled proxy serves: those that have pods of its own, and those of whose pods
 * nothing is known.
 */
import { podsOfGateway, type GatewayPods, type Surroundings } from "../semantics/gateway-pods";
import type { PodLabels } from "../semantics/policy-scope";
import { isAssumed } from "./default-gateway";
import { listAt, textAt } from "./loose";
import type { ObjectIndex } from "./object-index";
import type { IndexedKind } from "./indexed-object";
import type { IndexedPod } from "./pods";

/** The pods of a Gateway, as far as the configuration has them. */
export function ownPods(gateway: IndexedKind<"Gateway">, index: ObjectIndex): readonly IndexedPod[] {
    const selector = known(gateway.usable.spec?.selector);
    return Object.keys(selector).length === 0 ? [] : index.pods.selected(selector).filter(({ owner }) => !isAssumed(owner.object));
}

/** Those that run the bundled proxy, as far as the configuration has them; undefined: all of its pods run Envoy. */
export function bundledPods(gateway: IndexedKind<"Gateway">, index: ObjectIndex): readonly IndexedPod[] | undefined {
    const selected = ownPods(gateway, index);
    const bundled = selected.filter((pod) => !runsEnvoy(pod));
    return selected.length > 0 && bundled.length === 0 ? undefined : bundled;
}

export function known(labels: Readonly<Record<string, string | undefined>> | undefined): PodLabels {
    return Object.fromEntries(Object.entries(labels ?? {}).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** What a policy may be for, by a Gateway and those pods of it that are asked about. */
export function podsFinder(index: ObjectIndex): (gateway: IndexedKind<"Gateway">, pods: readonly IndexedPod[]) => GatewayPods {
    const surroundings: Omit<Surroundings, "pods"> = {
        services: index.of("Service").map(({ ref, usable }) => ({ namespace: ref.namespace, selector: known(usable.spec?.selector) })),
        secrets: index.of("Secret").map(({ ref }) => ref),
        namespace: undefined,
        likely: "default",
    };
    return (gateway, pods) => {
        const { namespace, name } = gateway.ref;
        const facts = { namespace, name, selector: known(gateway.usable.spec?.selector), credentials: credentialsOfGateway(gateway) };
        return podsOfGateway(facts, { ...surroundings, pods });
    };
}

/** The Secrets of its servers. */
function credentialsOfGateway({ usable }: IndexedKind<"Gateway">): string[] {
    return (usable.spec?.servers ?? [])
        .flatMap((server) => [server?.tls?.credentialName, ...(server?.tls?.credentialNames ?? [])])
        .filter((name): name is string => name !== undefined && name !== "");
}

/** Istio's proxy is injected into the pods, or is their container. */
function runsEnvoy({ labels, annotations, spec }: IndexedPod): boolean {
    if (annotations["gatehouse.dev/run"] !== undefined) {
        return false;
    }
    return (
        labels["sidecar.istio.io/inject"] === "true" ||
        annotations["inject.istio.io/templates"] !== undefined ||
        listAt(spec, "containers").some((container) => textAt(container, "name") === "istio-proxy")
    );
}
