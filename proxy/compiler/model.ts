/** The objects of one compilation by kind, each kind in Istio's order of age, and the places they were read at. */
import { refOf, refText, type Kind, type ObjectOfKind, type ObjectRef } from "../../istio/types";
import type { Origin } from "../tables/entries";
import type { PlacedObject } from "./input";

/** An object of a known kind. */
export interface Placed<K extends Kind> {
    readonly object: ObjectOfKind[K];
    readonly ref: ObjectRef;
    /** `ns/name`. */
    readonly id: string;
    readonly source: PlacedObject;
}

/** Every kind the compiler reads. Sidecars concern sidecars alone and are not among them. */
export interface Model {
    readonly gateways: readonly Placed<"Gateway">[];
    readonly virtualServices: readonly Placed<"VirtualService">[];
    readonly serviceEntries: readonly Placed<"ServiceEntry">[];
    readonly destinationRules: readonly Placed<"DestinationRule">[];
    readonly telemetries: readonly Placed<"Telemetry">[];
    readonly secrets: readonly Placed<"Secret">[];
    readonly services: readonly Placed<"Service">[];
    readonly endpointSlices: readonly Placed<"EndpointSlice">[];
    readonly ingresses: readonly Placed<"Ingress">[];
    readonly pods: readonly Placed<"Pod">[];
}

const LIST_OF_KIND = {
    Gateway: "gateways", VirtualService: "virtualServices", ServiceEntry: "serviceEntries",
    DestinationRule: "destinationRules", Telemetry: "telemetries", Secret: "secrets", Service: "services",
    EndpointSlice: "endpointSlices", Ingress: "ingresses", Pod: "pods",
} as const satisfies Partial<Record<Kind, keyof Model>>;

/** Kinds of other API groups share a name with ours: a Gateway of gateway.networking.k8s.io is not Istio's. */
const GROUP_OF_KIND: Readonly<Record<keyof typeof LIST_OF_KIND, string>> = {
    Gateway: "networking.istio.io", VirtualService: "networking.istio.io", ServiceEntry: "networking.istio.io",
    DestinationRule: "networking.istio.io", Telemetry: "telemetry.istio.io", Secret: "", Service: "",
    EndpointSlice: "discovery.k8s.io", Ingress: "networking.k8s.io", Pod: "",
};

/** Sorts objects into a model. Of an object given twice the first by file name counts. */
export function modelOf(objects: readonly PlacedObject[]): Model {
    const lists = new Map<keyof Model, Placed<Kind>[]>();
    for (const name of Object.values(LIST_OF_KIND)) lists.set(name, []);
    const seen = new Set<string>();
    for (const source of inOrderOfAge(objects)) {
        const { kind } = source.object;
        if (!isReadKindName(kind) || groupOf(source.object.apiVersion) !== GROUP_OF_KIND[kind]) continue;
        const ref = refOf(source.object);
        const text = refText(ref);
        if (seen.has(text)) continue;
        seen.add(text);
        lists.get(LIST_OF_KIND[kind])?.push({ object: source.object as ObjectOfKind[Kind], ref, id: `${ref.namespace}/${ref.name}`, source });
    }
    return Object.fromEntries(lists) as unknown as Model;
}

/** Whether the compiler reads objects of this kind and API group. */
export function isReadKind(apiVersion: string, kind: string): boolean {
    return isReadKindName(kind) && groupOf(apiVersion) === GROUP_OF_KIND[kind];
}

export function isReadKindName(kind: string): kind is keyof typeof LIST_OF_KIND {
    return Object.hasOwn(LIST_OF_KIND, kind);
}

function groupOf(apiVersion: string): string {
    return apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
}

/** creationTimestamp, name, namespace, as Istio orders Gateways and VirtualServices; without a timestamp comes first. */
function inOrderOfAge(objects: readonly PlacedObject[]): PlacedObject[] {
    const keyed = objects.map((source) => ({
        source,
        time: source.object.metadata.creationTimestamp ?? "",
        name: source.object.metadata.name,
        namespace: source.object.metadata.namespace ?? "default",
        file: source.place?.file ?? "",
    }));
    keyed.sort((a, b) => compareText(a.time, b.time) || compareText(a.name, b.name) || compareText(a.namespace, b.namespace) || compareText(a.file, b.file)
        || compareText(a.source.object.kind, b.source.object.kind) || (a.source.place?.line ?? 0) - (b.source.place?.line ?? 0));
    return keyed.map(({ source }) => source);
}

/** By UTF-16 unit, never by locale: every machine must order alike. */
export function compareText(a: string, b: string): number {
    return a < b ? -1 : a > b ? 1 : 0;
}

/** Where an entry came from. */
export function originOf(placed: Placed<Kind>, field: string): Origin {
    const place = placed.source.placeOf?.(field) ?? placed.source.place;
    return { ...placed.ref, field, ...(place ? { file: place.file, line: place.line } : {}) };
}
