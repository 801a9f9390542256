/** Objects by kind, each kind in Istio's order of age, and the places they were read at. */
import { isKindOf, readKind, refOf, type Kind, type KubeObject, type ObjectOfKind, type ObjectRef } from "../../istio/types";
import type { PlacedObject } from "./placed-object";
import { compareText } from "./text-order";

/** An object of a known kind. */
export interface Placed<K extends Kind> {
    readonly object: ObjectOfKind[K];
    readonly ref: ObjectRef;
    /** `ns/name`; of a kind above namespaces `/name`. */
    readonly id: string;
    readonly source: PlacedObject;
}

/** Every kind the compiler reads. WorkloadGroups concern only whoever registers by them. */
export interface Model {
    readonly gateways: readonly Placed<"Gateway">[];
    readonly virtualServices: readonly Placed<"VirtualService">[];
    readonly serviceEntries: readonly Placed<"ServiceEntry">[];
    readonly workloadEntries: readonly Placed<"WorkloadEntry">[];
    readonly destinationRules: readonly Placed<"DestinationRule">[];
    readonly telemetries: readonly Placed<"Telemetry">[];
    readonly authorizationPolicies: readonly Placed<"AuthorizationPolicy">[];
    readonly requestAuthentications: readonly Placed<"RequestAuthentication">[];
    readonly wasmPlugins: readonly Placed<"WasmPlugin">[];
    readonly trafficExtensions: readonly Placed<"TrafficExtension">[];
    readonly envoyFilters: readonly Placed<"EnvoyFilter">[];
    readonly proxyConfigs: readonly Placed<"ProxyConfig">[];
    readonly secrets: readonly Placed<"Secret">[];
    readonly services: readonly Placed<"Service">[];
    readonly endpointSlices: readonly Placed<"EndpointSlice">[];
    readonly endpoints: readonly Placed<"Endpoints">[];
    readonly ingresses: readonly Placed<"Ingress">[];
    readonly ingressClasses: readonly Placed<"IngressClass">[];
    readonly pods: readonly Placed<"Pod">[];
    readonly sidecars: readonly Placed<"Sidecar">[];
    readonly nodes: readonly Placed<"Node">[];
    readonly namespaces: readonly Placed<"Namespace">[];
}

const LIST_OF_KIND = {
    Gateway: "gateways",
    VirtualService: "virtualServices",
    ServiceEntry: "serviceEntries",
    WorkloadEntry: "workloadEntries",
    DestinationRule: "destinationRules",
    Telemetry: "telemetries",
    AuthorizationPolicy: "authorizationPolicies",
    RequestAuthentication: "requestAuthentications",
    WasmPlugin: "wasmPlugins",
    TrafficExtension: "trafficExtensions",
    EnvoyFilter: "envoyFilters",
    ProxyConfig: "proxyConfigs",
    Secret: "secrets",
    Service: "services",
    EndpointSlice: "endpointSlices",
    Endpoints: "endpoints",
    Ingress: "ingresses",
    IngressClass: "ingressClasses",
    Pod: "pods",
    Sidecar: "sidecars",
    Node: "nodes",
    Namespace: "namespaces",
} as const satisfies Partial<Record<Kind, keyof Model>>;

/** The one key of an object, for an index. */
export function idsOf({ id }: Pick<Placed<Kind>, "id">): readonly string[] {
    return [id];
}

type ReadKind = keyof typeof LIST_OF_KIND;

interface KindList {
    /** Also those that another of the same name comes before. */
    readonly all: readonly Placed<Kind>[];
    readonly list: readonly Placed<Kind>[];
    /** How many there are of each name: taken over from list to list. */
    readonly counts: Map<string, number>;
}

/** So many new objects of a kind are put in their places one by one. */
const FEW = 16;

/**
 * Sorts objects into a model, and follows their changes at the cost of what changed: an object that is the same one as
 * before has the same Placed, and a kind of which nothing changed the same list. Of an object given twice the oldest
 * counts, then the first by file name.
 */
export class ModelKeeper {
    #objects: readonly PlacedObject[] = [];
    /** Of kinds that are not read. */
    readonly #others = new Set<PlacedObject>();
    #othersInOrder: readonly PlacedObject[] | undefined;
    readonly #kinds = new Map<ReadKind, KindList>();

    constructor() {
        this.#clear();
    }

