/** A mirrored request that comes back to its route is mirrored again, and again. */
import { isSubsetOf, resolveShortName, shownText } from "../../istio";
import type { Checks } from "../check";
import { isForMesh, rulesOf, type RuleView } from "../objects/virtual-service";
import { fault, type Thing } from "../thing";
import { at, texts, UNKNOWN } from "../values";
import type { World } from "../world";

interface Service {
    readonly thing: Thing;
    readonly hosts: readonly string[];
    readonly rules: readonly RuleView[];
    readonly mesh: boolean;
}

function services(world: World): Service[] {
    return world
        .of("networking.istio.io", "VirtualService")
        .filter(({ namespace }) => namespace !== UNKNOWN)
        .map((thing) => ({
            thing,
            rules: rulesOf(thing),
            mesh: isForMesh(thing),
            hosts: texts(at(thing.value, "spec", "hosts")).map((host) => resolveShortName(host, String(thing.namespace))),
        }));
}

/** Routes by exact host, and those with wildcards apart. */
function byHost(world: World): { readonly exact: ReadonlyMap<string, readonly Service[]>; readonly wide: readonly Service[] } {
    const exact = new Map<string, Service[]>();
    const all = world.derive(services);
    for (const service of all) for (const host of service.hosts) exact.set(host, [...(exact.get(host) ?? []), service]);
    return { exact, wide: all.filter(({ hosts }) => hosts.some((host) => host.startsWith("*"))) };
}

/** The hosts that a request for one may be sent on to, itself included. */
function reachable(world: World, first: string): ReadonlySet<string> {
    const { exact, wide } = world.derive(byHost);
    const seen = new Set([first]);
    for (const host of seen) {
        const takers = [
            ...(exact.get(host) ?? []),
            ...wide.filter(({ hosts }) => hosts.some((one) => one.startsWith("*") && isSubsetOf(host, one))),
        ];
        for (const { thing, rules } of takers) {
            for (const { host: next } of rules.flatMap(({ routes, mirrors }) => [...routes, ...mirrors]))
                if (typeof next === "string") seen.add(resolveShortName(next, String(thing.namespace)));
        }
    }
    return seen;
}

/** A subset names pods: what goes to those of the mirror does not come to the route's own. */
function isOtherSubset(mirror: RuleView["mirrors"][number], rule: RuleView): boolean {
    return (
        (typeof mirror.subset === "string" && mirror.subset !== "" && rule.routes.every(({ subset }) => subset !== mirror.subset)) ||
        mirror.subset === UNKNOWN
    );
}

export const mirrorLoop: Checks<"mirror-loop"> = {
    stack: (world) =>
        world.derive(services).flatMap(({ thing, hosts, rules }) =>
            rules.flatMap((rule) =>
                rule.mirrors.flatMap((mirror) => {
                    if (typeof mirror.host !== "string" || isOtherSubset(mirror, rule)) return [];
                    const start = resolveShortName(mirror.host, String(thing.namespace));
                    const back = [...reachable(world, start)].find((host) => hosts.some((own) => isSubsetOf(host, own)));
                    if (back === undefined) return [];
                    const way = back === start ? "" : `, which leads to ${shownText(back)}`;
                    return [
                        fault(
                            thing,
                            `${mirror.field}.host`,
                            `is ${shownText(start)}${way}, a host of the same route: each mirrored request is mirrored again. Mirror to a backend that no route leads from.`,
                        ),
                    ];
                }),
            ),
        ),
};
