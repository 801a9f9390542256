/** Which Gateways the bundled proxy serves: those that have pods of its own, and those of whose pods nothing is known. */
import type { PodLabels } from "../semantics/policy-scope";
import { isAssumed } from "./default-gateway";
import { listAt, textAt } from "./loose";
import type { ObjectIndex } from "./object-index";
import type { IndexedKind } from "./indexed-object";
import type { IndexedPod } from "./pods";

/** The pods of a Gateway that run the bundled proxy, as far as the configuration has them; undefined: all of its pods run Envoy. */
export function bundledPods(gateway: IndexedKind<"Gateway">, index: ObjectIndex): readonly IndexedPod[] | undefined {
    const selector = known(gateway.usable.spec?.selector);
    const selected =
        Object.keys(selector).length === 0 ? [] : index.pods.selected(selector).filter(({ owner }) => !isAssumed(owner.object));
    const bundled = selected.filter((pod) => !runsEnvoy(pod));
    return selected.length > 0 && bundled.length === 0 ? undefined : bundled;
}

export function known(labels: Readonly<Record<string, string | undefined>> | undefined): PodLabels {
    return Object.fromEntries(Object.entries(labels ?? {}).filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** The Secrets of its servers. */
export function credentialsOfGateway({ usable }: IndexedKind<"Gateway">): string[] {
    return (usable.spec?.servers ?? [])
        .flatMap((server) => [server?.tls?.credentialName, ...(server?.tls?.credentialNames ?? [])])
        .filter((name): name is string => name !== undefined && name !== "");
}

/** Istio's proxy is injected into the pods, or is their container. */
export function runsEnvoy({ labels, annotations, spec }: IndexedPod): boolean {
    if (annotations["gatehouse.dev/run"] !== undefined) {
        return false;
    }
    return (
        labels["sidecar.istio.io/inject"] === "true" ||
        annotations["inject.istio.io/templates"] !== undefined ||
        listAt(spec, "containers").some((container) => textAt(container, "name") === "istio-proxy")
    );
}