    /** Objects of kinds that are not in the model, by their names. The same list while there are no others. */
    get others(): readonly PlacedObject[] {
        return (this.#othersInOrder ??= [...this.#others].sort(byName));
    }

    update(objects: readonly PlacedObject[]): Model {
        this.#change(objects);
        // One that stands in the list twice was taken for one that did not change.
        if (this.#size() !== this.#objects.length) {
            this.#clear();
            this.#change([...new Set(objects)]);
        }
        return Object.fromEntries([...this.#kinds].map(([kind, { list }]) => [LIST_OF_KIND[kind], list])) as unknown as Model;
    }

    #clear(): void {
        this.#objects = [];
        this.#others.clear();
        this.#othersInOrder = undefined;
        for (const kind of Object.keys(LIST_OF_KIND)) this.#kinds.set(kind as ReadKind, { all: [], list: [], counts: new Map() });
    }

    #size(): number {
        return [...this.#kinds.values()].reduce((sum, { all }) => sum + all.length, this.#others.size);
    }

    #change(objects: readonly PlacedObject[]): void {
        const { removed, added } = differenceOf(this.#objects, objects);
        // A copy: what the caller does to the list later is no change of ours.
        this.#objects = [...objects];
        if (removed.size === 0 && added.size === 0) return;
        for (const one of removed) if (this.#others.delete(one)) this.#othersInOrder = undefined;
        for (const one of added) {
            if (isReadKind(one.object)) continue;
            this.#others.add(one);
            this.#othersInOrder = undefined;
            added.delete(one);
        }
        for (const [kind, before] of this.#kinds) this.#kinds.set(kind, changed(kind, before, removed, added));
    }
}

/** Where most is as before, at the cost of what is between the first and the last difference. */
function differenceOf(
    before: readonly PlacedObject[],
    now: readonly PlacedObject[],
): { readonly removed: Set<PlacedObject>; readonly added: Set<PlacedObject> } {
    let from = 0;
    while (from < before.length && from < now.length && before[from] === now[from]) from++;
    let end = 0;
    while (end < before.length - from && end < now.length - from && before[before.length - 1 - end] === now[now.length - 1 - end]) end++;
    const removed = new Set(before.slice(from, before.length - end));
    const added = new Set(now.slice(from, now.length - end));
    for (const one of added) if (removed.delete(one)) added.delete(one);
    return { removed, added };
}

function changed(kind: ReadKind, before: KindList, removed: ReadonlySet<PlacedObject>, added: ReadonlySet<PlacedObject>): KindList {
    const gone = [...removed].filter(({ object }) => readKindOf(object) === kind).map(idOf);
    const placed = [...added].filter(({ object }) => readKindOf(object) === kind).map(placedOf);
    if (gone.length === 0 && placed.length === 0) return before;
    const { counts } = before;
    for (const id of gone) count(counts, id, -1);
    for (const { id } of placed) count(counts, id, 1);
    const kept = gone.length > 0 ? before.all.filter(({ source }) => !removed.has(source)) : [...before.all];
    if (placed.length <= FEW) for (const one of placed) kept.splice(placeFor(kept, one), 0, one);
    else kept.push(...placed);
    const all = placed.length <= FEW ? kept : kept.sort(byAge);
    return { all, list: counts.size === all.length ? all : firstOf(all), counts };
}

function count(counts: Map<string, number>, id: string, more: number): void {
    const now = (counts.get(id) ?? 0) + more;
    if (now === 0) counts.delete(id);
    else counts.set(id, now);
}

function firstOf(all: readonly Placed<Kind>[]): readonly Placed<Kind>[] {
    const first = new Map<string, Placed<Kind>>();
    for (const one of all) if (!first.has(one.id)) first.set(one.id, one);
    return [...first.values()];
}

/** Behind all that are not younger. */
function placeFor(list: readonly Placed<Kind>[], one: Placed<Kind>): number {
    let low = 0;
    let high = list.length;
    while (low < high) {
        const middle = (low + high) >> 1;
        if (byAge(list[middle] ?? one, one) <= 0) low = middle + 1;
        else high = middle;
    }
    return low;
}

function placedOf(source: PlacedObject): Placed<Kind> {
    return { object: source.object as ObjectOfKind[Kind], ref: refOf(source.object), id: idOf(source), source };
}

function idOf({ object }: PlacedObject): string {
    const { namespace, name } = refOf(object);
    return `${namespace}/${name}`;
}

/** Whether the compiler reads objects of this kind and API group. */
export function isReadKind(object: Pick<KubeObject, "apiVersion" | "kind">): boolean {
    return readKindOf(object) !== undefined;
}

/** Whether a ref is one of an object that the compiler reads. */
export function isReadRef({ group, kind }: ObjectRef): boolean {
    return isKindOf(kind, group) && Object.hasOwn(LIST_OF_KIND, kind);
}

function readKindOf(object: Pick<KubeObject, "apiVersion" | "kind">): ReadKind | undefined {
    const kind = readKind(object);
    return kind !== undefined && Object.hasOwn(LIST_OF_KIND, kind) ? (kind as ReadKind) : undefined;
}

function byName({ object: a, place: at }: PlacedObject, { object: b, place: other }: PlacedObject): number {
    return (
        compareText(a.kind, b.kind) ||
        compareText(a.metadata.namespace ?? "", b.metadata.namespace ?? "") ||
        compareText(a.metadata.name, b.metadata.name) ||
        compareText(at?.file ?? "", other?.file ?? "") ||
        (at?.line ?? 0) - (other?.line ?? 0)
    );
}

/** creationTimestamp, name, namespace, as Istio orders Gateways and VirtualServices; without a timestamp comes first. */
function byAge(a: Placed<Kind>, b: Placed<Kind>): number {
    return (
        compareText(a.object.metadata.creationTimestamp ?? "", b.object.metadata.creationTimestamp ?? "") ||
        compareText(a.ref.name, b.ref.name) ||
        compareText(a.ref.namespace, b.ref.namespace) ||
        compareText(a.source.place?.file ?? "", b.source.place?.file ?? "") ||
        (a.source.place?.line ?? 0) - (b.source.place?.line ?? 0)
    );
}
