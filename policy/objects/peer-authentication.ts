/** Whether a Service's pods take mutual TLS only, by the narrowest PeerAuthentication that says so. */
import { isEmptySelector, selects, serviceSelects } from "../../istio";
import { at, entries, items, UNKNOWN } from "../values";
import type { Thing } from "../thing";
import type { World } from "../world";
import { allPods, knownLabels, type Pods } from "./pods";
import { rootNamespace } from "./root-namespace";

interface Sorted {
    readonly mesh: readonly Thing[];
    readonly byNamespace: ReadonlyMap<string, readonly Thing[]>;
}

function sorted(world: World): Sorted {
    const byNamespace = new Map<string, Thing[]>();
    const all = world.of("security.istio.io", "PeerAuthentication").filter(({ namespace }) => namespace !== UNKNOWN);
    for (const one of all) byNamespace.set(String(one.namespace), [...(byNamespace.get(String(one.namespace)) ?? []), one]);
    return { mesh: (byNamespace.get(world.derive(rootNamespace)) ?? []).filter(isForAll), byNamespace };
}

/** Without a selector it is for the whole namespace. */
function isForAll(policy: Thing): boolean {
    return entries(at(policy.value, "spec", "selector", "matchLabels")).length === 0 && at(policy.value, "spec", "selector") !== UNKNOWN;
}

function selectsPods(policy: Thing, labels: Readonly<Record<string, string>>): boolean {
    const wanted = knownLabels(at(policy.value, "spec", "selector", "matchLabels"));
    return wanted !== undefined && !isEmptySelector(wanted) && selects(wanted, labels);
}

function podsByNamespace(world: World): ReadonlyMap<string, readonly Pods[]> {
    const grouped = new Map<string, Pods[]>();
    for (const pods of world.derive(allPods))
        grouped.set(String(pods.thing.namespace), [...(grouped.get(String(pods.thing.namespace)) ?? []), pods]);
    return grouped;
}

/** The labels of the pods behind a Service: those of a Deployment it selects, else what it selects by. */
function labelsBehind(world: World, service: Thing): Readonly<Record<string, string>> | undefined {
    const selector = knownLabels(at(service.value, "spec", "selector"));
    if (selector === undefined || isEmptySelector(selector)) return undefined;
    const pods = (world.derive(podsByNamespace).get(String(service.namespace)) ?? []).find(({ labels }) =>
        serviceSelects(selector, labels),
    );
    return pods?.labels ?? selector;
}

/** The ports of the pods that a destination may reach. */
function targetPorts(service: Thing, port: number | undefined): unknown[] {
    const ports = items(at(service.value, "spec", "ports")).filter((one) => port === undefined || at(one, "port") === port);
    return ports.map((one) => at(one, "targetPort") ?? at(one, "port"));
}

/** The policy by which every plain connection is refused; undefined where there is none, or that is not known. */
export function strictnessOf(world: World, service: Thing, port: number | undefined): Thing | undefined {
    const labels = labelsBehind(world, service);
    if (labels === undefined || service.namespace === UNKNOWN) return undefined;
    const { mesh, byNamespace } = world.derive(sorted);
    const own = byNamespace.get(service.namespace) ?? [];
    const workload = own.find((one) => selectsPods(one, labels));
    const levels = [workload, own.find(isForAll), mesh[0]].filter((one) => one !== undefined);
    // Port levels are the workload's own alone.
    const said =
        workload === undefined
            ? []
            : targetPorts(service, port).map((target) => at(workload.value, "spec", "portLevelMtls", String(target), "mode"));
    if (workload !== undefined && said.length > 0 && said.every((mode) => mode !== undefined && mode !== "UNSET"))
        return said.every((mode) => mode === "STRICT") ? workload : undefined;
    const decisive = levels.find((one) => ![undefined, "UNSET"].includes(at(one.value, "spec", "mtls", "mode") as string | undefined));
    return decisive && at(decisive.value, "spec", "mtls", "mode") === "STRICT" ? decisive : undefined;
}
