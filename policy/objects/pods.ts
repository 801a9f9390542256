/** The pods of a run, and which of them a Gateway selects. Istio looks for them in every namespace. */
import { LabelIndex, POD_MAKERS, podMaker } from "../../istio";
import type { Thing } from "../thing";
import { at, entries, text, UNKNOWN } from "../values";
import type { World } from "../world";
import { isGateway } from "./gateway";

export interface Pods {
    /** What makes them. */
    readonly thing: Thing;
    /** The way in it to their `metadata` and `spec`. */
    readonly template: readonly string[];
    readonly labels: Readonly<Record<string, string>>;
    /** Whether each label is known. */
    readonly certain: boolean;
    readonly annotations: unknown;
    readonly spec: unknown;
}

function podsOf(thing: Thing, template: readonly string[]): Pods {
    const pod = at(thing.value, ...template);
    const labels = at(pod, "metadata", "labels");
    const known = entries(labels).filter((entry): entry is readonly [string, string] => typeof entry[1] === "string");
    return {
        thing,
        template,
        labels: Object.fromEntries(known),
        certain: labels !== UNKNOWN && known.length === entries(labels).length,
        annotations: at(pod, "metadata", "annotations"),
        spec: at(pod, "spec"),
    };
}

/** The pods that an object makes; undefined where it makes none. */
export function madeBy(thing: Thing): Pods | undefined {
    const maker = thing.group === undefined ? undefined : podMaker(thing.group, thing.kind);
    return maker && podsOf(thing, maker.template);
}

/** All pods of the run. */
export function allPods(world: World): readonly Pods[] {
    return POD_MAKERS.flatMap(({ group, kind, template }) => world.of(group, kind).map((thing) => podsOf(thing, template)));
}

interface PodIndex {
    readonly certain: LabelIndex<Pods>;
    readonly uncertain: readonly Pods[];
}

function podIndex(world: World): PodIndex {
    const all = world.derive(allPods);
    return {
        certain: new LabelIndex(
            all.filter(({ certain }) => certain),
            ({ labels }) => labels,
        ),
        uncertain: all.filter(({ certain }) => !certain),
    };
}

/** A selector whose labels are all known; undefined where one is not. */
export function knownLabels(selector: unknown): Readonly<Record<string, string>> | undefined {
    const pairs = entries(selector).map(([key, value]) => [key, text(value)] as const);
    if (selector === UNKNOWN || pairs.some(([, value]) => value === undefined)) return undefined;
    return Object.fromEntries(pairs) as Record<string, string>;
}

/**
 * The pods that a selector picks in all namespaces; undefined where that is not known. One without labels picks all,
 * which is never what is meant: here it picks none.
 */
export function selectedPods(world: World, selector: unknown): readonly Pods[] | undefined {
    const wanted = knownLabels(selector);
    if (wanted === undefined) return undefined;
    if (Object.keys(wanted).length === 0) return [];
    const { certain, uncertain } = world.derive(podIndex);
    const found = certain.selected(wanted);
    return found.length === 0 &&
        uncertain.some(({ labels }) => Object.entries(wanted).every(([key, value]) => labels[key] === undefined || labels[key] === value))
        ? undefined
        : found;
}

/** The namespace of the pods that serve a Gateway, where all are in one and it is known. */
export function servingNamespace(world: World, gateway: Thing): string | undefined {
    if (!isGateway(gateway)) return undefined;
    const selector = at(gateway.value, "spec", "selector");
    const found = selectedPods(world, selector);
    const namespaces = new Set((found ?? []).map(({ thing }) => thing.namespace));
    const [only] = namespaces;
    if (namespaces.size > 1 || only === UNKNOWN) return undefined;
    // The gateways of our components say where they are, wherever they are made.
    return only ?? text(at(selector, "gateway-namespace"));
}

/** Pods that no sidecar and no node proxy speaks for: at a gateway, those of the bundled proxy. */
export function isOutsideMesh({ labels, annotations }: Pods): boolean {
    return (
        labels["sidecar.istio.io/inject"] === "false" ||
        labels["istio.io/dataplane-mode"] === "none" ||
        at(annotations, "gatehouse.dev/run") !== undefined
    );
}
