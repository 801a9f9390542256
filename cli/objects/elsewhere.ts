/**
 * What a program does not make and does not have to: Secrets that cert-manager and other controllers fill in the cluster, or
 * that the program says itself are somebody else's, and Services of namespaces that it has no part in. That one of these is
 * not here is worth a note, and no error.
 */
import type { Evaluation, PropertyValue } from "../../engine";
import { finding, refOf, refText, referredName, serviceSelects, type Finding, type KubeObject } from "../../istio";

/** Absent namespace: in whichever the gateway's pods are. */
interface Promised {
    readonly namespace?: string;
    readonly name: string;
    readonly by: string;
}

type Loose = Readonly<Record<string, unknown>> | undefined;

const child = (value: unknown, ...steps: readonly string[]): unknown =>
    steps.reduce<unknown>((inner, step) => (typeof inner === "object" && inner !== null ? (inner as Loose)?.[step] : undefined), value);
const firstText = (...values: readonly unknown[]): string | undefined => values.find((one): one is string => typeof one === "string" && one !== "");

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
    const name = CONTROLLERS[`${object.apiVersion.split("/")[0]} ${object.kind}`]?.(object);
    return name === undefined ? [] : [{ namespace: object.metadata.namespace ?? "default", name, by: `${refText(refOf(object))} has it made in the cluster` }];
}

/** The names given to `Certificate.fromSecret`, wherever they stand among a component's arguments. */
function saidIn(value: PropertyValue | undefined): string[] {
    if (typeof value !== "object" || value === null) return [];
    const own = child(value, "kind") === "fromSecret" ? [child(value, "name")].filter((one): one is string => typeof one === "string") : [];
    return [...own, ...Object.values(value).flatMap((inner) => saidIn(inner as PropertyValue))];
}

function fromComponents({ resources }: Evaluation): Promised[] {
    return resources.filter(({ type }) => type.startsWith("gatehouse:index:"))
        .flatMap(({ inputs, name: component, type }) => saidIn(inputs).map((name) => ({ name, by: `${type.split(":")[2]} ${component} says that it is there already` })));
}

/** Where the pods of a Gateway look for its Secrets. */
function podNamespaces(gateway: KubeObject, objects: readonly KubeObject[]): string[] {
    const selector = (child(gateway, "spec", "selector") ?? {}) as Readonly<Record<string, string>>;
    const found = objects.filter((one) => serviceSelects(selector, (child(one, "spec", "template", "metadata", "labels") ?? {}) as Readonly<Record<string, string>>))
        .map(({ metadata }) => metadata.namespace ?? "default");
    return found.length > 0 ? [...new Set(found)] : [gateway.metadata.namespace ?? "default"];
}

export class Elsewhere {
    readonly #promised = new Map<string, Promised[]>();
    readonly #gateways: ReadonlyMap<string, KubeObject>;
    readonly #objects: readonly KubeObject[];
    readonly #secrets: ReadonlySet<string>;
    /** Those that the program makes, or makes a Service in: there, one that is missing is a mistake. */
    readonly #namespaces: ReadonlySet<string>;

    constructor(objects: readonly KubeObject[], evaluations: readonly Evaluation[]) {
        this.#objects = objects;
        this.#secrets = new Set(objects.filter(({ kind }) => kind === "Secret").map(({ metadata }) => `${metadata.namespace ?? "default"}/${metadata.name}`));
        this.#namespaces = new Set(objects.flatMap(({ kind, metadata }) => (kind === "Namespace" ? [metadata.name] : kind === "Service" ? [metadata.namespace ?? "default"] : [])));
        this.#gateways = new Map(objects.filter(({ kind }) => kind === "Gateway").map((object) => [refText(refOf(object)), object]));
        for (const one of [...objects.flatMap(fromController), ...evaluations.flatMap(fromComponents)]) {
            this.#promised.set(one.name, [...this.#promised.get(one.name) ?? [], one]);
        }
    }

    /** Why a Secret that a Gateway names need not be here; undefined where it has to be. */
    promised(gateway: KubeObject, credential: string): { readonly secret: string; readonly by: string } | undefined {
        for (const namespace of podNamespaces(gateway, this.#objects)) {
            const wanted = referredName(credential.replace(/^kubernetes:\/\//, ""), namespace);
            if (this.#secrets.has(`${wanted.namespace}/${wanted.name}`)) return undefined;
            const found = this.#promised.get(wanted.name)?.find((one) => one.namespace === undefined || one.namespace === wanted.namespace);
            if (found) return { secret: `${wanted.namespace}/${wanted.name}`, by: found.by };
        }
        return undefined;
    }

    /** The findings, with a note in place of each that only misses what comes from elsewhere. */
    noted(findings: readonly Finding[], consequence = ""): Finding[] {
        return findings.filter((one) => !this.#follows(one)).map((one) => {
            const service = this.#foreignService(one);
            if (service) {
                const about = { ...(one.object ? { object: one.object } : {}), field: one.field, ...(one.place ? { place: one.place } : {}) };
                return finding("GH0510", about, `Service ${service.namespace}/${service.name} is not among the objects: the program makes no Service in namespace ${service.namespace}, so that it is somebody else's`);
            }
            const gateway = one.object?.kind === "Gateway" && ["GH0420", "IST0101"].includes(one.code) ? this.#gateways.get(refText(one.object)) : undefined;
            const credential = gateway && child(gateway, ...one.field.match(/[^.[\]]+/g) ?? []);
            const found = gateway && typeof credential === "string" && /credentialNames?(\[\d+\])?$/i.test(one.field) ? this.promised(gateway, credential) : undefined;
            if (!found) return one;
            const about = { ...(one.object ? { object: one.object } : {}), field: one.field, ...(one.place ? { place: one.place } : {}) };
            return finding("GH0510", about, `Secret ${found.secret} is not among the objects: ${found.by}${consequence}`);
        });
    }

    /** The Service that a destination names in full or by its name alone, where the program makes no Service in its namespace. */
    #foreignService({ code, object, field }: Finding): { readonly namespace: string; readonly name: string } | undefined {
        if (code !== "IST0101" || object?.kind !== "VirtualService" || !field.endsWith("destination.host")) return undefined;
        const routes = this.#objects.find((one) => one.kind === "VirtualService" && refText(refOf(one)) === refText(object));
        const host = child(routes, ...field.match(/[^.[\]]+/g) ?? []);
        const [, name, named] = typeof host === "string" ? /^([^.*]+)(?:\.([^.]+)\.svc(?:\..+)?)?$/.exec(host) ?? [] : [];
        const namespace = named ?? object.namespace;
        if (name === undefined || this.#namespaces.has(namespace)) return undefined;
        return { namespace, name };
    }

    /** A worker that cannot end TLS without the Secret says what the note says. */
    #follows({ code, object, message }: Finding): boolean {
        const gateway = code === "GH0480" && object ? this.#gateways.get(refText(object)) : undefined;
        const [, credential] = /: kubernetes:\/\/(\S+) is not there(?:, or holds nothing that can be served)?\.?$/.exec(message) ?? [];
        return gateway !== undefined && credential !== undefined && this.promised(gateway, credential) !== undefined;
    }
}
