/** A subset that no DestinationRule defines has no endpoints: requests for it are answered with 503. */
import { didYouMean, isSubsetOf, isWildcard, resolveShortName, shownText } from "../../istio";
import type { Checks } from "../check";
import { knownHosts, namespaceOf, ownerOf } from "../objects/hosts";
import { clientNamespaces, overlookedFrom } from "../objects/sight";
import { rulesOf } from "../objects/virtual-service";
import { fault, type PolicyFault, type Thing } from "../thing";
import { at, holdsUnknown, items, text, UNKNOWN } from "../values";
import type { World } from "../world";

interface Defined {
    readonly rule: Thing;
    readonly names: readonly string[];
}

interface Subsets {
    readonly byHost: ReadonlyMap<string, readonly Defined[]>;
    readonly wildcards: readonly string[];
    readonly certain: boolean;
}

function namesOf(rule: Thing): string[] {
    return items(at(rule.value, "spec", "subsets")).flatMap((subset) => text(at(subset, "name")) ?? []);
}

function subsets(world: World): Subsets {
    const rules = world.of("networking.istio.io", "DestinationRule");
    const byHost = new Map<string, Defined[]>();
    for (const rule of rules) {
        const host = resolveShortName(text(at(rule.value, "spec", "host")) ?? "", String(rule.namespace));
        byHost.set(host, [...(byHost.get(host) ?? []), { rule, names: namesOf(rule) }]);
    }
    return {
        byHost,
        wildcards: [...byHost.keys()].filter(isWildcard),
        certain: rules.every(
            (rule) =>
                rule.namespace !== UNKNOWN &&
                at(rule.value, "spec", "host") !== UNKNOWN &&
                !items(at(rule.value, "spec", "subsets")).some((subset) => holdsUnknown(at(subset, "name"))) &&
                at(rule.value, "spec", "subsets") !== UNKNOWN,
        ),
    };
}

function defined({ byHost, wildcards }: Subsets, host: string): readonly Defined[] {
    return [...(byHost.get(host) ?? []), ...wildcards.filter((one) => isSubsetOf(host, one)).flatMap((one) => byHost.get(one) ?? [])];
}

interface Asked {
    readonly full: string;
    readonly subset: string;
    readonly field: string;
}

/** A gateway finds a rule in the namespace of its pods, in that of the host and in the root namespace. */
function ofSight(world: World, service: Thing, all: readonly Defined[], { full, subset, field }: Asked): PolicyFault[] {
    const clients = clientNamespaces(world, service) ?? [];
    const owner = ownerOf(world.derive(knownHosts), full)?.namespace ?? namespaceOf(full);
    if (owner === UNKNOWN) return [];
    const defining = all.filter(({ names }) => names.includes(subset));
    const overlooked = defining.map(({ rule }) => ({ rule, from: overlookedFrom(world, rule, owner, clients) }));
    const [first] = overlooked;
    return first === undefined || overlooked.some(({ from }) => from === undefined)
        ? []
        : [
              fault(
                  service,
                  `${field}.subset`,
                  `is ${shownText(subset)}, which ${first.rule.title} defines; the gateway's pods are in namespace ${String(first.from)} and do not find it. Put it in that namespace, or in the host's, and export it there.`,
              ),
          ];
}

export const subsetDefined: Checks<"subset-defined"> = {
    stack: (world, { elsewhere }) => {
        const known = world.derive(subsets);
        if (!known.certain) return [];
        return world.of("networking.istio.io", "VirtualService").flatMap((service) =>
            rulesOf(service)
                .flatMap(({ routes, mirrors }) => [...routes, ...mirrors])
                .flatMap(({ host, subset, field }) => {
                    if (typeof host !== "string" || typeof subset !== "string" || subset === "" || service.namespace === UNKNOWN) return [];
                    const full = resolveShortName(host, service.namespace);
                    const all = defined(known, full);
                    const names = all.flatMap((one) => one.names);
                    // Who defines one subset of a host defines them all; who runs it does.
                    if (names.length === 0 && !world.complete && !world.knows(namespaceOf(full) ?? "")) return [];
                    if (elsewhere.some((pattern) => isSubsetOf(full, pattern))) return [];
                    if (names.includes(subset)) return ofSight(world, service, all, { full, subset, field });
                    const near = didYouMean(subset, names);
                    return [
                        fault(
                            service,
                            `${field}.subset`,
                            `is ${shownText(subset)}, which no DestinationRule for ${shownText(full)} defines.${near === undefined ? " Define it." : ` Did you mean ${shownText(near)}?`}`,
                        ),
                    ];
                }),
        );
    },
};
