/**
 * The root namespace, in which policies, Telemetry and DestinationRules are for the whole mesh. The mesh's configuration
 * says it (`rootNamespace` of MeshConfig): the key `mesh` of the ConfigMap `istio` in istio-system.
 */
import type { KubeObject, ObjectRef } from "../types";
import { yamlValue, type YamlValue } from "../yaml-value";

export const DEFAULT_ROOT_NAMESPACE = "istio-system";

export const MESH_CONFIG_MAP = { namespace: "istio-system", name: "istio" } as const;

/** By which a gateway's container is told. */
export const ROOT_NAMESPACE_ARGUMENT = "--root-namespace";

/** A mesh's configuration is a page. */
const MAX_TEXT = 1 << 20;

export function isMeshConfigMap({ apiVersion, kind, metadata }: KubeObject): boolean {
    return apiVersion === "v1" && isMeshConfigRef({ group: "", kind, namespace: metadata.namespace ?? "", name: metadata.name });
}

export function isMeshConfigRef({ group, kind, namespace, name }: ObjectRef): boolean {
    return group === "" && kind === "ConfigMap" && name === MESH_CONFIG_MAP.name && namespace === MESH_CONFIG_MAP.namespace;
}

/** The label of ConfigMaps that configure one gateway alone, in its namespace, in the same words. */
export const GATEWAY_MESH_CONFIG_LABEL = "gatehouse.dev/mesh-config";

export function isGatewayMeshConfig({ apiVersion, kind, metadata }: KubeObject, namespace: string | undefined): boolean {
    const isThere = namespace === undefined || (metadata.namespace ?? "default") === namespace;
    return apiVersion === "v1" && kind === "ConfigMap" && isThere && metadata.labels?.[GATEWAY_MESH_CONFIG_LABEL] === "true";
}

/** By ConfigMap: several ask for it, at every compilation, and what is in an object never changes. */
const known = new WeakMap<KubeObject, YamlValue>();

/** The configuration in it; undefined where the text is none: Istio reads its defaults then. Null: it is empty. */
export function meshOf(configMap: KubeObject | undefined): unknown {
    const read = readMesh(configMap);
    return read !== undefined && "value" in read ? read.value : undefined;
}

/** Why the text in it can't be read; undefined: it can, or there is none. */
export function meshFault(configMap: KubeObject): string | undefined {
    const read = readMesh(configMap);
    return read !== undefined && "fault" in read ? read.fault : undefined;
}

function readMesh(configMap: KubeObject | undefined): YamlValue | undefined {
    const text = field(field(configMap, "data"), "mesh");
    if (configMap === undefined || text === undefined) return undefined;
    if (typeof text !== "string") return { fault: "it is no text" };
    if (text.length > MAX_TEXT) return { fault: `it has more than ${MAX_TEXT} characters` };
    let read = known.get(configMap);
    if (read === undefined) known.set(configMap, (read = asMapping(yamlValue(text))));
    return read;
}

function asMapping(read: YamlValue): YamlValue {
    const isMapping = "fault" in read || read.value === null || (typeof read.value === "object" && !Array.isArray(read.value));
    return isMapping ? read : { fault: "it is no mapping of settings" };
}

export function rootNamespaceOf(configMap: KubeObject | undefined): string {
    const said = field(meshOf(configMap), "rootNamespace");
    return typeof said === "string" && said !== "" ? said : DEFAULT_ROOT_NAMESPACE;
}

/** What the containers of a pod are told, whatever else the pod's spec may be. */
export function rootNamespaceArgument(podSpec: unknown): string | undefined {
    const containers = field(podSpec, "containers");
    for (const container of Array.isArray(containers) ? (containers as readonly unknown[]) : []) {
        const args = field(container, "args");
        const at = Array.isArray(args) ? args.indexOf(ROOT_NAMESPACE_ARGUMENT) : -1;
        const said: unknown = at === -1 ? undefined : (args as readonly unknown[])[at + 1];
        if (typeof said === "string" && said !== "") return said;
    }
    return undefined;
}

export function field(value: unknown, name: string): unknown {
    return typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}
