/**
 * What a program does not make and does not have to: Secrets and ConfigMaps that cert-manager and other controllers fill in the
 * cluster, Secrets that the program says itself are somebody else's or mounts whenever they come, and Services of namespaces
 * that it has no part in. That one of these is not here is worth a note, and no error.
 */
import type { Evaluation, PropertyValue } from "../../engine";
import {
    finding,
    gatewaySelects,
    groupOf,
    isEmptySelector,
    isSameRef,
    readKind,
    refKey,
    refOf,
    refText,
    secretMeant,
    type Finding,
    type KubeObject,
    type ObjectRef,
} from "../../istio";
import { podTemplateOf } from "../up/shapes";

/** Absent namespace: in whichever the gateway's pods are. */
interface Promised {
    readonly kind: "Secret" | "ConfigMap";
    readonly namespace?: string;
    readonly name: string;
    readonly by: string;
}

type Loose = Readonly<Record<string, unknown>> | undefined;

const child = (value: unknown, ...steps: readonly string[]): unknown =>
    steps.reduce<unknown>((inner, step) => (typeof inner === "object" && inner !== null ? (inner as Loose)?.[step] : undefined), value);
const firstText = (...values: readonly unknown[]): string | undefined =>
    values.find((one): one is string => typeof one === "string" && one !== "");

/** The controllers' kinds, by group and kind, and the name of the Secret that each fills. */
const CONTROLLERS: Readonly<Record<string, (object: KubeObject) => string | undefined>> = {
    "cert-manager.io Certificate": (object) => firstText(child(object, "spec", "secretName")),
    "external-secrets.io ExternalSecret": (object) => firstText(child(object, "spec", "target", "name"), object.metadata.name),
    "bitnami.com SealedSecret": (object) => firstText(child(object, "spec", "template", "metadata", "name"), object.metadata.name),
    "secrets.hashicorp.com VaultStaticSecret": (object) => firstText(child(object, "spec", "destination", "name")),
    "secrets.hashicorp.com VaultDynamicSecret": (object) => firstText(child(object, "spec", "destination", "name")),
    "secrets.hashicorp.com VaultPKISecret": (object) => firstText(child(object, "spec", "destination", "name")),
};

function fromController(object: KubeObject): Promised[] {
    const name = CONTROLLERS[`${groupOf(object.apiVersion)} ${object.kind}`]?.(object);
    return name === undefined
        ? []
        : [
              {
                  kind: "Secret",
                  namespace: object.metadata.namespace ?? "default",
                  name,
                  by: `${refText(refOf(object))} has it made in the cluster`,
              },
          ];
}

/** By which Ingresses ask cert-manager for the certificates of their `tls`. */
const ISSUER_ANNOTATIONS = ["cert-manager.io/cluster-issuer", "cert-manager.io/issuer", "kubernetes.io/tls-acme"];

/** Beside the Ingress, as cert-manager makes them. */
function fromIngress(object: KubeObject): Promised[] {
    const asked = ISSUER_ANNOTATIONS.find((name) => object.metadata.annotations?.[name]);
    if (readKind(object) !== "Ingress" || asked === undefined) return [];
    const { namespace = "default" } = object.metadata;
    const by = `cert-manager makes it in the cluster, as the annotation ${asked} has it`;
    const tls = child(object, "spec", "tls");
    return (Array.isArray(tls) ? (tls as readonly unknown[]) : []).flatMap((one): Promised[] => {
        const name = child(one, "secretName");
        return typeof name === "string" && name !== "" ? [{ kind: "Secret", namespace, name, by }] : [];
    });
}

/** trust-manager writes a Bundle into every namespace. */
function fromBundle(object: KubeObject): Promised[] {
    if (groupOf(object.apiVersion) !== "trust.cert-manager.io" || object.kind !== "Bundle") return [];
    const by = `${refText(refOf(object))} has it made in the cluster`;
    return (
        [
            ["configMap", "ConfigMap"],
            ["secret", "Secret"],
        ] as const
    )
        .filter(([target]) => child(object, "spec", "target", target) !== undefined)
        .map(([, kind]) => ({ kind, name: object.metadata.name, by }));
}

/** The names given to `Certificate.fromSecret`, wherever they stand among a component's arguments. */
function saidIn(value: PropertyValue | undefined): string[] {
    if (typeof value !== "object" || value === null) return [];
    const own = child(value, "kind") === "fromSecret" ? [child(value, "name")].filter((one): one is string => typeof one === "string") : [];
    return [...own, ...Object.values(value).flatMap((inner) => saidIn(inner as PropertyValue))];
}

