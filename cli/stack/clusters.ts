/** The clusters of programs: what each is called, where its objects were made, and which of them one run plays. */
import type { ClusterObjects, EvaluatedResource, Evaluation } from "../../engine";
import { clusterKey, finding, refKey, refOf, type Finding, type KubeObject, type Place, type RefKey } from "../../istio";
import { CommandError, EXIT } from "../exit";
import { distinct, placed } from "../objects/examine";
import { findWorkloads } from "../up/workloads";

export interface StackCluster extends ClusterObjects {
    /** As `--cluster` takes it: the provider's name, `default` for the default provider. No other cluster has it. */
    readonly label: string;
    /** The label where there are several clusters; else nobody needs it. */
    readonly title: string | undefined;
    /** Where in a program its objects were made, by its ref's key. */
    readonly places: ReadonlyMap<RefKey, Place>;
}

export function identity(object: KubeObject): string {
    return refKey(refOf(object));
}

/** Of a resource the key of the cluster that it is made in. */
export function clusterKeys(evaluations: readonly Evaluation[]): (resource: EvaluatedResource) => string {
    const byUrn = new Map(evaluations.flatMap(({ resources }) => resources).map((one) => [one.urn, one]));
    return ({ provider = "" }) => clusterKey(byUrn.get(provider.slice(0, provider.lastIndexOf("::")))?.inputs);
}

/** Two providers of one name are told apart by a number. */
export function labelled(clusters: readonly ClusterObjects[], places: ReadonlyMap<string, ReadonlyMap<RefKey, Place>>): StackCluster[] {
    const names = clusters.map(({ name }) => (name === "" ? "default" : name));
    return clusters.map((cluster, index) => {
        const name = names[index] ?? "";
        const before = names.slice(0, index).filter((other) => other === name).length;
        const label = before === 0 ? name : `${name}~${before + 1}`;
        return {
            ...cluster,
            label,
            title: clusters.length > 1 ? label : undefined,
            places: places.get(cluster.key) ?? new Map<RefKey, Place>(),
        };
    });
}

/** Findings about a cluster's objects, with its name where there are several, and with the program's own lines. */
export function inCluster(findings: readonly Finding[], { title, places }: StackCluster): Finding[] {
    return placed(findings, places).map((one) => (title === undefined || one.object === undefined ? one : { ...one, cluster: title }));
}

/** Findings that are of no cluster in particular. */
export function placedAnywhere(findings: readonly Finding[], clusters: readonly StackCluster[]): Finding[] {
    return placed(findings, joined(clusters, []).places);
}

export interface Played {
    readonly clusters: readonly StackCluster[];
    readonly objects: readonly KubeObject[];
    readonly findings: readonly Finding[];
    readonly places: ReadonlyMap<RefKey, Place>;
}

function joined(clusters: readonly StackCluster[], findings: readonly Finding[]): Played {
    // What two of them have in common says the first.
    const places = new Map([...clusters].reverse().flatMap((one) => [...one.places]));
    return { clusters, objects: clusters.flatMap(({ objects }) => objects), findings, places };
}

function unknownCluster(label: string, clusters: readonly StackCluster[]): CommandError {
    const names = clusters.map((one) => one.label).join(", ");
    return new CommandError(
        EXIT.usage,
        `there is no cluster ${JSON.stringify(label)}; ${names === "" ? "the program makes no object in any" : `wanted one of: ${names}`}`,
    );
}

/**
 * One run on one machine plays one cluster: the one that is named, or the first that has a gateway, with all those that
 * make none of its objects: two providers may lead to one cluster. What is left out is told once for each cluster.
 */
export function played(clusters: readonly StackCluster[], label: string | undefined): Played {
    if (label !== undefined) {
        const one = clusters.find((cluster) => cluster.label === label);
        if (!one) throw unknownCluster(label, clusters);
        return joined([one], []);
    }
    const hasGateway = ({ objects }: StackCluster): boolean => findWorkloads(objects, []).gateways.length > 0;
    const first = clusters.length > 1 ? clusters.find(hasGateway) : undefined;
    const owners = new Map<string, StackCluster>();
    const chosen: StackCluster[] = [];
    const findings: Finding[] = [];
    for (const cluster of first ? [first, ...clusters.filter((one) => one !== first)] : clusters) {
        const twice = cluster.objects.find((object) => owners.has(identity(object)));
        if (twice) findings.push(leftOut(twice, owners.get(identity(twice)) as StackCluster, cluster));
        else {
            chosen.push(cluster);
            for (const object of cluster.objects) owners.set(identity(object), cluster);
        }
    }
    return joined(chosen, distinct(findings));
}

function clusterText({ name, label }: StackCluster): string {
    return name === "" ? "the default provider's cluster" : `the cluster of the provider ${label}`;
}

function leftOut(object: KubeObject, first: StackCluster, second: StackCluster): Finding {
    return finding(
        "GH0511",
        { object: refOf(object) },
        `It stands in ${clusterText(first)} and in ${clusterText(second)}; here the first one counts, and nothing of the second is there.`,
        `--cluster ${second.label} plays the other.`,
    );
}
