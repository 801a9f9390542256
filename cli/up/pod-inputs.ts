/** What a container would find around it: its environment variables, and the files of its Secret and ConfigMap volumes. */
import path from "node:path";
import { finding, type Finding, type KubeObject, type SecretObject } from "../../istio";
import type { ConfigMap, Container, EnvironmentVariable, KeyReference, KeyToPath, VolumeSource } from "./shapes";
import type { LocalWorkload } from "./workloads";

export interface MountedFile {
    /** Below the workload's file root, without a leading slash. */
    readonly file: string;
    readonly content: Buffer;
}

export interface PodInputs {
    readonly environment: Readonly<Record<string, string>>;
    readonly files: readonly MountedFile[];
    readonly findings: readonly Finding[];
}

const CLUSTER_CA = "kube-root-ca.crt";

type Content = ReadonlyMap<string, Buffer>;
type Kind = "Secret" | "ConfigMap";

/** Finds Secrets and ConfigMaps by kind, namespace and name. */
export class ContentIndex {
    readonly #objects = new Map<string, KubeObject>();

    constructor(objects: readonly KubeObject[]) {
        for (const object of objects) {
            if (object.apiVersion === "v1" && (object.kind === "Secret" || object.kind === "ConfigMap")) {
                this.#objects.set(`${object.kind} ${object.metadata.namespace ?? "default"}/${object.metadata.name}`, object);
            }
        }
    }

    find(kind: Kind, namespace: string, name: string): Content | undefined {
        const object = this.#objects.get(`${kind} ${namespace}/${name}`);
        if (!object) return undefined;
        return kind === "Secret" ? secretContent(object as SecretObject) : configMapContent(object as ConfigMap);
    }
}

/** The decoded values of a Secret; `stringData` wins over `data`. */
export function secretContent(secret: SecretObject): Content {
    const content = new Map<string, Buffer>();
    for (const [key, value] of Object.entries(secret.data ?? {})) content.set(key, Buffer.from(String(value), "base64"));
    for (const [key, value] of Object.entries(secret.stringData ?? {})) content.set(key, Buffer.from(String(value)));
    return content;
}

function configMapContent(map: ConfigMap): Content {
    const content = new Map<string, Buffer>();
    for (const [key, value] of Object.entries(map.data ?? {})) content.set(key, Buffer.from(String(value)));
    for (const [key, value] of Object.entries(map.binaryData ?? {})) content.set(key, Buffer.from(String(value), "base64"));
    return content;
}

/** What the downward API would say about the one pod that stands for the workload here. */
function fieldValue(fieldPath: string | undefined, workload: LocalWorkload): string {
    switch (fieldPath) {
        case "metadata.name":
            return workload.podName;
        case "metadata.namespace":
            return workload.ref.namespace;
        case "spec.nodeName":
            return "localhost";
        case "spec.serviceAccountName":
            return workload.pod.serviceAccountName ?? "default";
        case "status.podIP":
        case "status.hostIP":
            return "127.0.0.1";
        default:
            return keyedValue(fieldPath ?? "", workload);
    }
}

/** `metadata.labels['app']`; empty where there is none, as in a cluster. */
function keyedValue(fieldPath: string, { labels, annotations }: LocalWorkload): string {
    const [, field, key = ""] = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(fieldPath) ?? [];
    const values = field === "labels" ? labels : field === "annotations" ? annotations : {};
    return Object.hasOwn(values, key) ? values[key]! : "";
}

/** A workload's inputs; what is missing and not optional becomes a finding. */
export function podInputs(workload: LocalWorkload, index: ContentIndex): PodInputs {
    const findings: Finding[] = [];
    const { namespace } = workload.ref;
    const containers = workload.pod.containers ?? [];

    const missing = (kind: Kind, name: string, field: string): void => {
        findings.push(
            finding(
                "GH0502",
                { object: workload.ref, field, missing: { group: "", kind, namespace, name } },
                `it names ${kind} ${namespace}/${name}, which the stack does not make.`,
                "Make it, correct the name, or mark the reference optional.",
            ),
        );
    };
    const contentOf = (kind: Kind, name: string | undefined, optional: boolean | undefined, field: string): Content => {
        const found = name === undefined ? undefined : index.find(kind, namespace, name);
        if (!found && !optional) missing(kind, name ?? "", field);
        return found ?? new Map();
    };
    const keyValue = (kind: Kind, reference: KeyReference, field: string): string | undefined => {
        const value = contentOf(kind, reference.name, reference.optional, field).get(reference.key ?? "");
        return value?.toString();
    };
    const variable = ({ name, value, valueFrom }: EnvironmentVariable, field: string): [string, string] | undefined => {
        const found =
            value ??
            (valueFrom?.secretKeyRef ? keyValue("Secret", valueFrom.secretKeyRef, field) : undefined) ??
            (valueFrom?.configMapKeyRef ? keyValue("ConfigMap", valueFrom.configMapKeyRef, field) : undefined) ??
            (valueFrom?.fieldRef ? fieldValue(valueFrom.fieldRef.fieldPath, workload) : undefined);
        return found === undefined ? undefined : [name, found];
    };
    const sourceFiles = (source: VolumeSource, field: string): MountedFile[] => {
        const { secret, configMap } = source;
        if (secret)
            return projected(contentOf("Secret", secret.secretName ?? secret.name, secret.optional, `${field}.secret`), secret.items);
        // Every cluster puts this one into every namespace; there is no API server here that it would vouch for.
        if (configMap?.name === CLUSTER_CA) return [];
        if (configMap) return projected(contentOf("ConfigMap", configMap.name, configMap.optional, `${field}.configMap`), configMap.items);
        return [];
    };

    const environment = containers.flatMap(({ env }, at) =>
        (env ?? []).map((one, index) => variable(one, `spec.template.spec.containers[${at}].env[${index}]`)),
    );
    const files = (workload.pod.volumes ?? []).flatMap((volume, at) => {
        const field = `spec.template.spec.volumes[${at}]`;
        const sources = [volume, ...(volume.projected?.sources ?? [])];
        const content = sources.flatMap((source) => sourceFiles(source, field));
        return containers.flatMap((container) => mounted(container, volume.name, content));
    });
    return { environment: Object.fromEntries(environment.filter((one) => one !== undefined)), files, findings };
}

/** A volume's files: all keys by their names, or those that `items` picks, where it puts them. */
function projected(content: Content, items: readonly KeyToPath[] | undefined): MountedFile[] {
    if (!items) return [...content].map(([file, value]) => ({ file, content: value }));
    return items.flatMap(({ key = "", path: file }) => {
        const value = content.get(key);
        return value ? [{ file: file ?? key, content: value }] : [];
    });
}

/** The files where a container mounts them. Normalised from the root, so that no `..` leads out of the file root. */
function mounted(container: Container, volume: string | undefined, files: readonly MountedFile[]): MountedFile[] {
    return (container.volumeMounts ?? [])
        .filter(({ name }) => name !== undefined && name === volume)
        .flatMap(({ mountPath = "/", subPath }) => {
            const chosen = subPath === undefined ? files : files.filter(({ file }) => file === subPath);
            return chosen.map(({ file, content }) => ({
                file: path.posix.join("/", mountPath, subPath === undefined ? path.posix.join("/", file) : "").slice(1),
                content,
            }));
        });
}
