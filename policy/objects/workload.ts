/**
 * Gateway workloads: a Deployment whose pods a Gateway selects, or that bears the label `gateway-type`. The first takes
 * the whole stack to see, the second the Deployment alone.
 */
import type { CheckContext, Checks } from "../check";
import type { ParametersOf, PolicyName } from "../table";
import { isKind, type PolicyFault, type Thing } from "../thing";
import { at, items, text } from "../values";
import type { World } from "../world";
import { madeBy, selectedPods, type Pods } from "./pods";

const LABEL = "gateway-type";

export function bearsLabel(thing: Thing): boolean {
    return (
        isKind(thing, "apps", "Deployment") &&
        (at(thing.value, "metadata", "labels", LABEL) !== undefined ||
            at(thing.value, "spec", "template", "metadata", "labels", LABEL) !== undefined)
    );
}

function selected(world: World): ReadonlySet<Pods> {
    const gateways = world.of("networking.istio.io", "Gateway");
    return new Set(
        gateways
            .flatMap((gateway) => selectedPods(world, at(gateway.value, "spec", "selector")) ?? [])
            .filter(({ thing }) => isKind(thing, "apps", "Deployment")),
    );
}

function unlabelled(world: World): readonly Pods[] {
    return [...world.derive(selected)].filter(({ thing }) => !bearsLabel(thing));
}

/** All gateway workloads of the run. */
export function gatewayWorkloads(world: World): readonly Pods[] {
    const labelled = world
        .of("apps", "Deployment")
        .filter(bearsLabel)
        .flatMap((thing) => madeBy(thing) ?? []);
    return [...labelled, ...world.derive(unlabelled)];
}

type PodCheck<N extends PolicyName> = (pods: Pods, parameters: ParametersOf<N>, context: CheckContext) => readonly PolicyFault[];

/** A check of a gateway's pods by themselves: at once for those that bear the label, with the stack for the others. */
export function podChecks<N extends PolicyName>(check: PodCheck<N>): Pick<Checks<N>, "resource" | "stack"> {
    return {
        resource: (thing, parameters, context) => {
            const pods = bearsLabel(thing) ? madeBy(thing) : undefined;
            return pods ? check(pods, parameters, context) : [];
        },
        stack: (world, parameters, context) => world.derive(unlabelled).flatMap((pods) => check(pods, parameters, context)),
    };
}

export interface ContainerView {
    readonly name: string;
    readonly value: unknown;
    readonly path: readonly (string | number)[];
    readonly field: string;
}

/** The containers of pods, those that start first included. */
export function containersOf({ spec, template }: Pods): ContainerView[] {
    const base = [...template, "spec"];
    return ["initContainers", "containers"].flatMap((list) =>
        items(at(spec, list)).map((value, index) => ({
            name: text(at(value, "name")) ?? `${list}[${index}]`,
            value,
            path: [...base, list, index],
            field: `${base.join(".")}.${list}[${index}]`,
        })),
    );
}
