/** The Kubernetes objects among a stack's resources, as they would be applied. */
import { clusterKey } from "../istio/clusters";
import type { KubeObject } from "../istio/types";
import type { ClusterObjects, EvaluatedResource, PropertyMap } from "./types";
import { isMap } from "./values/envelopes";

export function kubernetesObjects(resources: readonly EvaluatedResource[]): KubeObject[] {
    return resources.filter((one) => one.custom && !one.external && one.type.startsWith("kubernetes:")).map((one) => asObject(one.inputs));
}

/** The same, cluster by cluster, in the order in which the program first made something for each. */
export function clusterObjects(resources: readonly EvaluatedResource[]): ClusterObjects[] {
    const byUrn = new Map(resources.map((one) => [one.urn, one]));
    const clusters = new Map<string, { name: string; key: string; objects: KubeObject[] }>();
    for (const resource of resources) {
        const [object] = kubernetesObjects([resource]);
        if (!object) continue;
        const provider = byUrn.get(resource.provider?.slice(0, resource.provider.lastIndexOf("::")) ?? "");
        const key = clusterKey(provider?.inputs);
        const isDefault = provider === undefined || /^default(_|$)/.test(provider.name);
        const known = clusters.get(key) ?? { name: isDefault ? "" : provider.name, key, objects: [] };
        if (isDefault) known.name = "";
        known.objects.push(object);
        clusters.set(key, known);
    }
    return [...clusters.values()];
}

/** The provider has checked that these are there. */
function asObject(inputs: PropertyMap): KubeObject {
    const { apiVersion, kind, metadata, ...rest } = inputs;
    const name = isMap(metadata) && typeof metadata.name === "string" ? metadata.name : "";
    return {
        apiVersion: String(apiVersion),
        kind: String(kind),
        metadata: { ...(isMap(metadata) ? metadata : {}), name },
        ...rest,
    } as KubeObject;
}