function fromComponents({ resources }: Evaluation): Promised[] {
    return resources
        .filter(({ type }) => type.startsWith("gatehouse:index:"))
        .flatMap(({ inputs, name: component, type }) =>
            saidIn(inputs).map((name) => ({
                kind: "Secret" as const,
                name,
                by: `${type.split(":")[2]} ${component} says that it is there already`,
            })),
        );
}

/** The workloads that a Gateway selects. */
function workloadsOf(gateway: KubeObject, objects: readonly KubeObject[]): KubeObject[] {
    const selector = (child(gateway, "spec", "selector") ?? {}) as Readonly<Record<string, string>>;
    return objects.filter((one) => !isEmptySelector(selector) && gatewaySelects(selector, podTemplateOf(one)?.metadata?.labels ?? {}));
}

/** Where the pods of a Gateway look for its Secrets. */
function podNamespaces(gateway: KubeObject, objects: readonly KubeObject[]): string[] {
    const found = workloadsOf(gateway, objects).map(({ metadata }) => metadata.namespace ?? "default");
    return found.length > 0 ? [...new Set(found)] : [gateway.metadata.namespace ?? "default"];
}

export class Elsewhere {
    readonly #promised = new Map<string, Promised[]>();
    readonly #gateways: ReadonlyMap<string, KubeObject>;
    readonly #ingresses: ReadonlySet<string>;
    readonly #objects: readonly KubeObject[];
    readonly #secrets: ReadonlySet<string>;
    /** Those that the program makes, or makes a Service in: there, one that is missing is a mistake. */
    readonly #namespaces: ReadonlySet<string>;

