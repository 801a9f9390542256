/** A subset that no DestinationRule defines has no endpoints: requests for it are answered with 503. */
import { didYouMean, isSubsetOf, isWildcard, resolveShortName, shownText } from "../../istio";
import type { Checks } from "../check";
import { namespaceOf } from "../objects/hosts";
import { rulesOf } from "../objects/virtual-service";
import { fault, type Thing } from "../thing";
import { at, holdsUnknown, items, text, UNKNOWN } from "../values";
import type { World } from "../world";

interface Subsets {
    readonly byHost: ReadonlyMap<string, readonly string[]>;
    readonly wildcards: readonly string[];
    readonly certain: boolean;
}

function namesOf(rule: Thing): string[] {
    return items(at(rule.value, "spec", "subsets")).flatMap((subset) => text(at(subset, "name")) ?? []);
}

function subsets(world: World): Subsets {
    const rules = world.of("networking.istio.io", "DestinationRule");
    const byHost = new Map<string, string[]>();
    for (const rule of rules) {
        const host = resolveShortName(text(at(rule.value, "spec", "host")) ?? "", String(rule.namespace));
        byHost.set(host, [...(byHost.get(host) ?? []), ...namesOf(rule)]);
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

function defined({ byHost, wildcards }: Subsets, host: string): readonly string[] {
    return [...(byHost.get(host) ?? []), ...wildcards.filter((one) => isSubsetOf(host, one)).flatMap((one) => byHost.get(one) ?? [])];
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
                    const names = defined(known, full);
                    // Who defines one subset of a host defines them all; who runs it does.
                    if (names.length === 0 && !world.complete && !world.knows(namespaceOf(full) ?? "")) return [];
                    if (names.includes(subset) || elsewhere.some((pattern) => isSubsetOf(full, pattern))) return [];
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
