/** A workload's objects as far as they are known while some arguments are not. */
import { openPaths, UNKNOWN, type Settled } from "../arguments";
import { buildIngressStatus, type IngressStatusManifests } from "./ingress-status";
import { buildWorkload, type WorkloadManifests } from "./objects";
import type { ManifestTransform } from "./manifest";
import type { WorkloadPlan } from "./plan";
import { finishIngressStatus, finishWorkload } from "./transforms";

/** Arguments whose values are only handed on. */
const HANDED_ON =
    /^(namespace|image|metadata\.(name|(labels|annotations)(\..*)?)|pod\.((labels|annotations|nodeSelector|env)\..*|(affinity|priorityClassName)(\W.*)?|(tolerations|imagePullSecrets)\[.*)|resources\..*|accessLog\.(filter|provider|providers\[.*)|tracing\..*|service\.(annotations\..*|(?!externalTrafficPolicy|type|skipAwait)[^.]+)|tls(\W.*)?|outboundTrafficPolicy|(trustedProxies|proxyProtocolSources|errorPages)\[.*|(maintenance|securityHeaders)\..*)$/;
/** Those that decide on what stands in the pods, and on nothing else. */
const OF_THE_POD = /^(secretVolumes\[|service\.externalTrafficPolicy$)/;

export function isHandedOn(path: string): boolean {
    return HANDED_ON.test(path);
}

type Plain = Readonly<Record<string, unknown>>;

/** The metadata is as it is; of every other field nothing is known. */
function hidden(manifest: Plain, metadata: unknown = manifest["metadata"]): Plain {
    return { ...Object.fromEntries(Object.keys(manifest).map((field) => [field, UNKNOWN])), metadata };
}

function each(manifests: WorkloadManifests | IngressStatusManifests, change: (manifest: Plain) => Plain): Plain {
    return Object.fromEntries(
        Object.entries(manifests as unknown as Record<string, Plain>).map(([key, manifest]) => [key, change(manifest)]),
    );
}

/** Functions of the program change what they like, and see values only; names and namespaces stay. */
function changedLater(manifests: WorkloadManifests | IngressStatusManifests): Plain {
    return each(manifests, (manifest) => {
        const { name, namespace } = manifest["metadata"] as Plain;
        return hidden(manifest, { name, ...(namespace === undefined ? {} : { namespace }), labels: UNKNOWN, annotations: UNKNOWN });
    });
}

function podHidden(manifests: WorkloadManifests): Plain {
    const { deployment } = manifests;
    return {
        ...manifests,
        deployment: { ...deployment, spec: { ...deployment.spec, template: { ...(deployment.spec.template as object), spec: UNKNOWN } } },
    };
}

/** The plan without what an open argument would have its builders read. */
function legible(plan: WorkloadPlan): WorkloadPlan {
    const {
        args: { secretVolumes: _secretVolumes, pod, ...args },
    } = plan;
    const { tolerations: _tolerations, imagePullSecrets: _imagePullSecrets, ...rest } = pod ?? {};
    return { ...plan, args: { ...args, pod: rest } };
}

export function outlineWorkload(plan: WorkloadPlan, changes: boolean): object {
    const decides = openPaths(plan.args).filter((path) => !isHandedOn(path));
    if (decides.length === 0) return changes ? changedLater(buildWorkload(plan)) : buildWorkload(plan);
    const manifests = buildWorkload(legible(plan));
    if (changes) return changedLater(manifests);
    return decides.every((path) => OF_THE_POD.test(path)) ? podHidden(manifests) : each(manifests, (manifest) => hidden(manifest));
}

/** All objects as they are to be deployed, with an Output for each value that comes later. */
export function workloadTrees<Data>(
    owner: string,
    data: Settled<Data>,
    plan: (all: Data) => WorkloadPlan,
    transforms: readonly ManifestTransform[] = [],
): WorkloadManifests {
    return data.tree(
        (all) => finishWorkload(owner, plan(all), transforms),
        (known) => outlineWorkload(plan(known), transforms.length > 0),
    );
}

/** As of the workload, of what writes the status of its Ingresses. */
export function ingressStatusTrees<Data>(
    owner: string,
    data: Settled<Data>,
    plan: (all: Data) => WorkloadPlan,
    transforms: readonly ManifestTransform[] = [],
): IngressStatusManifests {
    return data.tree(
        (all) => finishIngressStatus(owner, plan(all), transforms),
        (known) => {
            const built = buildIngressStatus(legible(plan(known)));
            return transforms.length > 0 ? changedLater(built) : built;
        },
    );
}