    constructor(objects: readonly KubeObject[], evaluations: readonly Evaluation[]) {
        this.#objects = objects;
        this.#secrets = new Set(
            objects
                .filter((one) => readKind(one) === "Secret")
                .map(({ metadata }) => `${metadata.namespace ?? "default"}/${metadata.name}`),
        );
        this.#namespaces = new Set(
            objects.flatMap(({ apiVersion, kind, metadata }) => {
                if (groupOf(apiVersion) !== "") return [];
                return kind === "Namespace" ? [metadata.name] : kind === "Service" ? [metadata.namespace ?? "default"] : [];
            }),
        );
        this.#gateways = new Map(objects.filter((one) => readKind(one) === "Gateway").map((object) => [refKey(refOf(object)), object]));
        this.#ingresses = new Set(objects.filter((one) => readKind(one) === "Ingress").map((object) => refKey(refOf(object))));
        for (const one of [
            ...objects.flatMap(fromIngress),
            ...objects.flatMap(fromController),
            ...objects.flatMap(fromBundle),
            ...evaluations.flatMap(fromComponents),
        ]) {
            this.#promised.set(one.name, [...(this.#promised.get(one.name) ?? []), one]);
        }
    }

    /** Why a Secret that a Gateway names need not be here; undefined where it has to be. */
    promised(gateway: KubeObject, credential: string): { readonly secret: string; readonly by: string } | undefined {
        for (const namespace of podNamespaces(gateway, this.#objects)) {
            const wanted = secretMeant(credential, namespace);
            if (wanted === undefined) continue;
            if (this.#secrets.has(`${wanted.namespace}/${wanted.name}`)) return undefined;
            const found = this.#promise("Secret", wanted.namespace, wanted.name);
            if (found) return { secret: `${wanted.namespace}/${wanted.name}`, by: found.by };
        }
        return undefined;
    }

    #isIngress(object: ObjectRef | undefined): boolean {
        return object !== undefined && this.#ingresses.has(refKey(object));
    }

    /** Who makes it where the gateway looks for it; undefined: it has to be here. */
    secretOfIngress(namespace: string, name: string): string | undefined {
        return this.#secrets.has(`${namespace}/${name}`) ? undefined : this.#promise("Secret", namespace, name)?.by;
    }

    #promise(kind: string, namespace: string, name: string): Promised | undefined {
        return this.#promised.get(name)?.find((one) => one.kind === kind && (one.namespace === undefined || one.namespace === namespace));
    }

    /** The Secret in which a gateway's file is, where its pods may go without it, or something fills it. */
    mounted(gateway: KubeObject, file: string): { readonly secret: string; readonly by: string } | undefined {
        for (const workload of workloadsOf(gateway, this.#objects)) {
            const namespace = workload.metadata.namespace ?? "default";
            const pod = podTemplateOf(workload)?.spec;
            const mounts = (pod?.containers ?? [])
                .flatMap(({ volumeMounts }) => volumeMounts ?? [])
                .filter(({ mountPath }) => mountPath !== undefined && file.startsWith(`${mountPath.replace(/\/+$/, "")}/`));
            const volumes = (pod?.volumes ?? [])
                .filter(({ name }) => mounts.some((mount) => mount.name === name))
                .flatMap((volume) => [volume, ...(volume.projected?.sources ?? [])]);
            for (const { secret } of volumes) {
                const name = secret?.secretName ?? secret?.name;
                if (name === undefined || this.#secrets.has(`${namespace}/${name}`)) continue;
                const by =
                    this.#promise("Secret", namespace, name)?.by ??
                    (secret?.optional ? `${refText(refOf(workload))} mounts it and waits for it` : undefined);
                if (by !== undefined) return { secret: `${namespace}/${name}`, by };
            }
        }
        return undefined;
    }

    /** The findings, with a note in place of each that only misses what comes from elsewhere. */
    noted(findings: readonly Finding[], consequence = ""): Finding[] {
        return findings
            .filter((one) => !this.#follows(one))
            .map((one) => {
                const service = this.#foreignService(one);
                const found = service ?? this.#fromElsewhere(one);
                if (!found) return one;
                const about = {
                    ...(one.object ? { object: one.object } : {}),
                    field: one.field,
                    ...(one.place ? { place: one.place } : {}),
                };
                return finding("GH0510", about, `${found.what} is not among the objects: ${found.by}${service ? "" : consequence}`);
            });
    }

    #fromElsewhere({ code, object, field, missing }: Finding): { readonly what: string; readonly by: string } | undefined {
        if (code === "GH0502" && missing) {
            const found = this.#promise(missing.kind, missing.namespace, missing.name);
            return found && { what: refText(missing), by: found.by };
        }
        if (code === "GH0420" && missing && this.#isIngress(object)) {
            const by = this.secretOfIngress(missing.namespace, missing.name);
            return by === undefined ? undefined : { what: `Secret ${missing.namespace}/${missing.name}`, by };
        }
        const gateway = object && ["GH0420", "GH0425", "IST0101"].includes(code) ? this.#gateways.get(refKey(object)) : undefined;
        const named = gateway && child(gateway, ...(field.match(/[^.[\]]+/g) ?? []));
        if (!gateway || typeof named !== "string") return undefined;
        const found =
            code === "GH0425"
                ? this.mounted(gateway, named)
                : /credentialNames?(\[\d+\])?$/i.test(field)
                  ? this.promised(gateway, named)
                  : undefined;
        return found && { what: `Secret ${found.secret}`, by: found.by };
    }

    /** The Service that a destination names in full or by its name alone, where the program makes no Service in its namespace. */
    #foreignService({ code, object, field }: Finding): { readonly what: string; readonly by: string } | undefined {
        if (code !== "IST0101" || object?.kind !== "VirtualService" || !field.endsWith("destination.host")) return undefined;
        const routes = this.#objects.find((one) => readKind(one) === "VirtualService" && isSameRef(refOf(one), object));
        const host = child(routes, ...(field.match(/[^.[\]]+/g) ?? []));
        const [, name, named] = typeof host === "string" ? (/^([^.*]+)(?:\.([^.]+)\.svc(?:\..+)?)?$/.exec(host) ?? []) : [];
        const namespace = named ?? object.namespace;
        if (name === undefined || this.#namespaces.has(namespace)) return undefined;
        return {
            what: `Service ${namespace}/${name}`,
            by: `the program makes no Service in namespace ${namespace}, so that it is somebody else's`,
        };
    }

    /** A worker that cannot end TLS without the Secret says what the note says. */
    #follows({ code, object, missing }: Finding): boolean {
        if (code === "GH0480" && missing?.kind === "Secret" && this.#isIngress(object))
            return this.secretOfIngress(missing.namespace, missing.name) !== undefined;
        const gateway = code === "GH0480" && object ? this.#gateways.get(refKey(object)) : undefined;
        if (!gateway || !missing) return false;
        return (
            (missing.kind === "File"
                ? this.mounted(gateway, missing.name)
                : this.promised(gateway, `${missing.namespace}/${missing.name}`)) !== undefined
        );
    }
}
