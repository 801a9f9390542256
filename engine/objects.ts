/** The Kubernetes objects among a stack's resources, as they would be applied. */
import type { KubeObject } from "../istio/types";
import type { EvaluatedResource, PropertyMap } from "./types";
import { isMap } from "./values/envelopes";

export function kubernetesObjects(resources: readonly EvaluatedResource[]): KubeObject[] {
    return resources.filter((one) => one.custom && !one.external && one.type.startsWith("kubernetes:")).map((one) => asObject(one.inputs));
}

/** The provider has checked that these are there. */
function asObject(inputs: PropertyMap): KubeObject {
    const { apiVersion, kind, metadata, ...rest } = inputs;
    const name = isMap(metadata) && typeof metadata.name === "string" ? metadata.name : "";
    return { apiVersion: String(apiVersion), kind: String(kind), metadata: { ...(isMap(metadata) ? metadata : {}), name }, ...rest } as KubeObject;
}
