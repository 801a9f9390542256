/** The objects of a run as an analysis has them, cluster by cluster, and what it says of who may pass. */
import {
    addTo,
    analyzeAccess,
    ObjectIndex,
    refKey,
    refOfUnknown,
    type AnalysisInput,
    type Code,
    type Finding,
    type KubeObject,
} from "../../istio";
import { fault, type PolicyFault, type Thing } from "../thing";
import { at, holdsUnknown, isMapping, UNKNOWN } from "../values";
import type { World } from "../world";

/** One cluster of a run. */
export interface AnalysedCluster {
    readonly index: ObjectIndex;
    readonly findings: readonly Finding[];
    /** By `refKey`. */
    readonly things: ReadonlyMap<string, Thing>;
}

/** Kinds of which all is to be known before anything can be said, and of others the parts. */
const WHOLE: readonly string[] = ["AuthorizationPolicy", "RequestAuthentication", "Gateway"];
const PARTS: Readonly<Record<string, readonly (readonly string[])[]>> = {
    Deployment: [["spec", "template", "metadata"]],
    DaemonSet: [["spec", "template", "metadata"]],
    StatefulSet: [["spec", "template", "metadata"]],
    Pod: [["metadata"]],
    Service: [
        ["spec", "selector"],
        ["spec", "ports"],
        ["spec", "type"],
        ["spec", "externalTrafficPolicy"],
    ],
    VirtualService: [
        ["spec", "hosts"],
        ["spec", "gateways"],
    ],
};

function isOpen({ kind, group, name, namespace, value }: Thing): boolean {
    if (group === undefined) return false;
    if (WHOLE.includes(kind)) return name === UNKNOWN || namespace === UNKNOWN || holdsUnknown(at(value, "spec"));
    return (PARTS[kind] ?? []).some((path) => holdsUnknown(at(value, ...path)));
}

/** Undefined: something that decides is not known before the update. */
export function analysedWorld(world: World): readonly AnalysedCluster[] | undefined {
    if (world.things.some(isOpen)) return undefined;
    const clusters = new Map<string, Thing[]>();
    for (const thing of world.things) {
        if (thing.group === undefined || thing.name === UNKNOWN || thing.namespace === UNKNOWN) continue;
        addTo(clusters, thing.resource.cluster ?? "", thing);
    }
    return [...clusters.values()].map(clusterOf);
}

function clusterOf(things: readonly Thing[]): AnalysedCluster {
    const inputs = things.map((thing): AnalysisInput => ({ object: objectOf(thing) }));
    const index = new ObjectIndex(inputs, { defaultGateway: false });
    const byRef = new Map(
        inputs.flatMap(({ object }, position) => {
            const ref = refOfUnknown(object);
            const thing = things[position];
            return ref && thing ? [[refKey(ref), thing] as const] : [];
        }),
    );
    return { index, findings: analyzeAccess(index, { now: 0 }), things: byRef };
}

/** Without what is not known yet; what a Secret holds is nobody's business here. */
function objectOf({ kind, name, namespace, value }: Thing): KubeObject {
    const { data: _data, stringData: _text, ...rest } = value;
    const metadata = { ...(isMapping(value["metadata"]) ? value["metadata"] : {}), name: String(name), namespace: String(namespace) };
    return known({ ...(kind === "Secret" ? rest : value), metadata }) as KubeObject;
}

function known(value: unknown): unknown {
    if (value === UNKNOWN) return undefined;
    if (Array.isArray(value)) return value.filter((one) => one !== UNKNOWN).map(known);
    if (!isMapping(value)) return value;
    return Object.fromEntries(Object.entries(value).flatMap(([key, one]) => (one === UNKNOWN ? [] : [[key, known(one)]])));
}

/** What the analysis says with these codes, as faults of things. */
export function accessFaults(world: World, codes: readonly Code[]): PolicyFault[] {
    return (world.derive(analysedWorld) ?? []).flatMap(({ findings, things }) =>
        findings
            .filter(({ code }) => codes.includes(code))
            .flatMap(({ object, field, message, fix }) => {
                const thing = object && things.get(refKey(object));
                return thing ? [fault(thing, field, `${message}.${fix === "" ? "" : ` ${fix}`}`)] : [];
            }),
    );
}
